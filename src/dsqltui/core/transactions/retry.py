"""How long to wait before a transaction that lost is tried again: exponential back-off with full jitter.

Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015, the variant it calls full jitter. Base and cap
are those of AWS's own DSQL migration toolkit (0.05 s, 5 s), which tries 10 times and, since a later version, 20.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """The first attempt waits for nothing; each later one up to twice as long as the one before."""

    base_s: float = 0.05
    cap_s: float = 5.0
    attempts: int = 10

    def ceiling_s(self, attempt: int) -> float:
        """The longest wait before attempt 1, 2, ..., in seconds."""
        return 0.0 if attempt <= 1 else min(self.cap_s, self.base_s * 2.0 ** min(attempt - 2, 60))

    def wait_s(self, attempt: int, draw: Callable[[], float] = random.random) -> float:
        """Seconds to wait before that attempt: any time up to the ceiling. `draw` gives a number from 0 to 1."""
        return self.ceiling_s(attempt) * draw()
