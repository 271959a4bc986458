"""PgSession on a real, plain PostgreSQL 16: the simple protocol, pages, loss, cancelling, closing."""

import asyncio
import subprocess
import sys

import pytest

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.core.answers import fate
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.results.errors import caret_line
from dsqltui.core.results.outcome import Column, Done, Lost, Notice, Outcome, Refused, Row, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import ConnectFailed, Page, Session
from dsqltui.sim.postgres.postgres import Postgres
from support.servers.plain_postgres import DEADLINE_S, ENDPOINT, Plain, rows_of, until

SLEEP = "SELECT pg_sleep(600)"
# Its first rows come at once; the rest waits for whoever holds the lock 77.
STUCK_AT_ROW_1500 = (
    "SELECT g, CASE g WHEN 1500 THEN pg_advisory_xact_lock(77)::text END IS NULL FROM generate_series(1, 2000) g"
)


def numbers(first: int, last: int) -> tuple[Row, ...]:
    return tuple((str(number),) for number in range(first, last + 1))


async def ok(session: PgSession, statement: str, *, copy_data: str | None = None) -> Done:
    outcome = await session.run(statement, limit=10, copy_data=copy_data)
    assert isinstance(outcome, Done), outcome
    return outcome


async def refused(session: PgSession, statement: str, *, copy_data: str | None = None) -> Refused:
    outcome = await session.run(statement, limit=10, copy_data=copy_data)
    assert isinstance(outcome, Refused), outcome
    return outcome


async def lost(awaitable: "asyncio.Task[Outcome]") -> Lost:
    async with asyncio.timeout(DEADLINE_S):
        outcome = await awaitable
    assert isinstance(outcome, Lost), outcome
    return outcome


def state_of(session: PgSession) -> TransactionState:
    """The state; a call, as mypy takes a property for unchanging."""
    return session.state


async def running(plain: Plain, watcher: PgSession, session: PgSession, statement: str) -> "asyncio.Task[Outcome]":
    """A task that runs the statement; returns when the server works on it."""
    task = asyncio.create_task(session.run(statement, limit=10))
    await until(lambda: plain.is_active(watcher, session))
    return task


# --- one statement ---------------------------------------------------------------------------------------------------


def test_it_is_a_session(engine: Engine, plain_server: Postgres) -> None:
    plain = Plain(engine, plain_server.socket_dir)
    session: Session = plain.make()
    assert (session.endpoint, session.user, session.state) == (ENDPOINT, "postgres", TransactionState.NONE)


async def test_values_are_the_servers_text_and_null_is_not_empty(plain: Plain) -> None:
    session = await plain.open()
    outcome = await session.run(
        "SELECT 1 AS a, NULL AS b, '' AS c, true AS d, 1.50::numeric AS e, '{1,NULL}'::int[] AS f, 'é🙂' AS \"ñ\"",
        limit=10,
    )
    assert isinstance(outcome, Rows)
    assert outcome.rows == (("1", None, "", "t", "1.50", "{1,NULL}", "é🙂"),)
    assert [column.name for column in outcome.columns] == ["a", "b", "c", "d", "e", "f", "ñ"]
    assert outcome.columns[0] == Column("a", 23)
    assert (outcome.tag, outcome.has_more, outcome.notices) == ("SELECT 1", False, ())
    assert outcome.duration_s > 0


@pytest.mark.parametrize(
    ("statement", "columns", "rows", "tag"),
    [
        ("SELECT 1 AS x WHERE false", 1, (), "SELECT 0"),
        ("SELECT", 0, ((),), "SELECT 1"),
        ("SHOW server_encoding", 1, (("UTF8",),), "SHOW"),
        ("SELECT 1; SELECT 2 AS x", 1, (("2",),), "SELECT 1"),
        ("BEGIN; SELECT 3; COMMIT; VALUES (4), (5)", 1, (("4",), ("5",)), "SELECT 2"),
    ],
)
async def test_rows_and_tags(plain: Plain, statement: str, columns: int, rows: tuple[Row, ...], tag: str) -> None:
    outcome = await (await plain.open()).run(statement, limit=10)
    assert isinstance(outcome, Rows)
    assert (len(outcome.columns), outcome.rows, outcome.tag, outcome.has_more) == (columns, rows, tag, False)


@pytest.mark.parametrize(
    ("statement", "tag"),
    [("SET work_mem = '5MB'", "SET"), ("", ""), ("-- nothing", ""), ("SELECT 1; SET work_mem = '6MB'", "SET")],
)
async def test_statements_without_rows(plain: Plain, statement: str, tag: str) -> None:
    assert (await ok(await plain.open(), statement)).tag == tag


