"""The simulator against a plain PostgreSQL of the same binaries and settings, in one run. Prints ratios; `make bench`.

Both sides are asked by libpq in turns, so that both meet the same disturbances; the simulator's adds TLS, the relay, and
the checks Aurora DSQL makes. Medians; the machine's speed cancels out of the ratios. Arguments choose the sections.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import pq
from psycopg.pq.abc import PGconn

from dsqltui.sim.postgres.postgres import Postgres
from support.servers.simulator import RunningSimulator, running_simulator

SIZES = (1_000, 10_000, 100_000, 1_000_000)
REPEAT, WARM_UP = 60, 5
ROWS_OF_A_RELAY = 1_000_000
SECONDS_OF_A_RACE = 4.0

Step = Callable[[], object]


def milliseconds(work: Step) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def run(connection: PGconn, *statements: str, fails: bool = False) -> None:
    """Run statements one by one by the simple protocol, as psql does."""
    for sql in statements:
        result = connection.exec_(sql.encode())
        is_good = result.status in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)
        if not is_good and not fails:
            raise AssertionError(f"{sql}: {result.error_message.decode()}")


def compare(name: str, plain: Step, simulated: Step, target: str, repeat: int = REPEAT) -> None:
    """Measure both in turns, print medians."""
    pairs = [(milliseconds(plain), milliseconds(simulated)) for _ in range(repeat + WARM_UP)][WARM_UP:]
    show(name, statistics.median(p for p, _ in pairs), statistics.median(s for _, s in pairs), target)


def show(name: str, plain: float, simulated: float, target: str) -> None:
    print(f"{name:<54}{plain:>10.3f}{simulated:>12.3f}{simulated / plain:>9.1f}x   {target}", flush=True)


class Side:
    """Three sessions on one of the two servers."""

    def __init__(self, connect: Callable[[], "psycopg.Connection[object]"]) -> None:
        self.connect = connect
        self.connections = [connect() for _ in range(3)]
        self.one, self.two, self.reader = (connection.pgconn for connection in self.connections)

    def prepare(self) -> None:
        run(self.one, "create schema bench")
        for size in SIZES:
            run(self.one, f"create table bench.t{size} (id int primary key, v int)")
            with self.connections[0].cursor() as cursor, cursor.copy(f"copy bench.t{size} from stdin") as copy:
                copy.write(b"".join(b"%d\t0\n" % number for number in range(size)))
        run(self.one, *(f"create table bench.s{n} (id int primary key, v int)" for n in range(10)))
        run(self.one, *(f"insert into bench.s{n} select i, 0 from generate_series(1, 100) i" for n in range(10)))


def update(size: int, row: int) -> str:
    return f"update bench.t{size} set v = v + 1 where id = {row}"


def by_size(plain: Side, simulated: Side) -> None:
    for size in SIZES:
        name = f"{size:,} rows"

        def alone(side: Side, size: int = size) -> Step:
            return lambda: run(side.one, "begin", update(size, 5), "commit")

        def autocommit(side: Side, size: int = size) -> Step:
            return lambda: run(side.one, update(size, 5))

        def two_writers(side: Side, size: int = size) -> Step:
            def both() -> None:
                run(side.one, "begin", update(size, 5))
                run(side.two, "begin", update(size, 6), "commit")
                run(side.one, "commit")

            return both

        compare(f"{name}: begin, update, commit, alone", alone(plain), alone(simulated), "10x")
        compare(f"{name}: autocommit update, alone", autocommit(plain), autocommit(simulated), "5x")
        for side in (plain, simulated):
            run(side.reader, "begin isolation level repeatable read", f"select count(*) from bench.t{size}")
        compare(f"{name}: begin, update, commit, beside a reader", alone(plain), alone(simulated), "10x")
        compare(f"{name}: autocommit update, beside a reader", autocommit(plain), autocommit(simulated), "5x")
        for side in (plain, simulated):
            run(side.reader, "commit")
        compare(f"{name}: two writers, both commit (both)", two_writers(plain), two_writers(simulated), "10x")
        flag = ("begin", f"select v from bench.t{size} where id = 7 for update", "commit")
        compare(
            f"{name}: FOR UPDATE of one row",
            lambda flag=flag: run(plain.one, *flag),  # type: ignore[misc]
            lambda flag=flag: run(simulated.one, *flag),  # type: ignore[misc]
            "15x",
        )

        def conflict(size: int = size) -> None:
            run(simulated.one, "begin", update(size, 9))
            run(simulated.two, "begin", update(size, 9))
            run(simulated.one, "commit")
            run(simulated.two, "commit", fails=True)

        took = statistics.median(milliseconds(conflict) for _ in range(REPEAT // 3))
        print(f"{name + ': same-row conflict, one gets OC000':<54}{'':>10}{took:>12.3f}{'':>10}   25 ms", flush=True)


def small(plain: Side, simulated: Side) -> None:
    for name, statements, target in (
        ("select 1", ("select 1",), "5x"),
        ("select by key", ("select v from bench.t1000 where id = 500",), "5x"),
        ("begin, select, commit", ("begin", "select v from bench.t1000 where id = 500", "commit"), "5x"),
        (
            "ten tables in one transaction",
            ("begin", *(f"update bench.s{n} set v = v + 1 where id = 1" for n in range(10)), "commit"),
            "12x",
        ),
    ):
        compare(name, lambda s=statements: run(plain.one, *s), lambda s=statements: run(simulated.one, *s), target)  # type: ignore[misc]
    select = f"select i, md5(i::text), i * 2 from generate_series(1, {ROWS_OF_A_RELAY}) i"
    compare("relay of 1,000,000 rows", lambda: run(plain.one, select), lambda: run(simulated.one, select), "1.5x", 3)


def processor(plain: Side, simulated: Side, running: RunningSimulator) -> None:
    """The processor time of a transaction in all processes of either server: what other programs on the machine spoil
    least. The least of several rounds."""
    ours = {running.process.pid} | _children(running.process.pid)
    others = _children(os.getpid()) - ours
    for name, statements in (
        ("select by key", ("select v from bench.t1000 where id = 500",)),
        ("begin, update, commit", ("begin", update(10_000, 5), "commit")),
        (
            "begin, update, select, commit",
            ("begin", update(10_000, 5), "select v from bench.t10000 where id = 5", "commit"),
        ),
    ):
        found: list[tuple[float, ...]] = []
        for _ in range(12):
            before = _spent_ms(others), _spent_ms(ours), _spent_ms({running.process.pid})
            for _ in range(25):
                run(plain.one, *statements)
                run(simulated.one, *statements)
            after = _spent_ms(others), _spent_ms(ours), _spent_ms({running.process.pid})
            found.append(tuple((late - early) / 25 for early, late in zip(before, after, strict=True)))
        least, simulator, python = (min(column) for column in zip(*found, strict=True))
        show(f"{name}: processor time", least, simulator, f"of it {python:.3f} in Python")


def _spent_ms(pids: set[int]) -> float:
    """The processor time that processes have used; Linux tells it."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                total += int((thread / "schedstat").read_text().split()[0])
    return total / 1e6


