"""Faults of statements and commits, over the simple and the extended protocol, changed on a running simulator."""

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from dsqltui.sim.aws.control_client import ControlClient
from support.servers.raw_client import RawClient, bind, brief, execute, parse, sync
from support.servers.simulator import RunningSimulator, running_simulator

Connection = psycopg.Connection[Any]
IS_PREPARED = {"simple": False, "extended": True}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with running_simulator(tmp_path_factory.mktemp("faulty"), "--ephemeral") as running:
        with running.connect() as connection:
            connection.execute("CREATE TABLE t (id int PRIMARY KEY, v int)")
            connection.execute("INSERT INTO t VALUES (1, 0)")
        yield running


@pytest.fixture(params=IS_PREPARED)
def client(faulty: RunningSimulator, request: pytest.FixtureRequest) -> Iterator[Connection]:
    with faulty.connect(prepare_threshold=0 if IS_PREPARED[request.param] else None) as connection:
        yield connection


@pytest.fixture
def faults(faulty: RunningSimulator) -> Iterator[ControlClient]:
    control = ControlClient.from_ready(faulty.ready)
    yield control
    control.change_faults({"conflict-every": None, "server-unavailable": None, "transaction-age": None})
    control.change_faults({"commit-latency": None})


def run(connection: Connection, sql: str) -> str:
    """Command tag, or SQLSTATE and message."""
    try:
        return connection.execute(sql).statusmessage or ""
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_primary}"


def test_every_second_commit_of_a_writer_loses(client: Connection, faults: ControlClient) -> None:
    faults.change_faults({"conflict-every": 2})
    ends = []
    for _ in range(4):
        run(client, "BEGIN")
        run(client, "UPDATE t SET v = v + 1 WHERE id = 1")
        ends.append(run(client, "COMMIT"))
    conflict = "40001 change conflicts with another transaction (OC000)"
    assert ends == ["COMMIT", conflict, "COMMIT", conflict]
    run(client, "BEGIN")
    run(client, "SELECT 1")
    assert run(client, "COMMIT") == "COMMIT", "readers are not asked"


def test_in_autocommit_the_statement_loses(client: Connection, faults: ControlClient) -> None:
    faults.change_faults({"conflict-every": 1})
    assert run(client, "UPDATE t SET v = 1 WHERE id = 1").startswith("40001")
    faults.change_faults({"conflict-every": None})
    assert run(client, "UPDATE t SET v = 1 WHERE id = 1") == "UPDATE 1"


def test_a_copy_to_the_client_reads_whatever_its_query_says(client: Connection, faults: ControlClient) -> None:
    faults.change_faults({"conflict-every": 1})
    for sql in ("copy (select id from t where id in (select id from t)) to stdout", "copy t (id) to stdout"):
        with client.cursor() as cursor, cursor.copy(sql) as copy:
            assert b"".join(copy).startswith(b"1\n")
        run(client, "BEGIN")
        with client.cursor() as cursor, cursor.copy(sql) as copy:
            assert b"".join(copy).startswith(b"1\n")
        assert run(client, "COMMIT") == "COMMIT"
    faults.change_faults({"conflict-every": None})


def test_server_unavailable_leaves_the_session(client: Connection, faults: ControlClient) -> None:
    faults.change_faults({"server-unavailable": 1})
    assert run(client, "SELECT 1") == "XX000 server unavailable"
    assert run(client, "SELECT 1") == "SELECT 1"
    run(client, "BEGIN")
    faults.change_faults({"server-unavailable": 1})
    assert run(client, "UPDATE t SET v = 1 WHERE id = 1") == "XX000 server unavailable"
    assert run(client, "SELECT 1").startswith("25P02")
    assert run(client, "COMMIT") == "ROLLBACK"


def test_an_old_transaction_is_refused(client: Connection, faults: ControlClient) -> None:
    faults.change_faults({"transaction-age": 0.1})
    for last in ("SELECT 1", "COMMIT"):
        run(client, "BEGIN")
        run(client, "SELECT pg_sleep(0.2)")
        assert run(client, last).startswith("54000 transaction age limit of 0.1s exceeded")
        run(client, "ROLLBACK")
    assert client.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_commit_latency_is_paid_by_writers_only(client: Connection, faults: ControlClient) -> None:
    faults.change_faults({"commit-latency": 0.3})

    def commit_s(sql: str) -> float:
        run(client, "BEGIN")
        run(client, sql)
        started = time.monotonic()
        assert run(client, "COMMIT") == "COMMIT"
        return time.monotonic() - started

    assert commit_s("UPDATE t SET v = 2 WHERE id = 1") >= 0.3
    assert run(client, "UPDATE t SET v = 3 WHERE id = 1") == "UPDATE 1", "autocommit too, later"
    faults.change_faults({"commit-latency": None})
    assert run(client, "UPDATE t SET v = 4 WHERE id = 1") == "UPDATE 1"


def test_a_pipeline_that_ends_with_a_read_is_told_that_it_lost_in_place_of_that(
    faulty: RunningSimulator, faults: ControlClient
) -> None:
    """Clients that count answers find no error behind the last one."""
    with RawClient.logged_in(faulty.parameters()) as raw:
        faults.change_faults({"conflict-every": 1})
        write = parse("UPDATE t SET v = 9") + bind() + execute()
        answer = brief(raw.ask(write + parse("SELECT 1") + bind() + execute() + sync()))
        assert answer == "1 2 C:UPDATE 1 1 2 D E:40001 Z:I"
        faults.change_faults({"conflict-every": None})
        answer = brief(raw.ask(write + parse("SELECT 1") + bind() + execute() + sync()))
        assert answer == "1 2 C:UPDATE 1 1 2 D C:SELECT 1 Z:I"
