"""What a transaction did is in its tables after COMMIT, also if others had it undone and done again on the way."""

import pytest

from sim.conftest import Connect
from support.servers.forms import Client, Form

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
