"""The 3,000 rows of a transaction, where a command tag does not tell how many a statement changed."""

import pytest

from sim.conftest import Connect
from support.servers.forms import Answer, Client, Form

LIMIT = ("54000", "transaction row limit exceeded")


@pytest.fixture
def a(connect: Connect, form: Form, schema: str) -> Client:
    client = connect(0, form)
    for sql in (
        f"SET search_path TO {schema}",
        "CREATE TABLE many (id int PRIMARY KEY, n int)",
        "CREATE TABLE parents (id int PRIMARY KEY)",
        "CREATE FUNCTION fill(count int) RETURNS bigint LANGUAGE sql AS "
        "'INSERT INTO many SELECT i, 0 FROM generate_series(1, count) i; SELECT count(*) FROM many'",
    ):
        assert client.run(sql).sqlstate is None, sql
    return client


@pytest.fixture
def other(connect: Connect, form: Form, schema: str) -> Client:
    """Another session whose transaction is open: writes in autocommit go through copies then."""
    client = connect(1, form)
    client.expect(f"SET search_path TO {schema}", "SET")
    client.expect("BEGIN", "BEGIN")
    client.rows("SELECT 1")
    return client


def said(answer: Answer) -> tuple[str | None, str]:
    return answer.sqlstate, answer.message


FILLS = {
    "with": "WITH new AS (INSERT INTO many SELECT i, 0 FROM generate_series(1, {}) i RETURNING id) "
    "SELECT count(*) FROM new",
    "function": "SELECT fill({})",
    "function in an insert": "INSERT INTO parents SELECT fill({})",
    "explain analyze": "EXPLAIN ANALYZE INSERT INTO many SELECT i, 0 FROM generate_series(1, {}) i",
}
ALLOWED = dict.fromkeys(FILLS, 3000) | {"function in an insert": 2999}


@pytest.mark.parametrize("fill", list(FILLS))
class TestHiddenRows:
    def test_in_a_transaction(self, a: Client, fill: str) -> None:
        a.expect("BEGIN", "BEGIN")
        assert said(a.run(FILLS[fill].format(ALLOWED[fill] + 1))) == LIMIT
        a.expect("COMMIT", "ROLLBACK")
        assert a.rows("SELECT count(*) FROM many") == (("0",),)

    def test_together_with_others(self, a: Client, fill: str) -> None:
        a.expect("BEGIN", "BEGIN")
        assert a.run(FILLS[fill].format(ALLOWED[fill] - 1)).sqlstate is None
        a.expect("INSERT INTO many VALUES (5000, 0)", "INSERT 0 1")
        assert said(a.run("INSERT INTO many VALUES (5001, 0)")) == LIMIT
        a.expect("ROLLBACK", "ROLLBACK")

    def test_in_autocommit(self, a: Client, fill: str) -> None:
        assert said(a.run(FILLS[fill].format(ALLOWED[fill] + 1))) == LIMIT
        assert a.rows("SELECT count(*) FROM many") == (("0",),)
        assert a.run(FILLS[fill].format(ALLOWED[fill])).sqlstate is None
        assert a.rows("SELECT count(*) FROM many") == ((str(ALLOWED[fill]),),)

    def test_in_autocommit_beside_an_open_transaction(self, a: Client, other: Client, fill: str) -> None:
        assert said(a.run(FILLS[fill].format(ALLOWED[fill] + 1))) == LIMIT
        assert a.run(FILLS[fill].format(ALLOWED[fill])).sqlstate is None
        assert a.rows("SELECT count(*) FROM many") == ((str(ALLOWED[fill]),),)
        other.expect("COMMIT", "COMMIT")


def test_rows_that_a_foreign_key_deletes(a: Client) -> None:
    a.expect("CREATE TABLE children (id int PRIMARY KEY, of int REFERENCES parents ON DELETE CASCADE)", "CREATE TABLE")
    a.expect("INSERT INTO parents VALUES (1), (2)", "INSERT 0 2")
    a.expect("INSERT INTO children SELECT i, 1 FROM generate_series(1, 2000) i", "INSERT 0 2000")
    a.expect("INSERT INTO children SELECT i, 1 FROM generate_series(2001, 3000) i", "INSERT 0 1000")
    assert said(a.run("DELETE FROM parents WHERE id = 1")) == LIMIT
    a.expect("BEGIN", "BEGIN")
    assert said(a.run("DELETE FROM parents WHERE id = 1")) == LIMIT
    a.expect("ROLLBACK", "ROLLBACK")
    a.expect("DELETE FROM children WHERE id = 1", "DELETE 1")
    a.expect("DELETE FROM parents WHERE id = 1", "DELETE 1")
    assert a.rows("SELECT count(*) FROM children") == (("0",),)


def test_a_function_that_writes_is_dml(a: Client) -> None:
    a.expect("BEGIN", "BEGIN")
    assert a.rows("SELECT fill(1)") == (("1",),)
    answer = a.run("CREATE TABLE more (id int PRIMARY KEY)")
    assert said(answer) == ("0A000", "ddl and dml are not supported in the same transaction")
    a.expect("ROLLBACK", "ROLLBACK")


def test_the_unnamed_portal_survives_the_count(a: Client) -> None:
    """The rows are counted between Execute and Sync."""
    a.expect("BEGIN", "BEGIN")
    rows = a.rows("WITH new AS (INSERT INTO many VALUES (1, 0), (2, 0) RETURNING id) SELECT id FROM new ORDER BY id")
    assert rows == (("1",), ("2",))
    a.expect("COMMIT", "COMMIT")
