"""The simulator as a process of its own: one that runs already, or one started and ended here."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import platformdirs

from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.language import _

_START_WITHIN_S = 90.0
_LISTENS_WITHIN_S = 1.0


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

    @property
    def ports(self) -> tuple[int, ...]:
        """Of the endpoints and of AWS."""
        return (*(endpoint.port for endpoint in self.endpoints), urlsplit(self.aws_endpoint_url).port or 0)

    def answers(self) -> bool:
        """Whether something listens at one of its ports; with faults not all do."""
        addresses = [(endpoint.hostaddr or "127.0.0.1", endpoint.port) for endpoint in self.endpoints]
        aws = urlsplit(self.aws_endpoint_url)
        return any(_listens(*where) for where in (*addresses, (aws.hostname or "127.0.0.1", aws.port or 0)))

    @classmethod
    def from_ready(cls, ready: dict[str, Any]) -> "SimulatorAccess":
        """What the JSON of a ready file says. Raises KeyError or TypeError for other JSON."""
        credentials = ready["credentials"]
        _check_types(ready)
        return cls(
            endpoints=tuple(
                Endpoint(e["host"], e["region"], e["port"], e["hostaddr"], ready["ca_file"]) for e in ready["endpoints"]
            ),
            access_key_id=credentials["access_key_id"],
            secret_access_key=credentials["secret_access_key"],
            aws_endpoint_url=ready["aws_endpoint_url"],
            pid=ready["pid"],
        )


def _check_types(ready: dict[str, Any]) -> None:
    """Raises KeyError and TypeError: a file of the person's folder may hold anything."""
    texts = [ready["ca_file"], ready["aws_endpoint_url"], *ready["credentials"].values()]
    for endpoint in ready["endpoints"]:
        texts += (endpoint["host"], endpoint["region"], endpoint["hostaddr"])
    numbers = [ready["pid"], *(endpoint["port"] for endpoint in ready["endpoints"])]
    if not all(isinstance(text, str) for text in texts) or not all(type(n) is int and n > 0 for n in numbers):
        raise TypeError("a value is of another type")


def simulator_directory() -> Path:
    """Where the simulator keeps its data unless told otherwise."""
    return Path(platformdirs.user_data_dir("dsqltui", appauthor=False)) / "simulator"


def running_simulator(directory: Path) -> SimulatorAccess | None:
    """The simulator that has the directory already, for instance one started with `dsqltui sim`, if it answers."""
    ready_file = directory / "ready.json"
    try:
        access = SimulatorAccess.from_ready(json.loads(ready_file.read_text(encoding="utf-8")))
        os.kill(access.pid, 0)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
    ):  # none, or the file of one that was killed
        return None
    return access if access.answers() else None  # a process that has died is still there until its parent looks


def access_of(ready_file: Path) -> SimulatorAccess:
    """How to reach the simulator that wrote the file. Raises click.ClickException."""
    try:
        access = SimulatorAccess.from_ready(json.loads(ready_file.read_text(encoding="utf-8")))
    except OSError as problem:
        raise click.ClickException(
            _("{file} cannot be read: {reason}").format(file=ready_file, reason=problem.strerror)
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise click.ClickException(_("{file} is no ready file of dsqltui sim").format(file=ready_file)) from None
    if not access.answers():
        raise click.ClickException(
            _("the simulator of {file} does not answer; start it: dsqltui sim").format(file=ready_file)
        )
    return access


class LocalSimulator:
    """The simulator of this machine: the one that runs, or one of our own, started again when it dies.

    One of our own ends with `stack`, however we end.
    """

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        """Raises click.ClickException."""
        self._directory = directory
        self._stack = stack
        self._turn = threading.Lock()
        self.access = running_simulator(directory) or self._start(())

    def revive(self) -> bool:
        """Start it again where it was, when it does not answer any more; whether that was needed.

        Blocks; for a thread. Raises click.ClickException.
        """
        with self._turn:
            if self.access.answers():
                return False
            ports = ",".join(str(port) for port in self.access.ports)
            try:
                self._start(("--ports", ports), is_quiet=True)
            except click.ClickException:
                if not self.access.answers():  # else another console was quicker
                    raise
            return True

    def _start(self, options: Sequence[str], *, is_quiet: bool = False) -> SimulatorAccess:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_first = not (self._directory / "postgres").exists()
        what = _("preparing the local simulator, once") if is_first else _("starting the local simulator")
        return self._stack.enter_context(
            _started(what, ("--data-dir", str(self._directory), *options), is_quiet=is_quiet)
        )


@contextmanager
def passing_simulator() -> Iterator[SimulatorAccess]:
    """A simulator of our own that keeps nothing, with quick jobs. Raises click.ClickException."""
    with _started(_("starting a simulator for this once"), ("--ephemeral", "--job-delay", "0.05")) as access:
        yield access


@contextmanager
def _started(what: str, options: Sequence[str], *, is_quiet: bool = False) -> Iterator[SimulatorAccess]:
    if not is_quiet:
        click.echo(_("dsqltui: {what} ...").format(what=what), nl=False, err=True)
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
                    raise click.ClickException(
                        _("the simulator did not start within {start_within_s:.0f} s").format(
                            start_within_s=_START_WITHIN_S
                        )
                    )
                time.sleep(0.01)
            if not is_quiet:
                click.echo(_(" ready in {took:.1f} s").format(took=time.monotonic() - started), err=True)
            yield SimulatorAccess.from_ready(json.loads(ready_file.read_text(encoding="utf-8")))
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.terminate()
            process.wait()


def _listens(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), _LISTENS_WITHIN_S).close()
    except OSError:
        return False
    return True


def _last_words(stderr: str) -> str:
    lines = [line.removeprefix("Error: ") for line in stderr.splitlines() if line.strip()]
    return lines[-1] if lines else _("the simulator ended without saying why; try: dsqltui sim")
