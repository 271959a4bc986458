"""Where relations stand in a statement, and what of the catalog it asks."""

import pytest

from dsqltui.core.sql.lexer import Kind, scan
from dsqltui.core.sql.relation_places import names_of_with, relation_places
from dsqltui.sim.sql.analysis import Analysis, analyse
from dsqltui.sim.sql.rewrite import replaced


def found(sql: str) -> list[str]:
    tokens = scan(sql)[0]
    words = tuple(t.text.lower() if t.kind is Kind.WORD else t.text for t in tokens)
    return [sql[place.start : place.end] for place in relation_places(tokens, words)]


@pytest.mark.parametrize(
    ("sql", "places"),
    [
        ("SELECT * FROM a", "a"),
        ('select x, y from s.a, b as c, "D" where x in (1, 2), z', 's.a b "D"'),
        ("SELECT * FROM (SELECT 1) x, b", "b"),
        ("SELECT * FROM (a JOIN b ON a.x = b.x), c", "a b c"),
        ("SELECT * FROM a LEFT JOIN b USING (x, y), c", "a b c"),
        ("SELECT * FROM a, LATERAL (SELECT * FROM b WHERE b.x = a.x) l, ONLY c", "a b c"),
        ("SELECT * FROM f(1, 2) AS g(u, v), a", "a"),
        ("SELECT * FROM ROWS FROM (f(1), g(2)) AS r, a", "a"),
        ("SELECT extract(year FROM x), trim(BOTH y FROM z), substring(w FROM 2) FROM a", "a"),
        ("SELECT x IS DISTINCT FROM y, z FROM a", "a"),
        ("SELECT (SELECT max(x) FROM a), b FROM c GROUP BY 1, d ORDER BY e, f LIMIT 1", "a c"),
        ("SELECT x FROM a UNION SELECT y FROM b EXCEPT TABLE c", "a b c"),
        ("TABLE a", "a"),
        ("INSERT INTO a (x, y) SELECT u, v FROM b ON CONFLICT (x) DO UPDATE SET y = 1, x = 2 RETURNING x, y", "a b"),
        ("INSERT INTO s.a VALUES (1, 2)", "s.a"),
        ("UPDATE a SET x = 1, y = 2 FROM b, c WHERE a.x = b.x RETURNING a.x, b.y", "a b c"),
        ("UPDATE ONLY a SET x = 1", "a"),
        ("DELETE FROM a USING b, c WHERE true", "a b c"),
        ("SELECT * FROM a FOR UPDATE OF a, b NOWAIT", "a"),
        ("WITH x AS (DELETE FROM a RETURNING b, c), y (u, v) AS (TABLE d) SELECT * FROM x, y", "a d x y"),
        ("EXPLAIN (ANALYZE, VERBOSE) UPDATE a SET x = 1", "a"),
        ("COPY a (x, y) FROM STDIN", "a"),
        ("COPY (SELECT x FROM a) TO STDOUT", "a"),
        ("SELECT 1", ""),
        ("SELECT ((((", ""),
        ("FROM ) FROM a", "a"),
    ],
)
def test_places(sql: str, places: str) -> None:
    assert found(sql) == places.split()


def test_names_of_with() -> None:
    sql = "WITH RECURSIVE a AS (SELECT 1), b (x, y) AS NOT MATERIALIZED (SELECT 2 AS c) SELECT d AS (e)"
    tokens = scan(sql)[0]
    assert names_of_with(tokens, tuple(t.text.lower() for t in tokens)) == {"a", "b"}


def sent(sql: str) -> str:
    use = analyse(sql).catalog_use
    return sql if use is None else replaced(sql, use.shown).text


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM pg_class c", "SELECT * FROM pg_dsqltui_shown.pg_class c"),
        (
            "SELECT pg_catalog.pg_class.oid FROM pg_catalog.pg_class",
            "SELECT pg_dsqltui_shown.pg_class.oid FROM pg_dsqltui_shown.pg_class",
        ),
        ("SELECT 1 FROM information_schema.tables", "SELECT 1 FROM pg_dsqltui_shown.tables"),
        ("SELECT 1 FROM t, PG_TABLES", "SELECT 1 FROM t, pg_dsqltui_shown.pg_tables"),
        ("SELECT pg_catalog.current_schemas(true)", "SELECT pg_dsqltui_shown.current_schemas(true)"),
        ("INSERT INTO t SELECT relname FROM pg_class", "INSERT INTO t SELECT relname FROM pg_dsqltui_shown.pg_class"),
        (
            "SELECT n.tableoid, n.oid FROM pg_namespace n",
            "SELECT pg_dsqltui_shown.tableoid('pg_catalog.pg_namespace'::pg_catalog.regclass), n.oid "
            "FROM pg_dsqltui_shown.pg_namespace n",
        ),
        (
            "SELECT tableoid FROM pg_proc, t",
            "SELECT tableoid FROM pg_dsqltui_shown.pg_proc, t",
        ),
    ],
)
def test_catalogs_are_shown_filtered(sql: str, expected: str) -> None:
    assert sent(sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM tables",
        "SELECT 'pg_class' FROM t",
        "SELECT * FROM sys.jobs",
        "CREATE VIEW v AS SELECT * FROM pg_class",
        "EXPLAIN SELECT * FROM pg_class",
    ],
)
def test_others_are_sent_as_they_are(sql: str) -> None:
    assert sent(sql) == sql


def clear(sql: str, *copied: str, functions: frozenset[str] = frozenset()) -> bool:
    analysis: Analysis = analyse(sql)
    assert analysis.catalog_use is not None
    return analysis.catalog_use.is_clear(frozenset(copied), functions, analysis.calls)


def test_doubt_about_names() -> None:
    assert clear("SELECT t.x FROM t, pg_class c", "t")
    assert clear("SELECT c.relname FROM pg_class c", "c"), "only the catalog is read"
    assert not clear("SELECT c.relname FROM t, pg_class c", "c"), "c could be the table"
    assert not clear("WITH t AS (SELECT 1) SELECT * FROM t, pg_class", "t")
    assert not clear("SELECT f() FROM t, pg_class", "t", functions=frozenset({"f"}))
    assert clear("SELECT f() FROM t, pg_class", "t")
