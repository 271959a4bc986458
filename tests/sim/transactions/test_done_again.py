"""What a transaction did is in its tables after COMMIT, also if others had it undone and done again on the way."""

from collections.abc import Iterator

import pytest

from sim.conftest import Connect
from support.servers.forms import Client, Form
from support.servers.raw_client import RawClient, bind, brief, describe_portal, execute, flush, parse, query, row, sync
from support.servers.simulator import RunningSimulator

CONFLICT = "40001"


@pytest.fixture
def pair(connect: Connect, form: Form, schema: str) -> tuple[Client, Client]:
    """A session on each endpoint, and the tables."""
    a, b = connect(0, form), connect(1, form)
    for client in (a, b):
        client.expect(f"SET search_path TO {schema}", "SET")
    a.expect("CREATE TABLE keyed (id int PRIMARY KEY, n int)", "CREATE TABLE")
    a.expect("INSERT INTO keyed VALUES (1, 0)", "INSERT 0 1")
    a.expect("CREATE TABLE keyless (x int)", "CREATE TABLE")
    return a, b


def test_rows_without_a_key_of_a_private_transaction(pair: tuple[Client, Client]) -> None:
    a, b = pair
    a.expect("BEGIN", "BEGIN")
    b.expect("UPDATE keyed SET n = 1", "UPDATE 1")
    a.expect("INSERT INTO keyed VALUES (1, 5) ON CONFLICT DO NOTHING", "INSERT 0 0")  # goes private, touches nothing
    a.expect("INSERT INTO keyless VALUES (7)", "INSERT 0 1")
    a.expect("COMMIT", "COMMIT")
    assert b.rows("SELECT x FROM keyless") == (("7",),)


@pytest.mark.parametrize(
    "changes",
    [
        ["UPDATE uniques SET id = id + 10"],
        [
            "UPDATE uniques SET u = 9 WHERE id = 1",
            "UPDATE uniques SET u = 1 WHERE id = 2",
            "UPDATE uniques SET u = 2 WHERE id = 1",
        ],
        ["INSERT INTO uniques VALUES (7, 1) ON CONFLICT (u) DO UPDATE SET id = excluded.id"],
        ["DELETE FROM uniques WHERE id = 1", "INSERT INTO uniques VALUES (7, 1)"],
    ],
    ids=["key", "exchanged", "on conflict", "another row"],
)
def test_unique_values_that_went_to_other_rows(pair: tuple[Client, Client], changes: list[str]) -> None:
    a, b = pair
    a.expect("CREATE TABLE uniques (id int PRIMARY KEY, u int UNIQUE)", "CREATE TABLE")
    a.expect("INSERT INTO uniques VALUES (1, 1), (2, 2)", "INSERT 0 2")
    a.expect("BEGIN", "BEGIN")
    for sql in changes:
        assert a.run(sql).sqlstate is None
    there = a.rows("SELECT * FROM uniques ORDER BY id")
    b.expect("BEGIN", "BEGIN")
    b.expect("UPDATE uniques SET u = u", "UPDATE 2")  # A is undone for that
    b.expect("ROLLBACK", "ROLLBACK")
    a.expect("COMMIT", "COMMIT")
    assert b.rows("SELECT * FROM uniques ORDER BY id") == there


def test_unique_values_of_rows_that_others_refer_to(pair: tuple[Client, Client]) -> None:
    """Which goes first cannot be found for all of them: it has lost then."""
    a, b = pair
    a.expect("CREATE TABLE parents (id int PRIMARY KEY, u int UNIQUE)", "CREATE TABLE")
    a.expect("CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents)", "CREATE TABLE")
    a.expect("INSERT INTO parents VALUES (1, 1)", "INSERT 0 1")
    a.expect("BEGIN", "BEGIN")
    a.expect("UPDATE parents SET id = 7", "UPDATE 1")
    b.expect("BEGIN", "BEGIN")
    b.expect("UPDATE parents SET u = u", "UPDATE 1")
    b.expect("ROLLBACK", "ROLLBACK")
    assert a.run("COMMIT").sqlstate == CONFLICT


@pytest.fixture
def raw(simulator: RunningSimulator, pair: tuple[Client, Client], schema: str) -> Iterator[RawClient]:  # noqa: ARG001
    """A session that has changed the row and has a transaction open."""
    with RawClient.logged_in(simulator.parameters(0)) as client:
        client.ask(query(f"SET search_path TO {schema}"))
        client.ask(query("BEGIN; UPDATE keyed SET n = n + 1"))
        yield client


@pytest.mark.parametrize("lock", ["", " FOR UPDATE", " FOR UPDATE SKIP LOCKED"])
@pytest.mark.parametrize("shows", [b"", describe_portal()], ids=["executed", "described"])
def test_a_portal_outlives_that_others_had_the_rows(
    raw: RawClient, pair: tuple[Client, Client], lock: str, shows: bytes
) -> None:
    _, b = pair
    raw.send(parse(f"SELECT n FROM keyed{lock}") + bind() + flush())
    assert brief(raw.until("2")) == "1 2"
    b.expect("BEGIN", "BEGIN")
    b.expect("UPDATE keyed SET n = 7", "UPDATE 1")  # A is undone for that
    b.expect("ROLLBACK", "ROLLBACK")
    replies = raw.ask(shows + execute() + sync())
    assert brief(replies) == ("T " if shows else "") + "D C:SELECT 1 Z:T"
    assert [row(body) for kind, body in replies if kind == "D"] == [("1",)]
    assert brief(raw.ask(query("COMMIT"))) == "C:COMMIT Z:I"


def test_a_portal_whose_rows_were_fetched_in_part_has_lost(raw: RawClient, pair: tuple[Client, Client]) -> None:
    _, b = pair
    raw.send(parse("SELECT n FROM keyed, generate_series(1, 3)") + bind() + execute(max_rows=1) + flush())
    assert brief(raw.until("s")) == "1 2 D s"
    b.expect("BEGIN", "BEGIN")
    b.expect("UPDATE keyed SET n = 7", "UPDATE 1")
    b.expect("ROLLBACK", "ROLLBACK")
    assert brief(raw.ask(execute() + sync())) == f"E:{CONFLICT} Z:E"


@pytest.mark.parametrize("end", ["ROLLBACK", "COMMIT"])
def test_what_a_check_cannot_find_without_the_clients_search_path(pair: tuple[Client, Client], end: str) -> None:
    """Rows are done again with a search path of the simulator's own: the transaction has lost, with OC000's words."""
    a, b = pair
    a.expect("CREATE FUNCTION inner_f(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 < 100'", "CREATE FUNCTION")
    a.expect(
        "CREATE FUNCTION outer_f(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT inner_f($1)'", "CREATE FUNCTION"
    )
    a.expect("CREATE TABLE checked (id int PRIMARY KEY, n int CHECK (outer_f(n)))", "CREATE TABLE")
    a.expect("INSERT INTO checked VALUES (1, 0)", "INSERT 0 1")
    a.expect("BEGIN", "BEGIN")
    a.expect("UPDATE checked SET n = 1", "UPDATE 1")
    b.expect("BEGIN", "BEGIN")
    b.expect("UPDATE checked SET n = 2", "UPDATE 1")
    b.expect(end, end)
    assert a.run("SELECT n FROM checked").sqlstate in (None, CONFLICT)
    assert a.run("COMMIT").says in ("ROLLBACK", CONFLICT)
