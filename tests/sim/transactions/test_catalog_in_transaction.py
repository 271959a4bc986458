"""What the system catalogs tell inside a transaction that writes: of the tables, never of the copies it works on."""

import psycopg
import pytest

from dsqltui.sim.sql.catalog_use import SHOWN_CATALOGS, SHOWN_INFORMATION
from sim.conftest import BehindTheScenes, Connect
from support.servers.forms import Client, Form, Row
from support.servers.simulator import RunningSimulator


@pytest.fixture(params=[True, False], ids=["on path", "off path"])
def on_path(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def t(schema: str, on_path: bool) -> str:
    """The name of the table as statements write it."""
    return "things" if on_path else f"{schema}.things"


@pytest.fixture
def a(connect: Connect, form: Form, schema: str, on_path: bool, t: str) -> Client:
    client = connect(0, form)
    if on_path:
        client.expect(f"SET search_path TO {schema}", "SET")
    client.expect(f"CREATE TABLE {t} (id int PRIMARY KEY, name text CHECK (name <> ''))", "CREATE TABLE")
    client.expect(f"CREATE VIEW {t}_view AS SELECT id FROM {t}", "CREATE VIEW")
    client.expect(f"INSERT INTO {t} VALUES (1, 'x'), (2, 'y')", "INSERT 0 2")
    return client


ABOUT_THE_CATALOG = (
    "SELECT '{t}'::regclass, '{t}'::regclass::oid, to_regclass('{t}')::oid, '{t}_view'::regclass::oid",
    "SELECT relname, relkind, relpersistence FROM pg_class WHERE relname LIKE 'things%' ORDER BY oid",
    "SELECT pg_class.oid FROM pg_catalog.pg_class WHERE pg_catalog.pg_class.oid = '{t}'::regclass",
    "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = '{t}'::regclass AND attnum > 0 ORDER BY attnum",
    "SELECT conname, conrelid::regclass FROM pg_constraint WHERE conname LIKE 'things%' ORDER BY conname",
    "SELECT nspname FROM pg_namespace ORDER BY nspname",
    "SELECT DISTINCT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1",
    "SELECT schemaname, tablename FROM pg_tables WHERE tablename = 'things'",
    "SELECT table_schema, table_name, table_type FROM information_schema.tables "
    "WHERE table_name LIKE 'things%' ORDER BY table_name",
    "SELECT table_schema, column_name FROM information_schema.columns WHERE table_name = 'things' ORDER BY 2",
    "SELECT current_schemas(true), pg_catalog.current_schemas(false)",
    "SELECT c.relname, pg_table_is_visible(c.oid) FROM pg_class c WHERE c.relname = 'things'",
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '{t}'::regclass ORDER BY conname",
    "WITH mine AS (SELECT oid FROM pg_class WHERE relname = 'things') SELECT count(*) FROM mine",
)
MIXED = (
    "SELECT DISTINCT tableoid::regclass, tableoid FROM {t}",
    "SELECT x.tableoid, c.relname, c.relpersistence FROM {t} x JOIN pg_class c ON c.oid = x.tableoid WHERE x.id = 1",
    "SELECT count(*), max(c.relname) FROM {t}, pg_class c WHERE c.oid = '{t}'::regclass",
    "SELECT id, '{t}'::regclass, (SELECT relname FROM pg_class WHERE oid = '{t}'::regclass) FROM {t} WHERE id = 1",
    "SELECT v.id FROM {t}_view v, pg_class c WHERE c.oid = '{t}_view'::regclass ORDER BY 1",
    "WITH o AS (SELECT tableoid FROM {t}) SELECT DISTINCT tableoid::regclass FROM o",
)


@pytest.mark.parametrize("sql", ABOUT_THE_CATALOG + MIXED)
def test_it_is_the_same_inside_and_outside(a: Client, t: str, sql: str) -> None:
    query = sql.format(t=t)
    before = a.rows(query)
    a.expect("BEGIN", "BEGIN")
    a.expect(f"UPDATE {t} SET name = name || '!'", "UPDATE 2")
    assert a.rows(query) == before
    assert a.rows(f"SELECT name FROM {t} ORDER BY id") == (("x!",), ("y!",)), "the copy is read again afterwards"
    assert a.rows(query) == before
    a.expect("COMMIT", "COMMIT")
    assert a.rows(query) == before


def test_mixed_queries_read_the_transactions_own_rows(a: Client, t: str) -> None:
    a.expect("BEGIN", "BEGIN")
    a.expect(f"INSERT INTO {t} VALUES (3, 'z')", "INSERT 0 1")
    query = f"SELECT count(*) FROM (SELECT 1) AS one, {t} WHERE '{t}'::regclass IS NOT NULL"
    assert a.rows(query) == (("3",),)
    assert a.rows(f"SELECT count(*) FROM {t}_view, pg_class c WHERE c.oid = '{t}'::regclass") == (("3",),)
    returned = a.rows(f"INSERT INTO {t} VALUES (4, 'w') RETURNING tableoid::regclass, tableoid = '{t}'::regclass")
    assert returned == ((t, "t"),)
    a.expect("COMMIT", "COMMIT")
    assert a.rows(f"SELECT count(*) FROM {t}") == (("4",),)


def test_a_name_with_another_meaning_leaves_the_rows_right(a: Client, t: str) -> None:
    """The table's name is also that of a WITH query, of an alias, of a column."""
    a.expect("BEGIN", "BEGIN")
    a.expect(f"DELETE FROM {t} WHERE id = 1", "DELETE 1")
    for query in (
        f"WITH things AS (SELECT id FROM {t}) SELECT count(*) FROM things WHERE 'pg_class'::regclass IS NOT NULL",
        f"SELECT count(*) FROM {t} things WHERE 'pg_class'::regclass IS NOT NULL",
        f"SELECT count(things) FROM (SELECT id AS things FROM {t}) x WHERE 'pg_class'::regclass IS NOT NULL",
    ):
        assert a.rows(query) == (("1",),), query
    a.expect("ROLLBACK", "ROLLBACK")


def test_functions_read_the_transactions_own_rows(a: Client, t: str) -> None:
    a.expect(
        f"CREATE FUNCTION {t}_count() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM {t}'", "CREATE FUNCTION"
    )
    a.expect("BEGIN", "BEGIN")
    a.expect(f"DELETE FROM {t} WHERE id = 1", "DELETE 1")
    if "." not in t:  # a function's text with a schema in it reads the table
        assert a.rows(f"SELECT {t}_count(), '{t}'::regclass FROM {t}")[0][0] == "1"
    a.expect("ROLLBACK", "ROLLBACK")


def test_parameters_are_names_of_tables(a: Client, t: str, form: Form) -> None:
    if form is Form.SIMPLE:
        pytest.skip("no parameters in the simple form")
    query = "SELECT $1::regclass::oid"
    before = a.run(query, t).rows
    a.expect("BEGIN", "BEGIN")
    a.expect(f"DELETE FROM {t} WHERE id = 1", "DELETE 1")
    assert a.run(query, t).rows == before
    a.expect("ROLLBACK", "ROLLBACK")


def test_positions_point_into_the_text_that_was_sent(a: Client, t: str) -> None:
    sql = f"SELECT nothing FROM pg_class c, {t} WHERE c.oid = '{t}'::regclass"
    assert a.run(sql).position == 8
    a.expect("BEGIN", "BEGIN")
    a.expect(f"DELETE FROM {t} WHERE id = 1", "DELETE 1")
    sql = f"SELECT 1 FROM pg_class c, {t} WHERE c.oid = tableoid AND nothing"
    assert a.run(sql).position == sql.index("nothing") + 1
    a.expect("ROLLBACK", "ROLLBACK")


def test_the_helpers_are_hidden(a: Client, schema: str) -> None:
    schemas = [name for (name,) in a.rows("SELECT nspname FROM pg_namespace ORDER BY 1")]
    assert {"information_schema", "pg_catalog", "public", "sys", schema} <= set(schemas)
    assert not [name for name in schemas if name and ("temp" in name or "dsqltui" in name)]
    rows = a.rows("SELECT DISTINCT table_schema FROM information_schema.tables")
    assert not [name for (name,) in rows if name and "dsqltui" in name]
    assert a.rows("SELECT count(*) FROM pg_proc WHERE proname = 'look_at'") == (("0",),)


def test_columns_tell_their_table(simulator: RunningSimulator, schema: str) -> None:
    """Drivers look the table of a result's column up by its oid."""
    with simulator.connect() as connection:
        connection.execute(f"CREATE TABLE {schema}.t (id int PRIMARY KEY)")
        oid = int(connection.execute(f"SELECT '{schema}.t'::regclass::oid").fetchone()[0])  # type: ignore[index]
        connection.execute("BEGIN")
        connection.execute(f"INSERT INTO {schema}.t VALUES (1)")
        for prepare in (False, True):
            cursor = connection.execute(f"SELECT id FROM {schema}.t", prepare=prepare)
            assert cursor.pgresult is not None
            assert cursor.pgresult.ftable(0) == oid
        connection.execute("ROLLBACK")


def test_what_is_shown_is_what_is_rewritten(behind: BehindTheScenes) -> None:
    rows = behind.connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'pg_dsqltui_shown'::regnamespace AND relkind = 'v'"
    )
    assert {name for (name,) in rows} == SHOWN_CATALOGS | SHOWN_INFORMATION


def test_psql_describes_the_table(simulator: RunningSimulator, schema: str) -> None:
    """The queries of psql's \\d run through the extended protocol as psycopg's server-side parameters do."""
    query = (
        "SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c "
        "LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relname OPERATOR(pg_catalog.~) %s COLLATE pg_catalog.default "
        "AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 2, 3"
    )
    with simulator.connect() as connection:
        connection.execute(f"SET search_path TO {schema}")
        connection.execute("CREATE TABLE seen (id int PRIMARY KEY)")
        before: list[Row] = connection.execute(query, ("^(seen)$",)).fetchall()
        with connection.transaction():
            connection.execute("INSERT INTO seen VALUES (1)")
            assert connection.execute(query, ("^(seen)$",)).fetchall() == before
            assert len(before) == 1
            assert isinstance(connection, psycopg.Connection)