async def test_the_position_of_an_error_counts_characters(plain: Plain) -> None:
    session = await plain.open()
    statement = "SELECT 'äöü🙂漢字' AS ok,\n       nonsense"
    error = (await refused(session, statement)).error
    assert (error.sqlstate, error.severity) == ("42703", "ERROR")
    assert error.position is not None
    assert statement[error.position - 1 :] == "nonsense"
    assert caret_line(statement, error.position) == ("       nonsense", "       ^")


async def test_detail_and_hint_arrive(plain: Plain) -> None:
    session = await plain.open()
    raised = "DO $$ BEGIN RAISE 'm' USING DETAIL = 'd', HINT = 'h', ERRCODE = '40001'; END $$"
    error = (await refused(session, raised)).error
    assert (error.sqlstate, error.message, error.detail, error.hint, error.position) == ("40001", "m", "d", "h", None)


async def test_an_error_wins_over_the_results_before_it(plain: Plain) -> None:
    session = await plain.open()
    assert (await refused(session, "SELECT 1; SELECT 1/0; SELECT 2")).error.sqlstate == "22012"
    assert await rows_of(session, "SELECT 5") == (("5",),)


async def test_an_error_after_rows_wins(plain: Plain) -> None:
    session = await plain.open()
    error = (await refused(session, "SELECT 1/(4 - g) FROM generate_series(1, 9) g")).error
    assert error.sqlstate == "22012"


async def test_notices_belong_to_their_statement(plain: Plain) -> None:
    session = await plain.open()
    done = await ok(session, "DO $$ BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two' USING ERRCODE = '01008'; END $$")
    assert done.notices == (Notice("NOTICE", "one"), Notice("WARNING", "two", "01008"))
    assert (await ok(session, "SET work_mem = '5MB'")).notices == ()
    failed = await refused(session, "DO $$ BEGIN RAISE NOTICE 'three'; RAISE 'x'; END $$")
    assert failed.notices == (Notice("NOTICE", "three"),)


@pytest.mark.parametrize("statement", ["SELECT 1\0; DROP TABLE x", "SELECT '\ud800'"])
async def test_text_that_the_protocol_cannot_carry_is_not_sent(plain: Plain, statement: str) -> None:
    session = await plain.open()
    error = (await refused(session, statement)).error
    assert error.sqlstate == "22021"
    assert "not sent" in error.message
    assert state_of(session) is TransactionState.IDLE


async def test_the_state_is_the_servers_word(plain: Plain) -> None:
    session = await plain.open()
    seen = [session.state]
    for statement in ("BEGIN", "SELECT 1", "SELECT 1/0", "SELECT 1", "COMMIT", "BEGIN", "COMMIT"):
        await session.run(statement, limit=1)
        seen.append(session.state)
    idle, opened, failed = TransactionState.IDLE, TransactionState.OPEN, TransactionState.FAILED
    assert seen == [idle, opened, opened, failed, failed, idle, opened, idle]


