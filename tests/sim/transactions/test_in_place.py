"""A large table is written in place, whoever else wants it."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from support.servers.simulator import RunningSimulator

ROWS = 80_000
Connection = psycopg.Connection[Any]


def run(connection: Connection, sql: str) -> Any:
    """Rows, command tag, or the SQLSTATE with the first words of the message."""
    try:
        cursor = connection.execute(sql)
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_primary}"
    return cursor.fetchall() if cursor.description else cursor.statusmessage


@pytest.fixture(scope="module")
def table(simulator: RunningSimulator) -> Iterator[str]:
    with simulator.connect() as connection:
        connection.execute("CREATE SCHEMA in_place")
        connection.execute("CREATE TABLE in_place.big (id int PRIMARY KEY, v int, name text UNIQUE)")
        with connection.cursor() as cursor, cursor.copy("COPY in_place.big FROM STDIN") as copy:
            for number in range(ROWS):
                copy.write_row((number, 0, f"a name of some length {number:06}"))
        yield "in_place.big"
        connection.execute("DROP TABLE in_place.big")
        connection.execute("DROP SCHEMA in_place")


@pytest.fixture
def a(simulator: RunningSimulator, table: str) -> Iterator[Connection]:  # noqa: ARG001 - the table comes first
    with simulator.connect(0) as connection:
        yield connection


@pytest.fixture
def b(simulator: RunningSimulator, table: str) -> Iterator[Connection]:  # noqa: ARG001
    with simulator.connect(1) as connection:
        yield connection


CONFLICT = "40001 change conflicts with another transaction (OC000)"


def test_it_is_not_copied(a: Connection, table: str) -> None:
    oid = run(a, f"SELECT '{table}'::regclass::oid")
    run(a, "BEGIN")
    assert run(a, f"UPDATE {table} SET v = 1 WHERE id = 1") == "UPDATE 1"
    assert run(a, f"SELECT DISTINCT tableoid FROM {table} WHERE id < 10") == oid
    assert run(a, "COMMIT") == "COMMIT"
    assert run(a, f"SELECT v FROM {table} WHERE id = 1") == [(1,)]


def test_what_was_done_survives_the_move_to_a_shadow(a: Connection, b: Connection, table: str) -> None:
    """B's COMMIT on the same table makes A move; A goes on, and its own COMMIT succeeds: other rows."""
    run(a, "BEGIN")
    for sql in (
        f"UPDATE {table} SET v = 100 WHERE id = 105",
        f"UPDATE {table} SET v = v + 1 WHERE id = 105",
        f"INSERT INTO {table} VALUES (-1, 7, 'new')",
        f"INSERT INTO {table} VALUES (-2, 7, 'new and gone')",
        f"DELETE FROM {table} WHERE id IN (106, -2)",
        f"UPDATE {table} SET id = -3 WHERE id = 107",
    ):
        run(a, sql)
    run(b, "BEGIN")
    assert run(b, f"UPDATE {table} SET v = 9 WHERE id = 108") == "UPDATE 1"
    assert run(b, "COMMIT") == "COMMIT"
    mine = f"SELECT id, v FROM {table} WHERE id < 0 OR id BETWEEN 105 AND 108 ORDER BY id"
    expected = [(-3, 0), (-1, 7), (105, 101), (108, 0)]
    assert run(a, mine) == expected, "its snapshot and its changes"
    assert run(a, f"INSERT INTO {table} VALUES (-1, 0, 'again')").startswith("23505")
    run(a, "ROLLBACK")
    assert run(a, mine) == [(105, 0), (106, 0), (107, 0), (108, 9)]


def test_disjoint_rows_both_commit(a: Connection, b: Connection, table: str) -> None:
    run(a, "BEGIN")
    run(a, f"UPDATE {table} SET v = 1 WHERE id = 200")
    run(b, "BEGIN")
    run(b, f"UPDATE {table} SET v = 2 WHERE id = 201")
    assert run(b, "COMMIT") == "COMMIT"
    assert run(a, "COMMIT") == "COMMIT"
    assert run(a, f"SELECT v FROM {table} WHERE id IN (200, 201) ORDER BY id") == [(1,), (2,)]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("UPDATE {t} SET v = 5 WHERE id = 300", ["UPDATE {t} SET v = 6 WHERE id = 300"]),
        ("DELETE FROM {t} WHERE id = 301", ["UPDATE {t} SET v = 6 WHERE id = 301"]),
        ("UPDATE {t} SET v = 5 WHERE id = 302", ["DELETE FROM {t} WHERE id = 302"]),
        ("SELECT v FROM {t} WHERE id = 303 FOR UPDATE", ["UPDATE {t} SET v = 6 WHERE id = 303"]),
        ("INSERT INTO {t} VALUES (-300, 0, 'ours')", ["INSERT INTO {t} VALUES (-300, 0, 'theirs')"]),
        (
            "INSERT INTO {t} VALUES (-301, 0, 'ours 1')",
            ["INSERT INTO {t} VALUES (-301, 0, 'theirs 1')", "DELETE FROM {t} WHERE id = -301"],
        ),
        ("INSERT INTO {t} VALUES (-302, 0, 'same')", ["INSERT INTO {t} VALUES (-303, 0, 'same')"]),
    ],
)
@pytest.mark.parametrize("is_theirs_explicit", [True, False])
def test_the_first_to_commit_wins(
    a: Connection, b: Connection, table: str, ours: str, theirs: list[str], is_theirs_explicit: bool
) -> None:
    run(a, f"DELETE FROM {table} WHERE id < 0")
    run(a, f"INSERT INTO {table} VALUES (302, 0, 'three hundred and two') ON CONFLICT DO NOTHING")
    run(a, "BEGIN")
    assert not str(run(a, ours.format(t=table))).startswith("4"), "the loser's statement reports normally"
    for sql in theirs:
        if is_theirs_explicit:
            run(b, "BEGIN")
        assert not str(run(b, sql.format(t=table))).startswith(("2", "4"))
        if is_theirs_explicit:
            assert run(b, "COMMIT") == "COMMIT"
    assert run(a, "COMMIT") == CONFLICT


