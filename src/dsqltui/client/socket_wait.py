"""Runs libpq's operations on the event loop: one future for each wait, and no task, as a script has thousands.

psycopg's own `wait_async` makes an event, a future and a task for each.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from psycopg import waiting
from psycopg.abc import PQGen

T = TypeVar("T")

_WAKE_INTERVAL_S = 1.0
"""So long an operation waits before it is told that nothing came."""


class WaitEnded(Exception):
    """Somebody wants the socket back."""


class SocketWait:
    """An operation under way. `cancel` ends it: the socket is free when that returns."""

    def __init__(self, socket: int) -> None:
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[waiting.Ready] | None = None
        self._is_ended = False

    async def run(self, steps: PQGen[T]) -> T:
        """Do all of it. Raises what `steps` raises, and WaitEnded."""
        try:
            wanted = next(steps)
            while True:
                ready = await self._ready(wanted)
                if self._is_ended:
                    raise WaitEnded
                wanted = steps.send(ready)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    def cancel(self) -> None:
        """Let go of the socket; `run` raises WaitEnded."""
        self._is_ended = True
        if self._waiting is not None and not self._waiting.done():
            self._forget_socket()
            self._waiting.set_result(waiting.Ready.NONE)

    async def _ready(self, wanted: waiting.Wait) -> waiting.Ready:
        waits: asyncio.Future[waiting.Ready] = self._loop.create_future()
        self._waiting = waits

        def come(ready: waiting.Ready) -> None:
            if not waits.done():
                waits.set_result(ready)

        timer = self._loop.call_later(_WAKE_INTERVAL_S, come, waiting.Ready.NONE)
        self._listen(wanted, come)
        try:
            return await waits
        finally:
            timer.cancel()
            if not self._is_ended:
                self._forget_socket()
            self._waiting = None

    def _listen(self, wanted: waiting.Wait, come: Callable[[waiting.Ready], None]) -> None:
        if wanted & waiting.Wait.R:
            self._loop.add_reader(self._socket, come, waiting.Ready.R)
        if wanted & waiting.Wait.W:
            self._loop.add_writer(self._socket, come, waiting.Ready.W)

    def _forget_socket(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
