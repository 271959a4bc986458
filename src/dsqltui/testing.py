"""The simulator for test suites: started by `started`, used as a `Dsql`. The pytest plugin is a thin layer over it."""

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsqltui.sim.aws.control_client import ControlClient

if TYPE_CHECKING:
    import boto3
    import psycopg

_START_WITHIN_S = 120.0
_BASELINE = "pytest"
_FOLDER = "dsqltui-test-"
"""Then the number of the process, and something random."""


class SimulatorDidNotStart(Exception):
    """`dsqltui sim` ended, or took too long; the message ends with what it said."""


@dataclass(frozen=True, slots=True)
class DsqlEndpoint:
    """A Regional endpoint: `host` is what TLS and tokens are made for, `hostaddr` and `port` where it listens."""

    region: str
    host: str
    hostaddr: str
    port: int
    cluster_id: str
    arn: str


@dataclass(frozen=True, slots=True)
class DsqlCredentials:
    """The access key of the simulator's administrator, worthless elsewhere."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


class Dsql:
    """A running simulator."""

    def __init__(self, ready: Mapping[str, Any]) -> None:
        """`ready` is the JSON of a ready file."""
        self.endpoints = tuple(DsqlEndpoint(**endpoint) for endpoint in ready["endpoints"])
        """Of the Regions, in their order."""
        self.credentials = DsqlCredentials(**ready["credentials"])
        self.ca_file: str = ready["ca_file"]
        self.aws_endpoint_url: str = ready["aws_endpoint_url"]
        self.pid: int = ready["pid"]
        self.database: str = ready["database"]
        self.admin_user: str = ready["admin_user"]
        self._control = ControlClient.from_ready(ready)
        self._opened: list[psycopg.Connection[Any]] = []
        self._session: boto3.Session | None = None
        self._has_baseline = False

    @property
    def endpoint(self) -> DsqlEndpoint:
        """The first one."""
        return self.endpoints[0]

    # -- clients

    def boto3_session(self) -> "boto3.Session":
        """A boto3 session with the simulator's credentials. Its clients need `endpoint_url=dsql.aws_endpoint_url`."""
        import boto3

        if self._session is None:
            key = self.credentials
            self._session = boto3.Session(key.access_key_id, key.secret_access_key, region_name=self.endpoint.region)
        return self._session

    def token(self, endpoint: int = 0, user: str = "admin") -> str:
        """A connect token, the password of that role at that endpoint (0 is A), good for 15 minutes."""
        at = self.endpoints[endpoint]
        client = self.boto3_session().client("dsql", region_name=at.region, endpoint_url=self.aws_endpoint_url)
        if user == self.admin_user:
            return str(client.generate_db_connect_admin_auth_token(at.host))
        return str(client.generate_db_connect_auth_token(at.host))

    def parameters(self, endpoint: int = 0, user: str = "admin") -> dict[str, Any]:
        """What libpq needs to connect, a fresh token included: `psycopg.connect(**dsql.parameters())`."""
        at = self.endpoints[endpoint]
        return {
            "host": at.host,
            "hostaddr": at.hostaddr,
            "port": at.port,
            "user": user,
            "dbname": self.database,
            "password": self.token(endpoint, user),
            "sslmode": "verify-full",
            "sslrootcert": self.ca_file,
        }

    def connect(self, endpoint: int = 0, user: str = "admin", **options: Any) -> "psycopg.Connection[Any]":
        """A psycopg connection, closed at the end of the test. `options` as for `psycopg.connect`."""
        import psycopg

        connection: psycopg.Connection[Any] = psycopg.connect(**{**self.parameters(endpoint, user), **options})
        self._opened.append(connection)
        return connection

    # -- data

    def snapshot(self, name: str = "default") -> None:
        """Keep the data as it is. Raises ControlFailed, also while a transaction is open."""
        self._control.make_snapshot(name)

    def reset(self, name: str | None = None) -> float:
        """Put the data back: rows, schema, sequences, roles, grants. The milliseconds it took in the simulator.

        Connections stay. None means the snapshot `default`, and without that one a new cluster. Raises ControlFailed.
        """
        return float(self._control.reset(name)["milliseconds"])

    @contextmanager
    def isolated(self, *, undoes: bool = True, faults: Mapping[str, object] | None = None) -> Iterator[None]:
        """Around a test: faults for it, connections closed, and unless told otherwise the data put back after it."""
        if undoes and (not self._has_baseline or self._control.is_changed()):
            self._control.make_snapshot(_BASELINE)
            self._has_baseline = True
        try:
            if faults:
                self._control.change_faults(_fault_names(faults))
            yield
        finally:
            if self._are_faults_changed or faults:
                self._control.change_faults(_all_default(self._control.faults()))
                self._are_faults_changed = False
            for connection in self._opened:
                connection.close()
            self._opened.clear()
            if undoes:
                self._control.reset(_BASELINE)

    # -- faults

    _are_faults_changed = False

    def faults(self, **changes: object) -> "_Restoring":
        """Make something go wrong from now on: `dsql.faults(conflict_every=3)`; see `dsqltui sim --help`, with
        underscores. None is the default. Until the end of the test, or of a `with` block. Raises ControlFailed."""
        names = _fault_names(changes)
        before = self._control.faults()
        self._are_faults_changed = True
        self._control.change_faults(names)
        return _Restoring(lambda: self._control.change_faults({name: before[name] for name in names}))

    # -- the environment of an application

    def environ(self) -> dict[str, str]:
        """Environment variables for clients of every language; see `dsqltui.sim.environment`."""
        from dsqltui.sim.environment import variables

        return variables(self._ready_like(), names_addresses=True)

    def _ready_like(self) -> dict[str, Any]:
        return {
            "endpoints": [{name: getattr(e, name) for name in DsqlEndpoint.__slots__} for e in self.endpoints],
            "ca_file": self.ca_file,
            "aws_endpoint_url": self.aws_endpoint_url,
            "credentials": {
                "access_key_id": self.credentials.access_key_id,
                "secret_access_key": self.credentials.secret_access_key,
            },
            "database": self.database,
            "admin_user": self.admin_user,
        }

    @contextmanager
    def environment(self) -> Iterator[None]:
        """The environment variables in this process, and host names that resolve for code that asks Python."""
        wanted = self.environ()
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            with self.names_resolve():
                yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    @contextmanager
    def names_resolve(self) -> Iterator[None]:
        """Let `socket.getaddrinfo` know the endpoints' host names, for clients that cannot be told an address."""
        addresses = {at.host: at.hostaddr for at in self.endpoints}
        original = socket.getaddrinfo

        def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            return original(addresses.get(name, host) if isinstance(name, str) else host, *arguments, **options)

        socket.getaddrinfo = getaddrinfo
        try:
            yield
        finally:
            socket.getaddrinfo = original


