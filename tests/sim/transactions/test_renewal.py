"""A session that has lost many conflicts goes over to a fresh PostgreSQL process, and its client does not notice."""

from collections.abc import Callable

import pytest

from sim.conftest import ROLE_ARN, BehindTheScenes, Connect
from support.servers.forms import Client, Form

LOST = 33
"""One more than a backend is kept for."""


@pytest.fixture
def pid(behind: BehindTheScenes) -> Callable[[], int]:
    """The PostgreSQL process of the session that calls itself worn."""

    def found() -> int:
        rows = behind.connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'worn'").fetchall()
        ((number,),) = rows
        return int(number)

    return found


def lose(client: Client, other: Client, times: int) -> None:
    """Lose conflicts after going on privately, and read the own change each time."""
    for number in range(times):
        client.expect("BEGIN", "BEGIN")
        client.expect("SELECT v FROM worn WHERE id = 1", "SELECT 1")
        other.expect(f"UPDATE worn SET v = {number} WHERE id = 1", "UPDATE 1")
        client.expect("UPDATE worn SET v = -1 WHERE id = 1", "UPDATE 1")
        assert client.rows("SELECT v FROM worn") == (("-1",),)
        assert client.run("COMMIT").sqlstate == "40001"


@pytest.fixture
def worn(connect: Connect, schema: str) -> tuple[Client, Client]:
    """Two sessions on different endpoints, in a schema of their own with a table."""
    client, other = connect(0), connect(1)
    for each in (client, other):
        each.expect(f"SET search_path TO {schema}", "SET")
    client.expect("SET application_name TO worn", "SET")
    client.expect("CREATE TABLE worn (id int PRIMARY KEY, v int)", "CREATE TABLE")
    client.expect("INSERT INTO worn VALUES (1, 0)", "INSERT 0 1")
    return client, other


def test_settings_and_prepared_statements_stay(worn: tuple[Client, Client], pid: Callable[[], int]) -> None:
    client, other = worn
    client.expect("SET datestyle TO 'German'", "SET")
    assert client.run("SELECT v + 1 FROM worn", form=Form.PREPARED).value == "1"
    before = pid()
    lose(client, other, LOST)
    assert client.run("SELECT date '2026-11-30'").value == "30.11.2026"
    assert pid() != before
    assert client.run("SELECT v + 1 FROM worn", form=Form.PREPARED).value == str(LOST)
    assert client.run("UPDATE worn SET v = 7").tag == "UPDATE 1"
    assert other.run("SELECT v FROM worn").value == "7"


@pytest.mark.long
def test_what_a_sequence_gave_stays(worn: tuple[Client, Client], pid: Callable[[], int]) -> None:
    client, other = worn
    client.expect("CREATE SEQUENCE tickets CACHE 1", "CREATE SEQUENCE")
    client.expect("SELECT nextval('tickets')", "SELECT 1")
    before = pid()
    lose(client, other, LOST)
    assert client.run("SELECT currval('tickets')").value == "1"
    assert pid() == before


def test_tables_made_and_dropped(connect: Connect, schema: str, pid: Callable[[], int]) -> None:
    client = connect(1)
    client.expect(f"SET search_path TO {schema}", "SET")
    client.expect("SET application_name TO worn", "SET")
    before = pid()
    for number in range(17):
        client.expect(f"CREATE TABLE made{number} (id int PRIMARY KEY)", "CREATE TABLE")
        client.expect(f"INSERT INTO made{number} VALUES (1)", "INSERT 0 1")
        client.expect(f"DROP TABLE made{number}", "DROP TABLE")
    assert client.run("SHOW search_path").value == schema
    assert pid() != before


def test_no_sequence_of_ours_is_the_clients_last_one(connect: Connect, schema: str) -> None:
    """What keeps the order of jobs and the oids of IAM mappings."""
    client = connect(0)
    client.expect(f"CREATE TABLE {schema}.numbered (id int PRIMARY KEY, v int)", "CREATE TABLE")
    client.expect(f"CREATE INDEX ASYNC ON {schema}.numbered (v)", "CREATE INDEX")
    client.expect(f"CREATE ROLE {schema}_reader WITH LOGIN", "CREATE ROLE")
    client.expect(f"AWS IAM GRANT {schema}_reader TO '{ROLE_ARN}'", "AWS IAM GRANT")
    client.expect(f"DROP TABLE {schema}.numbered", "DROP TABLE")
    answer = client.run("SELECT lastval()")
    assert (answer.sqlstate, answer.message) == ("55000", "lastval is not yet defined in this session")
