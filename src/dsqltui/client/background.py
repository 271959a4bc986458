"""Slow synchronous work off the event loop, in a thread that nobody has to wait for at exit."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def _settle(future: asyncio.Future[T], result: T | None, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)  # type: ignore[arg-type]


async def in_daemon_thread(function: Callable[[], T]) -> T:
    """Run `function` in a thread of its own. Cancelling leaves the thread to end by itself.

    `asyncio.to_thread` would make the program wait for the thread when it quits.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def work() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = function()
        except BaseException as caught:  # handed to the waiting coroutine, whatever it is
            error = caught
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, future, result, error)

    threading.Thread(target=work, daemon=True, name="dsqltui-background").start()
    return await future
