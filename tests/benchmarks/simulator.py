"""The simulator against its own PostgreSQL, over the unix socket, in one run. Prints ratios; `make bench`.

Both sides are the same PostgreSQL server, libpq and statement; the simulator's adds TLS, the relay, and the checks
Aurora DSQL makes. Medians; the machine's speed cancels out of the ratios.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import pq
from psycopg.pq.abc import PGconn

from dsqltui.sim.places import socket_folder
from support.simulator import RunningSimulator, running_simulator

ROWS = 1_000_000
MANY = 400
WARM_UP = 30


def timed(work: Callable[[], object], repeat: int) -> float:
    """Median milliseconds of one call."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def run(connection: PGconn, *statements: str) -> None:
    """Run statements one by one by the simple protocol, as psql does."""
    for sql in statements:
        result = connection.exec_(sql.encode())
        if result.status not in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
            raise AssertionError(result.error_message.decode())


def alternately(plain: PGconn, simulated: PGconn, statements: tuple[str, ...]) -> list[tuple[float, float]]:
    """Milliseconds on both sides, in turns, so that both meet the same disturbances; the first ones warm up."""
    pairs = [
        (timed(lambda: run(plain, *statements), 1), timed(lambda: run(simulated, *statements), 1))
        for _ in range(MANY + WARM_UP)
    ]
    return pairs[WARM_UP:]


def compare(name: str, plain: float, simulated: float, target: str) -> None:
    print(f"{name:<42}{plain:>10.3f}{simulated:>12.3f}{simulated / plain:>9.1f}x   {target}")


def measure(running: RunningSimulator, plain: PGconn, simulated: PGconn) -> None:
    """Print one line per case."""
    print(f"{'milliseconds, median':<42}{'plain':>10}{'simulator':>12}{'ratio':>10}   target")
    cases: list[tuple[str, tuple[str, ...], str]] = [
        ("select 1", ("select 1",), "10x"),
        ("select by key", ("select v from bench.small where id = 500",), "10x"),
        ("autocommit update", ("update bench.small set v = v + 1 where id = 500",), "10x"),
        ("begin, select, commit", ("begin", "select v from bench.small where id = 500", "commit"), "10x"),
        (
            "begin, update, commit (1,000 rows)",
            ("begin", "update bench.small set v = v + 1 where id = 500", "commit"),
            "",
        ),
        (
            "begin, update, commit (10 rows)",
            ("begin", "update bench.tiny set v = v + 1 where id = 5", "commit"),
            "",
        ),
    ]
    for name, statements, target in cases:
        pairs = alternately(plain, simulated, statements)
        compare(name, statistics.median(p for p, _ in pairs), statistics.median(s for _, s in pairs), target)
    select = f"select i, md5(i::text), i * 2 from generate_series(1, {ROWS}) i"
    compare(
        f"select of {ROWS:,} rows", timed(lambda: run(plain, select), 3), timed(lambda: run(simulated, select), 3), "2x"
    )
    large = ("begin", "update bench.large set v = v + 1 where id = 500", "commit")
    pairs = alternately(plain, simulated, large)
    compare(
        "begin, update, commit (1,000,000 rows)",
        statistics.median(p for p, _ in pairs),
        statistics.median(s for _, s in pairs),
        "20x",
    )
    token = running.token()
    connect = timed(lambda: running.connect(password=token).close(), 50)
    print(f"{'connect with TLS and token (ms)':<42}{'':>10}{connect:>12.1f}{'':>10}   20 ms")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_simulator(Path(folder)) as running:
        socket = socket_folder(Path(folder).resolve() / "sim" / "postgres")
        with (
            psycopg.connect(host=str(socket), user="postgres", dbname="postgres", autocommit=True) as plain,
            running.connect() as simulated,
        ):
            for sql in (
                "create schema bench",
                "create table bench.tiny (id int primary key, v int)",
                "create table bench.small (id int primary key, v int)",
                "insert into bench.tiny select i, 0 from generate_series(1, 10) i",
                "insert into bench.small select i, 0 from generate_series(1, 1000) i",
            ):
                simulated.execute(sql)
            plain.execute("create table bench.large (id int primary key, v int)")
            plain.execute("insert into bench.large select i, 0 from generate_series(1, 1000000) i")
            plain.execute("alter table bench.large owner to admin")
            measure(running, plain.pgconn, simulated.pgconn)


if __name__ == "__main__":
    main()
