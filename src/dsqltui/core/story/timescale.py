"""From seconds to places on a strip: to scale, except that every start has a place of its own and long gaps are cut."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from dsqltui.core.language import _

_MAX_GAP = 12
"""Places that a stretch much longer than the others may take; what is more of it is cut."""
_FINEST_S = 0.000_01
"""Seconds a place at the finest scale; nothing measured here is more exact."""


@dataclass(frozen=True, slots=True)
class CutStretch:
    """A stretch that takes fewer places than its time, on the scale, would."""

    first: int
    last: int
    """Places, `last` exclusive."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Timescale:
    """Where moments stand."""

    moments: tuple[float, ...]
    """Breakpoints, ascending, Unix time in seconds."""
    places: tuple[int, ...]
    """Where each breakpoint stands."""
    seconds_per_place: float
    gaps: tuple[CutStretch, ...]

    def place(self, moment: float) -> int:
        """Where a moment stands; before the first and behind the last breakpoint: with these."""
        after = bisect_right(self.moments, moment)
        if after == 0:
            return self.places[0]
        if after == len(self.moments):
            return self.places[-1]
        begin, end = self.moments[after - 1], self.moments[after]
        first, last = self.places[after - 1], self.places[after]
        return first + int((last - first) * (moment - begin) / (end - begin))


def timescale(moments: Sequence[float], width: int, *, max_gap: int = _MAX_GAP) -> Timescale:
    """Moments on `width` places. There must be at least one moment and no more of them than places."""
    points = sorted(set(moments))
    spans = [after - before for before, after in pairwise(points)]
    room = width - 1
    if not points or len(spans) > room:
        raise ValueError(_("{count} moments do not fit into {width} places").format(count=len(points), width=width))
    long = max(4 * median(spans), sum(spans) / len(spans) / 2) if spans else 0.0

    def taken(scale: float) -> list[int]:
        return [max(1, round(span / scale) if span <= long else min(max_gap, round(long / scale))) for span in spans]

    low, high = _FINEST_S, max([*spans, _FINEST_S]) * 2 + _FINEST_S
    if sum(taken(low)) > room:
        for _unused in range(60):  # halvings; far below a place then
            middle = (low * high) ** 0.5
            low, high = (low, middle) if sum(taken(middle)) <= room else (middle, high)
    else:
        high = low
    places, gaps = [0], []
    for span, cells in zip(spans, taken(high), strict=True):
        if span > long and span / high > cells + 1:
            gaps.append(CutStretch(places[-1], places[-1] + cells, span))
        places.append(places[-1] + cells)
    return Timescale(tuple(points), tuple(places), high, tuple(gaps))
