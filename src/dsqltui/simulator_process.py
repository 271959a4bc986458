"""The simulator as a process of its own: one that runs already, or one started and ended here."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import platformdirs

from dsqltui.core.endpoint import Endpoint

_START_WITHIN_S = 90.0


@dataclass(frozen=True, slots=True)
class SimulatorAccess:
    """How to reach a running simulator."""

    endpoints: tuple[Endpoint, ...]
    access_key_id: str
    secret_access_key: str
    aws_endpoint_url: str
    """Where its STS, IAM and DSQL control plane answer."""
    pid: int

    def __repr__(self) -> str:
        return f"SimulatorAccess(pid={self.pid})"  # without the key

    @classmethod
    def from_ready(cls, ready: dict[str, Any]) -> "SimulatorAccess":
        """What the JSON of a ready file says. Raises KeyError or TypeError for other JSON."""
        credentials = ready["credentials"]
        return cls(
            endpoints=tuple(
                Endpoint(e["host"], e["region"], e["port"], e["hostaddr"], ready["ca_file"]) for e in ready["endpoints"]
            ),
            access_key_id=credentials["access_key_id"],
            secret_access_key=credentials["secret_access_key"],
            aws_endpoint_url=ready["aws_endpoint_url"],
            pid=ready["pid"],
        )


def simulator_directory() -> Path:
    """Where the simulator keeps its data unless told otherwise."""
    return Path(platformdirs.user_data_dir("dsqltui", appauthor=False)) / "simulator"


def running_simulator(directory: Path) -> SimulatorAccess | None:
    """The simulator that has the directory already, for instance one started with `dsqltui sim`."""
    ready_file = directory / "ready.json"
    try:
        access = SimulatorAccess.from_ready(json.loads(ready_file.read_text(encoding="utf-8")))
        os.kill(access.pid, 0)
    except (OSError, ValueError, KeyError, TypeError):  # none, or the file of one that was killed
        return None
    return access


@contextmanager
def kept_simulator(directory: Path) -> Iterator[SimulatorAccess]:
    """A simulator of our own on this directory; it ends with us, however we end. Raises click.ClickException."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_first = not (directory / "postgres").exists()
    what = "preparing the local simulator, once" if is_first else "starting the local simulator"
    with _started(what, ("--data-dir", str(directory))) as access:
        yield access


@contextmanager
def passing_simulator() -> Iterator[SimulatorAccess]:
    """A simulator of our own that keeps nothing, with quick jobs. Raises click.ClickException."""
    with _started("starting a simulator for this once", ("--ephemeral", "--job-delay", "0.05")) as access:
        yield access


@contextmanager
def _started(what: str, options: Sequence[str]) -> Iterator[SimulatorAccess]:
    click.echo(f"dsqltui: {what} ...", nl=False, err=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dsqltui-") as folder, open(Path(folder) / "stderr", "w+b") as said:
        ready_file = Path(folder) / "ready.json"
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "dsqltui", "sim", "--quiet", "--until-stdin-closes"),
                *("--ready-file", str(ready_file), *options),
            ],
            stdin=subprocess.PIPE,
            stderr=said,
            start_new_session=True,  # Ctrl+C in the terminal is not for it
        )
        try:
            while not ready_file.exists():
                if process.poll() is not None:
                    said.seek(0)
                    raise click.ClickException(_last_words(said.read().decode(errors="replace")))
                if time.monotonic() - started > _START_WITHIN_S:
                    raise click.ClickException(f"the simulator did not start within {_START_WITHIN_S:.0f} s")
                time.sleep(0.01)
            click.echo(f" ready in {time.monotonic() - started:.1f} s", err=True)
            yield SimulatorAccess.from_ready(json.loads(ready_file.read_text(encoding="utf-8")))
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.terminate()
            process.wait()


def _last_words(stderr: str) -> str:
    lines = [line.removeprefix("Error: ") for line in stderr.splitlines() if line.strip()]
    return lines[-1] if lines else "the simulator ended without saying why; try: dsqltui sim"
