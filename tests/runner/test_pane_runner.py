"""The runner of one pane, without a screen."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from dsqltui.core.journal.journal import Event, Journal
from dsqltui.core.psql import ShowConnection
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import split
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.session import ConnectFailed, Page, Session
from dsqltui.runner.event_sink import EventSink
from dsqltui.runner.events import (
    CommandReached,
    CommandTold,
    ConnectionChanged,
    PageArrived,
    RoleAsked,
    RunnerEvent,
    ScriptFinished,
    SessionExchanged,
    SettingsLost,
    StatementFinished,
    StatementsFinished,
    WorkDropped,
)
from dsqltui.runner.jobs import ConnectJob, FetchPage, Interruption, RunStatements, UseSession
from dsqltui.runner.journal_recorder import JournalRecorder
from dsqltui.runner.pane_runner import PaneRunner
from support.screens.console import runner_of
from support.screens.fake_session import FakeSession, refused, rows

M = TypeVar("M", bound=RunnerEvent)
DEADLINE_S = 20.0


def each(posted: list[RunnerEvent]) -> Iterator[RunnerEvent]:
    """Those told of together one by one."""
    for event in posted:
        yield from event.finished if isinstance(event, StatementsFinished) else (event,)


class ServedPane:
    """A served queue, its session and what it posted."""

    def __init__(self, session: FakeSession) -> None:
        self.session = session
        self.posted: list[RunnerEvent] = []
        self.journal = Journal()
        recorder = JournalRecorder(self.journal, "A", "us-east-1")
        sink = EventSink("A", self.posted.append)
        self.queue = PaneRunner("A", sink, recorder, open_runner=runner_of, row_limit=100)

    def told(self, kind: type[M]) -> list[M]:
        return [message for message in each(self.posted) if isinstance(message, kind)]

    def run(self, script: str) -> None:
        self.queue.put(RunStatements(tuple(split(script))))

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not condition():  # noqa: ASYNC110 - the condition may be about the fake, which tells nobody
                await asyncio.sleep(0)

    async def until_idle(self) -> None:
        await self.until(lambda: self.queue.running is None and not self.queue.waiting_count)


@asynccontextmanager
async def runner(session: FakeSession | None = None) -> AsyncIterator[ServedPane]:
    """A connected queue."""
    made = ServedPane(session or FakeSession("us-east-1"))
    made.queue.attach(made.session)
    serving = asyncio.create_task(made.queue.serve())
    try:
        await made.until_idle()
        yield made
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


async def test_runs_keep_their_order_and_never_overlap() -> None:
    async with runner() as it:
        it.session.hang()
        for script in ("begin", "update t set n = 1", "commit"):
            it.run(script)
        await it.until(lambda: it.session.is_running)
        assert it.session.sent == ["begin"]
        assert it.queue.waiting_count == 2
        it.session.release()
        await it.until_idle()
        assert it.session.sent == ["begin", "update t set n = 1", "commit"]


async def test_statements_of_one_run_stop_at_the_first_refusal_but_the_next_run_goes_on() -> None:
    async with runner() as it:
        it.session.answer("bad", refused("42601", "syntax error"))
        it.run("select 1; bad; select 2")
        it.run("rollback")
        await it.until_idle()
        assert it.session.sent == ["select 1", "bad", "rollback"]


async def test_work_asked_for_before_the_connection_waits_for_it() -> None:
    session = FakeSession("us-east-1")
    it = ServedPane(session)
    it.run("select 1")
    it.queue.attach(session)
    serving = asyncio.create_task(it.queue.serve())
    await it.until_idle()
    serving.cancel()
    assert [message.link for message in it.told(ConnectionChanged)] == [
        ConnectionStatus.CONNECTING,
        ConnectionStatus.CONNECTED,
    ]
    assert session.sent == ["select 1"]


async def test_a_failed_connection_drops_what_waits_and_says_why() -> None:
    session = FakeSession("us-east-1")
    session.connect_failure = ConnectFailed("The token was refused.")
    it = ServedPane(session)
    it.run("select 1")
    it.queue.attach(session)
    serving = asyncio.create_task(it.queue.serve())
    await it.until(lambda: it.told(WorkDropped))
    serving.cancel()
    assert str(it.told(ConnectionChanged)[-1].failure) == "The token was refused."
    assert it.told(WorkDropped)[0].count == 1
    assert session.sent == []


async def test_nothing_is_sent_again_after_a_lost_connection() -> None:
    async with runner() as it:
        it.run("begin")
        await it.until_idle()
        it.session.hang()
        it.run("update t set n = 1")
        it.run("commit")
        await it.until(lambda: it.session.is_running)
        it.session.break_off("server closed the connection")
        await it.until_idle()
        outcome = it.told(StatementFinished)[-1].outcome
        assert isinstance(outcome, Lost)
        assert outcome.state_before is TransactionState.OPEN
        assert it.told(WorkDropped)[0].count == 1
        it.queue.put(ConnectJob())
        await it.until(lambda: it.queue.link is ConnectionStatus.CONNECTED)
        await it.until_idle()
        assert it.session.sent == ["begin", "update t set n = 1"]


async def test_the_first_interruption_asks_and_the_second_drops_the_connection() -> None:
    async with runner() as it:
        it.session.hang()
        it.run("select pg_sleep(100)")
        it.run("select 2")
        await it.until(lambda: it.session.is_running)
        assert await it.queue.interrupt() is Interruption.ASKED
        assert it.session.cancel_count == 1
        assert it.told(WorkDropped)[0].count == 1
        assert await it.queue.interrupt() is Interruption.DROPPED
        await it.until_idle()
        assert it.queue.link is ConnectionStatus.LOST
        assert it.session.sent == ["select pg_sleep(100)"]


async def test_an_ignored_cancel_still_stops_the_statements_behind_it() -> None:
    async with runner() as it:
        it.session.hang()
        it.run("select 1; select 2")
        await it.until(lambda: it.session.is_running)
        await it.queue.interrupt()
        it.session.release()
        await it.until_idle()
        assert it.session.sent == ["select 1"]


async def test_interrupting_nothing_does_nothing() -> None:
    async with runner() as it:
        assert await it.queue.interrupt() is Interruption.NONE
        assert it.session.cancel_count == 0


async def test_a_hanging_connection_attempt_can_be_stopped() -> None:
    class Unreachable(FakeSession):
        async def connect(self) -> None:
            await asyncio.Event().wait()

    it = ServedPane(Unreachable("us-east-1"))
    it.queue.attach(it.session)
    serving = asyncio.create_task(it.queue.serve())
    await it.until(lambda: it.queue.link is ConnectionStatus.CONNECTING)
    await it.queue.interrupt()
    await it.until(lambda: it.queue.link is ConnectionStatus.FAILED)
    serving.cancel()
    assert "You stopped" in str(it.told(ConnectionChanged)[-1].failure)


async def test_pages_come_in_turn() -> None:
    async with runner() as it:
        it.session.pages = [Page((("2",),), False, "SELECT 2")]
        it.session.answer("select 1", rows("id", ("1",), has_more=True))
        it.run("select 1")
        await it.until_idle()
        held = it.told(StatementFinished)[-1].held
        assert held is not None
        it.queue.put(FetchPage(held))
        assert it.queue.has_page_on_its_way()
        await it.until_idle()
        assert it.told(PageArrived)[0].page.tag == "SELECT 2"


async def test_a_page_of_a_result_that_the_session_let_go_of_is_said_to_be_gone() -> None:
    async with runner() as it:
        it.session.answer("select 1", rows("id", ("1",), has_more=True))
        it.run("select 1")
        await it.until_idle()
        held = it.told(StatementFinished)[-1].held
        assert held is not None
        it.run("select 2")
        it.queue.put(FetchPage(held))
        await it.until_idle()
        assert it.told(PageArrived) == []
        assert "remaining rows are gone" in it.told(CommandTold)[-1].text


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A file of two statements."""
    path = tmp_path / "two.sql"
    path.write_text("select 1;\nselect 2;")
    return path


