"""`dsqltui --local` in a real terminal, on a simulator that runs already and is shared by the tests of a module."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from dsqltui.sim.aws.control_client import ControlClient
from support.screens.terminal import Terminal
from support.servers.simulator import RunningSimulator, running_simulator

F2, F3, F4, F5, F9 = "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[20~"
CTRL_C, CTRL_G, CTRL_Q, CTRL_U = "\x03", "\x07", "\x11", "\x15"
CLEAR = "\x1b[1;5F" + CTRL_U
"""Empties an editor that holds one line."""
DEADLINE_S = 60.0


def connected(screen: str) -> bool:
    """Whether both panes are."""
    return screen.count("admin  connected") == 2


class Place:
    """A home folder with a simulator in it."""

    def __init__(self, home: Path, simulator: RunningSimulator) -> None:
        self.home = home
        self.simulator = simulator
        self.state = home / "state"
        """Of the console that was started last: its journal and buffers."""
        self._consoles = 0
        self.faults = ControlClient.from_ready(simulator.ready)

    @contextmanager
    def console(self, columns: int = 80, rows: int = 24, *, has_past: bool = False) -> Iterator[Terminal]:
        """A console with both panes connected; it is left by Ctrl+Q, and must end by that.

        `has_past`: what the last one left is there; else it has none.
        """
        self._consoles += not has_past
        self.state = self.home / f"state-{self._consoles}"
        folders = {"DATA": self.home / "data", "CONFIG": self.home / "config", "STATE": self.state}
        environment = {f"XDG_{name}_HOME": str(folder) for name, folder in folders.items()} | {"HOME": str(self.home)}
        command = [sys.executable, "-m", "dsqltui", "--local"]
        with Terminal(command, columns=columns, rows=rows, env=environment) as terminal:
            terminal.wait_for(connected)
            yield terminal
            if terminal.is_running:
                terminal.send(CTRL_Q + CTRL_Q)
                assert terminal.wait_for_exit() == 0

    def sql(self, *statements: str) -> list[tuple[object, ...]]:
        """Run statements as the admin from outside, as somebody else would; the rows of the last one."""
        with self.simulator.connect(0) as conn:
            for statement in statements:
                cursor = until_done(lambda statement=statement: conn.execute(statement))  # type: ignore[misc]
            return cursor.fetchall() if cursor.description else []

    def kill_backends_in_transaction(self) -> None:
        """End every backend of the simulator's PostgreSQL that idles in a transaction."""
        directory = self.home / "data" / "dsqltui" / "simulator"
        (pid_file,) = directory.rglob("postmaster.pid")
        postmaster = pid_file.read_text().split()[0]
        listed = subprocess.run(["ps", "-wwAo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
        found = [
            int(pid)
            for pid, parent, command in (line.split(None, 2) for line in listed.splitlines())
            if parent == postmaster and command.rstrip().endswith("idle in transaction")
        ]
        assert found, f"no backend idles in a transaction:\n{listed}"
        for pid in found:
            os.kill(pid, signal.SIGTERM)


def until_done(run: "Callable[[], psycopg.Cursor[tuple[object, ...]]]") -> "psycopg.Cursor[tuple[object, ...]]":
    """Run it again while the schema changes under it."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            return run()
        except psycopg.errors.SerializationFailure:
            assert time.monotonic() < deadline


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """A home with a running simulator."""
    data = folder / "data" / "dsqltui"
    data.mkdir(parents=True)
    options = ("--job-delay", "0.05", "--no-idle-oc001")
    with running_simulator(folder, *options, data_dir=data / "simulator") as simulator:
        yield Place(folder, simulator)
