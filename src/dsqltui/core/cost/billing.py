"""Estimates of statements as a transaction is billed for them: summed, and raised to the minimums once."""

from collections.abc import Iterable
from dataclasses import dataclass

from dsqltui.core.aws.dpu_rates import (
    MINIMUM_READ_BYTES,
    MINIMUM_WRITE_BYTES,
    READ_DPU_PER_BYTE,
    WRITE_DPU_PER_BYTE,
)
from dsqltui.core.results.plan import DpuEstimate


@dataclass(frozen=True, slots=True)
class Dpu:
    """An amount of Distributed Processing Units by kind."""

    compute: float = 0.0
    read: float = 0.0
    write: float = 0.0
    multi_region_write: float = 0.0
    """The write again, for the other Region of a pair."""

    @property
    def total(self) -> float:
        """All kinds together."""
        return self.compute + self.read + self.write + self.multi_region_write

    def __add__(self, other: "Dpu") -> "Dpu":
        return Dpu(
            self.compute + other.compute,
            self.read + other.read,
            self.write + other.write,
            self.multi_region_write + other.multi_region_write,
        )

    def times(self, count: float) -> "Dpu":
        """So many of it."""
        return Dpu(self.compute * count, self.read * count, self.write * count, self.multi_region_write * count)

    @property
    def without_writes(self) -> "Dpu":
        """What is left of it when nothing is committed."""
        return Dpu(self.compute, self.read)


NOTHING = Dpu()


def of_estimate(estimate: DpuEstimate) -> Dpu:
    """EXPLAIN's estimate of one statement, which is not raised to the minimums of its transaction."""
    return Dpu(estimate.compute, estimate.read, estimate.write, estimate.multi_region_write)


def summed(parts: Iterable[Dpu]) -> Dpu:
    """All of them."""
    return sum(parts, NOTHING)


def billed(statements: Iterable[Dpu]) -> Dpu:
    """What one transaction of these statements is billed: each kind that was used at all, at least its minimum."""
    used = summed(statements)
    write_minimum = MINIMUM_WRITE_BYTES * WRITE_DPU_PER_BYTE
    return Dpu(
        used.compute,
        _at_least(used.read, MINIMUM_READ_BYTES * READ_DPU_PER_BYTE),
        _at_least(used.write, write_minimum),
        _at_least(used.multi_region_write, write_minimum),
    )


def _at_least(used: float, minimum: float) -> float:
    return max(used, minimum) if used > 0 else 0.0
