"""`dsqltui` as a process on the tests' simulator."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.servers.simulator import RunningSimulator

DEADLINE_S = 120


@dataclass(frozen=True)
class Ended:
    """A process that ended."""

    code: int
    out: str
    err: str


class Headless:
    """Runs `dsqltui ... --local`; each process finds the simulator as if the person had started it."""

    def __init__(self, simulator: RunningSimulator, folder: Path) -> None:
        self.folder = folder
        where = folder / "data" / "dsqltui" / "simulator"
        where.mkdir(parents=True)
        import json

        (where / "ready.json").write_text(json.dumps(simulator.ready))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PG"))},
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """A process with pipes, in the folder."""
        return subprocess.Popen(
            [sys.executable, "-m", "dsqltui", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            cwd=self.folder,
        )

    def exec(self, *arguments: str, stdin: str = "") -> Ended:
        """`dsqltui exec --local ...` to its end."""
        return self.run("exec", "--local", *arguments, stdin=stdin)

    def run(self, *arguments: str, stdin: str = "") -> Ended:
        """`dsqltui ...` to its end."""
        with self.start(*arguments) as process:
            out, err = process.communicate(stdin, timeout=DEADLINE_S)
        return Ended(process.returncode, out, err)