def race(side: Side, clients: int) -> float:
    """Commits a second of pgbench's transaction -N on 10,000 accounts, run again when it lost.

    As with pgbench the time begins when all are connected.
    """
    commits = [0] * clients
    ends = 0.0

    def start() -> None:
        nonlocal ends
        ends = time.monotonic() + SECONDS_OF_A_RACE

    connected = threading.Barrier(clients, start)

    def work(number: int) -> None:
        with side.connect() as connection:
            libpq, step = connection.pgconn, number
            connected.wait()
            while time.monotonic() < ends:
                step = (step * 7919 + 13) % 10_000
                statements = ("begin", update(10_000, step), f"select v from bench.t10000 where id = {step}", "commit")
                done = [libpq.exec_(sql.encode()).status for sql in statements]
                if all(status in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK) for status in done):
                    commits[number] += 1
                else:
                    libpq.exec_(b"rollback")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(commits) / SECONDS_OF_A_RACE


def races(plain: Side, simulated: Side) -> None:
    for clients in (1, 8, 32):
        one, other = race(plain, clients), race(simulated, clients)
        print(
            f"{f'commits a second, {clients} clients':<54}{one:>10.0f}{other:>12.0f}{other / one:>9.2f}    >= 0.1",
            flush=True,
        )


def many(running: RunningSimulator) -> None:
    """300 clients on each endpoint and a write."""
    token = [running.token(number) for number in (0, 1)]
    opened = [running.connect(number % 2, password=token[number % 2]) for number in range(600)]
    try:
        took = milliseconds(lambda: run(opened[-1].pgconn, "begin", update(1000, 5), "commit"))
        pids = {running.process.pid} | _children(running.process.pid)
        memory = sum(_memory_kib(pid) for pid in pids) // 1024
        print(
            f"600 sessions: begin, update, commit {took:.1f} ms; {memory} MiB proportional, all processes", flush=True
        )
    finally:
        for connection in opened:
            connection.close()


def _children(pid: int) -> set[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.split()
    parents = dict(zip(map(int, listed[::2]), map(int, listed[1::2]), strict=True))
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return found


def _memory_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


@contextmanager
def plain_server(folder: Path) -> Iterator[Callable[[], "psycopg.Connection[object]"]]:
    with asyncio.Runner() as runner:
        server = Postgres(folder)
        runner.run(server.start())
        try:
            yield lambda: psycopg.connect(
                host=str(server.socket_dir),
                port=5432,
                user="postgres",
                password=server.secret,
                dbname="postgres",
                autocommit=True,
            )
        finally:
            runner.run(server.stop())


def main() -> None:
    wanted = set(sys.argv[1:]) or {"small", "processor", "sizes", "races", "many", "start"}
    with tempfile.TemporaryDirectory() as folder:
        with (
            running_simulator(Path(folder), "--no-idle-oc001") as running,
            plain_server(Path(folder) / "plain") as connect,
        ):
            token = running.token()
            plain, simulated = Side(connect), Side(lambda: running.connect(password=token))
            plain.prepare()
            simulated.prepare()
            print(
                f"load {os.getloadavg()[0]:.0f}\n{'milliseconds, median':<54}{'plain':>10}{'simulator':>12}{'ratio':>10}   goal"
            )
            for name, section in (("small", small), ("sizes", by_size), ("races", races)):
                if name in wanted:
                    section(plain, simulated)
            if "processor" in wanted and sys.platform == "linux":
                processor(plain, simulated, running)
            took = statistics.median(milliseconds(lambda: running.connect(password=token).close()) for _ in range(30))
            print(f"{'connect with TLS and token':<54}{'':>10}{took:>12.1f}{'':>10}   15 ms")
            if "many" in wanted:
                many(running)
            for side in (plain, simulated):
                for connection in side.connections:
                    connection.close()
        if "start" in wanted:
            started = time.perf_counter()
            (Path(folder) / "ready.json").unlink(missing_ok=True)
            with running_simulator(Path(folder)):
                print(
                    f"{'start to ready, existing data':<54}{'':>10}{(time.perf_counter() - started) * 1000:>12.0f}{'':>10}   600 ms"
                )


if __name__ == "__main__":
    main()
