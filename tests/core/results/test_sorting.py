"""Sorting and finding among fetched rows."""

import pytest

from dsqltui.core.results.outcome import Column
from dsqltui.core.results.sorting import find_in, sort_order

TEXT, NUMERIC = Column("t", 25), Column("n", 1700)


def in_order(values: list[str | None], column: Column, *, descending: bool = False) -> list[str | None]:
    return [values[place] for place in sort_order(values, column, descending=descending)]


def test_numbers_by_value_and_null_last() -> None:
    values = ["10", None, "9", "-3.5", "NaN", "Infinity", "9007199254740993", "9007199254740992.5", "-Infinity"]
    ordered = ["-Infinity", "-3.5", "9", "10", "9007199254740992.5", "9007199254740993", "Infinity", "NaN", None]
    assert in_order(values, NUMERIC) == ordered
    assert in_order(values, NUMERIC, descending=True) == ordered[::-1]


def test_text_by_code_point() -> None:
    assert in_order(["b", "B", "é", "a", None, ""], TEXT) == ["", "B", "a", "b", "é", None]


def test_equal_values_keep_their_order() -> None:
    assert sort_order(["x", "a", "x", "a"], TEXT) == [1, 3, 0, 2]


@pytest.mark.parametrize(
    ("value", "wanted", "is_there"), [("Main", "main", True), ("main", "Main", False), (None, "n", False)]
)
def test_find(value: str | None, wanted: str, is_there: bool) -> None:
    assert find_in(value, wanted) is is_there
