r"""`\copy ... batch N parallel N` on a real simulator: conflicts, refused rows, lost answers, kill -9 in the middle."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dsqltui.sim.aws.control_client import ControlClient
from dsqltui.sim.faults.faults import parse_changes
from support.headless import Ended, Headless
from support.servers.simulator import RunningSimulator, running_simulator

ROWS = 4_000


class LoadLab:
    """A simulator of its own, `dsqltui exec` on it, a file of rows and a table for them."""

    def __init__(self, simulator: RunningSimulator, headless: Headless) -> None:
        self.simulator, self.headless = simulator, headless
        self._watcher: psycopg.Connection[Any] | None = None
        self.file = headless.folder / "rows.csv"

    def write(self, rows: int = ROWS, *, bad: dict[int, str] | None = None, header: bool = True) -> None:
        lines = ["id,v"] if header else []
        lines += [(bad or {}).get(n, f'{n},"row ""{n}"""') for n in range(1, rows + 1)]
        self.file.write_text("\n".join(lines) + "\n")

    def fault(self, *changes: str) -> None:
        ControlClient.from_ready(self.simulator.ready).change_faults(parse_changes(changes))

    def sql(self, sql: str) -> list[tuple[object, ...]]:
        """On one connection, opened again when a fault took it."""
        if self._watcher is None or self._watcher.closed:
            self._watcher = self.simulator.connect()
        cursor = self._watcher.execute(sql)
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        if self._watcher is not None:
            self._watcher.close()

    def copy(self, words: str, table: str = "loads", options: str = "csv header") -> Ended:
        return self.headless.exec("-c", rf"\copy {table} from 'rows.csv' {options} {words}")

    def count(self, table: str = "loads") -> object:
        return self.sql(f"select count(*) from {table}")[0][0]

    def kill_in_the_middle(self, words: str, table: str = "loads", rows: int = 600) -> int:
        """kill -9 a load once so many rows are in; how many are in then."""
        with self.headless.start("exec", "--local", "-c", rf"\copy {table} from 'rows.csv' csv header {words}") as p:
            deadline = time.monotonic() + 60
            while (count := self.count(table)) < rows:  # type: ignore[operator]
                assert p.poll() is None, p.communicate()
                assert time.monotonic() < deadline
            p.send_signal(signal.SIGKILL)
            p.wait(60)
        assert isinstance(count, int)
        return count


@pytest.fixture(scope="module")
def load_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with running_simulator(tmp_path_factory.mktemp("loads"), "--ephemeral", "--no-idle-oc001") as simulator:
        with simulator.connect() as connection:
            connection.execute("CREATE TABLE loads (id int PRIMARY KEY, v text NOT NULL)")
            connection.execute("CREATE TABLE keyless (id int, v text)")
        yield simulator


@pytest.fixture
def lab(load_simulator: RunningSimulator, tmp_path: Path) -> Iterator[LoadLab]:
    lab = LoadLab(load_simulator, Headless(load_simulator, tmp_path))
    with load_simulator.connect() as connection:
        for table in ("loads", "keyless"):
            while connection.execute(f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} LIMIT 3000)").rowcount:
                pass
    yield lab
    lab.close()
    lab.fault("conflict-every=default", "lose-commit-answer=default", "unreachable=default", "commit-latency=default")


def test_over_both_endpoints_with_conflicts_and_lost_answers(lab: LoadLab) -> None:
    lab.write()
    lab.fault("conflict-every=3", "lose-commit-answer=2")
    done = lab.copy("batch 500 parallel 4 retry 10")
    assert (done.code, lab.count()) == (0, ROWS)
    assert f"COPY {ROWS}" in done.err
    assert "sessions opened again" in done.err
    again = lab.copy("batch 500 parallel 4 resume")
    assert "was loaded to its end before, and nothing was sent" in again.err
    assert again.code == 1


def test_refused_rows_are_set_aside_and_the_rest_is_in(lab: LoadLab) -> None:
    bad = {7: "x,no number", 8: "8", 1_500: "1500,", 1_501: '3,"there before"'}
    lab.write(2_000, bad=bad)
    done = lab.copy("batch 500 rejects")
    assert done.code == 0, done.err
    assert lab.count() == 2_000 - 4
    assert "4 rows were refused: " in done.err
    rejected = lab.file.with_name("rows.csv.rejected")
    assert rejected.read_text() == "id,v\n" + "".join(f"{line}\n" for line in bad.values())
    why = rejected.with_name("rows.csv.rejected.txt").read_text().splitlines()
    assert [line.partition(":")[0] for line in why] == ["line 8", "line 9", "line 1501", "line 1502"]
    assert why[0].startswith('line 8: 22P02 invalid input syntax for type integer: "x"  CONTEXT: COPY loads, line')
    assert "23502" in why[2]
    assert "23505" in why[3]
    assert [path.stat().st_mode & 0o777 for path in (rejected, rejected.with_name("rows.csv.rejected.txt"))] == [
        0o600
    ] * 2
    assert "is there already" in lab.copy("batch 500 rejects restart").err


