"""A session behind guards: every way to run something is judged, and our own transactions are ended."""

from collections.abc import AsyncIterator

import pytest

from dsqltui.core.results.outcome import Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.guarded_session import NOT_SENT, GuardedSession
from dsqltui.core.sessions.guards import Guards
from dsqltui.core.sessions.session import Page
from support.screens.fake_session import FakeSession, refused, rows


class StatementRunner:
    """A connected session behind guards, and the questions that were asked."""

    def __init__(self, guards: Guards, answer: bool = False) -> None:
        self.fake = FakeSession("us-east-1")
        self.guards = guards
        self.asked: list[tuple[str, str]] = []
        self._answer = answer
        self.session = GuardedSession(self.fake, lambda: self.guards, self._ask, lambda: 12)

    async def run(self, sql: str) -> Outcome:
        if self.fake.state is TransactionState.NONE:
            await self.session.connect()
        return await self.session.run(sql, limit=10)

    async def _ask(self, question: str, statement: str) -> bool:
        self.asked.append((question, statement))
        return self._answer


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece


async def broken() -> AsyncIterator[bytes]:
    yield b"1\n"
    raise OSError("the file is gone")


async def ignore(data: bytes) -> None:
    del data


async def test_without_guards_everything_is_passed_on() -> None:
    it = StatementRunner(Guards())
    await it.run("delete from t")
    await it.session.copy_in("copy t from stdin", pieces(b"1\n"))
    assert it.fake.sent == ["delete from t", "copy t from stdin"]
    assert it.session.copied_bytes == 2
    await it.session.run("copy t from stdin", limit=1, copy_data="1\né\n")
    assert it.session.copied_bytes == 5
    await it.run("select 1")
    assert it.session.copied_bytes == 0


async def test_copy_and_parameters_are_judged_too() -> None:
    it = StatementRunner(Guards(writes_need_transaction=True))
    await it.session.connect()
    for outcome in (
        await it.session.query("delete from t where id = $1", ["1"], limit=1),
        await it.session.copy_in("copy t from stdin", pieces(b"1\n")),
    ):
        assert isinstance(outcome, Refused)
        assert outcome.error.severity == NOT_SENT
    await it.session.copy_out("copy t to stdout", ignore)
    assert it.fake.sent == ["copy t to stdout"]


async def test_read_only_wraps_all_of_them() -> None:
    it = StatementRunner(Guards(read_only=True))
    await it.session.connect()
    await it.session.query("select $1", ["1"], limit=1)
    await it.session.copy_out("copy t to stdout", ignore)
    wrapped = ["BEGIN READ ONLY", "select $1", "COMMIT", "BEGIN READ ONLY", "copy t to stdout", "COMMIT"]
    assert it.fake.sent == wrapped


async def test_a_broken_source_leaves_no_transaction_open() -> None:
    it = StatementRunner(Guards(read_only=True))
    await it.session.connect()
    with pytest.raises(OSError, match="gone"):
        await it.session.copy_in("copy t from stdin", broken())
    assert it.fake.state is TransactionState.IDLE


async def test_the_last_page_ends_the_transaction_that_held_it() -> None:
    it = StatementRunner(Guards(read_only=True))
    it.fake.answer("table t", rows("n", ("1",), has_more=True))
    it.fake.pages = [Page((("2",),), True, ""), Page((("3",),), False, "SELECT 3")]
    await it.run("table t")
    assert isinstance(await it.session.more(1), Page)
    assert it.fake.sent == ["BEGIN READ ONLY", "table t"]
    page = await it.session.more(1)
    assert isinstance(page, Page)
    assert page.rows == (("3",),)
    assert it.fake.state is TransactionState.IDLE


async def test_switching_read_only_off_ends_it_too() -> None:
    it = StatementRunner(Guards(read_only=True))
    it.fake.answer("table t", rows("n", ("1",), has_more=True))
    await it.run("table t")
    it.guards = Guards()
    await it.run("update t set n = 1")
    assert it.fake.sent == ["BEGIN READ ONLY", "table t", "COMMIT", "update t set n = 1"]


async def test_a_refused_begin_is_the_outcome_and_nothing_else_is_sent() -> None:
    it = StatementRunner(Guards(read_only=True))
    it.fake.answer("BEGIN READ ONLY", refused("08006", "no"))
    outcome = await it.run("select 1")
    assert isinstance(outcome, Refused)
    assert outcome.error.sqlstate == "08006"
    assert it.fake.sent == ["BEGIN READ ONLY"]


@pytest.mark.parametrize("answer", [True, False])
async def test_the_persons_answer_decides(answer: bool) -> None:
    it = StatementRunner(Guards(commit_asks=True), answer)
    await it.run("begin")
    await it.run("commit")
    assert it.asked == [("Commit a transaction that changes 12 rows?", "commit")]
    assert it.fake.sent == (["begin", "commit"] if answer else ["begin"])
