"""Watch and compare beside whatever else a pane may be doing: what happens, what is sent, what is said."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from dsqltui.core.results.outcome import Outcome
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.guards import Guards
from dsqltui.core.sessions.session import Page, Session
from dsqltui.runner.jobs import UseSession
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.ui.features.compare import feature as compare_feature
from support.long_cases import spread
from support.screens.console import Console
from support.screens.fake_session import FakeSession, refused, rows
from support.servers.comparing import SQL, compare, comparing, line, people, run_both


class SlowPages(FakeSession):
    """Its pages wait like its statements."""

    async def more(self, limit: int) -> Page | Outcome:
        await self._may_go.wait()
        return await super().more(limit)


async def run_in_a(it: Console, sql: str) -> None:
    """One statement in pane A, and its outcome on the screen."""
    count = len(it.journal)
    it.write(sql)
    await it.press("f2", "f5")
    await it.until(lambda: len(it.journal) > count)


async def show_the_rows(it: Console) -> None:
    """Back from a report to the newest result."""
    it.pane_a.show_result(it.pane_a.kept_results[-1])
    await it.pilot.pause()


async def idle(it: Console) -> None:
    await run_both(it, people(5), people(5, {2: "old"}))


async def in_transaction(it: Console) -> None:
    await run_in_a(it, "begin")
    await idle(it)
    assert it.pane_a.status.state is TransactionState.OPEN


async def in_failed_transaction(it: Console) -> None:
    await in_transaction(it)
    it.a.answer("select nope", refused("42703", "column nope does not exist"))
    await run_in_a(it, "select nope")
    await show_the_rows(it)
    assert it.pane_a.status.state is TransactionState.FAILED


async def running(it: Console) -> None:
    await idle(it)
    it.a.hang()
    it.write("select pg_sleep(9)")
    await it.press("f2", "f5")
    await it.until(lambda: it.a.is_running)


async def queued(it: Console) -> None:
    await running(it)
    await it.press("f5")
    queue = it.app.console_screen.sides["A"].queue
    await it.until(lambda: queue.waiting_count == 1)


async def fetching(it: Console) -> None:
    await run_both(it, people(5, has_more=True), people(5, has_more=True))
    it.a.hang()
    it.a.pages = [Page((("7", "seven"),), False, "SELECT 6")]
    it.app.console_screen.go_to("A")
    it.app.console_screen.do("results_all")
    await it.until(lambda: it.app.console_screen.sides["A"].queue.running is not None)


async def exporting(it: Console) -> None:
    await idle(it)

    async def work(_session: Session, queue: PaneRunner) -> None:
        queue.tell_progress("exporting 5 rows")
        await asyncio.Event().wait()

    side = it.app.console_screen.sides["A"]
    side.queue.put(UseSession("exporting…", work))
    await it.until(lambda: side.queue.progress == "exporting 5 rows")


async def lost(it: Console) -> None:
    await idle(it)
    it.a.break_off("the network is gone")
    await run_in_a(it, "select 1")
    await show_the_rows(it)
    await it.until(lambda: it.pane_a.title.link is ConnectionStatus.LOST)


BUSY = "Pane A is busy; begin the watch when that is done."
IN_TRANSACTION = "Pane A is in a transaction, whose snapshot stays: end it first."
COMPARED = "Different: 1 changed cell in 1 row; 4 the same"
WATCH = [
    (idle, ""),
    (in_transaction, IN_TRANSACTION),
    (in_failed_transaction, IN_TRANSACTION),
    (running, BUSY),
    (queued, BUSY),
    (fetching, BUSY),
    (exporting, BUSY),
    (lost, "Pane A is not connected, so nothing is watched; F9 reconnects."),
]
COMPARE = [
    (idle, COMPARED),
    (in_transaction, COMPARED),
    (in_failed_transaction, COMPARED),
    (running, COMPARED),
    (queued, COMPARED),
    (fetching, "Pane A is busy (fetching); compare when that is done."),
    (exporting, "Pane A is busy (exporting 5 rows); compare when that is done."),
    (lost, COMPARED),
]
State = Callable[[Console], Awaitable[None]]


@asynccontextmanager
async def console() -> AsyncIterator[Console]:
    async with comparing(a=SlowPages("us-east-1")) as it:
        yield it
        it.a.release()


@pytest.mark.parametrize(("state", "said"), WATCH, ids=lambda it: getattr(it, "__name__", ""))
async def test_the_key_of_the_watch(state: State, said: str) -> None:
    async with console() as it:
        await state(it)
        sent, recorded = (list(it.a.sent), list(it.b.sent)), len(it.journal)
        it.app.console_screen.do("compare_watch")
        if said:
            await it.until(lambda: it.notice == said)
            assert len(it.app.screen_stack) == 1
        else:
            await it.until(lambda: len(it.app.screen_stack) == 2)
        assert (it.a.sent, it.b.sent) == sent
        assert len(it.journal) == recorded


@pytest.mark.parametrize(("state", "said"), COMPARE, ids=lambda it: getattr(it, "__name__", ""))
async def test_the_key_of_the_comparison(state: State, said: str) -> None:
    async with console() as it:
        await state(it)
        sent, recorded = (list(it.a.sent), list(it.b.sent)), len(it.journal)
        it.app.console_screen.do("compare")
        await it.until(lambda: line(it).startswith(said) if said == COMPARED else it.notice == said)
        assert (it.a.sent, it.b.sent) == sent, "a comparison sends no statement"
        assert len(it.journal) == recorded


# -- while it watches --------------------------------------------------------------------------------------------------


async def begin_watch(it: Console, seconds: str = "0.2") -> None:
    """A watch whose first round is through."""
    await run_both(it, people(5), people(5, {2: "old"}))
    it.app.console_screen.do("compare_watch")
    await it.until(lambda: len(it.app.screen_stack) == 2)
    await it.press("backspace", *seconds, "enter")
    await it.until(lambda: line(it).startswith("Watching, round 1"))


async def another_result(it: Console) -> None:
    it.a.answer("select 7", rows("seven", ("7",)))
    await run_in_a(it, "select 7")


async def a_write_with_rows(it: Console) -> None:
    it.a.answer("update t set a = 1 returning a", rows("a", ("1",)))
    await run_in_a(it, "update t set a = 1 returning a")


async def a_statement_without_rows(it: Console) -> None:
    await run_in_a(it, "set search_path = x")


async def a_transaction(it: Console) -> None:
    await run_in_a(it, "begin")


async def a_loss(it: Console) -> None:
    it.a.break_off("the network is gone")
    await run_in_a(it, "select 1")


async def another_role(it: Console) -> None:
    session = FakeSession("us-east-1", user="reports")
    await session.connect()
    assert not await it.app.console_screen.sides["A"].queue.exchange(session)


async def another_session(it: Console) -> None:
    session = FakeSession("us-east-1")
    await session.connect()
    assert not await it.app.console_screen.sides["A"].queue.exchange(session)


async def another_tab(it: Console) -> None:
    assert it.pane_b.step_result(-1)


async def its_key(it: Console) -> None:
    it.app.console_screen.do("compare_watch")


async def the_key_of_the_comparison(it: Console) -> None:
    it.app.console_screen.do("compare")


ENDS = [
    (another_result, "another statement ran in pane A"),
    (a_write_with_rows, "another statement ran in pane A"),
    (a_statement_without_rows, "another statement ran in pane A"),
    (a_transaction, "a transaction began in pane A"),
    (a_loss, "pane A lost its connection"),
    (another_role, "pane A is reports now, no longer admin"),
    (another_session, "pane A has another session now"),
    (another_tab, "pane B shows another result"),
    (its_key, "you ended it"),
    (the_key_of_the_comparison, "you ended the comparison"),
]


@pytest.mark.parametrize("seconds", spread(["0.2", "60"], 2))
@pytest.mark.parametrize(("happens", "reason"), ENDS, ids=lambda it: getattr(it, "__name__", ""))
async def test_what_comes_between_ends_the_watch_and_says_so(happens: State, reason: str, seconds: str) -> None:
    async with comparing() as it:
        it.b.answer("select 0", rows("zero", ("0",)))
        it.write("select 0")
        await it.press("f3")
        it.pane_b.editor.load_text("select 0")
        await it.press("f5")
        await it.until(lambda: it.pane_b.result)
        await it.press("f2")
        await begin_watch(it, seconds)
        await happens(it)
        if happens is the_key_of_the_comparison:
            await it.until(lambda: not line(it))
            assert it.notice.startswith("Watch ended after "), it.notice
            assert it.notice.endswith(f": {reason}."), it.notice
        else:
            await it.until(lambda: line(it).startswith("Watch ended after "))
            assert f": {reason}." in line(it)
        screen = it.app.console_screen
        await it.until(lambda: not any(worker.group == "watch" and worker.is_running for worker in screen.workers))
        await it.until(
            lambda: all(s.queue.running is None and not s.queue.waiting_count for s in screen.sides.values())
        )
        if happens is not the_key_of_the_comparison:
            screen.do("compare")
            await it.until(lambda: line(it) == "")


async def test_every_round_is_in_the_journal() -> None:
    async with comparing() as it:
        await begin_watch(it)
        await it.until(lambda: line(it).startswith("Watching, round 3"))
        it.app.console_screen.do("compare_watch")
        await it.until(lambda: "you ended it" in it.notice)
        for pane, session in (("A", it.a), ("B", it.b)):
            recorded = [entry.sql for entry in it.journal if entry.pane == pane and entry.sql]
            assert recorded == session.sent
            assert recorded.count(SQL) >= 4


async def test_a_round_that_waits_behind_begin_is_not_sent() -> None:
    async with comparing() as it:
        await begin_watch(it)
        it.a.hang()
        await it.until(lambda: it.a.is_running)  # a round
        it.write("begin;\nupdate t set a = 1;")
        await it.press("f2", "f5", "f5")
        it.a.release()
        await it.until(lambda: "update t set a = 1" in it.a.sent)
        await it.until(lambda: "Watch ended" in it.notice)
        assert it.a.sent[-2:] == ["begin", "update t set a = 1"]
        assert it.pane_a.status.state is TransactionState.OPEN


async def test_a_refused_round_ends_it_outside_any_transaction() -> None:
    async with comparing() as it:
        await begin_watch(it)
        it.b.answer(SQL, refused("42501", "permission denied for table people"))
        await it.until(lambda: "Watch ended" in it.notice)
        assert "the round in pane B was refused, 42501 permission denied for table people." in it.notice
        assert it.pane_b.status.state is TransactionState.IDLE


async def test_the_person_interrupts_a_round() -> None:
    async with comparing() as it:
        await begin_watch(it)
        it.a.hang()
        await it.until(lambda: it.a.is_running)
        it.app.console_screen.do("interrupt")
        await it.until(lambda: it.a.cancel_count)
        it.a.release()
        await it.until(lambda: "you stopped it in pane A" in it.notice)


async def test_its_key_ends_it_also_while_a_round_never_answers() -> None:
    async with comparing() as it:
        await begin_watch(it)
        it.a.hang()
        await it.until(lambda: it.a.is_running)
        it.app.console_screen.do("compare_watch")
        await it.until(lambda: "you ended it" in it.notice)
        it.app.console_screen.do("compare_watch")
        await it.until(lambda: it.notice == BUSY)
        it.a.release()


async def test_a_second_result_while_the_dialog_is_open_is_not_watched() -> None:
    async with comparing() as it:
        await idle(it)
        it.app.console_screen.do("compare_watch")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        side = it.app.console_screen.sides["A"]
        await side.queue.report("update t set a = 1 returning a", rows("a", ("1",)), TransactionState.IDLE)
        await it.until(lambda: it.pane_a.result and it.pane_a.result.title.startswith("update"))
        sent = list(it.a.sent)
        await it.press("enter")
        await it.until(lambda: "Pane A shows no plain query" in it.notice)
        assert it.a.sent == sent


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select bump(1) as n", "Pane A is not run again: bump() may write, and a watch only reads."),
        ("update t set a = 1 returning a", "Pane A shows no plain query; only those are run again."),
        ("select * from t for update", "Pane A shows no plain query; only those are run again."),
        ("with d as (delete from t returning *) table d", "Pane A shows no plain query; only those are run again."),
        ("explain analyze delete from t", "Pane A shows no plain query; only those are run again."),
    ],
)
async def test_only_queries_that_surely_read_are_watched(sql: str, said: str) -> None:
    async with comparing() as it:
        for session in (it.a, it.b):
            session.answer(sql, rows("n", ("1",)))
        it.write(sql)
        await it.press("f6")
        await it.until(lambda: len(it.app.screen_stack) == 2 or it.pane_b.result)
        if len(it.app.screen_stack) == 2:
            await it.press("y")
        await it.until(lambda: it.pane_a.result and it.pane_b.result)
        it.app.console_screen.do("compare_watch")
        await it.until(lambda: it.notice == said)


async def test_what_was_sent_is_watched_not_what_was_written() -> None:
    async with comparing() as it:
        for session in (it.a, it.b):
            session.answer("select 'x' as v", rows("v", ("x",)))
            session.answer("select :'w' as v", refused("42601", "syntax error"))
        it.write("\\set w x")
        await it.press("f6")
        it.write("select :'w' as v")
        await it.press("f6")
        await it.until(lambda: it.pane_a.result and it.pane_b.result)
        it.app.console_screen.do("compare_watch")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        await it.press("enter")
        await it.until(lambda: line(it).startswith("Identical since"))
        assert it.a.sent == ["select 'x' as v"] * 2


# -- a comparison grows old --------------------------------------------------------------------------------------------


async def test_another_result_makes_it_one_of_earlier_results() -> None:
    async with comparing() as it:
        await run_both(it, people(2), people(2))
        await compare(it)
        assert line(it).startswith("Identical: 2 rows")
        await another_result(it)
        await it.until(lambda: line(it).startswith("Of earlier results: identical: 2 rows"))
        assert it.pane_a.step_result(-1)
        await it.until(lambda: line(it).startswith("Identical: 2 rows"))
        assert it.pane_a.step_result(1)
        await it.until(lambda: line(it).startswith("Of earlier results"))
        it.app.console_screen.do("compare")
        await it.until(lambda: line(it) == "")


async def test_a_statement_without_rows_makes_it_one_of_earlier_results() -> None:
    async with comparing() as it:
        await run_both(it, people(2), people(2))
        await compare(it)
        await run_in_a(it, "delete from people")
        await it.until(lambda: line(it).startswith("Of earlier results"))


async def test_more_rows_make_it_one_of_the_rows_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_feature, "_MOST_ROWS", 2)  # so that the comparison leaves the rest alone
    async with comparing() as it:
        await run_both(it, people(2, has_more=True), people(2))
        await compare(it)
        assert line(it).startswith("Identical: 2 rows")
        it.a.pages = [Page((("7", "seven"),), False, "SELECT 3")]
        it.app.console_screen.go_to("A")
        it.app.console_screen.do("results_all")
        await it.until(lambda: line(it).startswith("Of the rows fetched before: identical"))


async def test_it_goes_when_its_results_are_gone() -> None:
    async with comparing() as it:
        await run_both(it, people(2), people(2))
        await compare(it)
        for n in range(6):
            it.a.answer(f"select {n}", rows("n", (str(n),)))
            await run_in_a(it, f"select {n}")
        await it.until(lambda: line(it) == "")


async def test_a_read_only_guard_that_holds_rows_is_no_transaction_of_the_persons() -> None:
    async with comparing() as it:
        queues = [side.queue for side in it.app.console_screen.sides.values()]
        for queue in queues:
            queue.connection.guards = Guards(read_only=True)
        await run_both(it, people(2, has_more=True), people(2, {1: "x"}, has_more=True))
        assert all(queue.state is TransactionState.OPEN and not queue.connection.is_in_transaction for queue in queues)
        it.app.console_screen.do("compare_watch")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        await it.press("backspace", *"0.2", "enter")
        await it.until(lambda: line(it).startswith("Watching, round 2"))
        assert it.a.sent[:4] == ["BEGIN READ ONLY", SQL, "COMMIT", "BEGIN READ ONLY"]
