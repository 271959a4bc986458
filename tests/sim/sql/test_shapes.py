"""Statements that differ in numbers alone: what is known of their shape holds for each of them."""

import pytest

from dsqltui.sim.execution.statement_plan import StatementPlan
from dsqltui.sim.sql.shapes import shape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select v from t1 where id = 4711", "select v from t1 where id = 0000"),
        ("UPDATE s.t10 set v=v+-12 where id=3;", "UPDATE s.t10 set v=v+-00 where id=0;"),
        ("insert into t values (1, 2.5, 1e3, 0x1F, 1_000)", "insert into t values (0, 2.5, 1e3, 0x1F, 1_000)"),
        ("select t.c1, 12::numeric(9,2) from t", "select t.c1, 00::numeric(0,0) from t"),
    ],
)
def test_noughts_stand_for_whole_numbers(text: str, expected: str) -> None:
    assert shape(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "select 'at 5'",
        'select "a 5"',
        "select $5",
        "select 5 -- 6",
        "select 5 /* 6 */",
        "select 5; select 6",
        "create table t (a varchar(70000))",
        "set statement_timeout = 5",
        "select \\5",
    ],
)
def test_where_a_digit_may_mean_something_a_text_is_its_own_shape(text: str) -> None:
    assert shape(text) == text


def test_a_plan_has_its_own_statement_and_place() -> None:
    (first,) = StatementPlan.all_of("  select v from s.t where id = 12 ;")
    (second,) = StatementPlan.all_of("  select v from s.t where id = 99 ;")
    assert (first.sql, second.sql) == ("select v from s.t where id = 12", "select v from s.t where id = 99")
    assert first.lead == second.lead == 2
    assert first.analysis is second.analysis
