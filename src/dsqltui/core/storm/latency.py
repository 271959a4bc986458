"""Times in buckets that grow by 2 %: percentiles within 1 % of the truth, in memory that their number does not grow."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

_GROWTH = math.log(1.02)
_SMALLEST_S = 1e-6


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of some times, in seconds; all 0 when there are none."""

    count: int = 0
    p50_s: float = 0.0
    p95_s: float = 0.0
    p99_s: float = 0.0

    @property
    def in_ms(self) -> Mapping[str, float]:
        """p50, p95, p99 in milliseconds, as JSON has them."""
        return {
            "p50": round(self.p50_s * 1e3, 3),
            "p95": round(self.p95_s * 1e3, 3),
            "p99": round(self.p99_s * 1e3, 3),
        }


class LatencyHistogram:
    """Counts times."""

    __slots__ = ("_buckets", "count", "total_s")

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}
        self.count = 0
        self.total_s = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        at = int(math.log(seconds / _SMALLEST_S) / _GROWTH) if seconds > _SMALLEST_S else 0
        buckets = self._buckets
        buckets[at] = buckets.get(at, 0) + 1
        self.count += 1
        self.total_s += seconds

    def add_all(self, other: "LatencyHistogram") -> None:
        """Those of another one."""
        for at, count in other._buckets.items():
            self._buckets[at] = self._buckets.get(at, 0) + count
        self.count += other.count
        self.total_s += other.total_s

    @property
    def mean_s(self) -> float:
        """The exact mean; 0 without any."""
        return self.total_s / self.count if self.count else 0.0

    def percentiles(self) -> Percentiles:
        """The median and the two that matter."""
        return Percentiles(self.count, self.quantile(0.50), self.quantile(0.95), self.quantile(0.99))

    def quantile(self, share: float) -> float:
        """The time that this share of all does not exceed, in seconds."""
        wanted, seen = share * self.count, 0
        for at in sorted(self._buckets):
            seen += self._buckets[at]
            if seen >= wanted:
                return _SMALLEST_S * math.exp((at + 0.5) * _GROWTH)
        return 0.0
