"""Conditions as PostgreSQL prints them: parts, columns, and who evaluates them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.sim.explain.conditions import (
    columns_in,
    conjunction,
    conjuncts,
    is_done_by_storage,
    is_key_comparison,
    plain_column,
    without_prefix,
)


@pytest.mark.parametrize(
    ("condition", "parts"),
    [
        ("", ()),
        ("ok", ("ok",)),
        ("(a = 1)", ("(a = 1)",)),
        ("((a = 1) AND (b = 2))", ("(a = 1)", "(b = 2)")),
        ("((a = 1) AND ok AND (NOT b))", ("(a = 1)", "ok", "(NOT b)")),
        ("((a = 1) OR (b = 2))", ("((a = 1) OR (b = 2))",)),
        ("((a = ' AND ') AND ((b = 2) OR (c = 3)))", ("(a = ' AND ')", "((b = 2) OR (c = 3))")),
        ("(a)::text ~~ (b)::text", ("(a)::text ~~ (b)::text",)),
        (
            "(CASE WHEN ((x > 1) AND (y > 1)) THEN 1 ELSE 2 END = 1)",
            ("(CASE WHEN ((x > 1) AND (y > 1)) THEN 1 ELSE 2 END = 1)",),
        ),
    ],
)
def test_conjuncts(condition: str, parts: tuple[str, ...]) -> None:
    assert conjuncts(condition) == parts
    assert conjunction(parts) == condition


@pytest.mark.parametrize(
    "condition",
    [
        "(payer_id = 1)",
        "(balance <= '-5'::integer)",
        "(age > (-1))",
        "((status)::text = 'pending'::text)",
        "(transaction_date > '2025-01-01 00:00:00'::timestamp without time zone)",
        "(id = '0000a2c0-71c2-473a-856b-ffb89526d5e5'::uuid)",
        '("Order" < 100)',
        "(name = 'it''s'::text)",
        "(id = $1)",
        "(deleted_at IS NULL)",
        "((username)::text IS NOT NULL)",
        '((state)::text = ANY (\'{"State 1","State 2"}\'::text[]))',
        "is_active",
        "(NOT is_active)",
    ],
)
def test_done_by_the_storage(condition: str) -> None:
    assert is_done_by_storage(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "(description ~~ '%external%'::text)",
        "(balance > '100'::numeric)",
        "(lower(name) = 'x'::text)",
        "((age + 1) = 30)",
        "((a = 1) OR (b = 2))",
        "(a <> 1)",
        "(a = b)",
        "(a = other.b)",
        "(hashed SubPlan 1)",
        "(NOT (hashed SubPlan 1))",
        "(age > (SubPlan 1))",
        "(ROW(a, b) > ROW('1'::smallint, 2))",
    ],
)
def test_left_to_the_query_processor(condition: str) -> None:
    assert not is_done_by_storage(condition)


def test_key_comparisons() -> None:
    assert is_key_comparison("(id >= 5)")
    assert is_key_comparison("(id = ANY ('{1,2}'::integer[]))")
    assert is_key_comparison("((name)::text = 'x'::text)")
    assert not is_key_comparison("((id)::text = '5'::text)", with_relabelling=False)
    assert not is_key_comparison("((id)::numeric = 5.0)")  # across types Aurora DSQL scans all
    assert not is_key_comparison("(id IS NULL)")
    assert not is_key_comparison("is_active")


def test_columns_in() -> None:
    columns = ("id", "name", "Order", "text")
    assert columns_in("((c.name)::text = 'id'::text)", "c", columns) == {"name"}
    assert columns_in('((c."Order" = d.id) AND (id = 1))', "c", columns) == {"Order"}
    assert columns_in("((name)::text = id(1))", "c", columns, are_bare=True) == {"name"}
    assert columns_in('("My Table".id + 1)', "My Table", columns) == {"id"}
    assert columns_in("c.ctid", "c", columns) == frozenset()


def test_without_prefix() -> None:
    assert without_prefix("((c.name)::text = d.name) AND 'c.x'", {"c"}) == "((name)::text = d.name) AND 'c.x'"
    assert without_prefix('"C d".x = c.y', {"C d"}) == "x = c.y"


def test_plain_column() -> None:
    assert plain_column("c.name") == "name"
    assert plain_column('"My Table"."Or""der"') == 'Or"der'
    assert plain_column("upper(name)") is None
    assert plain_column("(a + 1)") is None


@given(st.text(alphabet="ab01 ()'\"$.:=ANDOR\n", max_size=40))
def test_nothing_breaks_them(text: str) -> None:
    for part in conjuncts(text):
        is_done_by_storage(part)
    columns_in(text, "a", ("a", "b"), are_bare=True)
    assert without_prefix(text, set()) == text
