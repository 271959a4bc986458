"""Runs libpq's operations on the event loop: one future for each wait, and no task, as a script has thousands.

psycopg's own `wait_async` makes an event, a future and a task for each. Even one future costs two turns of the loop and
two calls to the kernel, more than many an answer takes to come: where nothing else waits on the loop, the socket alone
is asked first, for a moment that nobody notices.
"""

import asyncio
import select
import time
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from psycopg import waiting
from psycopg.abc import PQGen

T = TypeVar("T")

_WAKE_INTERVAL_S = 1.0
"""So long an operation waits before it is told that nothing came."""
_MOMENT_MS = 2
"""So long the loop may stand still for an answer that is about to come."""
_TURN_S = 0.01
"""After so long at the latest the loop has a turn, also while one answer follows the other at once: it hears Ctrl+C."""


_EVENTS = {
    waiting.Wait.R: select.POLLIN,
    waiting.Wait.W: select.POLLOUT,
    waiting.Wait.RW: select.POLLIN | select.POLLOUT,
}


class WaitEnded(Exception):
    """Somebody wants the socket back."""


class LoopWaits:
    """What one loop waits for."""

    def __init__(self) -> None:
        self.count = 0
        """Operations, and connections of a load, that wait by the loop."""
        self.turned_s = 0.0
        """When the loop last had a turn."""


_waits_of: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopWaits] = WeakKeyDictionary()


def waits_of(loop: asyncio.AbstractEventLoop) -> LoopWaits:
    """That loop's."""
    return _waits_of.get(loop) or _waits_of.setdefault(loop, LoopWaits())


class SocketWait:
    """An operation under way. `cancel` ends it: the socket is free when that returns."""

    def __init__(self, socket: int) -> None:
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._others = waits_of(self._loop)
        self._waiting: asyncio.Future[waiting.Ready] | None = None
        self._is_ended = False

    async def run(self, steps: PQGen[T]) -> T:
        """Do all of it. Raises what `steps` raises, and WaitEnded."""
        try:
            wanted = next(steps)
            while True:
                ready = self._ready_at_once(wanted) or await self._ready(wanted)
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

    def _ready_at_once(self, wanted: waiting.Wait) -> waiting.Ready:
        others = self._others
        if others.count or time.monotonic() - others.turned_s > _TURN_S:
            return waiting.Ready.NONE
        poll = select.poll()
        poll.register(self._socket, _EVENTS[wanted])
        for _socket, events in poll.poll(_MOMENT_MS):
            if events & select.POLLOUT and wanted & waiting.Wait.W:
                return waiting.Ready.RW if events & select.POLLIN and wanted & waiting.Wait.R else waiting.Ready.W
            return waiting.Ready.R if wanted & waiting.Wait.R else waiting.Ready.W  # also for an error: libpq names it
        return waiting.Ready.NONE

    async def _ready(self, wanted: waiting.Wait) -> waiting.Ready:
        self._others.count += 1
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
            self._others.count -= 1
            self._others.turned_s = time.monotonic()
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
