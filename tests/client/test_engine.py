"""The engine: calls from other loops, cancellation, stopping; what waits for a server on a loop."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from psycopg.abc import PQGen
from psycopg.waiting import Ready, Wait

from dsqltui.client.engine import Engine
from dsqltui.client.load_poller import LoadPoller
from dsqltui.client.socket_wait import SocketWait
from support.servers.plain_postgres import DEADLINE_S


async def test_coroutines_run_on_the_engines_thread(engine: Engine) -> None:
    async def whereabouts() -> str:
        return threading.current_thread().name

    assert await engine.call(whereabouts()) == "dsqltui-engine"


async def test_exceptions_come_back(engine: Engine) -> None:
    async def fail() -> None:
        raise KeyError("missing")

    with pytest.raises(KeyError, match="missing"):
        await engine.call(fail())


async def test_a_call_may_call(engine: Engine) -> None:
    async def inner() -> int:
        return 7

    async def outer() -> int:
        return await engine.call(inner())

    assert await engine.call(outer()) == 7


async def test_cancelling_the_caller_cancels_the_coroutine(engine: Engine) -> None:
    began, cancelled = threading.Event(), threading.Event()

    async def endless() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    caller = asyncio.create_task(engine.call(endless()))
    assert await asyncio.to_thread(began.wait, 30)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await asyncio.to_thread(cancelled.wait, 30)


async def test_an_engine_here_runs_on_the_callers_loop_and_closes_what_is_open() -> None:
    closed: list[str] = []

    async def whereabouts() -> str:
        return threading.current_thread().name

    async def closer() -> None:
        closed.append(threading.current_thread().name)

    async with Engine.here() as engine:
        engine.closers.add(closer)
        assert await engine.call(whereabouts()) == threading.current_thread().name
        assert (
            await asyncio.to_thread(lambda: engine.submit(whereabouts()).result(30)) == threading.current_thread().name
        )
    assert closed == [threading.current_thread().name]
    with pytest.raises(RuntimeError, match="stopped"):
        await engine.call(whereabouts())


def test_stop_awaits_closers_and_cancels_the_rest() -> None:
    engine = Engine()
    events: list[str] = []
    began = threading.Event()

    async def closer() -> None:
        events.append("closed")

    async def endless() -> None:
        engine.closers.add(closer)
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            events.append("cancelled")

    future = engine.submit(endless())
    assert began.wait(30)
    engine.stop()
    assert events == ["closed", "cancelled"]
    assert future.cancelled()


def test_a_closer_that_hangs_does_not_stop_the_stop() -> None:
    engine = Engine()

    async def hang() -> None:
        await asyncio.Event().wait()

    async def register() -> None:
        engine.closers.add(hang)

    engine.submit(register()).result(30)
    engine.stop(timeout_s=0.2)
    assert "dsqltui-engine" not in {thread.name for thread in threading.enumerate()}


def test_after_stop_calls_are_refused_and_stop_may_be_repeated() -> None:
    async def nothing() -> None:
        return None

    engine = Engine()
    engine.stop()
    engine.stop()
    assert engine.is_stopped
    with pytest.raises(RuntimeError, match="stopped"):
        engine.submit(nothing())


# --- waiting for the server --------------------------------------------------------------------------------------------


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def waits(wanted: Wait) -> PQGen[int]:
    """Waits once."""
    ready = yield wanted
    while ready == Ready.NONE:
        ready = yield wanted
    return ready


async def test_while_one_answer_follows_the_other_the_loop_has_its_turns(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    theirs.send(b"x")  # never read: the answer is always there
    was_heard = asyncio.Event()
    asyncio.get_running_loop().call_soon(was_heard.set)
    deadline = time.monotonic() + DEADLINE_S
    while not was_heard.is_set():
        assert await SocketWait(ours.fileno()).run(waits(Wait.R)) == Ready.R
        assert time.monotonic() < deadline, "nothing else on the loop was done"


async def test_who_waits_long_does_not_hold_up_another(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    slow = SocketWait(ours.fileno())
    task = asyncio.create_task(slow.run(waits(Wait.R)))
    await asyncio.sleep(0)
    for _ in range(50):
        assert await SocketWait(theirs.fileno()).run(waits(Wait.W)) == Ready.W
    assert not task.done()
    theirs.send(b"x")
    async with asyncio.timeout(DEADLINE_S):
        assert await task == Ready.R


async def test_while_a_load_runs_a_statement_leaves_the_loop_its_turns(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    poller = LoadPoller.of_this_loop()
    await SocketWait(ours.fileno()).run(waits(Wait.W))  # the loop has just had a turn for it
    poller.add(theirs.fileno(), lambda: None)
    was_heard = asyncio.Event()
    asyncio.get_running_loop().call_soon(was_heard.set)
    await SocketWait(ours.fileno()).run(waits(Wait.W))
    assert was_heard.is_set()
    poller.remove(theirs.fileno())


@pytest.mark.parametrize("is_asked_at_once", [True, False])
async def test_an_end_of_the_connection_is_heard(
    pair: tuple[socket.socket, socket.socket], is_asked_at_once: bool
) -> None:
    ours, theirs = pair
    if is_asked_at_once:  # the loop has just had a turn for it
        await SocketWait(ours.fileno()).run(waits(Wait.W))
    theirs.close()
    async with asyncio.timeout(DEADLINE_S):
        assert await SocketWait(ours.fileno()).run(waits(Wait.R)) == Ready.R
    assert ours.recv(1) == b""
