r"""`\copy ... batch 3000 parallel N` into the simulator against `psql \copy` into a plain PostgreSQL of the same binaries,
in one run. Prints seconds and the ratio; `python tests/benchmarks/bulk.py [ROWS [SESSIONS [CONFLICT-EVERY]]]`.

The simulator's side has TLS, the checks of Aurora DSQL, a transaction for every 3,000 rows, two endpoints and a journal.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dsqltui.sim.aws.control_client import ControlClient
from dsqltui.sim.faults.faults import parse_changes
from support.headless import Headless
from support.servers.simulator import RunningSimulator, running_simulator

TABLE = "CREATE TABLE bench_load (id bigint PRIMARY KEY, name text, city text, amount numeric(12,2), at timestamp)"


def write(path: Path, rows: int) -> None:
    with path.open("w") as file:
        for n in range(rows):
            file.write(f"{n},name of {n},City {n % 997},{n % 100_000}.{n % 100:02},2026-11-{n % 28 + 1:02} 10:00:00\n")


@contextmanager
def plain_server(folder: Path) -> Iterator[list[str]]:
    """psql's options for a plain PostgreSQL; see benchmarks/simulator.py."""
    from benchmarks.simulator import plain_server as server

    with server(folder) as connect, connect() as connection:
        info = connection.info
        connection.execute(TABLE)
        connection.commit()
        os.environ["PGPASSWORD"] = info.password
        yield ["-h", info.host, "-p", str(info.port), "-U", info.user, "-d", info.dbname]


def load_simulator(running: RunningSimulator, folder: Path, words: str) -> float:
    headless = Headless(running, folder)
    started = time.perf_counter()
    done = headless.exec("-c", rf"\copy bench_load from '{folder}/rows.csv' csv {words}")
    elapsed = time.perf_counter() - started
    print(done.err.strip())
    assert done.code == 0, done.err
    return elapsed


def psql_into_simulator(running: RunningSimulator, folder: Path, copy: str) -> float:
    endpoint = running.endpoints[0]
    environment = {
        **os.environ,
        **running.environment,
        "PGHOST": endpoint.host,
        "PGHOSTADDR": endpoint.hostaddr,
        "PGPORT": str(endpoint.port),
        "PGUSER": "admin",
        "PGDATABASE": "postgres",
        "PGPASSWORD": running.token(),
    }
    started = time.perf_counter()
    subprocess.run(["psql", "-X", "-q", "-c", copy], check=True, env=environment, cwd=folder)
    elapsed = time.perf_counter() - started
    with running.connect() as connection:
        connection.execute("DROP TABLE bench_load")
        connection.execute(TABLE)
    return elapsed


def main(rows: int = 100_000, sessions: int = 4, conflict_every: int = 0) -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        running_simulator(Path(name), "--ephemeral", "--no-idle-oc001") as running,
    ):
        folder = Path(name)
        write(folder / "rows.csv", rows)
        with running.connect() as connection:
            connection.execute(TABLE)
        with plain_server(folder / "plain") as options:
            started = time.perf_counter()
            copy = rf"\copy bench_load from '{folder}/rows.csv' csv"
            subprocess.run(["psql", *options, "-q", "-c", copy], check=True)
            plain = time.perf_counter() - started
        copied = psql_into_simulator(running, folder, copy)
        if conflict_every:
            ControlClient.from_ready(running.ready).change_faults(parse_changes([f"conflict-every={conflict_every}"]))
        simulated = load_simulator(running, folder, f"batch 3000 parallel {sessions} retry 20")
        with running.connect() as connection:
            (count, distinct), *_ = connection.execute("SELECT count(*), count(DISTINCT id) FROM bench_load").fetchall()
        assert count == distinct == rows, (count, distinct)
        print(
            f"{rows:,} rows x 5, load {os.getloadavg()[0]:.0f}: psql into plain PostgreSQL {plain:.2f} s, psql into the "
            f"simulator, one COPY, {copied:.2f} s; \\copy parallel {sessions} into the simulator {simulated:.2f} s: "
            f"{100 * plain / simulated:.0f} % and {100 * copied / simulated:.0f} % of psql's rows a second"
        )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main(*map(int, sys.argv[1:]))
