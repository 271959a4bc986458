"""Characters that look like SQL: found outside of literals only, named, replaced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.sql.lexer import Kind, scan
from dsqltui.core.sql.odd_characters import explained, odd_in, replaced


@pytest.mark.parametrize(
    ("sql", "plain"),
    [
        ("select\u00a01", "select 1"),
        ("select\u30001；", "select 1;"),
        ("select （1，2）；", "select (1,2);"),
        ("select * from t where a ＝ 1", "select * from t where a = 1"),
        ("select ‘a b’", "select 'a b'"),
        ("select ’a b’, “X y”", "select 'a b', \"X y\""),
        ("select ‘it；s’；", "select 'it；s';"),
        ("select ‘a　b’,　1", "select 'a　b', 1"),
        ("select\u200b 1\ufeff", "select 1"),
        ("sel\u00adect 1", "select 1"),
        ("select 1 \u2014 note；", "select 1 -- note;"),
        ("select a ≤ 1 and b ≠ 2", "select a <= 1 and b <> 2"),
        ("select 1、2", "select 1,2"),
    ],
)
def test_what_is_replaced(sql: str, plain: str) -> None:
    assert odd_in(sql)
    assert replaced(sql) == plain


@pytest.mark.parametrize(
    "sql",
    [
        "select 'a\u00a0b；’“'",
        'select "ａ；\u3000"',
        "select 1 -- ；＝’",
        "/* ；’ */ select 1",
        "select $$；’$$, $x$（）$x$",
        "select E'\\'；'",
        "select length('می\u200cخواهم')",
        "select 名前 from 表",
        "select ＡＢＣ",
        "\\echo ；",
    ],
)
def test_what_is_left_alone(sql: str) -> None:
    assert odd_in(sql) == []
    assert replaced(sql) == sql
    assert explained(sql) == ""


def test_they_are_named_with_their_place() -> None:
    told = explained("select 1\n  from t；")
    assert "FULLWIDTH SEMICOLON (U+FF1B) at line 2, column 9: write ';'" in told
    assert "NO-BREAK SPACE (U+00A0) at line 1, column 7: write a space" in explained("select\u00a01")
    assert "ZERO WIDTH SPACE (U+200B) at line 1, column 7: remove it" in explained("select\u200b1")
    assert "; and 2 more" in explained("select\u00a01\u00a0+\u00a01\u00a0+\u00a0")


def test_a_space_before_a_dollar_quote_lets_it_begin() -> None:
    assert replaced("select\u3000$$a；$$") == "select $$a;$$"


@given(st.text(alphabet="a1 '\"-$/*\\\n；＝’‘“”\u00a0\u200b\u3000（）", max_size=40))
def test_replacing_leaves_nothing_and_no_literal_changed(sql: str) -> None:
    plain = replaced(sql)
    assert odd_in(plain) == []
    if any(sql[odd.offset + 1 : odd.offset + 2] == "$" for odd in odd_in(sql)):
        return  # $$ in the middle of a word quotes nothing; behind a space it does, which is what was meant
    if not {"'", '"'} & {odd.replacement for odd in odd_in(sql)} and "--" not in plain and "/*" not in plain:
        kept = {Kind.STRING, Kind.IDENT, Kind.COMMENT}
        assert [t.text for t in scan(sql)[0] if t.kind in kept] == [t.text for t in scan(plain)[0] if t.kind in kept]
