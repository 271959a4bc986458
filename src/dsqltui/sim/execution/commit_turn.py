"""When a COMMIT is in nobody's way any more.

Who may commit is decided one by one (dsql facts 3: the first committer wins). PostgreSQL then does the commits side by
side: what they touched is known to whoever is checked next.
"""

import asyncio


class CommitTurn:
    """The commit lock, given up as soon as the COMMIT is sent, or at the end."""

    def __init__(self, lock: asyncio.Lock | None) -> None:
        """Without a lock it is nobody's turn."""
        self._lock = lock

    async def __aenter__(self) -> "CommitTurn":
        if self._lock is not None:
            await self._lock.acquire()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.is_over()

    def is_over(self) -> None:
        """Let the next one come."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