async def test_a_script_runs_in_its_turn_with_progress(script: Path) -> None:
    async with runner() as it:
        it.run(f"begin;\n\\i {script}\ncommit;")
        await it.until_idle()
        assert it.session.sent == ["begin", "select 1", "select 2", "commit"]
        assert [message.progress for message in it.told(StatementFinished)] == ["", "1/2", "2/2", ""]
        assert it.told(ScriptFinished)[0].statement_count == 2
        assert it.told(ScriptFinished)[0].trouble == ""


async def test_statements_of_a_script_that_go_well_are_told_of_together_and_each_once(script: Path) -> None:
    sql = [f"insert into t values ({n})" for n in range(300)]
    await asyncio.to_thread(script.write_text, ";\n".join([*sql, "bad", "never sent"]))
    async with runner() as it:
        it.session.answer("bad", refused("42601", "syntax error"))
        it.run(f"\\i {script}")
        await it.until_idle()
        assert [told.statement.text for told in it.told(StatementFinished)] == [*sql, "bad"]
        together = [event for event in it.posted if isinstance(event, StatementsFinished)]
        assert together
        for event in together:
            assert [one.is_followed for one in event.finished] == [True] * (len(event.finished) - 1) + [False]
        alone = [event for event in it.posted if isinstance(event, StatementFinished)]
        assert not any(event.is_followed for event in alone)
        assert isinstance(alone[-1].outcome, Refused)  # at once, and after those before it
        assert [entry.sql for entry in it.journal if entry.sql] == [*sql, "bad"]


