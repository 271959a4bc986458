"""Names are quoted as SQL wants them, and what the sidebar writes can be run."""

import pytest

from dsqltui.core.catalog.relations import (
    Index,
    Relation,
    count_sql,
    create_index_sql,
    drop_index_sql,
    quoted,
    recreate_index_sql,
    relations_of,
    schemas_of,
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("customers", "customers"),
        ("Customers", '"Customers"'),
        ("order", '"order"'),
        ("a b", '"a b"'),
        ('say "hi"', '"say ""hi"""'),
        ("1st", '"1st"'),
        ("", '""'),
        ("größe", '"größe"'),
    ],
)
def test_identifiers_are_quoted_where_needed(name: str, text: str) -> None:
    assert quoted(name) == text


def test_empty_schemas_are_kept_apart_from_relations() -> None:
    rows = (
        ("1", "s", "t", "r", "-1", None, "2"),
        (None, "empty", None, None, None, None, "0"),
        ("2", "s", "v", "v", "0", None, "0"),
        ("1", "s", "f", "f", None, "a integer", "0"),
    )
    assert schemas_of(rows) == ("s", "empty")
    assert [(r.name, r.row_estimate) for r in relations_of(rows)] == [("t", None), ("v", 0), ("f", None)]
    assert len({r.key for r in relations_of(rows)}) == 3


def test_an_invalid_index_is_dropped_and_built_again() -> None:
    definition = "CREATE UNIQUE INDEX t_a_idx ON s.t USING btree_index (a) INCLUDE (b)"
    index = Index(1, "s", "t", "t_a_idx", "a", "b", True, False, False, definition, "", "", "", 2)
    assert drop_index_sql(index) == "DROP INDEX s.t_a_idx;"
    assert recreate_index_sql(index).splitlines() == [
        "DROP INDEX s.t_a_idx;",
        "CREATE UNIQUE INDEX ASYNC t_a_idx ON s.t (a) INCLUDE (b);",
    ]


def test_a_new_index_names_its_columns_in_order() -> None:
    sql = create_index_sql("s.t", ["b", "Order"], is_unique=True, includes=["c"])
    assert sql == 'CREATE UNIQUE INDEX ASYNC ON s.t (b, "Order") INCLUDE (c);'


def test_the_estimate_of_an_odd_name_is_asked_for_safely() -> None:
    assert "'s.\"it''s\"'::regclass" in count_sql(Relation(1, "s", "it's", "r", None))
