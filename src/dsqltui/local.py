"""Puts the parts together: the simulator in its own process, sessions on two endpoints, the console on them."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import platformdirs

from dsqltui.core.endpoint import Endpoint, EndpointError, parse_endpoint

if TYPE_CHECKING:
    from dsqltui.client.tokens import TokenSource
    from dsqltui.core.session import Session

_START_WITHIN_S = 90.0
_LETTERS = "AB"


@dataclass(frozen=True, slots=True)
class ConsoleRequest:
    """What the command line asked of the console."""

    user: str
    """Database role."""
    row_limit: int
    """Rows fetched at once."""
    has_mouse: bool


@dataclass(frozen=True, slots=True)
class SimulatorAccess:
    """How to reach a running simulator."""

    endpoints: tuple[Endpoint, ...]
    access_key_id: str
    secret_access_key: str
    pid: int


def simulator_directory() -> Path:
    """Where the simulator keeps its data unless told otherwise."""
    return Path(platformdirs.user_data_dir("dsqltui", appauthor=False)) / "simulator"


def open_on_simulator(request: ConsoleRequest) -> int:
    """Open the console on the local simulator, started if it does not run; the exit status."""
    from dsqltui.client.tokens import BotoTokens
    from dsqltui.ui.terminal import terminal_problem

    if problem := terminal_problem():
        click.echo(problem, err=True)
        return 2
    with ExitStack() as stack:
        access = _running_simulator(simulator_directory())
        if access is None:
            access = stack.enter_context(_started_simulator(simulator_directory()))
        tokens = BotoTokens(access_key_id=access.access_key_id, secret_access_key=access.secret_access_key)
        return _open_console(request, access.endpoints, tokens)


def open_on_aws(request: ConsoleRequest, hosts: Sequence[str], profile: str | None) -> int:
    """Open the console on the endpoints of a cluster on AWS; the exit status. One host gets both panes."""
    from dsqltui.client.roots import find_root_certificates
    from dsqltui.client.tokens import BotoTokens
    from dsqltui.core.session import ConnectFailed

    try:
        ca_file = str(find_root_certificates())
        endpoints = []
        for host in (*hosts, *hosts)[:2]:
            endpoint = parse_endpoint(host)
            endpoints.append(Endpoint(endpoint.host, endpoint.region, endpoint.port, ca_file=ca_file))
    except EndpointError as problem:
        raise click.UsageError(str(problem)) from None
    except ConnectFailed as problem:
        raise click.ClickException(str(problem)) from None
    return _open_console(request, tuple(endpoints), BotoTokens(profile))


def _open_console(request: ConsoleRequest, endpoints: Sequence[Endpoint], tokens: "TokenSource") -> int:
    from dsqltui.ui.app import PaneSetup, run_console

    with ExitStack() as stack:

        def open_sessions() -> "Sequence[Session]":
            """Called in a thread once the console is on the screen: psycopg and boto3 take their time to import."""
            from dsqltui.client.engine import Engine
            from dsqltui.client.pg_session import PgSession

            engine = stack.enter_context(Engine())
            return [PgSession(engine, endpoint, request.user, tokens) for endpoint in endpoints]

        from dsqltui.client.script import run_script

        first, second = (
            PaneSetup(letter=letter, endpoint=endpoint, user=request.user)
            for letter, endpoint in zip(_LETTERS, endpoints, strict=True)
        )
        return run_console(
            (first, second), open_sessions, row_limit=request.row_limit, mouse=request.has_mouse, run_script=run_script
        )


# -- the simulator's process


def _running_simulator(directory: Path) -> SimulatorAccess | None:
    """The simulator that has the directory already, for instance one started with `dsqltui sim`."""
    ready_file = directory / "ready.json"
    try:
        access = _access(json.loads(ready_file.read_text(encoding="utf-8")))
        os.kill(access.pid, 0)
    except (OSError, ValueError, KeyError):  # none, or the file of one that was killed
        return None
    return access


@contextmanager
def _started_simulator(directory: Path) -> Iterator[SimulatorAccess]:
    """A simulator of our own, in its own process; it ends with the console, however the console ends."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_first = not (directory / "postgres").exists()
    what = "preparing the local simulator, once" if is_first else "starting the local simulator"
    click.echo(f"dsqltui: {what} ...", nl=False, err=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dsqltui-") as folder, open(Path(folder) / "stderr", "w+b") as said:
        ready_file = Path(folder) / "ready.json"
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "dsqltui", "sim", "--quiet", "--until-stdin-closes"),
                *("--data-dir", str(directory), "--ready-file", str(ready_file)),
            ],
            stdin=subprocess.PIPE,
            stderr=said,
            start_new_session=True,  # Ctrl+C in the terminal is the console's
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
            yield _access(json.loads(ready_file.read_text(encoding="utf-8")))
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.terminate()
            process.wait()


def _last_words(stderr: str) -> str:
    lines = [line.removeprefix("Error: ") for line in stderr.splitlines() if line.strip()]
    return lines[-1] if lines else "the simulator ended without saying why; try: dsqltui sim"


def _access(ready: dict[str, Any]) -> SimulatorAccess:
    credentials = ready["credentials"]
    return SimulatorAccess(
        endpoints=tuple(
            Endpoint(e["host"], e["region"], e["port"], e["hostaddr"], ready["ca_file"]) for e in ready["endpoints"]
        ),
        access_key_id=credentials["access_key_id"],
        secret_access_key=credentials["secret_access_key"],
        pid=ready["pid"],
    )
