"""Orders and their classes: counts, partition, samples."""

import math
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsqltui.core.interleaving.orders import (
    OrderClasses,
    all_orders,
    count_orders,
    depends,
    precedences,
    sampled_classes,
    sampled_orders,
    serial_order,
    shown_order,
)
from dsqltui.core.interleaving.scripts import SessionScript, TurnRole, script_of

SKEW = "BEGIN; SELECT 1; SELECT 2; UPDATE t SET v = 1; COMMIT;"
PIECES = (
    "SELECT v FROM t",
    "UPDATE t SET v = 1 WHERE k = 1",
    "INSERT INTO t VALUES (nextval('s'), 1)",
    "SELECT clock_timestamp()",
    "CREATE TABLE u (k int)",
    "SET search_path TO public",
)


def scripts(*texts: str) -> tuple[SessionScript, ...]:
    return tuple(script_of("ABCD"[n], text) for n, text in enumerate(texts))


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("statements", [0, 1, 3])
def test_transactions_have_the_square_of_the_factorial_in_classes(count: int, statements: int) -> None:
    text = "BEGIN;" + "SELECT 1;" * statements + "COMMIT;"
    classes = OrderClasses(scripts(*[text] * count))
    assert classes.count(1_000) == math.factorial(count) ** 2


def test_five_and_five_statements_have_252_orders_in_4_classes() -> None:
    two = scripts(SKEW, SKEW)
    assert count_orders(two) == len(set(all_orders(two))) == 252
    sizes = OrderClasses(two).sizes()
    assert sizes is not None
    assert sorted(sizes.values()) == [1, 1, 125, 125]


@st.composite
def some_scripts(draw: st.DrawFn) -> tuple[SessionScript, ...]:
    """Two or three scripts of a few statements: transactions, autocommit, sequences, DDL."""
    texts = []
    for _ in range(draw(st.integers(2, 3))):
        inner = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=2))
        if draw(st.booleans()):
            inner = ["BEGIN", *inner, draw(st.sampled_from(("COMMIT", "ROLLBACK")))]
        texts.append(";".join(inner))
    return scripts(*texts)


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(some=some_scripts())
def test_classes_partition_all_orders(some: tuple[SessionScript, ...]) -> None:
    classes = OrderClasses(some)
    orders = list(islice(all_orders(some), 3_000))
    found = Counter(classes.key_of(order) for order in orders)
    representatives = list(islice(classes.representatives(), 3_000))
    keys = [classes.key_of(order) for order in representatives]
    assert len(set(keys)) == len(keys), "two representatives of one class"
    assert set(found) <= set(keys), "an order whose class has no representative"
    assert all(sorted(order) == sorted(orders[0]) for order in representatives)
    if len(orders) < 3_000:
        assert set(found) == set(keys)
        sizes = classes.sizes()
        assert sizes is None or sizes == found


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(some=some_scripts(), data=st.data())
def test_exchanging_what_does_not_depend_stays_in_the_class(
    some: tuple[SessionScript, ...], data: st.DataObject
) -> None:
    classes = OrderClasses(some)
    letters = [n for n, script in enumerate(some) for _ in script.statements]
    order = list(data.draw(st.permutations(letters)))
    at = data.draw(st.integers(0, len(order) - 2))
    one, other = order[at], order[at + 1]
    first = some[one].statements[order[:at].count(one)]
    second = some[other].statements[order[: at + 1].count(other)]
    exchanged = (*order[:at], other, one, *order[at + 2 :])
    is_same = classes.key_of(tuple(order)) == classes.key_of(exchanged)
    assert is_same == (one == other or not depends(first, second))


def test_samples_are_different_orders_and_the_same_for_a_seed() -> None:
    some = scripts(SKEW, SKEW, SKEW)
    one = sampled_orders(some, 500, seed=7)
    assert len(set(one)) == 500
    assert one == sampled_orders(some, 500, seed=7)
    assert one != sampled_orders(some, 500, seed=8)
    assert len(sampled_orders(scripts("SELECT 1", "SELECT 2"), 10, seed=1)) == 2
    found = sampled_classes(some, 10, seed=7)
    assert len({OrderClasses(some).key_of(order) for order in found}) == 10


def test_who_was_through_before_another_began() -> None:
    some = scripts("SET timezone TO UTC; BEGIN; SELECT 1; COMMIT", "BEGIN; SELECT 1; COMMIT")
    assert precedences(some, (0, 0, 0, 0, 1, 1, 1)) == {(0, 1)}
    assert precedences(some, (0, 1, 1, 1, 0, 0, 0)) == {(1, 0)}, "SET is nobody's business"
    assert precedences(some, (0, 0, 1, 0, 0, 1, 1)) == frozenset()
    assert shown_order(serial_order(some, (1, 0))) == "BBBAAAA"


def test_what_statements_are_to_others() -> None:
    text = (
        "BEGIN; SELECT now(); SELECT nextval('s'); SELECT clock_timestamp(); COMMIT; SELECT 1; CREATE TABLE u (k int)"
    )
    made = script_of("A", text).statements
    roles = (
        TurnRole.BEGIN,
        TurnRole.PRIVATE,
        TurnRole.PRIVATE,
        TurnRole.CLOCK,
        TurnRole.END,
        TurnRole.ALONE,
        TurnRole.ALONE,
    )
    assert tuple(statement.role for statement in made) == roles
    assert [statement.draws for statement in made].index(True) == 2
    assert [statement.defines for statement in made] == [False] * 6 + [True]
    drawn = script_of("A", "INSERT INTO app.u (v) VALUES (1)", drawing_tables=["app.u"])
    assert drawn.statements[0].draws
