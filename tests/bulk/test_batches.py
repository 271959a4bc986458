r"""`\batch` on a real simulator: conflicts, lost answers, kill -9 in the middle; an UPDATE that counts is done once."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulk.test_loads import LoadLab
from support.headless import Headless
from support.servers.simulator import RunningSimulator, running_simulator

ROWS = 2_000


@pytest.fixture(scope="module")
def batch_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with running_simulator(tmp_path_factory.mktemp("batches"), "--ephemeral", "--no-idle-oc001") as simulator:
        with simulator.connect() as connection:
            connection.execute('CREATE TABLE work (a int, "B c" text, n int, g int, PRIMARY KEY (a, "B c"))')
            connection.execute("CREATE TABLE parents (id int PRIMARY KEY)")
            connection.execute("CREATE TABLE children (id int PRIMARY KEY, p int REFERENCES parents)")
            connection.execute("CREATE TABLE keyless (id int)")
        yield simulator


@pytest.fixture
def lab(batch_simulator: RunningSimulator, tmp_path: Path) -> Iterator[LoadLab]:
    lab = LoadLab(batch_simulator, Headless(batch_simulator, tmp_path))
    lab.sql("delete from work")
    lab.sql(f"insert into work select i, 'k' || i, 0, i % 2 from generate_series(1, {ROWS}) i")
    yield lab
    lab.close()
    lab.fault("conflict-every=default", "lose-commit-answer=default", "commit-latency=default")


def batch(lab: LoadLab, command: str) -> tuple[int, str]:
    done = lab.headless.exec("-c", rf"\batch {command}")
    return done.code, done.err


def test_update_with_conflicts_and_lost_answers_counts_each_row_once(lab: LoadLab) -> None:
    lab.fault("conflict-every=3", "lose-commit-answer=3")
    code, said = batch(lab, "100 parallel 3 update work as w set n = n + 1 where w.g = 1")
    assert code == 0, said
    assert f"{ROWS // 2:,} rows updated in 10 transactions." in said
    assert "transactions without an answer, looked for by their rows" in said
    assert lab.sql("select g, min(n), max(n), count(*) from work group by g order by g") == [
        (0, 0, 0, ROWS // 2),
        (1, 1, 1, ROWS // 2),
    ]


def test_update_killed_and_resumed_counts_each_row_once(lab: LoadLab) -> None:
    lab.fault("conflict-every=4", "commit-latency=0.02")
    command = "50 parallel 3 update work set n = n + 1"
    for words, wanted in (("", 200), (" resume", 900)):
        text = command.replace("3 update", f"3{words} update")
        with lab.headless.start("exec", "--local", "-c", rf"\batch {text}") as process:
            deadline = time.monotonic() + 60
            while int(str(lab.sql("select count(*) from work where n > 0")[0][0])) < wanted:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
            process.send_signal(signal.SIGKILL)
            process.wait(60)
    code, said = batch(lab, command)
    assert code == 1
    assert "An earlier run of this work was cut off with" in said
    lab.fault("commit-latency=default")
    code, said = batch(lab, command.replace("3 update", "3 resume update"))
    assert code == 0, said
    assert f"UPDATE {ROWS}" in said
    assert lab.sql("select min(n), max(n), count(*) from work") == [(1, 1, ROWS)]


def test_delete_leaves_what_others_made_unfit(lab: LoadLab) -> None:
    lab.fault("commit-latency=0.1")
    with lab.headless.start("exec", "--local", "-c", r"\batch 100 delete from work where g = 0") as process:
        while lab.count("work") == ROWS:
            assert process.poll() is None, process.communicate()
        lab.sql(f"update work set g = 1 where a in ({ROWS}, {ROWS - 2})")
        lab.fault("lose-commit-answer=2")
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert f"{ROWS // 2 - 2:,} rows deleted in 10 transactions; 2 no longer matched" in said
    assert lab.count("work") == ROWS // 2 + 2


def test_ctrl_c_leaves_whole_transactions(lab: LoadLab) -> None:
    lab.fault("commit-latency=0.1")
    with lab.headless.start("exec", "--local", "-c", r"\batch 100 delete from work") as process:
        while lab.count("work") == ROWS:
            assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    left = lab.count("work")
    assert isinstance(left, int)
    assert left % 100 == 0
    assert f"{ROWS - left:,} rows are deleted, in whole transactions; {left:,} are left" in said


def test_refused(lab: LoadLab) -> None:
    with lab.simulator.connect() as connection:
        connection.execute("insert into parents select generate_series(1, 30)")
        connection.execute("insert into children values (1, 25)")
    done = lab.headless.exec(
        "-c", r"\set ON_ERROR_STOP off",
        "-c", r"\batch 10 delete from keyless",
        "-c", r"\batch 10 update work set a = 1",
        "-c", r"\batch 10 delete from nowhere",
        "-c", r"\batch 10 update work set nothing = 1",
        "-c", r"begin; \batch 10 delete from parents",
        "-c", "rollback",
        "-c", r"\batch 10 delete from parents",
    )  # fmt: skip
    said = done.err
    assert "keyless has no primary key" in said
    assert "It changes the primary key (a)" in said
    assert "There is no table nowhere" in said
    assert "42703" in said
    assert "A transaction is open" in said
    assert "23503" in said
    assert (
        "20 rows are deleted, in whole transactions; 10 are left; the transaction of 10 rows that was refused" in said
    )
    assert lab.sql("select count(*), min(id) from parents") == [(10, 21)]
