"""Catalog values: made from the rows of the query, looked up by name."""

from dsqltui.core.catalog.catalog import (
    Catalog,
    CatalogColumn,
    NamedRelation,
    RelationKind,
    Routine,
    RoutineKind,
    catalog_of,
)

ROWS = (
    ("empty", None, None, None, None),
    ("public", "table", "t", "id", "integer"),
    ("public", "table", "t", "note", "text"),
    ("public", "table", "bare", None, None),
    ("sales", "foreign thing", "x", "a", "text"),
    ("sales", "table", "orders", "id", "uuid"),
    ("sales", "sequence", "numbers", None, None),
    ("sales", "table", "t", "other", "text"),
    ("sales", "view", "seen", "id", "uuid"),
    ("sys", "function", "f", None, "a text"),
    ("sys", "function", "f", None, "a integer"),
    ("sys", "procedure", "wait_for_job", None, "job text"),
)


def test_rows_become_a_catalog() -> None:
    catalog = catalog_of(ROWS)
    assert catalog.schemas == ("empty", "public", "sales", "sys")
    assert [(r.schema, r.name, r.kind) for r in catalog.relations] == [
        ("public", "t", RelationKind.TABLE),
        ("public", "bare", RelationKind.TABLE),
        ("sales", "orders", RelationKind.TABLE),
        ("sales", "numbers", RelationKind.SEQUENCE),
        ("sales", "t", RelationKind.TABLE),
        ("sales", "seen", RelationKind.VIEW),
    ]
    assert catalog.relations[0].columns == (CatalogColumn("id", "integer"), CatalogColumn("note", "text"))
    assert catalog.relations[1].columns == ()
    assert catalog.routines == (
        Routine("sys", "f", RoutineKind.FUNCTION, "a text"),
        Routine("sys", "f", RoutineKind.FUNCTION, "a integer"),
        Routine("sys", "wait_for_job", RoutineKind.PROCEDURE, "job text"),
    )
    assert catalog_of(()) == Catalog()


def test_relations_are_found_by_name() -> None:
    catalog = catalog_of(ROWS)
    found = catalog.find("t")
    assert found is not None
    assert found.schema == "public"
    assert catalog.find("t", "sales") == catalog.relations[4]
    assert catalog.find("orders") == NamedRelation(
        "sales", "orders", RelationKind.TABLE, (CatalogColumn("id", "uuid"),)
    )
    assert catalog.find("orders", "public") is None
    assert catalog.find("T") is None


def test_a_name_in_two_other_schemas_is_nobodys() -> None:
    catalog = catalog_of((("a", "table", "t", None, None), ("b", "table", "t", None, None)))
    assert catalog.find("t") is None
    assert catalog.find("t", "b") == catalog.relations[1]
