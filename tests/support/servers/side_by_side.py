"""psql and dsqltui beside each other on one simulator, for what is measured as a ratio."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from support.servers.simulator import RunningSimulator


def seconds(command: Sequence[str], environment: dict[str, str]) -> float:
    """Wall time of a process, which must succeed."""
    started = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


class Sides:
    """The environments of both."""

    def __init__(self, simulator: RunningSimulator, folder: Path) -> None:
        endpoint = simulator.endpoints[0]
        base = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        self.psql = {
            **base,
            "PGHOST": endpoint.host,
            "PGHOSTADDR": endpoint.hostaddr,
            "PGPORT": str(endpoint.port),
            "PGUSER": "admin",
            "PGDATABASE": "postgres",
            "PGPASSWORD": simulator.token(),
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": simulator.ready["ca_file"],
        }
        where = folder / "data" / "dsqltui" / "simulator"
        where.mkdir(parents=True)
        (where / "ready.json").symlink_to(folder / "ready.json")
        self.dsqltui = {**base, "XDG_DATA_HOME": str(folder / "data")}
