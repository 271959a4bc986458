"""`dsqltui storm` against pgbench, both on the same simulator, in turns in one run. Prints transactions a second.

Both run pgbench's select-only on 10,000 accounts, on one endpoint; what they lose to the simulator is the same for both, so
the ratio tells what the driver costs. Turns are short and many: a median bears a machine that others use. Needs pgbench
on the PATH.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from support.servers.simulator import RunningSimulator, running_simulator

SECONDS, TURNS = 2, 7
SCRIPT = "\\set aid random(1, 10000)\nSELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n"


def prepare(simulator: RunningSimulator) -> None:
    """The accounts."""
    with simulator.connect() as connection:
        connection.execute(
            "create table pgbench_accounts (aid int primary key, bid int, abalance int, filler char(84))"
        )
        for first in range(1, 10_001, 2_500):
            connection.execute(
                f"insert into pgbench_accounts select g, 1, 0, '' from generate_series({first}, {first + 2_499}) g"
            )


def pgbench(simulator: RunningSimulator, script: Path, clients: int) -> float:
    """Transactions a second of the real pgbench."""
    at = simulator.endpoints[0]
    environment = os.environ | simulator.environment | {"PGPASSWORD": simulator.token(), "PGHOSTADDR": at.hostaddr}
    command = [
        "pgbench",
        "-n",
        "-f",
        str(script),
        "-c",
        str(clients),
        "-T",
        str(SECONDS),
        "-h",
        at.host,
        "-p",
        str(at.port),
        "-U",
        "admin",
        "postgres",
    ]
    out = subprocess.run(command, check=True, env=environment, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([\d.]+)", out)
    return float(found[1]) if found is not None else 0.0


def storm(simulator: RunningSimulator, script: Path, clients: int) -> float:
    """Transactions a second of ours."""
    at = simulator.endpoints[0]
    where = [f"{at.host}:{at.port}", "--hostaddr", at.hostaddr, "--ca-file", simulator.ready["ca_file"], "--yes"]
    command = [
        sys.executable,
        "-m",
        "dsqltui",
        "storm",
        *where,
        "-f",
        str(script),
        "-c",
        str(clients),
        "-T",
        str(SECONDS),
        "-q",
        "--format",
        "json",
    ]
    out = subprocess.run(
        command, check=True, env=os.environ | simulator.environment, capture_output=True, text=True
    ).stdout
    return float(json.loads(out)["commits_per_s"])


def main() -> None:
    """A line for each number of sessions."""
    if shutil.which("pgbench") is None:
        sys.exit("pgbench is not on the PATH")
    with (
        tempfile.TemporaryDirectory() as folder,
        running_simulator(Path(folder), "--ephemeral", "--no-idle-oc001") as simulator,
    ):
        prepare(simulator)
        script = Path(folder) / "select.sql"
        script.write_text(SCRIPT)
        print(f"{'sessions':>8}{'pgbench tps':>14}{'storm tps':>14}{'ratio':>8}   target: ratio >= 0.70")
        for clients in (1, 16):
            pairs = [(pgbench(simulator, script, clients), storm(simulator, script, clients)) for _ in range(TURNS)]
            theirs, own = (statistics.median(side) for side in zip(*pairs, strict=True))
            print(f"{clients:>8}{theirs:>14,.0f}{own:>14,.0f}{own / max(1.0, theirs):>8.2f}")


if __name__ == "__main__":
    main()