def test_whoever_began_before_it_committed_loses(a: Connection, b: Connection, table: str) -> None:
    run(b, "BEGIN")
    run(b, "SELECT 1")
    run(a, "BEGIN")
    run(a, f"UPDATE {table} SET v = 3 WHERE id = 400")
    assert run(a, "COMMIT") == "COMMIT"
    assert run(b, f"UPDATE {table} SET v = 4 WHERE id = 400") == "UPDATE 1"
    assert run(b, "COMMIT") == CONFLICT


def test_a_rolled_back_change_leaves_no_trace(a: Connection, b: Connection, table: str) -> None:
    """Old rows keep the number of an aborted transaction; it must not be taken for the next writer's."""
    run(a, "BEGIN")
    run(a, f"UPDATE {table} SET v = 3 WHERE id = 500")
    run(a, "ROLLBACK")
    run(a, "BEGIN")
    run(a, f"UPDATE {table} SET v = 3 WHERE id = 501")
    run(b, "BEGIN")
    run(b, f"UPDATE {table} SET v = 4 WHERE id = 502")
    assert run(b, "COMMIT") == "COMMIT"
    assert run(a, f"SELECT id, v FROM {table} WHERE id BETWEEN 500 AND 502 ORDER BY id") == [
        (500, 0),
        (501, 3),
        (502, 0),
    ]
    assert run(a, "COMMIT") == "COMMIT"


def test_foreign_keys_hold_inside_a_transaction_and_between_them(
    simulator: RunningSimulator, a: Connection, b: Connection
) -> None:
    with simulator.connect() as owner:
        owner.execute("CREATE TABLE in_place.parent (id int PRIMARY KEY, n int)")
        owner.execute(
            "CREATE TABLE in_place.child (id int PRIMARY KEY, "
            "parent int REFERENCES in_place.parent (id) ON DELETE CASCADE)"
        )
        owner.execute("INSERT INTO in_place.parent VALUES (1, 0), (2, 0), (3, 0)")
        owner.execute("INSERT INTO in_place.child VALUES (10, 1), (20, 2)")
    try:
        run(a, "BEGIN")
        assert run(a, "INSERT INTO in_place.child VALUES (11, 9)").startswith("23503"), "at the statement"
        run(a, "ROLLBACK")
        run(a, "BEGIN")
        run(a, "DELETE FROM in_place.parent WHERE id = 2")
        assert run(a, "SELECT id FROM in_place.child WHERE parent = 2") == [], "cascaded already"
        run(a, "ROLLBACK")
        for theirs, end in (
            ("INSERT INTO in_place.child VALUES (13, 1)", "COMMIT"),  # two children of one parent
            ("UPDATE in_place.parent SET n = n + 1 WHERE id = 1", "COMMIT"),  # no key column
            ("DELETE FROM in_place.parent WHERE id = 1", CONFLICT),
        ):
            run(a, "BEGIN")
            run(a, "INSERT INTO in_place.child VALUES (12, 1)")
            assert not run(b, theirs).startswith(("2", "4"))
            assert run(a, "COMMIT") == end, theirs
            run(a, "DELETE FROM in_place.child WHERE id = 12")
    finally:
        run(b, "DROP TABLE in_place.child")
        run(b, "DROP TABLE in_place.parent")


def test_tables_with_foreign_keys_beside_one_in_place(a: Connection, b: Connection, table: str) -> None:
    """They need copies, which the move of the large table must not take along."""
    run(a, "CREATE TABLE in_place.parent (id int PRIMARY KEY, n int)")
    run(a, "CREATE TABLE in_place.child (id int PRIMARY KEY, of int REFERENCES in_place.parent)")
    run(a, "INSERT INTO in_place.parent VALUES (1, 0)")
    run(b, "SELECT 1 FROM in_place.child")  # hears of the DDL
    run(a, "BEGIN")
    assert run(a, f"UPDATE {table} SET v = 5 WHERE id = 700") == "UPDATE 1"
    assert run(a, "INSERT INTO in_place.child VALUES (1, 1)") == "INSERT 0 1"
    assert run(b, f"UPDATE {table} SET v = 6 WHERE id = 701") == "UPDATE 1"
    assert run(a, "SELECT count(*) FROM in_place.child") == [(1,)]
    assert run(a, f"SELECT v FROM {table} WHERE id IN (700, 701) ORDER BY id") == [(5,), (0,)]
    assert run(a, "COMMIT") == "COMMIT"
    assert run(b, "SELECT count(*) FROM in_place.child") == [(1,)]
    run(a, "DROP TABLE in_place.child")
    run(a, "DROP TABLE in_place.parent")