async def test_a_refused_commit_ends_the_transaction(plain: Plain) -> None:
    session = await plain.open()
    await ok(session, "CREATE TEMP TABLE late (x int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    await ok(session, "BEGIN")
    await ok(session, "INSERT INTO late VALUES (1), (1)")
    assert state_of(session) is TransactionState.OPEN
    assert (await refused(session, "COMMIT")).error.sqlstate == "23505"
    assert state_of(session) is TransactionState.IDLE


async def test_no_statement_is_sent_on_connect(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    assert await plain.is_active(watcher, session, "query = '' AND state IS NOT NULL")


# --- COPY ------------------------------------------------------------------------------------------------------------


async def test_copy_in_and_out(plain: Plain) -> None:
    session = await plain.open()
    await ok(session, "CREATE TEMP TABLE copied (a int, b text)")
    assert (await ok(session, "COPY copied FROM STDIN", copy_data="1\tä\n2\t\\N\n3\t\n")).tag == "COPY 3"
    assert await rows_of(session, "SELECT * FROM copied ORDER BY a") == (("1", "ä"), ("2", None), ("3", ""))
    outcome = await session.run("COPY copied TO STDOUT (FORMAT csv, HEADER)", limit=3)
    assert isinstance(outcome, Rows)
    assert outcome.columns == (Column("copy", 25),)
    assert outcome.rows == (("a,b",), ("1,ä",), ("2,",))
    assert outcome.has_more
    assert await session.more(3) == Page((('3,""',),), has_more=False, tag="COPY 3")
    assert state_of(session) is TransactionState.IDLE


async def test_big_copy_in(plain: Plain) -> None:
    session = await plain.open()
    await ok(session, "CREATE TEMP TABLE big (a int, b text)")
    data = "".join(f"{number}\t{'x' * 100}\n" for number in range(50_000))
    assert (await ok(session, "COPY big FROM STDIN", copy_data=data)).tag == "COPY 50000"
    assert await rows_of(session, "SELECT count(*), max(a) FROM big") == (("50000", "49999"),)


async def test_copy_refused_in_the_middle_of_its_data(plain: Plain) -> None:
    session = await plain.open()
    await ok(session, "CREATE TEMP TABLE picky (a int)")
    error = (await refused(session, "COPY picky FROM STDIN", copy_data="1\nx\n" + "2\n" * 200_000)).error
    assert error.sqlstate == "22P02"
    assert await rows_of(session, "SELECT count(*) FROM picky") == (("0",),)


async def test_copy_without_data_is_failed_and_says_so(plain: Plain) -> None:
    session = await plain.open()
    await ok(session, "CREATE TEMP TABLE waiting (a int)")
    error = (await refused(session, "COPY waiting FROM STDIN")).error
    assert error.sqlstate == "57014"
    assert "no data came with the statement" in error.message
    assert state_of(session) is TransactionState.IDLE


async def test_empty_copy_data_is_data(plain: Plain) -> None:
    session = await plain.open()
    await ok(session, "CREATE TEMP TABLE nothing (a int)")
    assert (await ok(session, "COPY nothing FROM STDIN", copy_data="")).tag == "COPY 0"


# --- pages -----------------------------------------------------------------------------------------------------------


async def test_pages(plain: Plain) -> None:
    session = await plain.open()
    first = await session.run("SELECT g FROM generate_series(1, 10000) g", limit=100)
    assert isinstance(first, Rows)
    assert (first.rows, first.has_more, first.tag) == (numbers(1, 100), True, "")
    assert await session.more(250) == Page(numbers(101, 350), has_more=True, tag="")
    assert await session.more(1) == Page(numbers(351, 351), has_more=True, tag="")
    assert await session.more(9649) == Page(numbers(352, 10_000), has_more=False, tag="SELECT 10000")
    assert await session.more(100) == Page((), has_more=False, tag="")
    again = await session.run("SELECT g FROM generate_series(1, 10000) g", limit=100)
    assert isinstance(again, Rows)
    assert again.has_more
    assert await rows_of(session, "SELECT 'next'") == (("next",),)
    assert await session.more(100) == Page((), has_more=False, tag="")


@pytest.mark.parametrize("count", [1, 99, 100, 101, 199, 200, 201, 400])
async def test_a_page_is_never_too_long_and_more_is_promised_only_when_there_is_more(plain: Plain, count: int) -> None:
    session = await plain.open()
    for limit in (1, 100, 200):
        outcome = await session.run(f"SELECT g FROM generate_series(1, {count}) g", limit=limit)
        assert isinstance(outcome, Rows)
        assert outcome.rows == numbers(1, min(count, limit))
        assert outcome.has_more == (count > limit)
        assert outcome.tag == ("" if count > limit else f"SELECT {count}")


async def test_a_page_of_nothing_is_a_mistake(plain: Plain) -> None:
    session = await plain.open()
    with pytest.raises(ValueError, match="limit"):
        await session.run("SELECT 1", limit=0)
    with pytest.raises(ValueError, match="limit"):
        await session.more(0)


async def test_the_server_waits_while_nobody_asks_for_more(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    outcome = await session.run("SELECT repeat('x', 100) FROM generate_series(1, 1000000)", limit=1000)
    assert isinstance(outcome, Rows)
    assert outcome.has_more
    await until(lambda: plain.is_active(watcher, session, "wait_event = 'ClientWrite'"))
    page = await session.more(1000)
    assert isinstance(page, Page)
    assert (len(page.rows), page.has_more) == (1000, True)


MEMORY_PROBE = """
import asyncio, resource, sys
from pathlib import Path
from support.servers.plain_postgres import Plain, rows_of
from dsqltui.client.engine import Engine

def peak_mb():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)

async def main():
    with Engine() as engine:
        plain = Plain(engine, Path(sys.argv[1]))
        session = await plain.open()
        await rows_of(session, "SELECT repeat('x', 100) FROM generate_series(1, 2000)")
        before = peak_mb()
        outcome = await session.run("SELECT repeat('x', 100) FROM generate_series(1, 1000000)", limit=1000)
        assert len(outcome.rows) == 1000 and outcome.has_more
        assert await rows_of(session, "SELECT 1") == (("1",),)
        print(peak_mb() - before)

asyncio.run(main())
"""


def test_a_million_rows_cost_little_memory_shown_or_discarded(plain_server: Postgres) -> None:
    probe = subprocess.run(
        [sys.executable, "-c", MEMORY_PROBE, str(plain_server.socket_dir)],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert probe.returncode == 0, probe.stderr
    assert float(probe.stdout) < 20  # the rows are 100 MB


async def test_a_writing_statement_is_complete_when_its_first_page_is_here(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    await ok(session, "DROP TABLE IF EXISTS written")
    await ok(session, "CREATE TABLE written (a int, b text)")
    outcome = await session.run(
        "INSERT INTO written SELECT g, repeat('x', 1000) FROM generate_series(1, 3000) g RETURNING a", limit=100
    )
    assert isinstance(outcome, Rows)
    assert (outcome.rows, outcome.has_more, outcome.tag) == (numbers(1, 100), True, "INSERT 0 3000")
    assert await rows_of(watcher, "SELECT count(*) FROM written") == (("3000",),)
    assert await session.more(5000) == Page(numbers(101, 3000), has_more=False, tag="INSERT 0 3000")
    await ok(session, "DROP TABLE written")


async def test_an_error_behind_the_first_page_comes_with_more(plain: Plain) -> None:
    session = await plain.open()
    outcome = await session.run("SELECT 1/(5000 - g) FROM generate_series(1, 9999) g", limit=10)
    assert isinstance(outcome, Rows)
    failed = await session.more(9999)
    assert isinstance(failed, Refused)
    assert failed.error.sqlstate == "22012"
    assert await rows_of(session, "SELECT 1") == (("1",),)


async def test_results_behind_a_shown_page_are_not_mixed_into_it(plain: Plain) -> None:
    session = await plain.open()
    outcome = await session.run("SELECT g FROM generate_series(1, 300) g; SELECT 'other'", limit=100)
    assert isinstance(outcome, Rows)
    assert await session.more(300) == Page(numbers(101, 300), has_more=False, tag="SELECT 300")


# --- loss ------------------------------------------------------------------------------------------------------------


async def test_killed_between_statements_the_next_one_is_known_not_to_have_run(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    await ok(session, "BEGIN")
    await plain.kill(watcher, session)
    assert state_of(session) is TransactionState.OPEN
    outcome = await session.run("INSERT INTO anything VALUES (1)", limit=10)
    assert isinstance(outcome, Lost)
    assert (outcome.state_before, outcome.was_sent) == (TransactionState.OPEN, False)
    assert outcome.error is not None
    assert (outcome.error.sqlstate, outcome.error.severity) == ("57P01", "FATAL")
    assert fate.sentence("INSERT INTO anything VALUES (1)", outcome, outcome.state_before) == (
        "The open transaction was rolled back; this statement was not run."
    )
    assert state_of(session) is TransactionState.NONE
    again = await session.run("SELECT 1", limit=10)
    assert isinstance(again, Lost)
    assert (again.state_before, again.was_sent) == (TransactionState.NONE, False)


async def test_killed_under_a_statement(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    await ok(session, "BEGIN")
    task = await running(plain, watcher, session, SLEEP)
    await plain.kill(watcher, session)
    outcome = await lost(task)
    assert (outcome.state_before, outcome.was_sent) == (TransactionState.OPEN, True)
    assert outcome.error is not None
    assert outcome.error.sqlstate == "57P01"
    assert state_of(session) is TransactionState.NONE


async def test_killed_while_it_holds_rows_back(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    big = "SELECT repeat('x', 1000) FROM generate_series(1, 100000)"
    for asks_for_more in (True, False):
        await session.connect()
        await ok(session, "BEGIN")
        await session.run(big, limit=10)
        await plain.kill(watcher, session)
        outcome = await (session.more(100_000) if asks_for_more else session.run("SELECT 1", limit=1))
        assert isinstance(outcome, Lost)
        assert (outcome.state_before, outcome.was_sent) == (TransactionState.OPEN, asks_for_more)


async def test_reconnect_after_loss_takes_a_fresh_token(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    asked = len(plain.tokens.asked)
    await plain.kill(watcher, session)
    assert isinstance(await session.run("SELECT 1", limit=1), Lost)
    await session.connect()
    assert len(plain.tokens.asked) == asked + 1
    assert await rows_of(session, "SELECT 1") == (("1",),)


async def test_connecting_again_ends_the_old_connection(plain: Plain) -> None:
    session = await plain.open()
    await ok(session, "BEGIN")
    await session.connect()
    assert state_of(session) is TransactionState.IDLE


# --- cancel ----------------------------------------------------------------------------------------------------------


async def test_cancel(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    await ok(session, "BEGIN")
    task = await running(plain, watcher, session, SLEEP)
    await session.cancel()
    outcome = await task
    assert isinstance(outcome, Refused)
    assert outcome.error.sqlstate == "57014"
    assert state_of(session) is TransactionState.FAILED


async def test_cancel_with_nothing_running_does_nothing(plain: Plain) -> None:
    session = await plain.open()
    await session.cancel()
    assert await rows_of(session, "SELECT 1") == (("1",),)
    await session.close()
    await session.cancel()


async def test_cancelling_the_task_keeps_session_and_transaction(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    task = await running(plain, watcher, session, SLEEP)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(DEADLINE_S):
        assert await rows_of(session, "SELECT 1") == (("1",),)
    await ok(session, "BEGIN")
    task = await running(plain, watcher, session, SLEEP)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async def is_failed() -> bool:
        return session.state is TransactionState.FAILED

    await until(is_failed)  # without another statement: the answer is read in the background
    assert (await ok(session, "ROLLBACK")).tag == "ROLLBACK"


async def test_cancelling_the_task_in_the_middle_of_copy_data_fails_the_copy(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    await rows_of(watcher, "SELECT pg_advisory_lock(79)")
    await ok(session, "CREATE TEMP TABLE slow (a text)")
    body = "BEGIN PERFORM pg_advisory_xact_lock(79); RETURN NEW; END"
    await ok(session, f"CREATE FUNCTION pg_temp.wait() RETURNS trigger LANGUAGE plpgsql AS '{body}'")
    await ok(session, "CREATE TRIGGER wait BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION pg_temp.wait()")
    task = asyncio.create_task(session.run("COPY slow FROM STDIN", limit=1, copy_data="x\n" * 2_000_000))
    await until(lambda: plain.is_active(watcher, session, "wait_event_type = 'Lock'"))  # most of it is still here
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(DEADLINE_S):
        assert await rows_of(session, "SELECT count(*) FROM slow") == (("0",),)


async def test_cancelling_more_loses_no_rows(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    await rows_of(watcher, "SELECT pg_advisory_lock(77)")
    outcome = await session.run(STUCK_AT_ROW_1500, limit=100)
    assert isinstance(outcome, Rows)
    task = asyncio.create_task(session.more(5000))
    await until(lambda: plain.is_active(watcher, session, "wait_event_type = 'Lock'"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await rows_of(watcher, "SELECT pg_advisory_unlock(77)")
    page = await session.more(5000)
    assert isinstance(page, Page)
    assert page.rows == tuple((number, "f" if number == "1500" else "t") for (number,) in numbers(101, 2000))
    assert not page.has_more


async def test_cancel_while_an_old_result_is_discarded_does_not_send_the_statement(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    await rows_of(watcher, "SELECT pg_advisory_lock(77)")
    await ok(session, "BEGIN")
    await session.run(STUCK_AT_ROW_1500, limit=100)
    await until(lambda: plain.is_active(watcher, session, "wait_event_type = 'Lock'"))
    task = asyncio.create_task(session.run("CREATE TABLE never (a int)", limit=1))
    await asyncio.sleep(0)
    await session.cancel()
    outcome = await task
    assert isinstance(outcome, Refused)
    assert outcome.error.sqlstate == "57014"
    assert "before the statement was sent" in outcome.error.message
    await rows_of(watcher, "SELECT pg_advisory_unlock(77)")
    assert await rows_of(session, "SELECT to_regclass('never')") == ((None,),)
    assert state_of(session) is TransactionState.OPEN  # the old statement was not cancelled


async def test_cancelling_the_task_while_an_old_result_is_discarded_does_not_send_the_statement(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    await rows_of(watcher, "SELECT pg_advisory_lock(77)")
    await session.run(STUCK_AT_ROW_1500, limit=100)
    task = asyncio.create_task(session.run("CREATE TABLE never (a int)", limit=1))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await rows_of(watcher, "SELECT pg_advisory_unlock(77)")
    assert await rows_of(session, "SELECT to_regclass('never')") == ((None,),)


# --- close -----------------------------------------------------------------------------------------------------------


async def test_close_under_a_running_statement(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    await ok(session, "BEGIN")
    task = await running(plain, watcher, session, SLEEP)
    await session.close()
    outcome = await lost(task)
    assert (outcome.state_before, outcome.was_sent) == (TransactionState.OPEN, True)
    assert "closed" in outcome.reason
    assert state_of(session) is TransactionState.NONE


async def test_close_ends_statements_that_wait_for_their_turn(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    first = await running(plain, watcher, session, SLEEP)
    second = asyncio.create_task(session.run("SELECT 2", limit=1))
    await asyncio.sleep(0)
    await session.close()
    assert (await lost(first)).was_sent
    assert not (await lost(second)).was_sent


async def test_close_of_a_cancelled_statement_that_still_runs(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    task = await running(plain, watcher, session, SLEEP)
    task.cancel()
    await session.close()
    with pytest.raises(asyncio.CancelledError):
        await task
    await session.connect()
    assert await rows_of(session, "SELECT 1") == (("1",),)


async def test_close_may_be_repeated_and_come_first(plain: Plain) -> None:
    session = plain.make()
    await session.close()
    await session.connect()
    await session.close()
    await session.close()
    assert state_of(session) is TransactionState.NONE
    assert isinstance(await session.run("SELECT 1", limit=1), Lost)
    assert await session.more(1) == Page((), has_more=False, tag="")


async def test_close_while_connecting(engine: Engine) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Endless:
        async def token(self, endpoint: Endpoint, user: str) -> str:
            del endpoint, user
            loop.call_soon_threadsafe(asked.set)
            await asyncio.Event().wait()
            raise AssertionError("nobody sets it")

    session = PgSession(engine, ENDPOINT, "admin", Endless())
    task = asyncio.create_task(session.connect())
    async with asyncio.timeout(DEADLINE_S):
        await asked.wait()
        await session.close()
        with pytest.raises(ConnectFailed, match="closed before it was connected"):
            await task


# --- engine ----------------------------------------------------------------------------------------------------------


async def test_sessions_run_side_by_side(plain: Plain) -> None:
    watcher, a, b = await plain.open(), await plain.open(), await plain.open()
    await rows_of(a, "SELECT pg_advisory_lock(78)")
    waiting = await running(plain, watcher, b, "SELECT pg_advisory_lock(78)")
    assert await rows_of(a, "SELECT 'a goes on'") == (("a goes on",),)
    assert not waiting.done()
    await rows_of(a, "SELECT pg_advisory_unlock(78)")
    assert isinstance(await waiting, Rows)


async def test_statements_of_one_session_run_in_the_order_they_are_given(plain: Plain) -> None:
    session = await plain.open()
    await ok(session, "CREATE TEMP TABLE ordered (n int, at serial)")
    await asyncio.gather(*(ok(session, f"INSERT INTO ordered VALUES ({number})") for number in range(20)))
    assert await rows_of(session, "SELECT n FROM ordered ORDER BY at") == numbers(0, 19)


async def test_a_session_goes_on_while_the_callers_loop_stands_still(plain: Plain, engine: Engine) -> None:
    session = await plain.open()
    answer = engine.submit(session.run("SELECT count(*) FROM generate_series(1, 1000)", limit=1))
    outcome = answer.result(DEADLINE_S)  # blocks this loop, as a stalled terminal does
    assert isinstance(outcome, Rows)
    assert outcome.rows == (("1000",),)


async def test_stopping_the_engine_ends_running_statements(plain_server: Postgres, plain: Plain) -> None:
    watcher = await plain.open()
    engine = Engine()
    doomed = Plain(engine, plain_server.socket_dir)
    session = await doomed.open()
    task = asyncio.create_task(session.run(f"/* doomed */ {SLEEP}", limit=1))
    mine = f"/* doomed */ {SLEEP}"

    async def is_running() -> bool:
        found = await rows_of(watcher, f"SELECT 1 FROM pg_stat_activity WHERE query = '{mine}' AND state = 'active'")
        return bool(found)

    await until(is_running)
    await asyncio.to_thread(engine.stop)
    outcome = await lost(task)
    assert outcome.was_sent
    assert state_of(session) is TransactionState.NONE
    await session.close()
