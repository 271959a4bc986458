"""Errors in plain words, by SQLSTATE and the OC token; the caret under the right character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.results.errors import Conflict, ServerError, advice_for, caret_line, conflict_of


@pytest.mark.parametrize(
    ("sqlstate", "message", "conflict"),
    [
        ("40001", "change conflicts with another transaction, please retry: (OC000)", Conflict.DATA),
        ("40001", "schema has been updated by another transaction, please retry: (OC001)", Conflict.SCHEMA),
        ("40001", "OC001 in any other wording", Conflict.SCHEMA),
        ("40001", "could not serialize access due to concurrent update", Conflict.DATA),
        ("40001", "XOC001 is another word", Conflict.DATA),
        ("40001", "OC0010 too", Conflict.DATA),
        ("23505", "mentions OC000", None),
        ("40P01", "deadlock detected", None),
    ],
)
def test_conflicts(sqlstate: str, message: str, conflict: Conflict | None) -> None:
    assert conflict_of(ServerError(sqlstate, message)) is conflict


def test_both_conflicts_have_advice_of_their_own() -> None:
    data = advice_for(ServerError("40001", "(OC000)"))
    schema = advice_for(ServerError("40001", "(OC001)"))
    assert data is not None
    assert schema is not None
    assert "same rows" in data.title
    assert "schema" in schema.title
    assert "BEGIN" in data.next_step


@pytest.mark.parametrize("sqlstate", ["25P02", "08006", "28000", "28P01", "54000", "57P01", "53300", "0A000"])
def test_advice_is_keyed_by_sqlstate_whatever_the_words(sqlstate: str) -> None:
    first = advice_for(ServerError(sqlstate, "one wording"))
    assert first is not None
    assert first == advice_for(ServerError(sqlstate, "another", detail="d", hint="h"))
    assert first.title
    assert first.next_step.endswith(".")


def test_no_advice_where_nothing_better_is_known() -> None:
    assert advice_for(ServerError("99999", "what is this")) is None


@pytest.mark.parametrize(
    ("statement", "position", "line", "caret"),
    [
        ("SELECT x", 8, "SELECT x", "       ^"),
        ("SELECT\n  x", 10, "  x", "  ^"),
        ("a\nb\nc", 3, "b", "^"),
        ("SELECT", 7, "SELECT", "      ^"),
        ("SELECT", 999, "SELECT", "      ^"),
        ("SELECT", 0, "SELECT", "^"),
        ("\tx", 2, " x", " ^"),
        ("'ä' x", 5, "'ä' x", "    ^"),
        ("'漢字' x", 6, "'漢字' x", "       ^"),
        ("'e\u0301' x", 6, "'e\u0301' x", "    ^"),
        ("", 1, "", "^"),
    ],
)
def test_the_caret_stands_under_the_character(statement: str, position: int, line: str, caret: str) -> None:
    assert caret_line(statement, position) == (line, caret)


def test_a_long_line_is_cut_around_the_position() -> None:
    statement = "x" * 500 + "!" + "y" * 500
    line, caret = caret_line(statement, 501, width=40)
    assert len(line) == 40
    assert line[caret.index("^")] == "!"


@given(st.text("ab \t\n", max_size=200), st.integers(-5, 300), st.integers(5, 80))
def test_the_caret_is_always_within_the_line_or_just_behind_it(statement: str, position: int, width: int) -> None:
    line, caret = caret_line(statement, position, width)
    assert "\n" not in line
    assert len(line) <= width
    assert len(caret) - 1 <= len(line)
    offset = min(max(position - 1, 0), len(statement))
    if offset < len(statement) and statement[offset] != "\n":
        assert line[len(caret) - 1] == statement[offset].replace("\t", " ")
