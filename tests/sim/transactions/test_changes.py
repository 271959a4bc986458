"""What the triggers told, added up: net changes of rows, and the keys that count at COMMIT."""

import json
from typing import Any

import pytest

from dsqltui.sim.pg.changes import Changes, Told
from dsqltui.sim.pg.commit_log import WHOLE_TABLE, Touch, Touched

KEYED = [["1", False], ["7", False], ["2", True]]
"""A primary key, a unique index 7, and a reference to table 2."""


def told(old: Any = None, new: Any = None, spaces: Any = KEYED) -> Told:
    """Rows as lists, or their number."""
    old, new = (list(zip(*rows, strict=True)) if isinstance(rows, list) else rows for rows in (old, new))
    return Told.of([json.dumps({"table": "1", "spaces": spaces, "old": old, "new": new})])


def changes(*statements: Told) -> Changes:
    found = Changes()
    for statement in statements:
        found.add(statement)
    return found


ROW, OTHER = ["(1,a)", 10, 20, None], ["(1,b)", 10, 21, 30]


@pytest.mark.parametrize(
    ("statements", "touched"),
    [
        ([told(new=[ROW])], {("1", "10"): Touch.EXCLUSIVE, ("7", "20"): Touch.EXCLUSIVE}),
        ([told(old=[ROW])], {("1", "10"): Touch.EXCLUSIVE, ("7", "20"): Touch.EXCLUSIVE}),
        ([told(old=[ROW], new=[ROW])], {("1", "10"): Touch.CHANGE}),
        (
            [told(old=[ROW], new=[OTHER])],
            {
                ("1", "10"): Touch.CHANGE,
                ("7", "20"): Touch.EXCLUSIVE,
                ("7", "21"): Touch.EXCLUSIVE,
                ("2", "30"): Touch.KEY_SHARE,
            },
        ),
        ([told(new=[ROW]), told(old=[ROW])], {}),
        ([told(old=[ROW]), told(new=[ROW])], {("1", "10"): Touch.CHANGE}),
        ([told(new=25_000)], {("1", WHOLE_TABLE): Touch.EXCLUSIVE}),
    ],
)
def test_touched(statements: list[Told], touched: dict[tuple[str, str], Touch]) -> None:
    assert changes(*statements).touched == touched


def test_a_flagged_row_that_never_was_there_does_not_count() -> None:
    found = changes(told(new=[ROW]))
    found.flag(Touched({("1", "10"): Touch.EXCLUSIVE, ("1", "11"): Touch.KEY_SHARE}))
    found.add(told(old=[ROW]))
    assert found.touched == {("1", "11"): Touch.KEY_SHARE}


def test_net_changes_of_a_row() -> None:
    table = changes(told(old=[ROW], new=[OTHER]), told(old=[OTHER])).tables["1"]
    assert table.images(was_there=True, is_there=False) == ["(1,b)"]
    assert table.images(was_there=True, is_there=True) == []


def test_rows_without_a_key_are_counted_by_their_images() -> None:
    found = changes(*(told(new=[["(x)"]], spaces=[]) for _ in range(2)), told(old=[["(x)"]], spaces=[]))
    assert found.tables["1"].inserted["(x)"] == 1
    assert found.touched == {}
    assert changes(told(old=[["(x)"]], spaces=[])).touched == {("1", "(x)"): Touch.EXCLUSIVE}


def test_too_many_rows_cannot_be_done_again() -> None:
    assert changes(told(new=[ROW])).is_whole
    assert not changes(told(new=25_000)).is_whole
    assert told(new=25_000).row_count == 25_000
