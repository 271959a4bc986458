"""SET search_path inside a transaction that has written: unqualified names mean what the new path says."""

from collections.abc import Iterator

import pytest

from sim.conftest import Connect
from support.servers.forms import Client, Form


@pytest.fixture
def other(connect: Connect, schema: str) -> Iterator[str]:
    """A second schema."""
    client = connect(0)
    client.expect(f"CREATE SCHEMA {schema}_other", "CREATE SCHEMA")
    yield f"{schema}_other"
    client.expect(f"DROP SCHEMA {schema}_other CASCADE", "DROP SCHEMA")


@pytest.fixture
def a(connect: Connect, form: Form, schema: str, other: str) -> Client:
    """Table t is in both schemas, with its number of rows as its schema's mark; u is in the first only."""
    client = connect(0, form)
    for sql in (
        f"CREATE TABLE {schema}.t (id int PRIMARY KEY, n int UNIQUE)",
        f"CREATE TABLE {other}.t (id int PRIMARY KEY, n int UNIQUE)",
        f"CREATE TABLE {schema}.u (id int PRIMARY KEY)",
        f"CREATE VIEW {schema}.v AS SELECT count(*) AS rows FROM {schema}.t",
        f"INSERT INTO {schema}.t VALUES (1, 1)",
        f"INSERT INTO {other}.t VALUES (1, 1), (2, 2)",
        f"SET search_path TO {schema}",
    ):
        assert client.run(sql).sqlstate is None, sql
    return client


def test_the_same_name_in_the_new_path(a: Client, schema: str, other: str) -> None:
    a.expect("BEGIN", "BEGIN")
    a.expect("INSERT INTO t VALUES (10, 10)", "INSERT 0 1")
    a.expect(f"SET search_path TO {other}", "SET")
    assert a.rows("SELECT count(*) FROM t") == (("2",),)
    assert a.rows(f"SELECT count(*) FROM {schema}.t") == (("2",),)
    a.expect("INSERT INTO t VALUES (20, 20), (21, 21)", "INSERT 0 2")
    refused = a.run("INSERT INTO t VALUES (20, 0) ON CONFLICT ON CONSTRAINT t_n_key DO NOTHING")
    assert (refused.sqlstate, refused.message) == (
        "23505",
        'duplicate key value violates unique constraint "t_pkey"',
    )
    a.expect("ROLLBACK", "ROLLBACK")
    assert a.rows("SHOW search_path") == ((schema,),), "a rolled back SET is undone"


def test_a_view_that_is_left_behind(a: Client, schema: str, other: str) -> None:
    a.expect("BEGIN", "BEGIN")
    a.expect("INSERT INTO t VALUES (10, 10)", "INSERT 0 1")
    a.expect(f"SET search_path TO {other}", "SET")
    assert a.rows(f"SELECT * FROM {schema}.v") == (("2",),)
    assert a.run("SELECT * FROM v").message == 'relation "v" does not exist'
    a.expect("ROLLBACK", "ROLLBACK")


def test_back_and_forth(a: Client, schema: str, other: str) -> None:
    a.expect("BEGIN", "BEGIN")
    a.expect("INSERT INTO t VALUES (10, 10)", "INSERT 0 1")
    a.expect("INSERT INTO u VALUES (1)", "INSERT 0 1")
    a.expect(f"SET LOCAL search_path = {other}, {schema}", "SET")
    a.expect("INSERT INTO t VALUES (20, 20)", "INSERT 0 1")
    assert a.rows("SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM u), rows FROM v") == (("3", "1", "2"),)
    a.expect(f"SET search_path = {schema}, {other}", "SET")
    assert a.rows("SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM u), rows FROM v") == (("2", "1", "2"),)
    assert a.rows("SHOW search_path") == ((f"{schema}, {other}",),)
    a.expect("RESET search_path", "RESET")
    assert a.run("SELECT 1 FROM t").sqlstate == "42P01"
    a.expect("ROLLBACK", "ROLLBACK")


def test_what_was_written_under_both_paths_is_committed(a: Client, schema: str, other: str) -> None:
    a.expect("BEGIN", "BEGIN")
    a.expect("INSERT INTO t VALUES (10, 10)", "INSERT 0 1")
    a.expect(f"SET search_path TO {other}", "SET")
    a.expect("UPDATE t SET n = n + 100", "UPDATE 2")
    assert a.rows("SELECT 't'::regclass::oid = tableoid FROM t LIMIT 1") == (("t",),)
    a.expect("COMMIT", "COMMIT")
    assert a.rows(f"SELECT n FROM {schema}.t ORDER BY n") == (("1",), ("10",))
    assert a.rows("SELECT n FROM t ORDER BY n") == (("101",), ("102",))


def test_for_update_of_a_copied_table_still_conflicts(a: Client, connect: Connect, schema: str) -> None:
    """The rows are flagged under the table, whatever its copy is called."""
    b = connect(1)
    a.expect("BEGIN", "BEGIN")
    a.expect("INSERT INTO t VALUES (10, 10)", "INSERT 0 1")
    assert a.rows("SELECT n FROM t WHERE id = 1 FOR UPDATE") == (("1",),)
    b.expect(f"UPDATE {schema}.t SET n = 2 WHERE id = 1", "UPDATE 1")
    assert a.run("COMMIT").sqlstate == "40001"
