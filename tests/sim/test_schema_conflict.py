"""OC001 for sessions without a transaction: once, at the next statement on a table, after another session's DDL."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from support.simulator import RunningSimulator, running_simulator

Connection = psycopg.Connection[Any]
OC001 = "40001 schema has been updated by another transaction (OC001)"


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with running_simulator(tmp_path_factory.mktemp("telling"), "--ephemeral", "--job-delay", "0.05") as running:
        with running.connect() as owner:
            owner.execute("CREATE TABLE t (id int PRIMARY KEY, v int)")
            owner.execute("INSERT INTO t VALUES (1, 0)")
        yield running


@pytest.fixture(params=[None, 0], ids=["simple", "extended"])
def b(telling: RunningSimulator, request: pytest.FixtureRequest) -> Iterator[Connection]:
    with telling.connect(1, prepare_threshold=request.param) as connection:
        run(connection, "SELECT v FROM t")
        yield connection


@pytest.fixture
def a(telling: RunningSimulator) -> Iterator[Connection]:
    with telling.connect(0) as connection:
        yield connection


def run(connection: Connection, sql: str) -> str:
    try:
        return connection.execute(sql).statusmessage or ""
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_primary}"


@pytest.mark.parametrize(
    "ddl",
    [
        ["CREATE TABLE other (id int PRIMARY KEY)", "DROP TABLE other"],
        ["GRANT SELECT ON t TO admin"],
        ["BEGIN", "CREATE VIEW w AS SELECT 1 AS one", "COMMIT", "DROP VIEW w"],
    ],
)
@pytest.mark.parametrize("sql", ["SELECT v FROM t", "UPDATE t SET v = 1 WHERE id = 1", "SELECT v FROM t FOR UPDATE"])
def test_the_next_statement_on_a_table_fails_once(a: Connection, b: Connection, ddl: list[str], sql: str) -> None:
    for statement in ddl:
        assert not run(a, statement).startswith("4")
    assert run(b, "SELECT 1") == "SELECT 1", "no table, nothing to tell"
    assert run(b, "SELECT count(*) FROM sys.jobs") == "SELECT 1"
    assert run(b, "SELECT count(*) FROM pg_class") == "SELECT 1"
    assert run(b, sql) == OC001
    assert not run(b, sql).startswith("4"), "the retry passes"
    assert run(a, "SELECT v FROM t") == "SELECT 1", "whoever did it knows"


def test_a_transaction_begun_afterwards_fails_at_its_first_statement(a: Connection, b: Connection) -> None:
    run(a, "GRANT SELECT ON t TO admin")
    assert run(b, "BEGIN") == "BEGIN"
    assert run(b, "SELECT v FROM t") == OC001
    assert run(b, "SELECT v FROM t").startswith("25P02")
    assert run(b, "COMMIT") == "ROLLBACK"
    assert run(b, "SELECT v FROM t") == "SELECT 1"


def test_an_open_transaction_is_told_once_not_twice(a: Connection, b: Connection) -> None:
    run(b, "BEGIN")
    run(b, "SELECT v FROM t")
    run(a, "GRANT SELECT ON t TO admin")
    assert run(b, "SELECT v FROM t") == OC001
    assert run(b, "ROLLBACK") == "ROLLBACK"
    assert run(b, "SELECT v FROM t") == "SELECT 1"


def test_ddl_that_is_rolled_back_or_fails_tells_nobody(a: Connection, b: Connection) -> None:
    for statement in ("BEGIN", "CREATE TABLE gone (id int)", "ROLLBACK", "CREATE TABLE t (id int)"):
        run(a, statement)
    assert run(b, "SELECT v FROM t") == "SELECT 1"


def test_an_index_job_tells_at_its_submission_only(a: Connection, b: Connection) -> None:
    job = a.execute("CREATE INDEX ASYNC ON t (v)").fetchone()
    assert job is not None
    assert run(b, "SELECT v FROM t") == OC001
    assert a.execute(f"CALL sys.wait_for_job('{job[0]}')").fetchone() == (True,)
    assert run(b, "SELECT v FROM t") == "SELECT 1"
    run(a, "DROP INDEX t_v_idx")
