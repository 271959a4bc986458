"""Variables in SQL: where they are replaced, where never, and where an error then points to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.psql.variables import substitute
from dsqltui.core.sql.lexer import Kind, scan

VARIABLES = {"x": "42", "name": "O'Brien", "col": 'a"b', "t": "xpoints.customers", "1": "one", "nested": ":x + :nested"}


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        ("select :x", "select 42"),
        ("select :'name'", "select 'O''Brien'"),
        ('select :"col"', 'select "a""b"'),
        ("select * from :t where a=:x;", "select * from xpoints.customers where a=42;"),
        ("select :x:x,:'x':x", "select 4242,'42'42"),
        ("select :1", "select one"),
        ("select ':x', $$:x$$, \":x\" -- :x\n/* :x */", "select ':x', $$:x$$, \":x\" -- :x\n/* :x */"),
        ("select 1::x, a::text", "select 1::x, a::text"),
        ("select f(a := :x)", "select f(a := 42)"),
        ("select :none, :'none', a[1:2], : x", "select :none, :'none', a[1:2], : x"),
        ("select :{?x}, :{?none}", "select TRUE, FALSE"),
        ("select ':' || :'x' || ':x'", "select ':' || '42' || ':x'"),
        ("select e'\\':x' || :x", "select e'\\':x' || 42"),
        (r"select a\:\:int, \:x, :x", "select a::int, :x, 42"),
        ("select :nested", "select 42 + :nested"),
    ],
)
def test_substitution(sql: str, sent: str) -> None:
    assert substitute(sql, VARIABLES).text == sent


def test_positions_point_into_the_original() -> None:
    sql = "select :'name', nope from :t where x"
    sent = substitute(sql, VARIABLES)
    for word in ("select", "nope", "from", "where"):
        assert sent.original_position(sent.text.index(word) + 1) == sql.index(word) + 1
    assert sent.original_position(sent.text.index("customers") + 1) == sql.index(":t") + 1


def test_a_value_cannot_leave_its_quotes() -> None:
    evil = "'; drop table t; --"
    tokens = scan(substitute("select :'v'", {"v": evil}).text)[0]
    assert [token.kind for token in tokens] == [Kind.WORD, Kind.STRING]
    tokens = scan(substitute('select :"v"', {"v": '"; drop table t; --'}).text)[0]
    assert [token.kind for token in tokens] == [Kind.WORD, Kind.IDENT]


@given(st.text(":'\"x$ ab-/*\\\n", max_size=40))
def test_nothing_happens_without_variables(sql: str) -> None:
    assert substitute(sql, {}).text == sql or "\\:" in sql


@given(st.text(":'\"x$ ab-/*\n", max_size=40), st.integers(1, 60))
def test_positions_stay_within_the_original(sql: str, position: int) -> None:
    sent = substitute(sql, {"x": "longer value", "a": ""})
    if position <= len(sent.text):
        assert 1 <= sent.original_position(position) <= len(sql) + 1