async def test_what_a_script_did_last_is_told_though_the_next_statement_takes_its_time(script: Path) -> None:
    class SlowAtLast(FakeSession):
        async def run(self, statement: str, *, limit: int, copy_data: str | None = None) -> Outcome:
            if statement == "update slow":
                self.hang()
            return await super().run(statement, limit=limit, copy_data=copy_data)

    await asyncio.to_thread(script.write_text, "update a;\nupdate b;\nupdate slow;")
    async with runner(SlowAtLast("us-east-1")) as it:
        it.run(f"\\i {script}")
        await it.until(lambda: [told.statement.text for told in it.told(StatementFinished)] == ["update a", "update b"])
        assert it.session.sent[-1] == "update slow"
        it.session.release()
        await it.until_idle()


async def test_a_script_stops_at_a_refusal_and_so_does_the_run_that_holds_it(script: Path) -> None:
    await asyncio.to_thread(script.write_text, "select 1;\nbad;\nselect 2;")
    async with runner() as it:
        it.session.answer("bad", refused("42601", "syntax error"))
        it.run(f"\\i {script}\ncommit;")
        await it.until_idle()
        assert it.session.sent == ["select 1", "bad"]
        assert it.told(ScriptFinished)[0].trouble == "stopped at line 2"


async def test_a_script_stops_when_the_person_cancels_although_the_server_ignores_it(script: Path) -> None:
    async with runner() as it:
        it.session.hang()
        it.run(f"\\i {script}")
        await it.until(lambda: it.session.is_running)
        await it.queue.interrupt()
        it.session.release()
        await it.until_idle()
        assert it.session.sent == ["select 1"]
        assert "stopped by you" in it.told(ScriptFinished)[0].trouble


async def test_an_unreadable_script_is_told_in_its_own_words() -> None:
    async with runner() as it:
        it.run("\\i nowhere.sql")
        await it.until_idle()
        assert it.told(ScriptFinished)[0].trouble.endswith("nowhere.sql does not exist; check the name and the folder.")


async def test_other_commands_are_passed_on_in_their_turn() -> None:
    async with runner() as it:
        it.run("\\conninfo")
        await it.until_idle()
        assert it.told(CommandReached)[0].command == ShowConnection()
        assert it.session.sent == []


async def other_session(user: str = "reports") -> FakeSession:
    session = FakeSession("us-east-1", user=user)
    await session.connect()
    return session


@pytest.mark.parametrize(
    ("first", "behind"),
    [
        ("begin", ["delete from t", "rollback"]),
        ("start transaction read only", ["select 1"]),
        ("set role reports", ["delete from t"]),
        ("set search_path = test", ["delete from t"]),
        ("reset all", ["select 1"]),
        ("select set_config('search_path', 'test', false)", ["delete from t"]),
    ],
)
async def test_what_waits_behind_a_refused_statement_that_it_depends_on_is_not_run(
    first: str, behind: list[str]
) -> None:
    async with runner() as it:
        it.session.answer(first, refused("XX000", "server unavailable"))
        it.session.hang()
        it.run(first)
        for sql in behind:
            it.run(sql)
        await it.until(lambda: it.session.is_running)
        it.session.release()
        await it.until_idle()
        assert it.session.sent == [first]
        assert it.told(WorkDropped)[-1].statements == len(behind)


async def test_what_waits_within_a_transaction_that_failed_is_not_run() -> None:
    async with runner() as it:
        it.session.answer("update a", refused("42P01", "no such table"))
        for sql in ("begin", "update a", "commit", "update b"):
            it.run(sql)
        await it.until_idle()
        assert it.session.sent == ["begin", "update a"]
        assert it.told(WorkDropped)[-1].statements == 2


