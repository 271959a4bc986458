"""COMMIT was sent and its answer is lost: every way without a screen says that nobody knows, and what to do."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsqltui.sim.aws.control_client import ControlClient
from dsqltui.sim.faults.faults import parse_changes
from support.headless import Headless
from support.servers.simulator import RunningSimulator, running_simulator

UNKNOWN = "the transaction may or may not have been committed"
UNKNOWN_STATEMENT = "it may or may not have been done"
LOOK = "look for what it wrote before you repeat it"
ROLLED_BACK = "rolled back"


class Lab:
    """A simulator whose next COMMIT loses its answer, and `dsqltui` on it."""

    def __init__(self, simulator: RunningSimulator, headless: Headless) -> None:
        self.simulator, self.headless = simulator, headless

    def fault(self, *changes: str) -> None:
        ControlClient.from_ready(self.simulator.ready).change_faults(parse_changes(changes))

    def rows(self) -> int:
        with self.simulator.connect() as connection:
            row = connection.execute("SELECT count(*) FROM lost").fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture(scope="module")
def losing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with running_simulator(tmp_path_factory.mktemp("losing"), "--ephemeral", "--no-idle-oc001") as simulator:
        with simulator.connect() as connection:
            connection.execute("CREATE TABLE lost (id int PRIMARY KEY)")
        yield simulator


@pytest.fixture
def lab(losing: RunningSimulator, tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(losing, Headless(losing, tmp_path))
    with losing.connect() as connection:
        connection.execute("DELETE FROM lost")
    yield lab
    lab.fault("lose-commit-answer=default", "commit-latency=default")


INSERT = "insert into lost values (1)"
BY_EXEC = {
    "exec with BEGIN": (("-c", "begin", "-c", INSERT, "-c", "commit"), UNKNOWN),
    "exec with a script": (("-c", f"begin; {INSERT}; commit;"), UNKNOWN),
    "exec -1": (("-1", "-c", INSERT), UNKNOWN),
    "exec -1 --retry": (("-1", "--retry", "3", "-c", INSERT), UNKNOWN),
    "exec --retry": (("--retry", "3", "-c", f"begin; {INSERT}; commit;"), UNKNOWN),
    "exec in autocommit": (("-c", INSERT), UNKNOWN_STATEMENT),
    "exec with AUTOCOMMIT off": (("-v", "AUTOCOMMIT=off", "-c", f"{INSERT}; commit;"), UNKNOWN),
}


@pytest.mark.parametrize("way", BY_EXEC)
def test_exec(lab: Lab, way: str) -> None:
    arguments, said = BY_EXEC[way]
    lab.fault("lose-commit-answer=1")
    done = lab.headless.exec(*arguments)
    assert said in done.err
    assert LOOK in done.err
    assert ROLLED_BACK not in done.err
    assert done.code == 3
    assert lab.rows() == 1, "it was committed, and not run again"


def test_plain(lab: Lab) -> None:
    lab.fault("lose-commit-answer=1")
    done = lab.headless.run("--plain", "--local", stdin=f"begin;\n{INSERT};\ncommit;\n")
    assert f"A> COMMIT was sent, and nobody said how it ended: {UNKNOWN}" in done.out
    assert ROLLED_BACK not in done.out
    assert (done.code, lab.rows()) == (3, 1)


@pytest.mark.parametrize(
    ("batch", "said", "rows"),
    [
        ("", "whether the rows are in is not known: count them", 5),
        (" batch 2", "whether rows 1 to 2 are in is not known", 2),
    ],
)
def test_copy(lab: Lab, batch: str, said: str, rows: int) -> None:
    (lab.headless.folder / "five.csv").write_text("".join(f"{n}\n" for n in range(1, 6)))
    lab.fault("lose-commit-answer=1")
    done = lab.headless.exec("-c", rf"\copy lost from 'five.csv' csv{batch}")
    assert said in done.err.lower()
    assert "no row is in" not in done.err.lower()
    assert (done.code, lab.rows()) == (3, rows)


def test_copy_within_a_transaction_that_is_lost_is_known_to_be_rolled_back(lab: Lab) -> None:
    done = lab.headless.exec("-c", "begin", "-c", r"\copy lost from program 'x'")
    assert "still open at the end and was rolled back" in done.err
    assert done.code == 1


def test_ctrl_c_of_exec_at_commit(lab: Lab) -> None:
    """The signal can come a moment before COMMIT is sent: then that is said, and it is true."""
    lab.fault("commit-latency=20")
    for _ in range(10):
        with lab.headless.start("exec", "--local", "-c", f"begin; {INSERT}; commit;") as process:
            assert process.stderr is not None
            said = ""
            while "INSERT 0 1" not in said:
                said += process.stderr.readline()
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate(timeout=60)
        said += rest
        assert process.returncode == 130
        if "COMMIT was sent" in said:
            break
        assert "interrupted. The open transaction is rolled back." in said
    assert "dsqltui: interrupted. COMMIT was sent" in said
    assert UNKNOWN in said
    assert ROLLED_BACK not in said


def test_ctrl_c_of_exec_before_commit(lab: Lab) -> None:
    with lab.headless.start("exec", "--local", "-c", f"begin; {INSERT}; select pg_sleep(30);") as process:
        assert process.stderr is not None
        said = ""
        while "INSERT 0 1" not in said:
            said += process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=60)
    assert "interrupted. The open transaction is rolled back." in said + rest
    assert lab.rows() == 0


def test_plain_is_dropped_at_commit(lab: Lab) -> None:
    """Ctrl+C twice while COMMIT is on its way."""
    lab.fault("commit-latency=20")
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dsqltui", "--plain", "--local"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**lab.headless.environment, "TERM": "dumb"},
        start_new_session=True,
        cwd=lab.headless.folder,
    )
    os.close(terminal)
    seen = b""

    def see(words: bytes) -> None:
        nonlocal seen
        while words not in seen:
            seen += os.read(controller, 65536)

    see(b"A=> ")
    os.write(controller, f"begin; {INSERT}; commit;\n".encode())
    see(b"A> INSERT 0 1")
    process.send_signal(signal.SIGINT)
    see(b"again drops the connection")
    process.send_signal(signal.SIGINT)
    see(UNKNOWN.encode())
    see(b"A?> ")
    os.write(controller, b"\\q\n")
    assert process.wait(60) == 0
    os.close(controller)
    assert b"rolled back" not in seen


def test_an_internal_error_at_commit_leaves_it_open(lab: Lab) -> None:
    """XX000 `server unavailable`: the session survives, the outcome of a COMMIT in flight is uncertain."""
    lab.fault("server-unavailable=1")
    done = lab.headless.exec("-c", INSERT)
    assert "XX000" in done.err
    assert UNKNOWN_STATEMENT in done.err
    lab.fault("server-unavailable=default")


async def test_labs(lab: Lab) -> None:
    from dsqltui.client.engine import Engine
    from dsqltui.client.roles import BotoRoles
    from dsqltui.core.answers.fate import Fate
    from dsqltui.core.journal.journal import Journal
    from dsqltui.core.results.outcome import Lost
    from dsqltui.labs.panes import HeadlessPanes
    from dsqltui.launch.lab_host import SwitchedSessions
    from dsqltui.launch.simulator_process import SimulatorAccess
    from dsqltui.launch.target import on_simulator
    from dsqltui.runner.statements.statement_runner import plain_runner

    target = on_simulator(SimulatorAccess.from_ready(lab.simulator.ready))
    lab.fault("lose-commit-answer=1")
    with Engine() as engine:
        roles = BotoRoles(engine, target.endpoints, target.tokens, target.user)
        journal = Journal()
        panes = HeadlessPanes(
            SwitchedSessions(roles, dict(zip("AB", target.endpoints, strict=True))), journal, plain_runner
        )
        await panes.connect("A")
        outcome = await panes.run("A", f"begin; {INSERT}; commit;")
        await panes.close()
    assert isinstance(outcome, Lost)
    assert [entry.fate for entry in journal if entry.sql == "commit"] == [Fate.UNKNOWN]
    assert lab.rows() == 1
