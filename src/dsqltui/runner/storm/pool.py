"""The connections of a storm: opened at the pace that the service allows, replaced when they are lost or grow old."""

import asyncio
import contextlib
import time

from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.storm.connection import LoadConnection, LoadConnectionLost, OpenLoadConnection
from dsqltui.runner.storm.stepping import in_a_task

_AT_ONCE = 16
"""Connects under way at the same time."""
_TRIES, _WAIT_S = 5, 1.0
_TOO_FAST = "53400"
_OLD_S = 3_000.0
"""Seconds after which a connection is replaced between transactions; the service ends it at 3,600."""


class ConnectionPool:
    """One connection for each session; sessions are shared out between the endpoints in turn, A first."""

    def __init__(
        self, open_connection: OpenLoadConnection, *, sessions: int, endpoints: int, connects_per_s: float
    ) -> None:
        self.endpoints = [number % endpoints for number in range(sessions)]
        """For each session the number of its endpoint."""
        self._open_connection = open_connection
        self._connections: list[LoadConnection | None] = [None] * sessions
        self._opened_s = [0.0] * sessions
        self._gap_s = 1.0 / connects_per_s
        self._next_s = 0.0
        self._door = asyncio.Semaphore(_AT_ONCE)

    @property
    def open_count(self) -> int:
        """Connections that are there."""
        return sum(one is not None for one in self._connections)

    async def open_all(self) -> None:
        """Open all of them. Raises ConnectFailed when one cannot be opened; the others are then closed."""
        tasks = [asyncio.ensure_future(self.connection(number)) for number in range(len(self.endpoints))]
        try:
            await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.close()
            raise

    def opened(self, session: int) -> LoadConnection | None:
        """The session's connection, if it has one that is not too old."""
        is_old = time.monotonic() - self._opened_s[session] >= _OLD_S
        return None if is_old else self._connections[session]

    async def connection(self, session: int) -> LoadConnection:
        """The session's connection, opened when it has none. Raises ConnectFailed."""
        found = self.opened(session)
        if found is not None:
            return found
        self.forget(session)
        async with self._door:
            for attempt in range(1, _TRIES + 1):
                await self._turn()
                try:
                    opened = await self._open_connection(self.endpoints[session])
                    break
                except ConnectFailed as failure:
                    is_too_fast = failure.error is not None and failure.error.sqlstate == _TOO_FAST
                    if not is_too_fast or attempt == _TRIES:
                        raise
                    await asyncio.sleep(_WAIT_S * attempt)
        self._connections[session], self._opened_s[session] = opened, time.monotonic()
        return opened

    def forget(self, session: int) -> None:
        """Close the session's connection: the next one that is asked for is new."""
        found, self._connections[session] = self._connections[session], None
        if found is not None:
            found.close()

    def drop_all(self) -> None:
        """Close all connections at once, also under their statements."""
        for session in range(len(self._connections)):
            self.forget(session)

    async def close(self) -> None:
        """Roll back what is open where the server still answers, and close everything."""
        for found in self._connections:
            if found is not None and found.is_in_transaction:
                with contextlib.suppress(LoadConnectionLost, TimeoutError):
                    await asyncio.wait_for(in_a_task(found.ask(b"ROLLBACK")), 1.0)
        self.drop_all()

    async def _turn(self) -> None:
        """Wait for this connect's place in the pace."""
        now = time.monotonic()
        at = max(now, self._next_s)
        self._next_s = at + self._gap_s
        if at > now:
            await asyncio.sleep(at - now)
