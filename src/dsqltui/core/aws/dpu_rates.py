"""Distributed Processing Units: AWS's rates and minimums. Source: AWS User Guide, billing of Aurora DSQL.

Per transaction: read = max(bytes scanned, 2048) x 0.00000183105, write = max(sum of max(row, 128), 1024) x 0.00004883,
the same again for the other Region of a pair, compute = CPU seconds. 1024 and 2048 bytes give the 0.05000 and 0.00375
that EXPLAIN calls `Transaction minimum`.
"""

READ_DPU_PER_BYTE = 0.00000183105
WRITE_DPU_PER_BYTE = 0.00004883
MINIMUM_READ_BYTES = 2048
"""Per transaction that reads."""
MINIMUM_WRITE_BYTES = 1024
"""Per transaction that writes."""
MINIMUM_ACCESS_BYTES = 128
"""Per row written, and per read of a partition."""
FREE_DPU = 100_000
"""A month. Source: AWS's free tier as seen 2026 (with one GB-month of storage)."""
FREE_GB = 1


def read_dpu(scanned_bytes: float) -> float:
    """Of a transaction that scans so many bytes; none for one that reads nothing."""
    return max(scanned_bytes, MINIMUM_READ_BYTES) * READ_DPU_PER_BYTE if scanned_bytes > 0 else 0.0


def write_dpu(rows: "list[float] | tuple[float, ...]") -> float:
    """Of a transaction that writes rows of so many bytes, in one Region; none for one that writes nothing."""
    if not rows:
        return 0.0
    return max(sum(max(row, MINIMUM_ACCESS_BYTES) for row in rows), MINIMUM_WRITE_BYTES) * WRITE_DPU_PER_BYTE
