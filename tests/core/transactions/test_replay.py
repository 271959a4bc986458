"""What can be run again, when it must stop and ask, and how long it waits."""

import pytest

from dsqltui.core.results.outcome import Done, Rows
from dsqltui.core.transactions.replay import NotReplayable, difference, refused_last, replay_of, script_of
from dsqltui.core.transactions.retry import Backoff
from support.screens.story import OC000, OC001, Story, selected


def lost(*statements: tuple[str, object]) -> Story:
    """A transaction of pane A that lost at COMMIT."""
    story = Story()
    story.run("A", "begin")
    for sql, outcome in statements:
        story.run("A", sql, outcome)  # type: ignore[arg-type]
    story.run("A", "commit", OC000)
    return story


def test_the_whole_transaction_from_begin_to_commit() -> None:
    story = lost(("select n from t", selected("1")), ("update t set n = 2", "UPDATE 1"))
    story.run("B", "select 1", selected("1"))
    refused = refused_last(story.entries, "A")
    assert refused is not None
    replay = replay_of(story.entries, refused)
    assert [step.statement.text for step in replay.steps] == [
        "begin",
        "select n from t",
        "update t set n = 2",
        "commit",
    ]
    assert script_of(story.entries, refused) == "begin;\nselect n from t;\nupdate t set n = 2;\ncommit;"


@pytest.mark.parametrize("end", [("rollback",), ("commit", "ROLLBACK")], ids=["rollback", "commit rolled back"])
def test_a_conflict_before_commit_replays_up_to_the_refused_statement(end: tuple[str, ...]) -> None:
    story = Story()
    story.run("A", "begin")
    refused = story.run("A", "select * from t", OC001)
    story.run("A", *end)
    assert refused_last(story.entries, "A") == refused
    assert [s.statement.text for s in replay_of(story.entries, refused).steps] == ["begin", "select * from t"]


def test_in_autocommit_the_one_statement() -> None:
    story = Story()
    refused = story.run("A", "update t set n = 1", OC000)
    assert [s.statement.text for s in replay_of(story.entries, refused).steps] == ["update t set n = 1"]


def test_after_something_else_succeeded_there_is_nothing_to_retry() -> None:
    story = lost()
    assert refused_last(story.entries, "B") is None
    story.run("A", "select 1", selected("1"))
    assert refused_last(story.entries, "A") is None


@pytest.mark.parametrize(
    ("statement", "outcome", "reason"),
    [
        ("copy t from stdin", "COPY 1", "COPY"),
        ("update t set n = $1 where id = 1", "UPDATE 1", "parameters"),
        (f"insert into t values ('{'x' * 200_000}')", "INSERT 0 1", "not kept whole"),
    ],
)
def test_what_the_journal_does_not_hold_is_not_replayed(statement: str, outcome: str, reason: str) -> None:
    story = lost((statement, outcome))
    with pytest.raises(NotReplayable, match=reason):
        replay_of(story.entries, story.entries[-1])
    assert statement[:20] in script_of(story.entries, story.entries[-1])


def test_a_transaction_whose_beginning_is_forgotten_is_not_replayed() -> None:
    story = lost(("update t set n = 1", "UPDATE 1"))
    with pytest.raises(NotReplayable, match="no longer in the journal"):
        replay_of(story.entries[1:], story.entries[-1])


def test_a_transaction_that_had_failed_before_is_not_replayed() -> None:
    story = Story()
    story.run("A", "begin")
    story.run("A", "select * from u", OC001)
    refused = story.run("A", "select * from v", OC001)
    with pytest.raises(NotReplayable, match="had failed before"):
        replay_of(story.entries, refused)


def test_other_rows_and_other_tags_are_differences() -> None:
    seen = Rows(selected("1").columns, (("100",),), "SELECT 1", False, 0.01)
    story = lost(("select n from t where id = 1", seen), ("update t set n = 2", "UPDATE 1"))
    _, select, update, _ = replay_of(story.entries, story.entries[-1]).steps
    assert difference(select, Rows(seen.columns, (("100",),), "SELECT 1", False, 9.0)) == ""
    assert "n was 100, is 90" in difference(select, selected("90"))
    assert "SELECT 1 then, SELECT 2 now" in difference(select, selected("100", "90"))
    assert difference(update, Done("UPDATE 1", 5.0)) == ""
    assert "UPDATE 1 then and UPDATE 0 now" in difference(update, Done("UPDATE 0", 0.1))
    assert difference(update, OC000) == ""


def test_rows_beyond_those_the_journal_keeps_are_compared_too() -> None:
    many = selected(*map(str, range(100)))
    story = lost(("select n from t", many))
    step = replay_of(story.entries, story.entries[-1]).steps[1]
    assert difference(step, selected(*map(str, range(100)))) == ""
    assert "other values" in difference(step, selected(*map(str, range(99)), "x"))


def test_the_waits_double_up_to_the_cap_with_full_jitter() -> None:
    backoff = Backoff(base_s=0.1, cap_s=1.0)
    assert [backoff.ceiling_s(n) for n in range(1, 8)] == pytest.approx([0, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0])
    assert backoff.ceiling_s(10_000) == 1.0
    assert backoff.wait_s(4, lambda: 0.5) == pytest.approx(0.2)
    assert backoff.wait_s(4, lambda: 0.0) == 0.0
