"""Rows told by the hundred: what counts at COMMIT is what it would be row by row."""

import json
import random

import pytest

from dsqltui.sim.pg import bulk_changes
from dsqltui.sim.pg.changes import Changes, Told
from dsqltui.sim.pg.commit_log import WHOLE_TABLE, CommitLog, Key, Touch, Touched

SPACES = [["1", False], ["7", False], ["2", True]]
"""A primary key, a unique index 7, and a reference to table 2."""


def statement(numbers: random.Random, *, keys: range, is_deletion: bool = False) -> str:
    rows = [[f"({key})", key, key + 1_000 if key % 3 else None, numbers.choice([None, 5, 6])] for key in keys]
    columns = list(zip(*rows, strict=True))
    old, new = (columns, None) if is_deletion else (None, columns)
    told = {"table": "1", "spaces": SPACES, "old": old, "new": new}
    return json.dumps(told)


def row_by_row(touched: Touched) -> dict[Key, Touch]:
    return {**touched, **{(space, str(key)): Touch.EXCLUSIVE for space, keys in touched.bulk.items() for key in keys}}


def history(numbers: random.Random) -> list[str]:
    """Statements that PostgreSQL would allow: a key comes before it goes, and comes once."""
    here: set[int] = set()
    found = []
    for _ in range(numbers.randrange(1, 5)):
        start = numbers.randrange(10)
        keys = range(start, start + numbers.randrange(1, 6))
        if here.issuperset(keys):
            found.append(statement(numbers, keys=keys, is_deletion=True))
            here -= set(keys)
        elif here.isdisjoint(keys):
            found.append(statement(numbers, keys=keys))
            here |= set(keys)
    return found


def changes(told: list[str]) -> Changes:
    found = Changes()
    for notice in told:
        found.add(Told.of([notice]))
    return found


@pytest.mark.parametrize("seed", range(200))
def test_the_same_as_row_by_row(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    told = history(random.Random(seed))
    monkeypatch.setattr(bulk_changes, "FEWEST_ROWS", 2)
    in_bulk = changes(told)
    at_once = [Told.of([notice]) for notice in told]
    monkeypatch.setattr(bulk_changes, "FEWEST_ROWS", 1_000)
    closely = changes(told)
    assert row_by_row(in_bulk.touched) == closely.touched
    assert in_bulk.size == closely.size
    assert in_bulk.is_whole
    for bulk, notice in zip(at_once, told, strict=True):
        assert row_by_row(bulk.touched()) == Told.of([notice]).touched()
    assert in_bulk.tables == closely.tables, "looked at closely, because somebody is in its way"
    assert in_bulk.touched == closely.touched


def test_a_load_is_kept_in_bulk_and_a_deletion_behind_it_is_not() -> None:
    numbers = random.Random(1)
    found = changes([statement(numbers, keys=range(300))])
    assert {space: len(keys) for space, keys in found.touched.bulk.items()} == {"1": 300, "7": 200}
    found.add(Told.of([statement(numbers, keys=range(250), is_deletion=True)]))
    assert not found.touched.bulk
    assert len([key for key in found.touched if key[0] == "1"]) == 50


def touched(numbers: random.Random) -> Touched:
    rows = {("1", str(numbers.randrange(40))): numbers.choice(list(Touch)) for _ in range(numbers.randrange(3))}
    if numbers.random() < 0.1:
        rows["1", WHOLE_TABLE] = Touch.EXCLUSIVE
    start = numbers.randrange(40)
    bulk = {"1": frozenset(range(start, start + 8))} if numbers.random() < 0.5 else {}
    return Touched(rows, bulk)


@pytest.mark.parametrize("seed", range(50))
def test_the_log_judges_as_row_by_row(seed: int) -> None:
    numbers = random.Random(seed)
    in_bulk, closely = CommitLog(), CommitLog()
    is_open: list[int] = []
    for number in range(60):
        if not is_open or numbers.random() < 0.5:
            is_open.append(number)
            for log in (in_bulk, closely):
                log.opened(number)
            continue
        one = is_open.pop(numbers.randrange(len(is_open)))
        ours = touched(numbers)
        verdict = in_bulk.is_conflicting(one, ours)
        assert verdict is closely.is_conflicting(one, Touched(row_by_row(ours)))
        if not verdict:
            in_bulk.landed(in_bulk.committing(one, ours))
            closely.landed(closely.committing(one, Touched(row_by_row(ours))))
        for log in (in_bulk, closely):
            log.closed(one)


def test_what_nobody_has_to_look_at_any_more_is_forgotten() -> None:
    """The log of a long load keeps what the open transactions need, and no more."""
    log = CommitLog()
    log.opened(0)
    for number in range(1, 500):
        log.opened(number)
        log.landed(
            log.committing(number - 1, Touched({("1", str(number)): Touch.CHANGE}, {"1": frozenset(range(number))}))
        )
        log.closed(number - 1)
    assert log.size <= 2