async def test_what_does_not_depend_on_what_was_refused_is_run() -> None:
    async with runner() as it:
        it.session.answer("select nope", refused("42703", "no such column"))
        it.run("select nope")
        it.run("select 1")
        await it.until_idle()
        assert it.session.sent == ["select nope", "select 1"]


async def test_the_rest_of_a_run_that_failed_is_counted() -> None:
    async with runner() as it:
        it.session.answer("select nope", refused("42703", "no such column"))
        it.run("select nope; select 1; select 2;")
        await it.until_idle()
        assert [(event.count, event.statements) for event in it.told(WorkDropped)] == [(0, 2)]


async def test_a_session_is_exchanged_behind_what_was_asked_for_before() -> None:
    async with runner() as it:
        new = await other_session()
        it.session.hang()
        it.run("select 1")
        await it.until(lambda: it.session.is_running)
        exchanging = asyncio.create_task(it.queue.exchange(new))
        await it.until(lambda: it.queue.waiting_count)
        it.run("select 2")
        it.session.release()
        assert await exchanging == ""
        await it.until_idle()
        assert (it.session.sent, new.sent) == (["select 1"], ["select 2"])
        assert [entry.user for entry in it.journal if entry.sql] == ["admin", "reports"]
        assert it.told(SessionExchanged)[0].user == "reports"


async def test_a_transaction_that_was_begun_meanwhile_is_not_ended_by_an_exchange() -> None:
    async with runner() as it:
        new = await other_session()
        it.run("begin")
        it.run("update t set a = 1")
        reason = await it.queue.exchange(new)
        assert "begun meanwhile" in reason
        assert (it.queue.state, it.queue.user) == (TransactionState.OPEN, "admin")
        assert new.state is TransactionState.IDLE
        assert await new.run("select 1", limit=1) == Lost(
            "the connection was closed", TransactionState.IDLE, False, 0.01
        )
        assert it.told(SessionExchanged) == []


async def test_a_transaction_that_the_person_gave_up_is_recorded_as_ended() -> None:
    async with runner() as it:
        it.run("begin; update t set a = 1;")
        await it.until_idle()
        agreed = it.queue.connection.open_transaction
        assert await it.queue.exchange(await other_session(), may_end=agreed) == ""
        assert it.told(SessionExchanged)[0].ended_transaction
        events = [(entry.event, entry.user) for entry in it.journal][-2:]
        assert events == [(Event.LOST, "admin"), (Event.CONNECTED, "reports")]
        assert it.journal.open_transaction("A") is None


async def test_consent_is_for_one_transaction() -> None:
    async with runner() as it:
        it.run("begin")
        await it.until_idle()
        agreed = it.queue.connection.open_transaction
        it.run("rollback")
        it.run("begin")
        await it.until_idle()
        assert "begun meanwhile" in await it.queue.exchange(await other_session(), may_end=agreed)


async def test_rows_that_go_with_a_session_are_told_and_cannot_be_asked_for() -> None:
    async with runner() as it:
        it.session.answer("select 1", rows("id", ("1",), has_more=True))
        it.run("select 1")
        await it.until_idle()
        held = it.told(StatementFinished)[-1].held
        assert held is not None
        assert held.is_held
        assert await it.queue.exchange(await other_session()) == ""
        assert it.told(SessionExchanged)[0].ended_rows
        assert not held.is_held


async def test_settings_that_go_with_a_session_are_told() -> None:
    async with runner() as it:
        it.session.answer("set search_path = x", Done("SET", 0.0))
        it.run("set search_path = x")
        await it.until_idle()
        it.session.break_off("gone")
        it.run("select 1")
        await it.until(lambda: it.queue.link is ConnectionStatus.LOST)
        it.queue.put(ConnectJob())
        await it.until(lambda: it.queue.link is ConnectionStatus.CONNECTED)
        await it.until_idle()
        assert it.told(SettingsLost)[0].statements == ("set search_path = x",)
        assert it.queue.connection.lost_settings == ("set search_path = x",)


async def test_what_follows_a_role_switch_waits_for_it_and_runs_as_the_new_role() -> None:
    async with runner() as it:
        new = await other_session()
        it.run("\\role reports here\nselect 1;")
        it.run("select 2")
        await it.until(lambda: it.told(RoleAsked))
        asked = it.told(RoleAsked)[0]
        assert asked.command.name == "reports"
        assert it.session.sent == []
        assert await it.queue.exchange(new) == ""
        asked.done.set_result(True)
        await it.until_idle()
        assert (it.session.sent, new.sent) == ([], ["select 1", "select 2"])


