"""One session's PostgreSQL process stands still: what others are told does not depend on it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sim.conftest import BehindTheScenes, Connect
from support.servers.forms import Client, Form

TIMES = 20


@pytest.fixture
def three(connect: Connect, schema: str) -> tuple[Client, Client, Client]:
    a, b, c = connect(0), connect(1), connect(0)
    for client in (a, b, c):
        client.expect(f"SET search_path TO {schema}", "SET")
    a.expect("CREATE TABLE counts (id int PRIMARY KEY, n int)", "CREATE TABLE")
    a.expect("INSERT INTO counts VALUES (1, 0), (2, 0)", "INSERT 0 2")
    for client in (b, c):
        client.rows("SELECT count(*) FROM counts")
    return a, b, c


@contextmanager
def standing_still(client: Client, behind: BehindTheScenes, schema: str) -> Iterator[None]:
    client.rows(f"SELECT n AS it_{schema} FROM counts")
    row = behind.connection.execute(
        "SELECT pid FROM pg_stat_activity WHERE strpos(query, %s) > 0 AND pid <> pg_backend_pid()", (f"it_{schema}",)
    ).fetchone()
    assert row is not None
    os.kill(row[0], signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(row[0], signal.SIGCONT)


@pytest.mark.parametrize("form", Form)
def test_who_has_heard_of_a_commit_does_not_lose_by_it(
    three: tuple[Client, Client, Client], behind: BehindTheScenes, schema: str, form: Form
) -> None:
    """Though an earlier COMMIT, of another row, has not been answered yet."""
    a, b, c = three
    a.expect("BEGIN", "BEGIN")
    a.expect("UPDATE counts SET n = 7 WHERE id = 2", "UPDATE 1")
    with standing_still(a, behind, schema):
        a.start("COMMIT")
        for _ in range(TIMES):
            for client in (b, c):
                for sql in ("BEGIN", "UPDATE counts SET n = n + 1 WHERE id = 1", "COMMIT"):
                    assert client.run(sql, form=form).sqlstate is None
    assert a.finish().tag == "COMMIT"
    assert a.rows("SELECT n FROM counts ORDER BY id") == ((str(2 * TIMES),), ("7",))


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize(
    "change", ["DROP TABLE counts", "ALTER TABLE counts RENAME TO others", "ALTER TABLE counts RENAME n TO m"]
)
def test_a_statement_that_a_change_overtakes_on_its_way_is_told_of_it(
    three: tuple[Client, Client, Client], behind: BehindTheScenes, schema: str, change: str, form: Form
) -> None:
    """It was checked when the table was still there."""
    a, b, _ = three
    select = "SELECT n FROM counts WHERE id = 1"
    assert a.run(select, form=form).rows == (("0",),)
    with standing_still(a, behind, schema):
        a.start(select, form=form)
        assert b.run(change).sqlstate is None
    answer = a.finish()
    assert answer.sqlstate == "40001"
    assert "(OC001)" in answer.message
