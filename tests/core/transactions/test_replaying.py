"""A whole transaction run again, on a fake session."""

from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Done, Outcome, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.transactions.replay import Replay, replay_of
from dsqltui.core.transactions.replaying import AttemptBegun, End, Ended, ReplayedStatement, replayed
from dsqltui.core.transactions.retry import Backoff
from support.screens.fake_session import CONFLICT, FakeSession, refused
from support.screens.story import OC000, OC001, Story, selected

UPDATE = "update t set n = 2 where id = 1"
LOSES = Refused(CONFLICT, 0.01)


def lost_transaction(seen: Outcome | None = None) -> Replay:
    story = Story()
    story.run("A", "begin")
    story.run("A", "select n from t", seen or selected("1"))
    story.run("A", UPDATE, "UPDATE 1")
    refused = story.run("A", "commit", OC000)
    return replay_of(story.entries, refused)


class StatementRunner:
    """A connected session that answers as the first time, and what a replay on it told."""

    def __init__(self) -> None:
        self.session = FakeSession("us-east-1", {"select n from t": selected("1"), UPDATE: Done("UPDATE 1", 0.01)})
        self.waits: list[float] = []
        self.stop_at: int | None = None
        self.told: list[AttemptBegun | ReplayedStatement | Ended] = []
        self.losses = 0

    async def run(self, replay: Replay, attempts: int = 5) -> Ended:
        if self.session.state is TransactionState.NONE:
            await self.session.connect()
        backoff = Backoff(base_s=0.1, cap_s=1.0, attempts=attempts)
        async for told in replayed(self.session, replay, backoff, limit=10, wait=self.wait, draw=lambda: 1.0):
            self.told.append(told)
            if isinstance(told, ReplayedStatement) and told.statement.text == "commit" and self.losses:
                self.losses -= 1
                if not self.losses:
                    self.session.answer("commit", Done("COMMIT", 0.01))
        last = self.told[-1]
        assert isinstance(last, Ended)
        return last

    async def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return self.stop_at is None or len(self.waits) < self.stop_at

    def lose(self, times: int) -> None:
        self.losses = times
        self.session.answer("commit", LOSES)


async def test_it_is_run_from_begin_to_commit() -> None:
    it = StatementRunner()
    assert await it.run(lost_transaction()) == Ended(End.COMMITTED, 1)
    assert it.session.sent == ["begin", "select n from t", UPDATE, "commit"]
    assert it.waits[0] == 0


async def test_a_conflict_makes_another_attempt_after_a_longer_wait() -> None:
    it = StatementRunner()
    it.lose(3)
    assert await it.run(lost_transaction()) == Ended(End.COMMITTED, 4)
    assert it.session.sent.count("begin") == 4
    assert [told.wait_s for told in it.told if isinstance(told, AttemptBegun)] == [0.0, 0.1, 0.2, 0.4]


async def test_it_gives_up_after_the_last_attempt() -> None:
    it = StatementRunner()
    it.lose(99)
    assert await it.run(lost_transaction(), attempts=3) == Ended(End.GAVE_UP, 3)
    assert it.session.sent.count("commit") == 3


async def test_a_conflict_before_commit_is_rolled_back_before_the_next_attempt() -> None:
    it = StatementRunner()
    it.session.answer(UPDATE, LOSES)
    await it.run(lost_transaction(), attempts=2)
    once = ["begin", "select n from t", UPDATE]
    assert it.session.sent == [*once, "ROLLBACK", *once]


async def test_another_error_stops_it() -> None:
    it = StatementRunner()
    it.session.answer(UPDATE, refused("42P01", "no such table"))
    assert await it.run(lost_transaction()) == Ended(End.REFUSED, 1)
    assert it.session.sent[-1] == UPDATE


async def test_a_commit_that_rolled_back_is_no_success() -> None:
    it = StatementRunner()
    it.session.answer("commit", Done("ROLLBACK", 0.01))
    assert (await it.run(lost_transaction())).why is End.REFUSED


async def test_a_lost_connection_stops_it() -> None:
    it = StatementRunner()
    await it.session.connect()
    it.session.break_off("gone")
    assert await it.run(lost_transaction()) == Ended(End.LOST, 1)
    assert it.session.sent == []


async def test_other_values_stop_it_with_the_transaction_open_and_nothing_written() -> None:
    it = StatementRunner()
    it.session.answer("select n from t", selected("7"))
    ended = await it.run(lost_transaction())
    assert ended.why is End.DIFFERENT
    assert "n was 1, is 7" in ended.reason
    assert it.session.sent == ["begin", "select n from t"]
    assert it.session.state is TransactionState.OPEN


async def test_accepted_values_let_it_go_on_from_there_and_are_not_asked_about_again() -> None:
    it = StatementRunner()
    it.session.answer("select n from t", selected("7"))
    ended = await it.run(lost_transaction())
    assert ended.rest is not None
    it.session.sent.clear()
    it.lose(1)
    assert await it.run(ended.rest) == Ended(End.COMMITTED, 2)
    assert it.session.sent == [UPDATE, "commit", "begin", "select n from t", UPDATE, "commit"]


async def test_a_transaction_of_the_persons_own_is_never_touched() -> None:
    it = StatementRunner()
    await it.session.connect()
    await it.session.run("begin", limit=1)
    assert await it.run(lost_transaction()) == Ended(End.BUSY, 0)
    assert it.session.sent == ["begin"]


async def test_a_failed_transaction_is_rolled_back_first() -> None:
    story = Story()
    story.run("A", "begin")
    refused_entry = story.run("A", "select n from t", OC001)
    replay = replay_of(story.entries, refused_entry)
    it = StatementRunner()
    await it.session.connect()
    it.session.answer("bad", Refused(ServerError("40001", "OC001"), 0.01))
    await it.session.run("begin", limit=1)
    await it.session.run("bad", limit=1)
    it.session.sent.clear()
    assert await it.run(replay) == Ended(End.OPEN, 1)
    assert it.session.sent == ["ROLLBACK", "begin", "select n from t"]
    assert it.session.state is TransactionState.OPEN


async def test_it_can_be_stopped_between_statements_and_while_it_waits() -> None:
    it = StatementRunner()
    it.stop_at = 2
    assert await it.run(lost_transaction()) == Ended(End.STOPPED, 1)
    assert it.session.sent == ["begin"]


async def test_a_single_statement_of_autocommit() -> None:
    story = Story()
    refused_entry = story.run("A", UPDATE, OC000)
    replay = replay_of(story.entries, refused_entry)
    it = StatementRunner()
    assert await it.run(replay) == Ended(End.COMMITTED, 1)
    assert it.session.sent == [UPDATE]
