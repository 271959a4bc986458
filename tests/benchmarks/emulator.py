"""What a CI user pays: start, first and on data that is there, reset, stop, memory with two sessions, disk, eight starts at
once; beside a plain PostgreSQL started the usual way
(initdb, pg_ctl, a database cloned from a template) from the same binaries, in the same run. `make bench`, or by itself.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg

from dsqltui.sim.postgres.binaries import find_binaries
from dsqltui.testing import started

REPEAT = 5
TABLES, ROWS = 30, 100


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


class Plain:
    """PostgreSQL as a test suite starts it: initdb into a new folder, pg_ctl, a socket in it."""

    def __init__(self) -> None:
        self.bin = find_binaries().folder
        self.folder = Path(tempfile.mkdtemp(prefix="plain-"))
        self.user = "nobody" if os.geteuid() == 0 else None
        self.folder.chmod(0o777)

    def run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(self.bin / program), *arguments], check=True, capture_output=True, text=True, cwd="/", user=self.user
        )
        return done.stdout

    def start(self) -> None:
        data = str(self.folder / "data")
        self.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "--no-instructions")
        self.start_again()

    def start_again(self) -> None:
        data = str(self.folder / "data")
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off"
        subprocess.run(
            [str(self.bin / "pg_ctl"), "-D", data, "-w", "-l", str(self.folder / "log"), "-o", options, "start"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            user=self.user,
        )

    def connect(self, database: str = "postgres") -> "psycopg.Connection[Any]":
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True)

    def sql(self, *statements: str, database: str = "postgres") -> None:
        with self.connect(database) as connection:
            for statement in statements:
                connection.execute(statement)

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "fast", "-w", "stop")

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def make_tables() -> list[str]:
    return [
        statement
        for number in range(TABLES)
        for statement in (
            f"create table t{number} (id int primary key, v text)",
            f"insert into t{number} select i, 'row ' || i from generate_series(1, {ROWS}) i",
        )
    ]


def memory_mib(of: int) -> float:
    """Proportional memory of a process and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    todo, total = [of], 0
    while todo:
        pid = todo.pop()
        todo += children.get(pid, [])
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024


def disk_mib(folder: Path) -> float:
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file()) / 2**20


def show(name: str, plain: float | None, simulated: float, unit: str) -> None:
    said = (
        f"{plain:>10.1f}{simulated:>12.1f}{simulated / plain:>8.1f}x" if plain else f"{'':>10}{simulated:>12.1f}{'':>9}"
    )
    print(f"{name:<46}{said}  {unit}", flush=True)


def simulator_once() -> tuple[float, float, float, float]:
    """Milliseconds to start and to stop, MiB of memory and of disk."""
    opened = started()
    began = time.perf_counter()
    running = opened.__enter__()
    start = time.perf_counter() - began
    with running.connect(autocommit=True) as one, running.connect(autocommit=True) as other:
        for connection in (one, other):
            connection.execute("select 1")
        memory = memory_mib(running.pid)
    disk = disk_mib(Path(running.ca_file).parents[1])
    stop = seconds(lambda: opened.__exit__(None, None, None))
    return start * 1000, stop * 1000, memory, disk


def plain_once() -> tuple[float, float, float, float]:
    plain = Plain()
    start = seconds(plain.start)
    pid = int((plain.folder / "data" / "postmaster.pid").read_text().split()[0])
    with plain.connect() as one, plain.connect() as other:
        for connection in (one, other):
            connection.execute("select 1")
        memory = memory_mib(pid)
    disk = disk_mib(plain.folder)
    stop = seconds(plain.stop)
    plain.remove()
    return start * 1000, stop * 1000, memory, disk


def compare_life() -> None:
    pairs = [(plain_once(), simulator_once()) for _ in range(REPEAT)]
    for place, (name, unit) in enumerate(
        (("start to ready", "ms"), ("stop", "ms"), ("memory with two sessions (PSS)", "MiB"), ("disk", "MiB"))
    ):
        plain, simulated = (statistics.median(pair[side][place] for pair in pairs) for side in (0, 1))
        show(name, plain, simulated, unit)


class Kept:
    """A simulator that keeps its data, as `dsqltui sim --data-dir` runs it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kept-"))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        ready = self.folder / "ready.json"
        command = [sys.executable, "-m", "dsqltui", "sim", "--data-dir", str(self.folder / "data"), "--quiet"]
        command += ["--ports", "0,0,0", "--ready-file", str(ready), "--until-stdin-closes"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE)
        while not ready.exists():
            if self.process.poll() is not None:
                raise SystemExit(f"the simulator ended with {self.process.returncode}")
            time.sleep(0.005)

    def stop(self) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def compare_again() -> None:
    """Start on data that is there."""
    plain, kept = Plain(), Kept()
    first = seconds(plain.start), seconds(kept.start)
    again = []
    for _ in range(REPEAT):
        plain.stop()
        kept.stop()
        again.append((seconds(plain.start_again), seconds(kept.start)))
    plain.stop()
    kept.stop()
    plain.remove()
    shutil.rmtree(kept.folder, ignore_errors=True)
    show("first start in a folder that is kept", first[0] * 1000, first[1] * 1000, "ms")
    plainly, simulated = ([pair[side] * 1000 for pair in again] for side in (0, 1))
    show("start on data that is there, median", statistics.median(plainly), statistics.median(simulated), "ms")
    show("  the fastest", min(plainly), min(simulated), "ms")


def compare_reset() -> None:
    """Five of the tables are changed, then the data is put back, then a statement runs on the old connection; plainly: drop
    the database, clone it from the template, connect."""
    plain = Plain()
    plain.start()
    plain.sql("create database kept")
    plain.sql(*make_tables(), database="kept")
    plain.sql("create database work template kept")
    change = [f"update t{number} set v = 'changed'" for number in range(5)]
    plainly, simulated, inside, following = [], [], [], []
    with started() as running:
        connection = running.connect(autocommit=True)
        for statement in make_tables():
            connection.execute(statement)
        running.snapshot("kept")
        for _ in range(4 * REPEAT):
            plain.sql(*change, database="work")
            plainly.append(
                seconds(lambda: plain.sql("drop database work", "create database work template kept")) * 1000
            )
            for statement in change:
                connection.execute(statement)
            began = time.perf_counter()
            inside.append(running.reset("kept"))
            simulated.append((time.perf_counter() - began) * 1000)
            following.append(seconds(lambda: connection.execute("select count(*) from t7")) * 1000)
    plain.stop()
    plain.remove()
    show(
        f"data put back ({TABLES} tables of {ROWS} rows), median",
        statistics.median(plainly),
        statistics.median(simulated),
        "ms",
    )
    show("  the slowest", max(plainly), max(simulated), "ms")
    show("  inside the simulator, median", None, statistics.median(inside), "ms")
    show("  next statement on the same connection", None, statistics.median(following), "ms")


def compare_parallel(count: int = 8) -> None:
    def simulators() -> None:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(lambda _: simulator_once(), range(count)))

    def plains() -> None:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(lambda _: plain_once(), range(count)))

    show(f"{count} started and stopped at once", seconds(plains), seconds(simulators), "s")


def main() -> None:
    print(
        f"{'':<46}{'plain':>10}{'simulator':>12}{'ratio':>9}   ({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f})"
    )
    sections = {"life": compare_life, "again": compare_again, "reset": compare_reset, "parallel": compare_parallel}
    for name, section in sections.items():
        if not sys.argv[1:] or name in sys.argv[1:]:
            section()


if __name__ == "__main__":
    main()
