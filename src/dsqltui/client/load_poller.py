"""The sockets of a load's connections, watched together: the event loop sees one readable descriptor for all of them.

With a few sessions an answer is waited for right here for a moment, without the loop between. With many, several
answers are there by the time the loop comes back, and taking them together is cheaper.
"""

import asyncio
import selectors
import time
import weakref
from collections.abc import Callable

from dsqltui.client.socket_wait import waits_of

_SLICE_S = 0.002
"""How long the rest of the loop may wait: timers of a load are late by that much at the most."""

_FEW = 4
"""Sockets up to which answers are waited for."""

_by_loop: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, LoadPoller]" = weakref.WeakKeyDictionary()


class LoadPoller:
    """One for each event loop, as long as there are sockets."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waits = waits_of(loop)
        self._selector = selectors.DefaultSelector()
        fileno = getattr(self._selector, "fileno", None)
        """None where the system has neither epoll nor kqueue: then the loop watches each socket."""
        self._descriptor: int | None = None if fileno is None else fileno()
        if self._descriptor is not None:
            loop.add_reader(self._descriptor, self._ready)

    @classmethod
    def of_this_loop(cls) -> "LoadPoller":
        """The running loop's."""
        loop = asyncio.get_running_loop()
        found = _by_loop.get(loop)
        if found is None:
            found = _by_loop[loop] = cls(loop)
        return found

    def add(self, socket: int, readable: Callable[[], None]) -> None:
        """Call back whenever something can be read. Until `remove`, no session's statement holds the loop up."""
        self._waits.count += 1
        if self._descriptor is None:
            self._loop.add_reader(socket, readable)
        else:
            self._selector.register(socket, selectors.EVENT_READ, readable)

    def remove(self, socket: int) -> None:
        """Forget a socket, before it is closed. The last one closes the poller."""
        self._waits.count -= 1
        if self._descriptor is None:
            self._loop.remove_reader(socket)
            return
        self._selector.unregister(socket)
        if not self._selector.get_map():
            self._loop.remove_reader(self._descriptor)
            self._selector.close()
            _by_loop.pop(self._loop, None)

    def _ready(self) -> None:
        ends = time.monotonic() + (_SLICE_S if len(self._selector.get_map()) <= _FEW else 0.0)
        wait_s = 0.0
        while self._selector.get_map():
            events = self._selector.select(wait_s)
            if not events:
                return
            for key, _mask in events:
                key.data()
            wait_s = ends - time.monotonic()
            if wait_s <= 0:
                return