async def test_what_follows_a_role_switch_that_failed_is_not_run_and_counted() -> None:
    async with runner() as it:
        it.run("\\role reports here\nselect 1; update t set a = 1;")
        it.run("select 2")
        await it.until(lambda: it.told(RoleAsked))
        it.told(RoleAsked)[0].done.set_result(False)
        await it.until_idle()
        assert it.session.sent == []
        assert [(event.count, event.statements) for event in it.told(WorkDropped)] == [(1, 3)]


async def test_a_role_switch_can_be_given_up() -> None:
    async with runner() as it:
        it.run("\\role reports here")
        await it.until(lambda: it.told(RoleAsked))
        await it.queue.interrupt()
        assert it.told(RoleAsked)[0].done.result() is False
        await it.until_idle()


async def test_two_panes_that_wait_for_one_another_s_switch_come_through() -> None:
    async with runner() as it:
        new = await other_session()
        it.session.hang()
        it.run("select 1;\n\\role reports here")
        await it.until(lambda: it.session.is_running)
        exchanging = asyncio.create_task(it.queue.exchange(new))
        await it.until(lambda: it.queue.waiting_count)
        it.session.release()
        assert await exchanging == ""
        assert not it.told(RoleAsked)[0].done.done()
        it.told(RoleAsked)[0].done.set_result(True)
        await it.until_idle()


@pytest.mark.parametrize("label", ["exporting…", "fetching…", "comparing…"])
async def test_an_exchange_waits_for_what_uses_the_session(label: str) -> None:
    async with runner() as it:
        may_end, used = asyncio.Event(), asyncio.Event()

        async def work(session: Session, _pane: PaneRunner) -> None:
            used.set()
            await may_end.wait()
            assert session.user == "admin"
            assert session.state is TransactionState.IDLE

        it.queue.put(UseSession(label, work))
        await used.wait()
        exchanging = asyncio.create_task(it.queue.exchange(await other_session()))
        await it.until(lambda: it.queue.waiting_count)
        assert (it.queue.user, it.told(SessionExchanged)) == ("admin", [])
        may_end.set()
        assert await exchanging == ""
        assert it.queue.user == "reports"


async def test_a_renewal_leaves_a_session_that_works_or_has_settings_alone() -> None:
    async with runner() as it:
        it.session.hang()
        it.run("select 1")
        await it.until(lambda: it.session.is_running)
        assert not await it.queue.renew()
        it.session.release()
        await it.until_idle()
        assert await it.queue.renew()
        it.session.answer("set search_path = x", Done("SET", 0.0))
        it.run("set search_path = x")
        await it.until_idle()
        assert not await it.queue.renew()
        it.run("begin")
        await it.until_idle()
        assert not await it.queue.renew()
        assert it.session.renew_count == 1


async def test_an_exchange_that_is_given_up_leaves_the_session_as_it_was() -> None:
    async with runner() as it:
        new = await other_session()
        it.session.hang()
        it.run("select 1")
        await it.until(lambda: it.session.is_running)
        exchanging = asyncio.create_task(it.queue.exchange(new))
        await it.until(lambda: it.queue.waiting_count)
        exchanging.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await exchanging
        it.session.release()
        await it.until_idle()
        assert it.queue.user == "admin"
        assert it.told(SessionExchanged) == []
        assert isinstance(await new.run("select 1", limit=1), Lost), "it was closed"


async def test_an_interruption_gives_a_waiting_exchange_up() -> None:
    async with runner() as it:
        it.session.hang()
        it.run("select 1")
        await it.until(lambda: it.session.is_running)
        exchanging = asyncio.create_task(it.queue.exchange(await other_session()))
        await it.until(lambda: it.queue.waiting_count)
        await it.queue.interrupt()
        assert "not exchanged" in await exchanging
        it.session.release()
        await it.until_idle()
        assert it.queue.user == "admin"


async def test_a_session_that_was_exchanged_stays_though_nobody_waits_any_more() -> None:
    async with runner() as it:
        new = await other_session()
        exchanging = asyncio.create_task(it.queue.exchange(new))
        await it.until(lambda: it.told(SessionExchanged))
        exchanging.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await exchanging
        await it.until_idle()
        assert it.queue.user == "reports"
        it.run("select 1")
        await it.until_idle()
        assert new.sent == ["select 1"]