class _Restoring:
    """What `faults` returns: a context manager that may be ignored."""

    def __init__(self, restore: Callable[[], object]) -> None:
        self._restore = restore

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._restore()


def _fault_names(changes: Mapping[str, object]) -> dict[str, object]:
    return {
        name.replace("_", "-"): sorted(value) if isinstance(value, set | frozenset | tuple) else value
        for name, value in changes.items()
    }


def _all_default(faults: Mapping[str, object]) -> dict[str, object]:
    return dict.fromkeys(faults)


@contextmanager
def started(options: Sequence[str] = ()) -> Iterator[Dsql]:
    """Start `dsqltui sim --ephemeral` with these options, and end it. Raises SimulatorDidNotStart."""
    with ExitStack() as stack:
        _sweep()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{_FOLDER}{os.getpid()}-")))
        said = stack.enter_context((folder / "stderr").open("w+b"))
        ready_file = folder / "ready.json"
        command = [sys.executable, "-m", "dsqltui", "sim", "--ephemeral", "--quiet", "--until-stdin-closes"]
        command += ["--ready-file", str(ready_file), "--job-delay", "0.05", *options]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said, start_new_session=True)
        stack.callback(_end, process)
        ends = time.monotonic() + _START_WITHIN_S
        while not ready_file.exists():
            if process.poll() is not None or time.monotonic() > ends:
                said.seek(0)
                words = said.read().decode(errors="replace").strip() or f"it ended with {process.returncode}"
                raise SimulatorDidNotStart(f"{shlex.join(command)} did not start: {words}")
            time.sleep(0.01)
        yield Dsql(json.loads(ready_file.read_text(encoding="utf-8")))


def _sweep() -> None:
    """Remove what workers left that were killed; their simulators have ended with them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*-*"):
        pid = folder.name.removeprefix(_FOLDER).partition("-")[0]
        with suppress(OSError):
            if pid.isdigit() and folder.lstat().st_uid == os.geteuid() and not _is_there(int(pid)):
                shutil.rmtree(folder)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    process.wait()
