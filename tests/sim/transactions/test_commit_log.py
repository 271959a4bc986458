"""Who may commit, without a database."""

import asyncio

import pytest

from dsqltui.sim.pg.commit_log import CommitLog, Key, Touch, Touched, strongest

KEY: Key = ("16400", "1")
OTHER: Key = ("16400", "2")

# Source: AWS User Guide, "Working with concurrency control", conflict matrix, read 2026-10.
CONFLICTS = {
    (Touch.EXCLUSIVE, Touch.EXCLUSIVE): True,
    (Touch.EXCLUSIVE, Touch.CHANGE): True,
    (Touch.EXCLUSIVE, Touch.KEY_SHARE): True,
    (Touch.CHANGE, Touch.CHANGE): True,
    (Touch.CHANGE, Touch.KEY_SHARE): False,
    (Touch.KEY_SHARE, Touch.KEY_SHARE): False,
}


def two_open() -> CommitLog:
    log = CommitLog()
    log.opened("A")
    log.opened("B")
    return log


def commit(log: CommitLog, transaction: str, *touches: tuple[Key, Touch]) -> None:
    log.landed(log.committing(transaction, Touched(dict(touches))))
    log.closed(transaction)


@pytest.mark.parametrize(("pair", "conflicts"), CONFLICTS.items())
def test_the_documented_matrix(pair: tuple[Touch, Touch], conflicts: bool) -> None:
    for first, second in (pair, pair[::-1]):
        log = two_open()
        commit(log, "A", (KEY, first))
        assert log.is_conflicting("B", Touched({KEY: second})) is conflicts


def test_another_row_is_no_conflict() -> None:
    log = two_open()
    commit(log, "A", (KEY, Touch.EXCLUSIVE))
    assert not log.is_conflicting("B", Touched({OTHER: Touch.EXCLUSIVE}))
    assert not log.is_conflicting("B", Touched({("16401", "1"): Touch.EXCLUSIVE}))
    assert not log.is_conflicting("B", Touched({}))


def test_only_commits_after_the_snapshot_count() -> None:
    log = two_open()
    commit(log, "A", (KEY, Touch.CHANGE))
    log.opened("C")
    assert log.is_conflicting("B", Touched({KEY: Touch.CHANGE}))
    assert not log.is_conflicting("C", Touched({KEY: Touch.CHANGE}))
    assert log.must_check("B")
    assert not log.must_check("C")


def test_a_commit_under_way_counts_for_whoever_begins_meanwhile() -> None:
    log = CommitLog()
    log.opened("A")
    first = log.committing("A", Touched({KEY: Touch.CHANGE}))
    log.opened("B")  # its snapshot may have it or not
    assert log.must_check("B")
    assert log.is_conflicting("B", Touched({KEY: Touch.CHANGE}))
    assert not log.is_conflicting("B", Touched({OTHER: Touch.CHANGE}))
    second = log.committing("B", Touched({OTHER: Touch.CHANGE}))
    log.landed(second)  # PostgreSQL answers them in any order
    log.closed("B")
    log.opened("C")
    assert log.is_conflicting("C", Touched({KEY: Touch.CHANGE}))
    log.landed(first)
    log.closed("A")
    log.opened("D")
    assert not log.is_conflicting("D", Touched({KEY: Touch.CHANGE}))
    assert log.is_conflicting("C", Touched({KEY: Touch.CHANGE}))


def test_a_commit_that_was_answered_is_in_the_snapshot_though_an_earlier_one_is_under_way() -> None:
    log = two_open()
    slow = log.committing("A", Touched({OTHER: Touch.CHANGE}))
    commit(log, "B", (KEY, Touch.CHANGE))
    log.opened("C")
    assert not log.is_conflicting("C", Touched({KEY: Touch.CHANGE}))
    assert log.is_conflicting("C", Touched({OTHER: Touch.CHANGE}))
    log.landed(slow)
    assert log.is_conflicting("C", Touched({OTHER: Touch.CHANGE}))


def test_a_commit_under_way_does_not_hide_behind_one_that_was_answered() -> None:
    log = two_open()
    log.committing("A", Touched({KEY: Touch.KEY_SHARE}))
    commit(log, "B", (KEY, Touch.KEY_SHARE))
    log.opened("C")
    assert log.is_conflicting("C", Touched({KEY: Touch.EXCLUSIVE}))


async def test_who_waits_for_the_commits_under_way() -> None:
    log = CommitLog()
    await log.all_landed()
    log.opened("A")
    log.opened("B")
    first, second = log.committing("A", Touched({KEY: Touch.CHANGE})), log.committing("B", Touched())
    waiting = asyncio.ensure_future(log.all_landed())
    log.landed(first)
    await asyncio.wait({waiting}, timeout=0)
    assert not waiting.done()
    log.landed(second)
    await waiting


def test_an_older_touch_does_not_hide_behind_a_weaker_newer_one() -> None:
    log = two_open()
    log.opened("C")
    commit(log, "A", (KEY, Touch.EXCLUSIVE))
    commit(log, "C", (KEY, Touch.KEY_SHARE))
    assert log.is_conflicting("B", Touched({KEY: Touch.CHANGE}))


def test_a_closed_transaction_without_commit_leaves_nothing() -> None:
    log = two_open()
    log.closed("A")
    assert not log.must_check("B")
    assert not log.is_conflicting("B", Touched({KEY: Touch.EXCLUSIVE}))


def test_alone() -> None:
    log = CommitLog()
    assert log.is_alone()
    log.opened("A")
    assert log.is_alone("A")
    assert not log.is_alone()
    assert not log.is_alone("B")
    log.opened("B")
    assert not log.is_alone("A")
    log.closed("B")
    log.closed("B")
    assert log.is_alone("A")


def test_a_commit_in_the_middle_of_another_begin_is_a_conflict_too_many_at_worst() -> None:
    """`opened` comes before the snapshot is taken."""
    log = two_open()
    log.opened("C")
    commit(log, "A", (KEY, Touch.CHANGE))  # C's snapshot may or may not see it
    assert log.is_conflicting("C", Touched({KEY: Touch.CHANGE}))


def test_strongest_touch_per_row() -> None:
    touches = [
        (KEY, Touch.KEY_SHARE),
        (KEY, Touch.CHANGE),
        (OTHER, Touch.EXCLUSIVE),
        (OTHER, Touch.KEY_SHARE),
    ]
    assert strongest(touches) == {KEY: Touch.CHANGE, OTHER: Touch.EXCLUSIVE}
    assert strongest([]) == {}


def test_rows_of_a_commit_under_way_may_be_met_before_it_is_noted() -> None:
    log = two_open()
    assert not log.must_check("B")
    number = log.committing("A", Touched({KEY: Touch.EXCLUSIVE}))
    assert log.must_check("B"), "PostgreSQL shows its keys to unique indexes as soon as it has committed"
    log.landed(number)
    assert log.must_check("B")
