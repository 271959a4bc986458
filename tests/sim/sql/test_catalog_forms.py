"""Catalogs by every form of a query: nothing of the simulator's, catalogs that agree, Aurora DSQL's own values."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from support.servers.simulator import RunningSimulator

Connection = psycopg.Connection[Any]

OURS = "~ '(dsqltui|pg_(toast_)?temp)'"


@pytest.fixture(scope="module")
def table(simulator: RunningSimulator) -> str:
    with simulator.connect() as connection:
        connection.execute("CREATE SCHEMA forms")
        connection.execute("CREATE TABLE forms.t (id int PRIMARY KEY, name text, email varchar(20), n int)")
        connection.execute("INSERT INTO forms.t VALUES (1, 'a', 'b', 1)")
        job = connection.execute("CREATE INDEX ASYNC ON forms.t (name)").fetchone()
        assert job is not None
        connection.execute(f"CALL sys.wait_for_job('{job[0]}')")
    return "forms.t"


@pytest.fixture(params=["outside", "simple", "extended"])
def connection(simulator: RunningSimulator, table: str, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """Outside a transaction, and in one that has written, over both protocols."""
    with simulator.connect(prepare_threshold=0 if request.param == "extended" else None) as opened:
        if request.param != "outside":
            opened.execute("BEGIN")
            opened.execute(f"UPDATE {table} SET n = n + 1")
        yield opened


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT conname FROM pg_constraint WHERE conname {OURS} GROUP BY oid",
        f"SELECT conname, contype FROM pg_catalog.pg_constraint AS c WHERE conname {OURS} GROUP BY c.oid",
        f"SELECT oid, relname FROM pg_class WHERE relname {OURS} GROUP BY 1",
        f"SELECT n.nspname, count(*) FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE nspname {OURS} GROUP BY n.oid",
        f"SELECT nspname FROM pg_namespace WHERE nspname {OURS} GROUP BY oid HAVING count(*) > 0",
        f"SELECT tableoid, nspname FROM pg_namespace WHERE nspname {OURS}",
        f"SELECT c.tableoid, c.ctid, c.relname FROM ONLY pg_class c WHERE c.relname {OURS}",
        f"SELECT relname FROM pg_class WHERE xmin IS NOT NULL AND relname {OURS}",
        f"SELECT relname FROM pg_class WHERE oid IN (SELECT attrelid FROM pg_attribute WHERE tableoid > 0) AND relname {OURS}",
        f"WITH x AS (SELECT tableoid, * FROM pg_namespace) SELECT nspname FROM x WHERE nspname {OURS}",
        f"SELECT x.nspname FROM (SELECT oid, nspname FROM pg_namespace GROUP BY oid) AS x WHERE nspname {OURS}",
        f"SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname {OURS} GROUP BY pg_proc.oid",
        "SELECT name FROM pg_settings WHERE name ~ 'dsqltui' OR setting ~ 'dsqltui'",
        "SELECT s.name FROM pg_settings s WHERE s.source <> 'default' AND s.setting IS DISTINCT FROM s.boot_val "
        "AND s.name NOT IN ('application_name', 'client_encoding', 'search_path', 'transaction_isolation')",
        "SELECT * FROM pg_stat_activity",
        "SELECT * FROM pg_locks",
        "SELECT * FROM pg_available_extensions",
        f"SELECT schemaname FROM pg_tables WHERE schemaname {OURS} GROUP BY schemaname",
        f"SELECT tablename FROM pg_tables WHERE schemaname {OURS} GROUP BY 1",
        f"SELECT table_name FROM information_schema.tables WHERE table_schema {OURS} GROUP BY 1",
    ],
)
def test_nothing_of_ours_is_seen(connection: Connection, sql: str) -> None:
    assert connection.execute(sql).fetchall() == []
    with connection.cursor().copy(f"COPY ({sql}) TO STDOUT") as copy:
        assert [bytes(row) for row in copy] == []


def test_show_all(connection: Connection) -> None:
    cursor = connection.execute("SHOW ALL")
    assert cursor.statusmessage == "SHOW"
    settings = {name: setting for name, setting, _ in cursor.fetchall()}
    assert not any("dsqltui" in name or "dsqltui" in setting for name, setting in settings.items())
    assert (settings["server_version"], settings["max_connections"], settings["cluster_name"]) == ("16.15", "20", "")


@pytest.mark.parametrize(
    ("catalog", "column"),
    [
        ("pg_namespace", "nspowner"),
        ("pg_class", "relowner"),
        ("pg_proc", "proowner"),
        ("pg_type", "typowner"),
        ("pg_database", "datdba"),
        ("pg_language", "lanowner"),
        ("pg_operator", "oprowner"),
        ("pg_opclass", "opcowner"),
        ("pg_collation", "collowner"),
        ("pg_conversion", "conowner"),
        ("pg_ts_config", "cfgowner"),
        ("pg_tablespace", "spcowner"),
    ],
)
def test_owners_are_roles(connection: Connection, catalog: str, column: str) -> None:
    strangers = f"SELECT oid FROM {catalog} WHERE {column} NOT IN (SELECT oid FROM pg_roles)"
    assert connection.execute(strangers).fetchall() == []


def test_users_and_names_agree(connection: Connection) -> None:
    assert connection.execute("SELECT DISTINCT tableowner FROM pg_tables").fetchall() == [("admin",)]
    assert connection.execute("SELECT pg_get_userbyid(10), pg_get_userbyid(6171)").fetchone() == (
        "admin",
        "pg_database_owner",
    )


def test_the_access_method(connection: Connection) -> None:
    assert connection.execute("SELECT oid, amname FROM pg_am WHERE amname LIKE 'btree%'").fetchall() == [
        (10003, "btree_index")
    ]
    asked = "SELECT a.amname FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE c.relname = 't_pkey'"
    assert connection.execute(asked).fetchall() == [("btree_index",)]


def test_the_primary_key_is_the_table(connection: Connection) -> None:
    asked = "SELECT pg_get_constraintdef(oid), pg_catalog.pg_get_constraintdef(oid, true) FROM pg_constraint WHERE conname = 't_pkey'"
    shown = "PRIMARY KEY (id) INCLUDE (name, email, n)"
    assert connection.execute(asked).fetchall() == [(shown, shown)]
    asked = "SELECT indisprimary, indnatts, indnkeyatts, indkey::text FROM pg_index WHERE indrelid = 'forms.t'::regclass ORDER BY 1"
    assert connection.execute(asked).fetchall() == [(False, 1, 1, "2"), (True, 4, 1, "1 2 3 4")]


def test_compression(connection: Connection) -> None:
    asked = "SELECT attname, attcompression FROM pg_attribute WHERE attrelid = 'forms.t'::regclass AND attnum > 0 ORDER BY attnum"
    assert connection.execute(asked).fetchall() == [("id", ""), ("name", "l"), ("email", "l"), ("n", "")]
    assert connection.execute("SHOW default_toast_compression").fetchone() == ("lz4",)


def test_a_query_of_sqlalchemys_kind(connection: Connection) -> None:
    """Names of catalogs before columns, and a subquery that groups what another one gives."""
    asked = """
        SELECT pg_catalog.pg_class.relname, pg_catalog.pg_am.amname, columns.names
          FROM pg_catalog.pg_index JOIN pg_catalog.pg_class ON pg_catalog.pg_index.indexrelid = pg_catalog.pg_class.oid
          JOIN pg_catalog.pg_am ON pg_catalog.pg_class.relam = pg_catalog.pg_am.oid
          LEFT OUTER JOIN (
            SELECT idx.indexrelid AS indexrelid, array_agg(pg_catalog.pg_attribute.attname::text) AS names
              FROM (SELECT pg_catalog.pg_index.indexrelid AS indexrelid, pg_catalog.pg_index.indrelid AS indrelid,
                           unnest(pg_catalog.pg_index.indkey) AS attnum
                      FROM pg_catalog.pg_index WHERE NOT pg_catalog.pg_index.indisprimary) AS idx
              JOIN pg_catalog.pg_attribute ON pg_catalog.pg_attribute.attnum = idx.attnum
                                          AND pg_catalog.pg_attribute.attrelid = idx.indrelid
             GROUP BY idx.indexrelid) AS columns ON pg_catalog.pg_index.indexrelid = columns.indexrelid
         WHERE pg_catalog.pg_index.indrelid = 'forms.t'::regclass AND NOT pg_catalog.pg_index.indisprimary"""
    assert connection.execute(asked).fetchall() == [("t_name_idx", "btree_index", ["name"])]


@pytest.mark.parametrize(
    ("catalog", "owner"),
    [("pg_namespace", "nspowner"), ("pg_proc", "proowner"), ("pg_type", "typowner"), ("pg_class", "relowner")],
)
def test_catalogs_asked_for_tableoid_agree_too(connection: Connection, catalog: str, owner: str) -> None:
    """As pg_dump asks, which then looks for each owner among the roles."""
    cursor = connection.execute(f"SELECT c.tableoid, c.oid, c.{owner} FROM {catalog} c")
    assert cursor.description is not None
    assert cursor.description[0].name == "tableoid"
    rows = cursor.fetchall()
    roles = {oid for (oid,) in connection.execute("SELECT oid FROM pg_roles")}
    numbers = connection.execute(f"SELECT DISTINCT tableoid, '{catalog}'::regclass::oid FROM {catalog}").fetchall()
    assert {row[0] for row in rows} == {numbers[0][0]} == {numbers[0][1]}
    assert {row[2] for row in rows} <= roles
