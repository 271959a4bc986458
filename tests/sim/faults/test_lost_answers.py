"""The fault `lose-commit-answer`: commits that are done and whose clients never hear of it."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from dsqltui.sim.aws.control_client import ControlClient
from support.servers.raw_client import RawClient, bind, brief, execute, parse, query, sync
from support.servers.simulator import RunningSimulator, running_simulator

Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with running_simulator(tmp_path_factory.mktemp("losing"), "--ephemeral", "--job-delay", "0.01") as running:
        with running.connect() as connection:
            connection.execute("CREATE TABLE t (id int PRIMARY KEY, v int)")
        yield running


@pytest.fixture
def lose(simulator: RunningSimulator) -> Iterator[Callable[[int], None]]:
    """Set the fault; the table is empty."""
    control = ControlClient.from_ready(simulator.ready)
    control.change_faults({"lose-commit-answer": None})
    with simulator.connect() as connection:
        connection.execute("DELETE FROM t")
        connection.execute("INSERT INTO t VALUES (1, 0), (2, 0)")

    def set_to(count: int) -> None:
        control.change_faults({"lose-commit-answer": count})

    yield set_to
    control.change_faults({"lose-commit-answer": None})


def left(simulator: RunningSimulator) -> object:
    return ControlClient.from_ready(simulator.ready).faults()["lose-commit-answer"]


def values(simulator: RunningSimulator) -> list[tuple[int, int]]:
    with simulator.connect(1) as connection:
        return connection.execute("SELECT id, v FROM t ORDER BY id").fetchall()


def is_lost(connection: Connection, sql: str) -> bool:
    """Whether the statement ended with the connection and without an error message of the server."""
    with pytest.raises(psycopg.OperationalError) as lost:
        connection.execute(sql)
    return lost.value.sqlstate is None and connection.broken


@pytest.mark.parametrize("threshold", [None, 0], ids=["simple", "extended"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_commit_is_done_and_its_answer_lost(
    simulator: RunningSimulator, lose: Callable[[int], None], number: int, threshold: int | None
) -> None:
    lose(1)
    with simulator.connect(number, prepare_threshold=threshold) as connection:
        connection.execute("BEGIN")
        connection.execute("UPDATE t SET v = 7 WHERE id = %s", (1,))
        assert is_lost(connection, "COMMIT")
    assert values(simulator) == [(1, 7), (2, 0)]
    assert left(simulator) == 0
    with simulator.connect(number) as connection:
        assert connection.execute("UPDATE t SET v = 8 WHERE id = 1").statusmessage == "UPDATE 1"


@pytest.mark.parametrize("threshold", [None, 0], ids=["simple", "extended"])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE t SET v = 7 WHERE id = 1",
        "UPDATE t SET v = 7 WHERE id = 1 RETURNING id",
        "WITH w AS (UPDATE t SET v = 7 WHERE id = 1 RETURNING id) SELECT * FROM w",
        "EXPLAIN ANALYZE UPDATE t SET v = 7 WHERE id = 1",
    ],
)
def test_in_autocommit_the_statements_answer_is_lost(
    simulator: RunningSimulator, lose: Callable[[int], None], sql: str, threshold: int | None
) -> None:
    lose(1)
    with simulator.connect(prepare_threshold=threshold) as connection:
        assert is_lost(connection, sql)
    assert values(simulator) == [(1, 7), (2, 0)]


def test_reads_flags_and_rollbacks_do_not_count(simulator: RunningSimulator, lose: Callable[[int], None]) -> None:
    lose(1)
    with simulator.connect() as connection:
        connection.execute("SELECT * FROM t")
        connection.execute("SELECT * FROM t FOR UPDATE")
        for statement in ("SELECT * FROM t", "SELECT * FROM t FOR UPDATE", "SELECT 1"):
            for sql in ("BEGIN", statement, "COMMIT"):
                connection.execute(sql)
        for sql in ("BEGIN", "UPDATE t SET v = 9", "ROLLBACK"):
            connection.execute(sql)
        with connection.cursor().copy("COPY (SELECT * FROM t) TO STDOUT") as copy:
            assert len(list(copy)) == 2
    assert left(simulator) == 1
    assert values(simulator) == [(1, 0), (2, 0)]


def test_copy_from_is_a_commit_that_wrote(simulator: RunningSimulator, lose: Callable[[int], None]) -> None:
    lose(1)
    with simulator.connect() as connection:
        with pytest.raises(psycopg.OperationalError) as lost, connection.cursor().copy("COPY t FROM STDIN") as copy:
            copy.write("3\t3\n4\t4\n")
        assert lost.value.sqlstate is None
    assert values(simulator) == [(1, 0), (2, 0), (3, 3), (4, 4)]


def test_so_many_commits_and_then_it_is_off(simulator: RunningSimulator, lose: Callable[[int], None]) -> None:
    lose(2)
    for value in (1, 2):
        with simulator.connect() as connection:
            assert is_lost(connection, f"UPDATE t SET v = {value} WHERE id = 1")
        assert values(simulator)[0] == (1, value)
    with simulator.connect() as connection:
        assert connection.execute("UPDATE t SET v = 3 WHERE id = 1").statusmessage == "UPDATE 1"


def test_a_commit_that_loses_a_conflict_does_not_count(
    simulator: RunningSimulator, lose: Callable[[int], None]
) -> None:
    with simulator.connect() as one, simulator.connect(1) as other:
        one.execute("BEGIN")
        one.execute("UPDATE t SET v = 1 WHERE id = 1")
        other.execute("UPDATE t SET v = 2 WHERE id = 1")
        lose(1)
        with pytest.raises(psycopg.errors.SerializationFailure):
            one.execute("COMMIT")
    assert left(simulator) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE made (id int)",
        "CREATE INDEX ASYNC made_index ON t (v)",
        "BEGIN; CREATE TABLE made (id int); COMMIT",
    ],
)
def test_ddl_is_a_commit_that_wrote(simulator: RunningSimulator, lose: Callable[[int], None], sql: str) -> None:
    lose(1)
    with simulator.connect() as connection:
        assert is_lost(connection, sql)
    with simulator.connect() as connection:
        assert connection.execute("SELECT relname FROM pg_class WHERE relname LIKE 'made%'").fetchall()
        connection.execute("DROP TABLE IF EXISTS made")
        connection.execute("DROP INDEX IF EXISTS made_index")


# --- the bytes ----------------------------------------------------------------------------------------------------------

UPDATE = "UPDATE t SET v = 7 WHERE id = 1"


@pytest.mark.parametrize(
    ("sent", "came"),
    [
        (query(UPDATE), ""),
        (query(f"SELECT 1; {UPDATE}"), "T D C:SELECT 1"),
        (query(f"{UPDATE}; SELECT 1"), "C:UPDATE 1 T D"),
        (query(f"BEGIN; {UPDATE}; COMMIT; SELECT 1"), "C:BEGIN C:UPDATE 1"),
        (parse(UPDATE) + bind() + execute() + sync(), "1 2"),
        (parse("BEGIN") + bind() + execute() + parse(UPDATE) + bind() + execute() + parse("COMMIT") + bind() + execute()
         + sync(), "1 2 C:BEGIN 1 2 C:UPDATE 1 1 2"),
    ],
    ids=["simple", "implicit", "implicit, the last reads", "explicit in one string", "extended", "a pipeline"],
)  # fmt: skip
def test_what_comes_before_the_end(
    simulator: RunningSimulator, lose: Callable[[int], None], sent: bytes, came: str
) -> None:
    lose(1)
    with RawClient.logged_in(simulator.parameters()) as client:
        client.send(sent)
        messages = client.until_closed()
    assert f"{came} ".startswith(brief(messages)), "the end of what was sent may be lost with it"
    assert not any(kind in "EZ" for kind, _ in messages)
    assert values(simulator)[0] == (1, 7)


# --- how it is set ------------------------------------------------------------------------------------------------------


def test_faults_are_taken_from_the_environment(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSQLTUI_SIM_FAULTS", "lose-commit-answer=3 unreachable=us-east-1,us-east-2")
    with running_simulator(tmp_path, "--ephemeral") as started:
        faults = ControlClient.from_ready(started.ready).faults()
    assert faults["lose-commit-answer"] == 3
    assert faults["unreachable"] == ["us-east-1", "us-east-2"]
