"""What a cluster's sessions did, by minute: what the simulated CloudWatch answers from. One object a simulator."""

import time
from collections import defaultdict
from collections.abc import Callable

KEPT_MINUTES = 26 * 60
"""Older minutes are forgotten."""
_WRITE_BYTES, _WRITE_DPU = 1024, 0.00004883
"""Least bytes of a transaction, and DPU for a byte written. Source: Aurora DSQL User Guide, billing."""


class ClusterCounters:
    """Of one Regional cluster. Values of a minute are kept one by one: any statistic can be made of them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._minutes: dict[int, dict[str, list[float]]] = {}

    def committed(self, *, is_read_only: bool, took_s: float = 0.0, bytes_written: int = 0) -> None:
        """A transaction was committed. `took_s` is what its COMMIT took."""
        now = self._minute()
        now["TotalTransactions"].append(1.0)
        if is_read_only:
            now["ReadOnlyTransactions"].append(1.0)
            return
        now["CommitLatency"].append(took_s * 1000)
        if bytes_written:
            dpu = max(bytes_written, _WRITE_BYTES) * _WRITE_DPU
            now["BytesWritten"].append(float(bytes_written))
            now["WriteDPU"].append(dpu)
            now["MultiRegionWriteDPU"].append(dpu)

    def conflicted(self) -> None:
        """A transaction lost: OC000 or OC001."""
        now = self._minute()
        now["TotalTransactions"].append(1.0)
        now["OccConflicts"].append(1.0)

    def timed_out(self) -> None:
        """A transaction was older than it may be."""
        self._minute()["QueryTimeouts"].append(1.0)

    def values(self, metric: str, start_s: float, end_s: float, period_s: int) -> dict[int, list[float]]:
        """By the start of each period, Unix time in seconds: the values within it. Periods without any are left out."""
        found: dict[int, list[float]] = {}
        for minute, by_name in self._minutes.items():
            at = minute * 60
            if start_s <= at < end_s and metric in by_name:
                found.setdefault(at - at % period_s, []).extend(by_name[metric])
        return found

    def _minute(self) -> dict[str, list[float]]:
        number = int(self._clock() // 60)
        found = self._minutes.get(number)
        if found is None:
            found = self._minutes[number] = defaultdict(list)
            for old in [minute for minute in self._minutes if minute < number - KEPT_MINUTES]:
                del self._minutes[old]
        return found


class SimulatorCounters:
    """Of all clusters, by identifier."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._clusters: dict[str, ClusterCounters] = {}

    def of(self, identifier: str) -> ClusterCounters:
        """Those of a cluster, begun if there are none."""
        return self._clusters.setdefault(identifier, ClusterCounters(self._clock))

    def known(self, identifier: str) -> ClusterCounters | None:
        """Those of a cluster that did something."""
        return self._clusters.get(identifier)