@pytest.mark.long
def test_too_large_batches_are_halved(lab: LoadLab) -> None:
    lab.write(5_000)
    done = lab.copy("batch 5000 parallel 2")
    assert (done.code, lab.count()) == (0, 5_000), done.err


def test_killed_and_resumed_no_row_twice_and_none_lost(lab: LoadLab) -> None:
    lab.write()
    lab.fault("conflict-every=4", "commit-latency=0.02")
    lab.kill_in_the_middle("batch 100 parallel 3")
    refused = lab.copy("batch 100 parallel 3")
    assert "An earlier run of this load was cut off with" in refused.err
    assert refused.code == 1
    lab.kill_in_the_middle("batch 100 parallel 3 resume", rows=2_000)
    done = lab.copy("batch 250 parallel 3 resume")
    assert done.code == 0, done.err
    assert "Going on with an earlier run: " in done.err
    assert f"COPY {ROWS}" in done.err
    assert lab.sql("select count(*), count(distinct id), min(id), max(id) from loads") == [(ROWS, ROWS, 1, ROWS)]


@pytest.mark.long
def test_killed_without_a_key_asks_what_cannot_be_found_out(lab: LoadLab) -> None:
    lab.write(2_000)
    lab.fault("commit-latency=0.5")
    lab.kill_in_the_middle("batch 200 parallel 1", "keyless", rows=200)
    lab.fault("commit-latency=default")
    done = lab.copy("batch 200 parallel 1 resume", "keyless")
    assert done.code == 1
    assert "the table has no primary key among the columns of the file" in done.err
    count = lab.count("keyless")
    assert isinstance(count, int)
    known = int(done.err.partition(" rows are in; ")[0].split()[-1].replace(",", ""))
    word = "in" if count > known else "out"
    done = lab.copy(f"batch 200 parallel 1 resume {word}", "keyless")
    assert done.code == 0, done.err
    assert lab.sql("select count(*), count(distinct id) from keyless") == [(2_000, 2_000)]


@pytest.mark.long
def test_a_changed_file_is_not_resumed(lab: LoadLab) -> None:
    lab.write()
    lab.fault("commit-latency=0.02")
    lab.kill_in_the_middle("batch 100 parallel 1", rows=100)
    lab.write(bad={1: "1,other"})
    assert "is not what it was when the load began" in lab.copy("batch 100 parallel 1 resume").err


@pytest.mark.long
def test_a_region_that_goes_away_is_done_without(lab: LoadLab) -> None:
    lab.write()
    lab.fault("commit-latency=0.02")
    with lab.headless.start(
        "exec", "--local", "-c", r"\copy loads from 'rows.csv' csv header batch 100 parallel 2"
    ) as p:
        while lab.count() < 300:  # type: ignore[operator]
            assert p.poll() is None, p.communicate()
        lab.fault(f"unreachable={lab.simulator.endpoints[1].region}")
        _, err = p.communicate(timeout=60)
    assert p.returncode == 0, err
    assert lab.count() == ROWS
    assert "sessions opened again: 1;" in err, "that of the Region that went; the other session had the other endpoint"


def test_ctrl_c_leaves_whole_batches_and_says_how_many(lab: LoadLab) -> None:
    lab.write()
    lab.fault("commit-latency=0.05")
    with lab.headless.start(
        "exec", "--local", "-c", r"\copy loads from 'rows.csv' csv header batch 100 parallel 2"
    ) as p:
        while lab.count() < 300:  # type: ignore[operator]
            assert p.poll() is None, p.communicate()
        p.send_signal(signal.SIGINT)
        _, err = p.communicate(timeout=60)
    assert p.returncode == 130, err
    count = lab.count()
    assert isinstance(count, int)
    assert count % 100 == 0
    assert f"{count:,} rows are in" in err
    done = lab.copy("batch 100 parallel 2 resume")
    assert (done.code, lab.count()) == (0, ROWS), done.err


def test_the_journal_holds_no_data_and_is_private(lab: LoadLab) -> None:
    lab.write(300)
    assert lab.copy("batch 100").code == 0
    (journal,) = (Path(lab.headless.environment["XDG_STATE_HOME"]) / "dsqltui" / "bulk").iterdir()
    assert journal.stat().st_mode & 0o777 == 0o600
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [record["is"] for record in records] == ["load", *["sent", "in"] * 3, "complete"]
    assert "row" not in journal.read_text().replace('"rows"', "")
    assert os.stat(journal.parent).st_mode & 0o777 == 0o700
