"""Martin Kleppmann's Hermitage schedules, with the outcomes published for Aurora DSQL: snapshot isolation, first
committer wins at COMMIT. T1 runs on endpoint A, T2 on B, T3 on A.

Source of the schedules: github.com/ept/hermitage; of the outcomes: github.com/marcbrooker/hermitage, dsql.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from sim.conftest import Connect
from support.servers.forms import Client, Form

CONFLICT = "40001"

Step = tuple[int, str, str]
"""(transaction, SQL, expected): a command tag, an SQLSTATE, or rows as "id=value ..."."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One anomaly: what is tried and what comes of it."""

    name: str
    steps: Sequence[Step]
    final: str
    """The table afterwards, as "id=value ..."."""


ALL = "SELECT id, value FROM test ORDER BY id"

SCHEDULES = (
    Schedule(
        "G0 dirty writes",
        (
            (1, "UPDATE test SET value = 11 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE test SET value = 12 WHERE id = 1", "UPDATE 1"),
            (1, "UPDATE test SET value = 21 WHERE id = 2", "UPDATE 1"),
            (1, "COMMIT", "COMMIT"),
            (3, ALL, "1=10 2=20"),
            (2, "UPDATE test SET value = 22 WHERE id = 2", "UPDATE 1"),
            (2, "COMMIT", CONFLICT),
        ),
        "1=11 2=21",
    ),
    Schedule(
        "G1a aborted reads",
        (
            (1, "UPDATE test SET value = 101 WHERE id = 1", "UPDATE 1"),
            (2, ALL, "1=10 2=20"),
            (1, "ROLLBACK", "ROLLBACK"),
            (2, ALL, "1=10 2=20"),
            (2, "COMMIT", "COMMIT"),
        ),
        "1=10 2=20",
    ),
    Schedule(
        "G1b intermediate reads",
        (
            (1, "UPDATE test SET value = 101 WHERE id = 1", "UPDATE 1"),
            (2, ALL, "1=10 2=20"),
            (1, "UPDATE test SET value = 11 WHERE id = 1", "UPDATE 1"),
            (1, "COMMIT", "COMMIT"),
            (2, ALL, "1=10 2=20"),
            (2, "COMMIT", "COMMIT"),
        ),
        "1=11 2=20",
    ),
    Schedule(
        "G1c circular information flow",
        (
            (1, "UPDATE test SET value = 11 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE test SET value = 22 WHERE id = 2", "UPDATE 1"),
            (1, "SELECT id, value FROM test WHERE id = 2", "2=20"),
            (2, "SELECT id, value FROM test WHERE id = 1", "1=10"),
            (1, "COMMIT", "COMMIT"),
            (2, "COMMIT", "COMMIT"),
        ),
        "1=11 2=22",
    ),
    Schedule(
        "OTV observed transaction vanishes",
        (
            (1, "UPDATE test SET value = 11 WHERE id = 1", "UPDATE 1"),
            (1, "UPDATE test SET value = 19 WHERE id = 2", "UPDATE 1"),
            (2, "UPDATE test SET value = 12 WHERE id = 1", "UPDATE 1"),
            (1, "COMMIT", "COMMIT"),
            (3, "SELECT id, value FROM test WHERE id = 1", "1=10"),
            (2, "UPDATE test SET value = 18 WHERE id = 2", "UPDATE 1"),
            (3, "SELECT id, value FROM test WHERE id = 2", "2=20"),
            (2, "COMMIT", CONFLICT),
            (3, ALL, "1=10 2=20"),
            (3, "COMMIT", "COMMIT"),
        ),
        "1=11 2=19",
    ),
    Schedule(
        "PMP predicate-many-preceders, read",
        (
            (1, "SELECT id, value FROM test WHERE value = 30", ""),
            (2, "INSERT INTO test VALUES (3, 30)", "INSERT 0 1"),
            (2, "COMMIT", "COMMIT"),
            (1, "SELECT id, value FROM test WHERE value % 3 = 0", ""),
            (1, "COMMIT", "COMMIT"),
        ),
        "1=10 2=20 3=30",
    ),
    Schedule(
        "PMP predicate-many-preceders, write",
        (
            (1, "UPDATE test SET value = value + 10", "UPDATE 2"),
            (2, "DELETE FROM test WHERE value = 20", "DELETE 1"),
            (1, "COMMIT", "COMMIT"),
            (2, "COMMIT", CONFLICT),
        ),
        "1=20 2=30",
    ),
    Schedule(
        "P4 lost update",
        (
            (1, "SELECT id, value FROM test WHERE id = 1", "1=10"),
            (2, "SELECT id, value FROM test WHERE id = 1", "1=10"),
            (1, "UPDATE test SET value = 11 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE test SET value = 11 WHERE id = 1", "UPDATE 1"),
            (1, "COMMIT", "COMMIT"),
            (2, "COMMIT", CONFLICT),
        ),
        "1=11 2=20",
    ),
    Schedule(
        "G-single read skew",
        (
            (1, "SELECT id, value FROM test WHERE id = 1", "1=10"),
            (2, ALL, "1=10 2=20"),
            (2, "UPDATE test SET value = 12 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE test SET value = 18 WHERE id = 2", "UPDATE 1"),
            (2, "COMMIT", "COMMIT"),
            (1, "SELECT id, value FROM test WHERE id = 2", "2=20"),
            (1, "COMMIT", "COMMIT"),
        ),
        "1=12 2=18",
    ),
    Schedule(
        "G-single read skew with predicate dependencies",
        (
            (1, "SELECT id, value FROM test WHERE value % 5 = 0 ORDER BY id", "1=10 2=20"),
            (2, "UPDATE test SET value = 12 WHERE value = 10", "UPDATE 1"),
            (2, "COMMIT", "COMMIT"),
            (1, "SELECT id, value FROM test WHERE value % 3 = 0", ""),
            (1, "COMMIT", "COMMIT"),
        ),
        "1=12 2=20",
    ),
    Schedule(
        "G-single read skew with a write predicate",
        (
            (1, "SELECT id, value FROM test WHERE id = 1", "1=10"),
            (2, ALL, "1=10 2=20"),
            (2, "UPDATE test SET value = 12 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE test SET value = 18 WHERE id = 2", "UPDATE 1"),
            (2, "COMMIT", "COMMIT"),
            (1, "DELETE FROM test WHERE value = 20", "DELETE 1"),
            (1, "COMMIT", CONFLICT),
        ),
        "1=12 2=18",
    ),
    Schedule(
        "G-single read skew, the writer in between rolls back",
        (
            (1, "SELECT id, value FROM test WHERE id = 1", "1=10"),
            (2, "UPDATE test SET value = 12 WHERE id = 1", "UPDATE 1"),
            (1, "DELETE FROM test WHERE value = 20", "DELETE 1"),
            (2, "UPDATE test SET value = 18 WHERE id = 2", "UPDATE 1"),
            (1, "ROLLBACK", "ROLLBACK"),
            (2, "COMMIT", "COMMIT"),
        ),
        "1=12 2=18",
    ),
    Schedule(
        "G2-item write skew is possible",
        (
            (1, ALL, "1=10 2=20"),
            (2, ALL, "1=10 2=20"),
            (1, "UPDATE test SET value = 11 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE test SET value = 21 WHERE id = 2", "UPDATE 1"),
            (1, "COMMIT", "COMMIT"),
            (2, "COMMIT", "COMMIT"),
        ),
        "1=11 2=21",
    ),
    Schedule(
        "G2-item write skew is prevented by FOR UPDATE",
        (
            (1, f"{ALL} FOR UPDATE", "1=10 2=20"),
            (2, f"{ALL} FOR UPDATE", "1=10 2=20"),
            (1, "UPDATE test SET value = 11 WHERE id = 1", "UPDATE 1"),
            (2, "UPDATE test SET value = 21 WHERE id = 2", "UPDATE 1"),
            (1, "COMMIT", "COMMIT"),
            (2, "COMMIT", CONFLICT),
        ),
        "1=11 2=20",
    ),
    Schedule(
        "G2 anti-dependency cycle is possible",
        (
            (1, "SELECT id, value FROM test WHERE value % 3 = 0", ""),
            (2, "SELECT id, value FROM test WHERE value % 3 = 0", ""),
            (1, "INSERT INTO test VALUES (3, 30)", "INSERT 0 1"),
            (2, "INSERT INTO test VALUES (4, 42)", "INSERT 0 1"),
            (1, "COMMIT", "COMMIT"),
            (2, "COMMIT", "COMMIT"),
        ),
        "1=10 2=20 3=30 4=42",
    ),
    Schedule(
        "G2 anti-dependency cycle with two edges is possible",
        (
            (1, ALL, "1=10 2=20"),
            (2, "UPDATE test SET value = value + 5 WHERE id = 2", "UPDATE 1"),
            (2, "COMMIT", "COMMIT"),
            (3, ALL, "1=10 2=20"),
            (3, "COMMIT", "COMMIT"),
            (1, "UPDATE test SET value = 0 WHERE id = 1", "UPDATE 1"),
            (1, "COMMIT", "COMMIT"),
        ),
        "1=0 2=25",
    ),
)


def shown(client: Client, sql: str) -> str:
    """Run a step; its outcome in the form in which the schedule has it."""
    answer = client.run(sql)
    if answer.sqlstate is not None or not sql.startswith("SELECT"):
        return answer.says
    return " ".join(f"{key}={value}" for key, value in answer.rows)


@pytest.mark.parametrize("form", list(Form), ids=lambda form: form.value)
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
def test_schedule(connect: Connect, schema: str, schedule: Schedule, form: Form) -> None:
    clients = {number: connect((number + 1) % 2, form) for number in (1, 2, 3)}
    for client in clients.values():
        client.expect(f"SET search_path TO {schema}", "SET")
    clients[1].expect("CREATE TABLE test (id int PRIMARY KEY, value int)", "CREATE TABLE")
    clients[1].expect("INSERT INTO test VALUES (1, 10), (2, 20)", "INSERT 0 2")
    for client in clients.values():
        client.expect("BEGIN", "BEGIN")
    for number, (transaction, sql, expected) in enumerate(schedule.steps):
        assert shown(clients[transaction], sql) == expected, f"step {number + 1}: T{transaction} {sql}"
    for client in clients.values():
        client.run("ROLLBACK")
        assert shown(client, ALL) == schedule.final
