"""A privileged session that is kept open for quick questions, of all sessions in turn.

It is for the system catalogs and the simulator's own tables; see `Cluster.open_superuser`.
"""

import asyncio
from collections.abc import Awaitable, Callable

from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.wire import PgError

Row = tuple[str | None, ...]


class Observer:
    """Opened at the first question, and again when PostgreSQL has been started again."""

    def __init__(self, connect: Callable[[], Awaitable[Backend]]) -> None:
        self._connect = connect
        self._lock = asyncio.Lock()
        self._backend: Backend | None = None

    async def query(self, sql: str) -> list[Row]:
        """The text rows. Raises PgError, OSError.

        Once begun it is run to its end, so that who is cancelled meanwhile does not cost the session.
        """
        asking = asyncio.ensure_future(self._query(sql))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            asking.add_done_callback(_forget)
            raise

    async def _query(self, sql: str) -> list[Row]:
        async with self._lock:
            if self._backend is not None:
                try:
                    return await self._ask(self._backend, sql)
                except ConnectionError:
                    pass  # PostgreSQL has been started again since
            return await self._ask(await self._connect(), sql)

    async def _ask(self, backend: Backend, sql: str) -> list[Row]:
        self._backend = None  # not used again if it is left in the middle of an answer
        try:
            rows = await backend.query(sql)
        except PgError:
            self._backend = backend
            raise
        except BaseException:
            backend.close()
            raise
        self._backend = backend
        return rows

    async def let_go(self) -> None:
        """Give up the session between two questions; who asks meanwhile waits for `come_back`."""
        await self._lock.acquire()
        self.close()

    def come_back(self) -> None:
        """After `let_go`: the next question opens a session again."""
        self._lock.release()

    def close(self) -> None:
        """End the session."""
        if self._backend is not None:
            self._backend.close()
            self._backend = None


def _forget(asking: asyncio.Future[list[Row]]) -> None:
    """Nobody waits for the answer any more, an error included."""
    if not asking.cancelled():
        asking.exception()
