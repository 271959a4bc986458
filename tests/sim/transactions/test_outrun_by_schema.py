"""A transaction that was set aside holds no locks: others' DDL passes it, and its rows have a shape that is no more.

Whatever the DDL is, and whether the simulator has heard of it yet or not, the answer is OC001, at a statement or at
COMMIT; PostgreSQL's words for rows that do not fit never reach the client.
"""

from collections.abc import Iterator

import pytest

from sim.conftest import BehindTheScenes, Connect
from support.servers.forms import Answer, Client, Form

SCHEMA_CONFLICT = "schema has been updated by another transaction, please retry: (OC001)"
DDL = (
    "ALTER TABLE t ADD COLUMN more int",
    "ALTER TABLE t DROP COLUMN note",
    "ALTER TABLE t RENAME COLUMN v TO w",
    "ALTER TABLE t RENAME COLUMN id TO number",
    "ALTER TABLE t RENAME TO u",
    "DROP TABLE t",
)
"""Changes that Aurora DSQL's dialect has."""
MORE = (
    "ALTER TABLE t ALTER COLUMN v TYPE text",
    "ALTER TABLE t ALTER COLUMN note TYPE int USING 0",
    "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, note text, v int)",
)
"""Those that only PostgreSQL makes in one go."""


class Lab:
    """A has updated row 1 of `t` and was set aside, because B wanted it."""

    def __init__(self, connect: Connect, form: Form, schema: str) -> None:
        self.a, self.b = connect(0, form), connect(1)
        for client in (self.a, self.b):
            client.expect(f"SET search_path TO {schema}", "SET")
        self.b.expect("CREATE TABLE t (id int PRIMARY KEY, v int, note text)", "CREATE TABLE")
        self.b.expect("CREATE TABLE other (id int PRIMARY KEY, v int)", "CREATE TABLE")
        self.b.expect("INSERT INTO t SELECT n, 0, 'a note' FROM generate_series(1, 5) n", "INSERT 0 5")
        self.b.expect("INSERT INTO other VALUES (1, 0)", "INSERT 0 1")
        self.a.expect("BEGIN", "BEGIN")
        self.a.expect("UPDATE t SET v = 7 WHERE id = 1", "UPDATE 1")
        self.a.expect("INSERT INTO t VALUES (10, 1, 'new')", "INSERT 0 1")

    def set_aside(self, *, loses: bool) -> None:
        self.b.expect("BEGIN", "BEGIN")
        self.b.expect("UPDATE t SET v = 8 WHERE id = 1", "UPDATE 1")
        end = "COMMIT" if loses else "ROLLBACK"
        self.b.expect(end, end)


@pytest.fixture(params=list(Form), ids=[form.value for form in Form])
def lab(request: pytest.FixtureRequest, connect: Connect, schema: str) -> Iterator[Lab]:
    lab = Lab(connect, request.param, schema)
    yield lab
    lab.a.run("ROLLBACK")


def is_schema_conflict(answer: Answer) -> bool:
    return answer.sqlstate == "40001" and "(OC001)" in answer.message


def ends_with_schema_conflict(client: Client, *statements: str) -> None:
    """One of the statements, COMMIT at the latest, gives OC001; those before it succeed."""
    for sql in statements:
        answer = client.run(sql)
        if answer.sqlstate is not None:
            assert is_schema_conflict(answer), f"{sql}: {answer}"
            return
    answer = client.run("COMMIT")
    assert is_schema_conflict(answer), answer


@pytest.mark.parametrize("loses", [False, True], ids=["back", "private"])
@pytest.mark.parametrize("ddl", DDL)
def test_others_have_changed_the_table(lab: Lab, ddl: str, loses: bool) -> None:
    """A goes on with a table that nobody has changed."""
    lab.set_aside(loses=loses)
    for command in ddl.split("; "):
        assert lab.b.run(command).sqlstate is None
    ends_with_schema_conflict(lab.a, "UPDATE other SET v = 1", "SELECT v FROM other")
    lab.a.run("ROLLBACK")
    assert lab.b.rows("SELECT v FROM other") == (("0",),)
    lab.a.expect("UPDATE other SET v = 1", "UPDATE 1")


@pytest.mark.parametrize("loses", [False, True], ids=["back", "private"])
@pytest.mark.parametrize("ddl", DDL + MORE)
def test_it_is_told_before_the_simulator_has_heard(
    lab: Lab, behind: BehindTheScenes, schema: str, ddl: str, loses: bool
) -> None:
    """PostgreSQL has committed the DDL, and the simulator has not read its answer yet: here it never will."""
    lab.set_aside(loses=loses)
    with behind.connection.transaction():
        behind.connection.execute(f"SET LOCAL search_path TO {schema}")
        behind.connection.execute(ddl)
    statements = ["UPDATE other SET v = 1", "SELECT v FROM other"]
    for sql in statements:
        answer = lab.a.run(sql)
        if answer.sqlstate is not None:
            assert is_schema_conflict(answer), answer
            return
    # the rows could be done again all the same: a later shape that the images fit
    assert lab.a.run("COMMIT").sqlstate in (None, "40001")


def test_a_commit_that_has_to_do_it_again(lab: Lab, behind: BehindTheScenes, schema: str) -> None:
    lab.set_aside(loses=False)
    behind.connection.execute(f"ALTER TABLE {schema}.t ADD COLUMN more int")
    ends_with_schema_conflict(lab.a)
