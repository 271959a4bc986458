"""Sessions that are looked at and renewed while nothing runs, on a real, plain PostgreSQL 16."""

import pytest

from dsqltui.client.pg_session import PgSession
from dsqltui.core.answers import fate
from dsqltui.core.results.outcome import Done, Lost, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import ConnectFailed
from support.servers.plain_postgres import Plain, rows_of, until

PID = "SELECT pg_backend_pid()"


async def pid_of(session: PgSession) -> str:
    (row,) = await rows_of(session, PID)
    return row[0] or ""


async def test_an_idle_session_gets_a_new_connection_and_the_old_one_ends(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    old = await pid_of(session)
    assert await session.renew()
    new = await pid_of(session)
    assert new != old

    async def is_gone() -> bool:
        return not await rows_of(watcher, f"SELECT 1 FROM pg_stat_activity WHERE pid = {old}")

    await until(is_gone)  # the server takes a moment to see that it was closed
    assert session.state is TransactionState.IDLE


async def test_a_transaction_is_never_touched(plain: Plain) -> None:
    session = await plain.open()
    old = await pid_of(session)
    assert isinstance(await session.run("BEGIN", limit=1), Done)
    assert not await session.renew()
    assert session.state is TransactionState.OPEN
    assert await pid_of(session) == old


async def test_held_rows_are_never_thrown_away(plain: Plain) -> None:
    session = await plain.open()
    first = await session.run("SELECT generate_series(1, 5000)", limit=2)
    assert isinstance(first, Rows)
    assert first.has_more
    assert not await session.renew()
    page = await session.more(2)
    assert page.rows == (("3",), ("4",))  # type: ignore[union-attr]


async def test_without_a_connection_there_is_nothing_to_renew(plain: Plain) -> None:
    assert not await plain.make().renew()


async def test_when_the_new_one_cannot_be_made_the_old_one_stays(plain: Plain) -> None:
    watcher, session = await plain.open(), plain.make("renewer")
    await watcher.run("CREATE ROLE renewer LOGIN", limit=1)
    await session.connect()
    old = await pid_of(session)
    await watcher.run("ALTER ROLE renewer NOLOGIN", limit=1)
    with pytest.raises(ConnectFailed):
        await session.renew()
    assert await pid_of(session) == old


async def test_a_look_finds_a_killed_backend_without_a_statement(plain: Plain) -> None:
    watcher, session = await plain.open(), await plain.open()
    assert isinstance(await session.run("BEGIN", limit=1), Done)
    assert await session.look() is None
    await plain.kill(watcher, session)
    found: list[Lost | None] = []

    async def has_ended() -> bool:
        found.append(await session.look())
        return found[-1] is not None

    await until(has_ended)
    lost = found[-1]
    assert lost is not None
    assert (lost.state_before, lost.was_sent) == (TransactionState.OPEN, False)
    assert lost.error is not None
    assert lost.error.sqlstate == "57P01"
    assert fate.sentence("", lost, lost.state_before) == "The open transaction was rolled back."
    assert await session.look() is None
    assert session.state is TransactionState.NONE


async def test_a_look_disturbs_no_held_rows(plain: Plain) -> None:
    session = await plain.open()
    await session.run("SELECT generate_series(1, 5000)", limit=2)
    assert await session.look() is None
    page = await session.more(1)
    assert page.rows == (("3",),)  # type: ignore[union-attr]
