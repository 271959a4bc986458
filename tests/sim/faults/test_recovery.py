"""PostgreSQL is killed under its clients: each is told, nothing acknowledged is lost, and the simulator goes on."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psycopg
import pytest

from sim.conftest import Connect, behind_the_scenes
from support.servers.forms import Answer, Client, Form
from support.servers.simulator import RunningSimulator, running_simulator

WRITERS = 6
FORMS = tuple(Form)
DEADLINE_S = 30.0
LOST = "no SQLSTATE"
"""What libpq's own error carries: no server said it."""


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """A simulator whose PostgreSQL may be killed."""
    with running_simulator(tmp_path_factory.mktemp("mortal"), "--job-delay", "0.3", "--no-idle-oc001") as simulator:
        yield simulator


def kill_postgres(simulator: RunningSimulator) -> None:
    with behind_the_scenes(simulator) as behind:
        row = behind.connection.execute("SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)").fetchone()
    assert row is not None
    os.kill(int(row[0]), signal.SIGKILL)


@pytest.fixture
def connect(mortal: RunningSimulator) -> Iterator[Connect]:
    """Open a session as soon as there can be one; all are closed after the test."""
    opened: list[Client] = []

    def open_session(number: int = 0, form: Form = Form.SIMPLE) -> Client:
        ends = time.monotonic() + DEADLINE_S
        while True:
            try:
                client = Client(mortal.connect(number), form)
            except psycopg.OperationalError:
                assert time.monotonic() < ends, "nobody is let in again"
            else:
                opened.append(client)
                return client

    yield open_session
    for client in opened:
        client.close()


def ask(client: Client, sql: str) -> Answer:
    """The answer; libpq's own error when the connection is lost while it waits or sends."""
    try:
        return client.run(sql)
    except psycopg.OperationalError as error:
        return Answer(sqlstate=LOST, message=str(error))


@dataclass
class Writer:
    """Inserts (number, 0), (number, 1), ... until the connection is lost."""

    number: int
    client: Client
    acknowledged: int = 0
    has_begun: threading.Event = field(default_factory=threading.Event)

    def run(self) -> Answer:
        """The answer that ended it."""
        while True:
            insert = f"INSERT INTO journal VALUES ({self.number}, {self.acknowledged})"
            steps = ("BEGIN", insert, "COMMIT") if self.number % 2 else (insert,)
            for sql in steps:
                answer = ask(self.client, sql)
                if answer.sqlstate is not None:
                    return answer
            self.acknowledged += 1
            if self.acknowledged == 3:
                self.has_begun.set()


def test_killed_under_eight_clients(mortal: RunningSimulator, connect: Connect) -> None:
    connect().expect("CREATE TABLE journal (writer int, number int, PRIMARY KEY (writer, number))", "CREATE TABLE")
    clients = [connect(number % 2, FORMS[number % 3]) for number in range(WRITERS + 2)]
    *others, sleeping, idle = clients
    writers = [Writer(number, client) for number, client in enumerate(others)]
    idle.expect("BEGIN", "BEGIN")
    idle.expect("INSERT INTO journal VALUES (-1, 0)", "INSERT 0 1")
    with ThreadPoolExecutor(len(clients)) as pool:
        ended = [pool.submit(writer.run) for writer in writers]
        ended.append(pool.submit(ask, sleeping, "SELECT pg_sleep(600)"))
        for writer in writers:
            assert writer.has_begun.wait(DEADLINE_S)
        kill_postgres(mortal)
        answers = [future.result(DEADLINE_S) for future in ended]
    answers.append(ask(idle, "COMMIT"))
    for answer in answers:
        assert answer.sqlstate == LOST, answer
    assert {client.status for client in clients} == {"UNKNOWN"}

    first, second = connect(0), connect(1)
    found: dict[int, set[int]] = {number: set() for number in range(WRITERS)}
    for number, count in second.rows("SELECT writer, number FROM journal"):
        found[int(number or "")].add(int(count or ""))  # KeyError: what nobody committed is there
    for writer in writers:
        kept = set(range(writer.acknowledged))
        assert found[writer.number] in (kept, kept | {writer.acknowledged})  # the last one's answer may have got lost
    for client in (first, second):
        client.expect("BEGIN", "BEGIN")
        client.expect("DELETE FROM journal WHERE (writer, number) = (0, 0)", "DELETE 1")
    second.expect("COMMIT", "COMMIT")
    first.expect("COMMIT", "40001")


def test_a_job_is_taken_up_again(mortal: RunningSimulator, connect: Connect) -> None:
    client = connect()
    client.expect("CREATE TABLE indexed (id int PRIMARY KEY, n int)", "CREATE TABLE")
    job = client.run("CREATE INDEX ASYNC indexed_n ON indexed (n)").value
    kill_postgres(mortal)
    client = connect()
    assert client.rows(f"CALL sys.wait_for_job('{job}')") == (("t",),)
    assert client.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'indexed_n'::regclass") == (("t",),)


def test_killed_again_and_again(mortal: RunningSimulator, connect: Connect) -> None:
    connect().expect("CREATE TABLE kept (id int PRIMARY KEY)", "CREATE TABLE")
    for number in range(4):
        connect(number % 2).expect(f"INSERT INTO kept VALUES ({number})", "INSERT 0 1")
        kill_postgres(mortal)
    assert connect().run("SELECT count(*) FROM kept").value == "4"
