"""How fast long work goes and how long it still takes, as words."""

from collections import deque

_WINDOW_S = 10.0
"""The rate is that of so many last seconds: what retries cost shows at once."""


class Pace:
    """Hear how much is done; times are seconds of one clock."""

    def __init__(self, started_s: float, done: float = 0) -> None:
        self._seen: deque[tuple[float, float]] = deque([(started_s, done)])

    def note(self, now_s: float, done: float) -> None:
        """So much is done by now."""
        self._seen.append((now_s, done))
        while len(self._seen) > 2 and self._seen[1][0] < now_s - _WINDOW_S:
            self._seen.popleft()

    @property
    def rate(self) -> float | None:
        """Units per second; None before anything is known."""
        (first_s, first), (last_s, last) = self._seen[0], self._seen[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s and last > first else None

    def left_s(self, total: float) -> float | None:
        """Seconds to the end at this rate."""
        rate = self.rate
        return None if rate is None else max(0.0, (total - self._seen[-1][1]) / rate)


def clock(seconds: float) -> str:
    """`1:02:03`, `2:03` or `0:07`."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3_600)
    minutes, last = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{last:02}" if hours else f"{minutes}:{last:02}"
