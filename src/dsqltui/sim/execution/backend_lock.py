"""Who has a session's backend, with everything answered that it was sent before."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Literal

from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.wire import PgError, row_values

Row = tuple[str | None, ...]
Answered = Callable[[list[Row], PgError | None], None]
"""Takes the rows of the last result, and the error if there was one."""


class BackendLock(asyncio.Lock):
    """A lock whose holder may go without waiting for the answer to what it sent: the next one reads it first."""

    def __init__(self) -> None:
        super().__init__()
        self._backend: Backend | None = None
        """The one that owes an answer."""
        self._unsent = b""
        self._answered: Answered = _nobody
        self._rows: list[Row] = []
        self._error: PgError | None = None
        self._waiting: list[asyncio.Future[None]] = []

    def send(self, backend: Backend, query: bytes, answered: Answered) -> None:
        """Send a Query that is answered later, once the client has what it waits for. The lock is held; nothing else is
        sent before it is released."""
        self._unsent = query
        self._backend, self._answered, self._rows, self._error = backend, answered, [], None
        asyncio.get_running_loop().call_soon(self._send_now)

    def _send_now(self) -> None:
        unsent, self._unsent = self._unsent, b""
        if unsent and self._backend is not None:
            self._backend.send(unsent)

    @property
    def is_owed(self) -> bool:
        """Whether an answer is to come."""
        return self._backend is not None

    async def acquire(self) -> Literal[True]:
        """As a lock's. Raises OSError when the backend is gone."""
        await super().acquire()
        if self._backend is not None:
            try:
                await self._read(self._backend)
            except BaseException as problem:
                if isinstance(problem, OSError):
                    self._backend = None
                self.release()
                self._wake()
                raise
        return True

    async def settle(self) -> None:
        """Wait for what is owed, but not for what the holder does then. Nothing is owed by a backend that is gone."""
        while self._backend is not None:
            if self.locked():  # who has it reads it first of all
                waiting = asyncio.get_running_loop().create_future()
                self._waiting.append(waiting)
                await waiting
            else:
                with contextlib.suppress(OSError):
                    async with self:
                        return

    async def _read(self, backend: Backend) -> None:
        """Read the answer. Who is cancelled in the middle leaves the rest to the next one."""
        self._send_now()
        while True:
            kind, body = await backend.frames.one()
            if kind == b"D":
                self._rows.append(row_values(body))
            elif kind == b"E":
                self._error = PgError.from_body(body)
            elif kind == b"N":
                backend.takes_notice(body)
            elif kind == b"Z":
                break
        backend.status = body
        self._backend = None
        self._answered(self._rows, self._error)
        self._wake()

    def forget(self) -> None:
        """The backend is given up: no answer is to come."""
        self._backend = None
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)


def _nobody(rows: list[Row], error: PgError | None) -> None:  # noqa: ARG001 - as `Answered`
    return
