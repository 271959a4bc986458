"""Coroutines that go on in the call that brings what they wait for."""

import asyncio

import pytest

from dsqltui.core.storm.pending import Pending
from dsqltui.runner.storm.stepping import Stepping, in_a_task, outside


async def test_it_goes_on_at_once() -> None:
    first, second, seen = Pending[int](), Pending[int](), list[int]()

    async def work() -> None:
        seen.append(await first)
        seen.append(await second)

    stepping = Stepping(work())
    first.succeed(1)
    assert seen == [1]
    second.succeed(2)
    assert (seen, stepping.done.done(), stepping.done.result()) == ([1, 2], True, None)


async def test_what_is_done_already_is_not_waited_for() -> None:
    done, seen = Pending[str](), list[str]()
    done.succeed("at once")

    async def work() -> None:
        seen.append(await done)

    assert Stepping(work()).done.done()
    assert seen == ["at once"]
    assert await in_a_task(done) == "at once"


async def test_what_it_waited_for_fails() -> None:
    pending, other = Pending[int](), Pending[int]()

    async def work() -> None:
        await pending

    stepping = Stepping(work())
    waiting = in_a_task(other)
    for each in (pending, other):
        each.fail(LookupError("nothing"))
    with pytest.raises(LookupError):
        stepping.done.result()
    with pytest.raises(LookupError):
        await waiting


async def test_the_loop_works_for_it() -> None:
    seen = list[object]()

    async def answer(*, fails: bool) -> int:
        await asyncio.sleep(0)
        if fails:
            raise ValueError("no")
        return 7

    async def work() -> None:
        seen.append(await outside(answer(fails=False)))
        try:
            await outside(answer(fails=True))
        except ValueError as error:
            seen.append(str(error))

    await Stepping(work()).done
    assert seen == [7, "no"]


async def test_dropped_it_cleans_up_and_hears_nothing_more() -> None:
    pending, seen = Pending[int](), list[str]()

    async def work() -> None:
        try:
            await pending
        finally:
            seen.append("ended")

    stepping = Stepping(work())
    stepping.drop()
    pending.succeed(1)
    assert (seen, stepping.done.cancelled()) == (["ended"], True)
