"""psycopg: a transfer that is tried again when it loses, against a simulator of Aurora DSQL."""

from collections.abc import Callable

import psycopg
import pytest
from psycopg.errors import SerializationFailure

from dsqltui.testing import Dsql


@pytest.fixture(scope="session", autouse=True)
def schema(dsql: Dsql) -> None:
    with dsql.connect(autocommit=True) as connection:
        connection.execute("create table accounts (id int primary key, cents bigint not null)")
        connection.execute("insert into accounts values (1, 100), (2, 0)")


def transfer(connection: psycopg.Connection, cents: int, meanwhile: Callable[[], object] = lambda: None) -> int:
    """Move money from account 1 to 2; how many attempts it took."""
    for attempt in range(1, 6):
        try:
            with connection.transaction():
                connection.execute("update accounts set cents = cents - %s where id = 1", (cents,))
                connection.execute("update accounts set cents = cents + %s where id = 2", (cents,))
                if attempt == 1:
                    meanwhile()
        except SerializationFailure:
            continue
        return attempt
    raise TimeoutError("the transfer lost five times")


def test_the_other_region_was_quicker(dsql: Dsql) -> None:
    here, there = dsql.connect(0), dsql.connect(1)
    assert transfer(here, 10, meanwhile=lambda: transfer(there, 5)) == 2
    assert there.execute("select cents from accounts order by id").fetchall() == [(85,), (15,)]


def test_every_test_begins_with_the_fixtures_data(dsql: Dsql) -> None:
    assert dsql.connect().execute("select sum(cents) from accounts where id = 1").fetchone() == (100,)


@pytest.mark.dsql(conflict_every=2)
def test_every_second_commit_loses(dsql: Dsql) -> None:
    connection = dsql.connect()
    assert [transfer(connection, 1) for _ in range(3)] == [1, 2, 2]


def test_whether_it_was_committed_is_not_known(dsql: Dsql) -> None:
    connection = dsql.connect()
    with dsql.faults(lose_commit_answer=1), pytest.raises(psycopg.OperationalError):
        transfer(connection, 1)
    assert dsql.connect().execute("select cents from accounts where id = 2").fetchone() == (1,)
