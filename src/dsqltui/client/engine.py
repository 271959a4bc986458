"""The thread on which all database sessions live.

A stalled terminal (a paused tmux pane, a slow SSH line) blocks the loop that paints. Sessions therefore have a loop and
a thread of their own: a transaction goes on, and a server's answer is read, whatever the screen does. Where nothing is
painted, `Engine.here` has them on the caller's loop, without going to and fro between threads.
"""

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Self, TypeVar

T = TypeVar("T")

_CLOSING_S = 2.5


class Engine:
    """An event loop in a daemon thread, running from construction until `stop`.

    `call` and `submit` may be used from any thread and any loop, the engine's own included.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """`loop`: one that runs already and is not ended here; see `here`."""
        self.closers: set[Callable[[], Awaitable[None]]] = set()
        """What `stop` awaits before it ends the loop. To be changed on the engine's loop only."""
        self._loop = loop or asyncio.new_event_loop()
        self._door = threading.Lock()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._serve, name="dsqltui-engine", daemon=True)
        if loop is None:
            self._thread.start()

    @classmethod
    @contextlib.asynccontextmanager
    async def here(cls) -> AsyncIterator[Self]:
        """An engine on the running loop, for work of many statements with nothing to paint. Closes what is open."""
        engine = cls(asyncio.get_running_loop())
        try:
            yield engine
        finally:
            with engine._door:
                engine._is_stopping = True
            await _gone([asyncio.ensure_future(close()) for close in tuple(engine.closers)], _CLOSING_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._is_stopping

    def submit(self, coro: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Start `coro` on the engine's loop. Raises RuntimeError when the engine was stopped."""
        with self._door:
            if self._is_stopping:
                coro.close()
                raise RuntimeError("the engine was stopped")
            return asyncio.run_coroutine_threadsafe(coro, self._loop)

    async def call(self, coro: Coroutine[Any, Any, T]) -> T:
        """The result of `coro`, run on the engine's loop. Cancelling the caller cancels `coro`.

        Raises what `coro` raises, and RuntimeError when the engine was stopped. Called on the engine's own loop, `coro`
        is simply awaited: work of many statements runs there without going to and fro between threads.
        """
        if asyncio.get_running_loop() is self._loop and not self._is_stopping:
            return await coro
        return await asyncio.wrap_future(self.submit(coro))

    def stop(self, timeout_s: float = 5.0) -> None:
        """Await the closers, cancel everything else and end the thread; waits for it at most `timeout_s` seconds.

        Blocks: a program with a loop calls it when that loop has ended, or in a thread.
        """
        with self._door:
            if not self._is_stopping:
                self._is_stopping = True
                asyncio.run_coroutine_threadsafe(self._wind_up(timeout_s), self._loop)
        self._thread.join(timeout_s + 1.0)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    async def _wind_up(self, timeout_s: float) -> None:
        me = asyncio.current_task()
        try:
            closing = [asyncio.ensure_future(close()) for close in tuple(self.closers)]
            await _gone(closing, timeout_s / 2)
            # One turn of the loop, so that those who waited for a closed session return by themselves.
            await asyncio.sleep(0)
            left = [task for task in asyncio.all_tasks() if task is not me]
            for task in left:
                task.cancel()
            await _gone(left, timeout_s / 2)
        finally:
            self._loop.stop()


async def _gone(tasks: list["asyncio.Future[Any]"] | list["asyncio.Task[Any]"], timeout_s: float) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=timeout_s)
