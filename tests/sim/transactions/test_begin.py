"""BEGIN is answered before PostgreSQL has taken the snapshot; the snapshot is of BEGIN all the same (dsql facts 11.1)."""

import pytest

from sim.conftest import Connect
from support.servers.forms import Client, Form

TIMES = 60


@pytest.fixture
def pair(connect: Connect, schema: str) -> tuple[Client, Client]:
    a, b = connect(0), connect(1)
    for client in (a, b):
        client.expect(f"SET search_path TO {schema}", "SET")
    a.expect("CREATE TABLE counts (id int PRIMARY KEY, n int)", "CREATE TABLE")
    a.expect("INSERT INTO counts VALUES (1, 0), (2, 0)", "INSERT 0 2")
    return a, b


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("is_explicit", [False, True])
def test_who_commits_after_begin_is_not_seen(pair: tuple[Client, Client], form: Form, is_explicit: bool) -> None:
    a, b = pair
    for number in range(TIMES):
        assert a.run("BEGIN", form=form).tag == "BEGIN"
        statements = ["UPDATE counts SET n = n + 1 WHERE id = 1"]
        for sql in ["BEGIN", *statements, "COMMIT"] if is_explicit else statements:
            assert b.run(sql, form=form).sqlstate is None
        assert a.run("SELECT n FROM counts WHERE id = 1", form=form).rows == ((str(number),),)
        assert a.run("COMMIT", form=form).tag == "COMMIT"


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_a_transaction_of_nothing(pair: tuple[Client, Client], end: str) -> None:
    a, b = pair
    for _ in range(TIMES):
        a.expect("BEGIN", "BEGIN")
        a.expect(end, end)
    assert (a.status, b.rows("SELECT n FROM counts WHERE id = 1")) == ("IDLE", (("0",),))


def test_ddl_of_others_right_after_begin(pair: tuple[Client, Client]) -> None:
    a, b = pair
    a.expect("BEGIN", "BEGIN")
    b.expect("ALTER TABLE counts ADD COLUMN more int", "ALTER TABLE")
    answer = a.run("UPDATE counts SET n = 7 WHERE id = 1")
    assert answer.sqlstate == "40001"
    assert "(OC001)" in answer.message


def test_read_only_is_known_at_the_first_statement(pair: tuple[Client, Client]) -> None:
    a, _ = pair
    a.expect("BEGIN READ ONLY", "BEGIN")
    assert a.run("UPDATE counts SET n = 7 WHERE id = 1").sqlstate == "25006"
    a.expect("ROLLBACK", "ROLLBACK")
