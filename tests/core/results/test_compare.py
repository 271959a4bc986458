"""Two results held against each other."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.results.outcome import Column, Row
from dsqltui.core.results.single_table import TableName, key_columns, table_of
from dsqltui.core.story import compare as module
from dsqltui.core.story.compare import Change, Comparison, NotComparable, compare, snapshot_s
from support.journals import Recorder

COLUMNS = (Column("id", 20), Column("name", 25), Column("city", 25))


def rows(count: int) -> list[Row]:
    return [(str(n), f"name {n}", None if n % 3 else "") for n in range(count)]


def by_id(a: list[Row], b: list[Row]) -> Comparison:
    return compare(COLUMNS, a, COLUMNS, b, ["id"])


def test_identical() -> None:
    found = by_id(rows(50), rows(50))
    assert found.is_identical
    assert found.sentence(0.0382) == "Identical: 50 rows, compared by key id; snapshots 38 ms apart."


def test_one_cell_among_five_thousand_rows() -> None:
    other = rows(5_000)
    other[4_321] = ("4321", "somebody", other[4_321][2])
    found = by_id(rows(5_000), other)
    (difference,) = found.differences
    assert (difference.change, difference.place_a, difference.place_b) == (Change.CHANGED, 4_321, 4_321)
    assert (difference.columns, difference.key) == (("name",), ("4321",))
    assert found.sentence() == "Different: 1 changed cell in 1 row; 4,999 the same, compared by key id."
    assert found.short_sentence(0.1) == "Different: 1 cell in 1 row; 4,999 same; 100 ms apart; key id."


def test_added_missing_and_moved_rows_are_told_by_key() -> None:
    a, b = rows(6), rows(6)
    del b[1]
    b.append(("9", "new", None))
    b.reverse()
    found = by_id(a, b)
    assert [(d.change, d.place_a, d.place_b, d.key) for d in found.differences] == [
        (Change.ADDED, None, 0, ("9",)),
        (Change.MISSING, 1, None, ("1",)),
    ]
    assert found.same_count == 5
    assert "1 row only in B, 1 row only in A; 5 the same" in found.sentence()


def test_null_is_not_the_empty_string() -> None:
    found = by_id([("1", "x", None)], [("1", "x", "")])
    assert found.differences[0].columns == ("city",)


def test_without_a_key_rows_are_matched_by_order() -> None:
    a: list[Row] = [("1", "x", None), ("1", "y", None)]
    found = compare(COLUMNS, a, COLUMNS, [a[0], ("1", "z", None), ("2", "x", None)])
    assert [(d.change, d.place_a, d.place_b) for d in found.differences] == [
        (Change.CHANGED, 1, 1),
        (Change.ADDED, None, 2),
    ]
    assert found.sentence().endswith("1 the same, compared by order of rows.")


def test_a_key_that_repeats_is_matched_in_order() -> None:
    a: list[Row] = [("1", "x", None), ("1", "y", None), ("2", "z", None)]
    b: list[Row] = [("2", "z", None), ("1", "x", None), ("1", "y", None)]
    assert by_id(a, b).is_identical


def test_columns_are_matched_by_name() -> None:
    other = (Column("city", 25), Column("id", 20), Column("extra", 25))
    found = compare(COLUMNS, [("1", "x", "Paris")], other, [("Paris", "1", "?")], ["id"])
    assert (found.columns_only_a, found.columns_only_b, found.difference_count) == (("name",), ("extra",), 0)
    assert not found.is_identical
    assert "column name only in A, column extra only in B" in found.sentence()


def test_what_cannot_be_compared() -> None:
    with pytest.raises(NotComparable, match="no column in common"):
        compare([Column("a", 25)], [], [Column("b", 25)], [])
    with pytest.raises(NotComparable, match="key column city"):
        compare(COLUMNS, [], COLUMNS[:2], [], ["city"])
    twins = (Column("x", 25), Column("x", 25))
    assert compare(twins, [("1", "2")], twins, [("1", "2")], ["x"]).is_identical
    with pytest.raises(NotComparable, match="name them apart"):
        compare(twins, [], COLUMNS, [])


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 100)
    ordered = by_id(rows(10_000), rows(10_000))
    assert ordered.is_identical
    with pytest.raises(NotComparable, match="order both queries"):
        by_id(rows(10_000), rows(10_000)[::-1])


def test_more_differences_are_counted_than_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DIFFERENCES", 10)
    found = by_id(rows(100), [])
    assert (len(found.differences), found.difference_count) == (10, 100)


small_rows = st.lists(st.tuples(st.sampled_from("12345"), st.sampled_from("xy"), st.none()), max_size=12)


@given(small_rows, small_rows)
def test_the_two_directions_agree(a: list[Row], b: list[Row]) -> None:
    there, back = by_id(a, b), by_id(b, a)
    assert (there.same_count, there.cell_count) == (back.same_count, back.cell_count)
    assert there.count(Change.ADDED) == back.count(Change.MISSING)
    assert there.same_count + there.count(Change.CHANGED) + there.count(Change.MISSING) == len(a)
    assert there.same_count + there.count(Change.CHANGED) + there.count(Change.ADDED) == len(b)
    assert by_id(a, list(reversed(a))).count(Change.ADDED) == 0
    assert dataclasses.replace(there, differences=()).is_identical == there.is_identical


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("select * from t", TableName("t")),
        (
            'SELECT id, (select max(x) from u) FROM xpoints."Cust" c WHERE a in (1, 2) order by 1, 2',
            TableName("Cust", "xpoints"),
        ),
        ("select a from t as x limit 3;", TableName("t")),
        ("table xpoints.customers", TableName("customers", "xpoints")),
        ("select * from t where exists (select 1 from u join v using (id)) for update", TableName("t")),
        ("select * from a, b", None),
        ("select * from a join b using (id)", None),
        ("select count(*) from a group by b", None),
        ("select * from (select 1) x", None),
        ("select * from generate_series(1, 3)", None),
        ("select 1", None),
        ("select distinct a from t", None),
        ("select 1 from a union select 2 from b", None),
        ("with x as (select 1) select * from x", None),
        ("update t set a = 1", None),
        ("", None),
    ],
)
def test_the_table_of_a_plain_select(sql: str, table: TableName | None) -> None:
    assert table_of(sql) == table


def test_the_key_of_a_table() -> None:
    keys: list[Row] = [
        ("a", "t", "x"),
        ("a", "u", "y"),
        ("public", "t", "id"),
        ("public", "t", "at"),
        ("b", "v", "k"),
        ("c", "v", "k"),
    ]
    assert key_columns(TableName("t"), keys) == ("id", "at")
    assert key_columns(TableName("t", "a"), keys) == ("x",)
    assert key_columns(TableName("u"), keys) == ("y",)
    assert key_columns(TableName("v"), keys) == key_columns(TableName("w"), keys) == ()


def test_the_snapshot_of_a_transaction_is_that_of_its_first_statement() -> None:
    pen = Recorder()
    alone = pen.ran("A", 0, "select 1")
    pen.ran("A", 10, "begin")
    first = pen.ran("A", 20, "select 1")
    later = pen.ran("A", 30, "select 2")
    assert snapshot_s(pen.journal, alone) == alone.started_s
    assert snapshot_s(pen.journal, later) == first.started_s
