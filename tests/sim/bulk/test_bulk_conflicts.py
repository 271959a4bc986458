"""Rows that came by the hundred, by COPY or INSERT, beside other transactions: who loses, and what is done again."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import psycopg
import pytest

from dsqltui.sim.aws.control_client import ControlClient
from dsqltui.sim.faults.faults import parse_changes
from dsqltui.sim.pg import copy_feed
from support.servers.simulator import RunningSimulator

Connection = psycopg.Connection[Any]
LOST = "40001"


@pytest.fixture(scope="module")
def schema(simulator: RunningSimulator) -> Iterator[str]:
    with simulator.connect() as connection:
        connection.execute("CREATE SCHEMA bulk_rows")
        connection.execute("CREATE TABLE bulk_rows.t (id int PRIMARY KEY, v int, name text UNIQUE)")
        yield "bulk_rows"


@pytest.fixture
def pair(simulator: RunningSimulator, schema: str) -> Iterator[tuple[Connection, Connection]]:  # noqa: ARG001
    with simulator.connect(0) as a, simulator.connect(1) as b:
        yield a, b
        for connection in (a, b):
            connection.execute("ROLLBACK")
        a.execute("DELETE FROM bulk_rows.t")


def copy(connection: Connection, rows: range) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY bulk_rows.t FROM STDIN") as data:
        for number in rows:
            data.write_row((number, 0, f"n{number}"))


def commit(connection: Connection) -> str:
    """Its SQLSTATE."""
    try:
        connection.execute("COMMIT")
    except psycopg.Error as error:
        return error.sqlstate or ""
    return "00000"


def rows(connection: Connection) -> Any:
    return connection.execute("SELECT count(*), count(DISTINCT id), min(id), max(id) FROM bulk_rows.t").fetchone()


def test_two_loads_with_a_row_in_common(pair: tuple[Connection, Connection]) -> None:
    a, b = pair
    for connection in pair:
        connection.execute("BEGIN")
    copy(a, range(300))
    copy(b, range(299, 600))
    assert (commit(a), commit(b)) == ("00000", LOST)
    assert rows(a) == (300, 300, 0, 299)


def test_two_loads_beside_one_another(pair: tuple[Connection, Connection]) -> None:
    a, b = pair
    for connection in pair:
        connection.execute("BEGIN")
    copy(a, range(300))
    copy(b, range(300, 600))
    assert (commit(a), commit(b)) == ("00000", "00000")
    assert rows(a) == (600, 600, 0, 599)


@pytest.mark.parametrize("ends", ["COMMIT", "ROLLBACK"])
def test_a_load_makes_way_for_a_single_row(pair: tuple[Connection, Connection], ends: str) -> None:
    """B takes a row's key away from the load, which is done again at its COMMIT if B has not committed."""
    a, b = pair
    a.execute("BEGIN")
    copy(a, range(300))
    b.execute("BEGIN")
    b.execute("INSERT INTO bulk_rows.t VALUES (150, 1, 'of B')")
    b.execute(ends)
    assert commit(a) == (LOST if ends == "COMMIT" else "00000")
    assert rows(a) == ((1, 1, 150, 150) if ends == "COMMIT" else (300, 300, 0, 299))


def test_a_unique_name_in_a_load_and_in_a_row(pair: tuple[Connection, Connection]) -> None:
    a, b = pair
    for connection in pair:
        connection.execute("BEGIN")
    copy(b, range(250))
    a.execute("INSERT INTO bulk_rows.t VALUES (9000, 1, 'n7')")
    assert (commit(a), commit(b)) == ("00000", LOST)


def test_rows_deleted_by_the_hundred_exclude_one_that_is_changed(pair: tuple[Connection, Connection]) -> None:
    a, b = pair
    copy(a, range(400))
    for connection in pair:
        connection.execute("BEGIN")
    b.execute("UPDATE bulk_rows.t SET v = 2 WHERE id = 399")
    a.execute("DELETE FROM bulk_rows.t WHERE id >= 100")
    assert commit(a) == "00000"
    assert commit(b) == LOST
    assert rows(a) == (100, 100, 0, 99)


def test_what_came_in_bulk_and_went_again_in_one_transaction(pair: tuple[Connection, Connection]) -> None:
    a, b = pair
    a.execute("BEGIN")
    b.execute("BEGIN")
    copy(a, range(300))
    a.execute("DELETE FROM bulk_rows.t WHERE id < 250")
    assert commit(a) == "00000"
    b.execute("INSERT INTO bulk_rows.t VALUES (10, 1, 'again')")
    assert commit(b) == "00000", "A never had row 10, seen from outside"
    assert rows(a) == (51, 51, 10, 299)


def test_a_load_in_autocommit_that_made_way_is_run_again(
    pair: tuple[Connection, Connection], simulator: RunningSimulator
) -> None:
    """B wants a row while the load waits for its commit; the load is done again from its data, whatever comes first."""
    a, b = pair
    control = ControlClient.from_ready(simulator.ready)
    control.change_faults(parse_changes(["commit-latency=0.2"]))
    try:
        with ThreadPoolExecutor(1) as pool:
            loading = pool.submit(copy, a, range(300))
            wait([loading], timeout=0.1)
            b.execute("BEGIN")
            with contextlib.suppress(psycopg.Error):
                b.execute("INSERT INTO bulk_rows.t VALUES (5, 1, 'of B')")
            b.execute("ROLLBACK")
            loading.result()
    finally:
        control.change_faults(parse_changes(["commit-latency=default"]))
    assert rows(b) == (300, 300, 0, 299)


def test_what_a_load_in_autocommit_wrote_counts_for_others(pair: tuple[Connection, Connection]) -> None:
    a, b = pair
    b.execute("BEGIN")
    b.execute("INSERT INTO bulk_rows.t VALUES (250, 1, 'of B')")
    copy(a, range(300))
    assert commit(b) == LOST
    assert rows(b) == (300, 300, 0, 299)


def test_a_load_in_autocommit_is_refused_with_its_line(pair: tuple[Connection, Connection]) -> None:
    a, _ = pair
    copy(a, range(3))
    with pytest.raises(psycopg.errors.UniqueViolation) as refused:
        copy(a, range(500, 1, -1))
    assert refused.value.diag.context == "COPY t, line 499"
    assert rows(a) == (3, 3, 0, 2)


def test_data_that_are_too_many_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_feed, "MOST_BYTES", 10)
    feed = copy_feed.CopyFeed()
    feed.keep(b"12345678")
    feed.end()
    assert (feed.is_complete, feed.data) == (True, b"12345678")
    feed.keep(b"901")
    assert (feed.is_complete, feed.data, feed.size) == (False, b"", 11)
