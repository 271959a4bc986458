"""COPY FROM STDIN in a transaction that meets what others committed since it began: told at COMMIT, in every form."""

import pytest

from sim.conftest import BehindTheScenes
from support.servers.forms import Client

CONFLICT = "40001"
UNIQUE_VIOLATION = "23505"
ITEMS = b"7\tseventh\n8\teighth\n"


@pytest.fixture(autouse=True)
def items(a: Client) -> None:
    a.expect("CREATE TABLE items (id int PRIMARY KEY, name text UNIQUE)", "CREATE TABLE")


def begin(client: Client) -> None:
    client.expect("BEGIN", "BEGIN")
    client.rows("SELECT 1")


def ids(client: Client) -> list[str | None]:
    return [row[0] for row in client.rows("SELECT id FROM items ORDER BY id")]


def copied(client: Client, numbers: range) -> str:
    """The tag, or the SQLSTATE."""
    data = b"".join(b"%d\tn%d\n" % (number, number) for number in numbers)
    return client.copy_in("COPY items FROM STDIN", data).says


def test_a_row_that_another_committed_later(a: Client, b: Client) -> None:
    begin(b)
    a.expect("INSERT INTO items VALUES (7, 'of A')", "INSERT 0 1")
    assert copied(b, range(5, 10)) == "COPY 5"
    assert ids(b) == ["5", "6", "7", "8", "9"], "B sees its snapshot and its own rows"
    b.expect("INSERT INTO items VALUES (10, 'after it')", "INSERT 0 1")
    assert b.run("COMMIT").says == CONFLICT
    assert b.status == "IDLE"
    assert ids(b) == ["7"]


def test_a_unique_name_that_another_committed_later(a: Client, b: Client) -> None:
    begin(b)
    a.expect("INSERT INTO items VALUES (100, 'n6')", "INSERT 0 1")
    assert copied(b, range(5, 10)) == "COPY 5"
    assert b.run("COMMIT").says == CONFLICT


def test_a_row_that_another_deleted_later(a: Client, b: Client) -> None:
    """The snapshot still has it."""
    a.expect("INSERT INTO items VALUES (7, 'old')", "INSERT 0 1")
    begin(b)
    a.expect("DELETE FROM items", "DELETE 1")
    assert copied(b, range(5, 10)) == UNIQUE_VIOLATION
    b.expect("ROLLBACK", "ROLLBACK")


def test_a_key_twice_in_the_data_is_still_one_too_many(a: Client, b: Client) -> None:
    begin(b)
    a.expect("INSERT INTO items VALUES (1, 'of A')", "INSERT 0 1")
    answer = b.copy_in("COPY items FROM STDIN", b"2\ttwo\n2\ttwice\n")
    assert (answer.sqlstate, b.status) == (UNIQUE_VIOLATION, "INERROR")
    b.expect("ROLLBACK", "ROLLBACK")


def test_rows_of_the_transaction_before_it(a: Client, b: Client) -> None:
    begin(b)
    b.expect("INSERT INTO items VALUES (1, 'first')", "INSERT 0 1")
    a.expect("INSERT INTO items VALUES (2, 'of A')", "INSERT 0 1")
    assert copied(b, range(2, 4)) == "COPY 2"
    assert ids(b) == ["1", "2", "3"]
    b.expect("ROLLBACK", "ROLLBACK")
    begin(b)
    assert copied(b, range(3, 5)) == "COPY 2"
    b.expect("COMMIT", "COMMIT")
    assert ids(a) == ["2", "3", "4"]


def test_the_parent_has_gone_since(a: Client, b: Client) -> None:
    a.expect("INSERT INTO items VALUES (1, 'parent')", "INSERT 0 1")
    a.expect("CREATE TABLE parts (id int PRIMARY KEY, item int REFERENCES items)", "CREATE TABLE")
    begin(b)
    a.expect("DELETE FROM items", "DELETE 1")
    assert b.copy_in("COPY parts FROM STDIN", b"1\t1\n").says == "COPY 1"
    assert b.run("COMMIT").says == CONFLICT


def test_in_autocommit_it_is_a_conflict_or_a_duplicate(a: Client, b: Client) -> None:
    """Its snapshot is taken when it begins: what is committed before is a duplicate."""
    a.expect("INSERT INTO items VALUES (7, 'of A')", "INSERT 0 1")
    assert copied(b, range(5, 10)) == UNIQUE_VIOLATION
    assert b.status == "IDLE"


def test_what_another_commits_while_the_data_come(a: Client, b: Client, behind: BehindTheScenes) -> None:
    begin(b)
    b.start("COPY items FROM STDIN")
    b.finish()
    behind.wait_until_running("COPY items FROM STDIN")
    a.expect("INSERT INTO items VALUES (7, 'of A')", "INSERT 0 1")
    b.put_copy_data(ITEMS)
    assert b.end_copy().says == "COPY 2"
    assert b.run("COMMIT").says == CONFLICT


def test_the_client_gives_up_after_the_conflict(a: Client, b: Client) -> None:
    begin(b)
    a.expect("INSERT INTO items VALUES (7, 'of A')", "INSERT 0 1")
    b.start("COPY items FROM STDIN")
    b.finish()
    b.put_copy_data(ITEMS)
    assert b.end_copy("enough").sqlstate in ("57014", UNIQUE_VIOLATION)
    b.expect("ROLLBACK", "ROLLBACK")
    assert ids(b) == ["7"]
