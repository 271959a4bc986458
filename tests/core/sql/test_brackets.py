"""Brackets and their partners."""

import pytest

from dsqltui.core.sql.brackets import partner
from dsqltui.core.sql.lexer import LineLexer


def found(text: str, row: int, column: int) -> tuple[int, int] | None:
    lines = text.split("\n")
    return partner(LineLexer(lines.__getitem__).tokens, len(lines), (row, column))


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("f(a, (b))", (0, 1), (0, 8)),
        ("f(a, (b))", (0, 5), (0, 7)),
        ("f(\n  a[1],\n  ')'\n)", (0, 1), (3, 0)),
        ("f(')', \")\", /* ) */ 1 -- )\n)", (0, 1), (1, 0)),
        ("f($$)$$)", (0, 1), (0, 7)),
        ("('x''(')", (0, 0), (0, 7)),
        ("a[(1)]", (0, 1), (0, 5)),
    ],
)
def test_partners_find_each_other(text: str, one: tuple[int, int], other: tuple[int, int]) -> None:
    assert found(text, *one) == other
    assert found(text, *other) == one


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("f(a", (0, 1)),
        ("f(a]", (0, 1)),
        ("')'", (0, 1)),
        ("a)", (0, 1)),
        ("abc", (0, 1)),
        ("(", (3, 0)),
        ("-- ()", (0, 3)),
    ],
)
def test_what_has_none(text: str, at: tuple[int, int]) -> None:
    assert found(text, *at) is None
