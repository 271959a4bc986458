"""Coroutines driven by what they wait for (`core.storm.pending`) instead of by the event loop: a load's sessions.

A task would go on in the loop's next turn, after another look at all sockets; at thousands of statements a second that
is what a driver's time is spent on.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from dsqltui.core.storm.pending import Pending

T = TypeVar("T")


class Stepping:
    """Runs a coroutine that awaits Pending objects only; it has begun when this returns."""

    def __init__(self, work: Coroutine[Pending[Any], None, None]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """When it has ended; with what it raised."""
        self._work = work
        self._step()

    def drop(self) -> None:
        """End it where it stands."""
        if not self.done.done():
            self.done.cancel()
            self._work.close()

    def _step(self) -> None:
        if self.done.done():
            return
        try:
            pending = self._work.send(None)
        except StopIteration:
            self.done.set_result(None)
        except BaseException as error:  # as a task would: for who asks for the result
            self.done.set_exception(error)
        else:
            pending.then(self._step)


def outside(work: Coroutine[Any, Any, T]) -> Pending[T]:
    """Work of the event loop, such as sleeping, that a stepped coroutine waits for."""
    pending = Pending[T]()
    task = pending.keeps = asyncio.ensure_future(work)

    def ended(_task: object) -> None:
        if task.cancelled():
            pending.fail(asyncio.CancelledError())
        elif (error := task.exception()) is not None:
            pending.fail(error)
        else:
            pending.succeed(task.result())

    task.add_done_callback(ended)
    return pending


def in_a_task(pending: Pending[T]) -> "asyncio.Future[T]":
    """The same for coroutines that a task runs."""
    future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def ended() -> None:
        if future.done():
            return
        try:
            future.set_result(pending.result())
        except Exception as error:
            future.set_exception(error)

    if pending.is_done:
        ended()
    else:
        pending.then(ended)
    return future
