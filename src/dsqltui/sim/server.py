"""The whole simulator: PostgreSQL, two endpoints, the AWS endpoint; started, watched and stopped together."""

import asyncio
import errno
import logging
import os
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from dsqltui.core.language import _
from dsqltui.sim.aws.account import ACCOUNT_ID
from dsqltui.sim.aws.clusters import DEFAULT_REGIONS, REGIONS, SimCluster
from dsqltui.sim.aws.control_plane import SimulatedControlPlane
from dsqltui.sim.aws.http import reached_at
from dsqltui.sim.aws.identity import AccessKey, IdentityStore
from dsqltui.sim.aws.services import AwsEndpoint, utc_now
from dsqltui.sim.aws.sigv4 import ADMIN_USER, load_signers
from dsqltui.sim.cluster.settings import SimSettings
from dsqltui.sim.cluster.shared_cluster import DATABASE, SharedCluster
from dsqltui.sim.faults.fault_control import FaultControl
from dsqltui.sim.made_clusters import MadeClusters
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.postgres.disk import DiskRoom
from dsqltui.sim.postgres.postgres import Postgres, PostgresError
from dsqltui.sim.protocol.admission import Admission
from dsqltui.sim.protocol.listener import Choose, Front, Listener, note_server_name
from dsqltui.sim.protocol.session import ClientSession
from dsqltui.sim.protocol.tls import ca_file, server_context
from dsqltui.sim.state import AccountKeeper, load_or_make

LOOPBACK = "127.0.0.1"
ANYWHERE = ("0.0.0.0", "::")
"""Addresses that mean every one of this machine."""
_log = logging.getLogger(__name__)

_RESTART_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Between attempts to start PostgreSQL again after it died."""

_POSTGRES_SETTINGS = {
    # a client that is gone ends its statement even while it runs
    "client_connection_check_interval": "1s",
    # nothing in DSQL waits for locks; whatever should wait here all the same must not wait for ever
    "lock_timeout": "10s",
    # source: AWS User Guide, quotas: 128 MB of temporary space for a query
    "temp_file_limit": "131072kB",
    # tables are analyzed by jobs that sys.jobs shows
    "autovacuum_analyze_threshold": "2000000000",
}


@dataclass(frozen=True, slots=True)
class RunningEndpoint:
    """Where a Regional endpoint listens. `hostaddr` and `port` are real, `host` is what TLS and tokens are made for."""

    region: str
    host: str
    hostaddr: str
    port: int
    cluster_id: str
    arn: str


@dataclass(frozen=True, slots=True)
class SimCredentials:
    """The workshop user's access key; the simulator's own, worthless elsewhere."""

    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True)
class Ready:
    """How to reach a running simulator: the contents of the ready file."""

    endpoints: tuple[RunningEndpoint, ...]
    ca_file: str
    aws_endpoint_url: str
    account: str
    credentials: SimCredentials
    database: str
    admin_user: str
    pid: int

    def to_json_object(self) -> dict[str, object]:
        """As plain JSON values, in the documented order."""
        return asdict(self)


class Simulator:
    """A two-Region Aurora DSQL stand-in on loopback. `start`, then `wait`, then `stop`; one event loop."""

    def __init__(
        self,
        directory: Path,
        *,
        regions: Sequence[str] = DEFAULT_REGIONS,
        ports: Sequence[int] = (),
        addresses: Sequence[str] = (LOOPBACK,),
        identifiers: Sequence[str] = (),
        user_key: AccessKey | None = None,
        settings: SimSettings | None = None,
        template: Path | None = None,
    ) -> None:
        """`ports` are those of the endpoints and of AWS; 0, or none, takes a free one. `addresses` are where the
        endpoints listen, the last one also for those after it; AWS listens at the first. Endpoints of one address and
        one port share a listener: the name in TLS tells which one is meant. `identifiers` and `user_key` are the
        clusters' ids and the user's access key, if they are not to be random.

        `template` is passed to Postgres: a folder of fresh data to copy, for tests. Raises FaultError.
        """
        self._directory = directory
        self._regions = regions
        self._ports = tuple(ports) or (0,) * (len(regions) + 1)
        if len(self._ports) != len(regions) + 1:
            raise ValueError(
                _("{endpoints} endpoints and AWS need {needed} ports, not {given}").format(
                    endpoints=len(regions), needed=len(regions) + 1, given=len(self._ports)
                )
            )
        self._addresses = tuple(addresses)
        self._identifiers = tuple(identifiers)
        self._user_key = user_key
        self._new_postgres = partial(
            Postgres, settings=_POSTGRES_SETTINGS, template=template, secret=os.environ.get("DSQLTUI_PG_SECRET")
        )
        self._settings = settings or SimSettings()
        self._postgres = self._new_postgres(directory / "postgres")
        self._faults = FaultControl(self._settings.faults, tuple(regions))
        self._cluster = self._new_shared(self._postgres)
        self._listeners: dict[tuple[str, int], Listener] = {}
        """By address and wanted port."""
        self._made: MadeClusters | None = None
        self._endings: set[asyncio.Task[None]] = set()
        """Databases of deleted clusters, which end."""
        self._aws: AwsEndpoint | None = None

    def _new_shared(self, postgres: Postgres) -> SharedCluster:
        disk = DiskRoom(lambda: postgres.data_dir, self._settings.kept_free)
        return SharedCluster(postgres.socket_path, lambda: postgres.secret, disk, self._settings, self._faults)

    async def start(self, pid: int) -> Ready:
        """Start everything and return when connections are accepted.

        Raises PostgresError, StateUnreadable, OSError (a port is taken, a directory cannot be written) or ValueError
        (Regions that cannot be peers), with nothing left running.
        """
        try:
            return await self._start(pid)
        except BaseException:
            await self.stop()
            raise

    async def _start(self, pid: int) -> Ready:
        self._loading = asyncio.get_running_loop().run_in_executor(None, load_signers)  # while PostgreSQL starts
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        state_file = self._directory / "simulator.json"
        state = await asyncio.to_thread(load_or_make, state_file, self._regions, self._identifiers, self._user_key)
        tls_directory = self._directory / "tls"
        names = (
            *state.topology.endpoints,
            *self._addresses,
            *(f"*.dsql.{region}.on.aws" for region in sorted(REGIONS)),
        )
        tls = await asyncio.to_thread(server_context, tls_directory, [name for name in names if name not in ANYWHERE])
        tls.sni_callback = note_server_name
        await self._postgres.start()
        await self._cluster.start()
        identities = IdentityStore.with_user(state.user_key, account=state.account)
        control = SimulatedControlPlane(
            state.topology,
            delay_s=self._settings.cluster_delay_s,
            on_deletion=self._cluster_deleted,
        )
        admission = partial(Admission, control=control, identities=identities, faults=self._faults, now=utc_now)
        self._made = made = MadeClusters(self._directory / "clusters", self._new_postgres, self._new_shared, admission)
        await asyncio.to_thread(shutil.rmtree, self._directory / "clusters", ignore_errors=True)  # of a killed one
        endpoints, ports = list[RunningEndpoint](), dict[tuple[str, int], int]()
        fronts: dict[tuple[str, int], list[Front]] = {}
        for number, regional in enumerate(state.topology.clusters):
            where = self._addresses[min(number, len(self._addresses) - 1)], self._ports[number]
            if not where[1]:
                where = where[0], -number  # free ports are never shared
            door = admission(regional)
            fronts.setdefault(where, []).append(Front(regional.endpoint, regional.region, _opener(self._cluster, door)))
            if where not in self._listeners:
                behind = fronts[where]
                self._listeners[where] = listener = Listener(
                    tls, self._chooser(behind, control, made), partial(self._is_reachable, behind)
                )
                ports[where] = _listen(listener, max(where[1], 0), where[0])
            at = reached_at(where[0]).strip("[]")
            endpoints.append(
                RunningEndpoint(regional.region, regional.endpoint, at, ports[where], regional.identifier, regional.arn)
            )
        self._faults.watch(self._cut_off)
        self._aws = AwsEndpoint(
            identities,
            control,
            self._faults,
            keep=AccountKeeper(state_file, state).keep,
            data=self._cluster,
            counters=self._cluster.counters,
        )
        at_port = self._ports[len(endpoints)]
        try:
            await self._aws.start(at_port, self._addresses[0])
        except OSError as problem:
            raise OSError(problem.errno, _cannot_listen(problem, at_port, self._addresses[0])) from None
        key = state.user_key
        return Ready(
            endpoints=tuple(endpoints),
            ca_file=str(ca_file(tls_directory)),
            aws_endpoint_url=self._aws.url,
            account=ACCOUNT_ID,
            credentials=SimCredentials(key.access_key_id, key.secret_access_key),
            database=DATABASE,
            admin_user=ADMIN_USER,
            pid=pid,
        )

    def _chooser(self, fronts: list[Front], control: SimulatedControlPlane, made: MadeClusters) -> Choose:
        """Whom a connection is for: one of these endpoints, the first unless TLS names another, or a cluster that the
        API has made."""

        def choose(name: str | None) -> Front | None:
            front = next((front for front in fronts if front.host == name), None)
            if front is None:
                cluster = control.was_made(name, utc_now()) if name is not None else None
                front = fronts[0] if cluster is None else made.front(cluster)
            return front if self._faults.is_reachable(front.region) else None

        return choose

    def _is_reachable(self, fronts: list[Front]) -> bool:
        return any(self._faults.is_reachable(front.region) for front in fronts)

    def _cut_off(self) -> None:
        """After a change of the faults: end the connections to Regions that cannot be reached any more."""
        for listener in self._listeners.values():
            listener.drop(lambda front: not self._faults.is_reachable(front.region))

    def _cluster_deleted(self, cluster: SimCluster) -> None:
        for listener in self._listeners.values():
            listener.drop(lambda front: front.host == cluster.endpoint)
        ending = self._made.deleted(cluster) if self._made is not None else None
        if ending is not None:
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    async def keep_running(self) -> None:
        """Watch PostgreSQL and start it again when it dies. Open sessions end; their clients see a lost connection.

        Raises PostgresError, PgError or OSError when it cannot be started any more.
        """
        while True:
            status = await self._postgres.wait()
            _log.warning("PostgreSQL ended with status %s; starting it again", status)
            await self._start_again()

    async def _start_again(self) -> None:
        """Start PostgreSQL, which may die again meanwhile."""
        for pause_s in (*_RESTART_PAUSES_S, None):
            try:
                if not self._postgres.is_running:
                    await self._postgres.start()
                await self._cluster.start()
            except (PostgresError, PgError, OSError) as error:
                if pause_s is None:
                    raise
                _log.warning("PostgreSQL did not come back, trying again: %s", error)
                await asyncio.sleep(pause_s)
            else:
                return

    async def stop(self) -> None:
        """Stop everything, in the order that lets sessions end before their database."""
        if self._aws is not None:
            await self._aws.stop()
        for listener in self._listeners.values():
            await listener.stop()
        if self._made is not None:
            await self._made.stop()
            await asyncio.gather(*self._endings, return_exceptions=True)
        await self._cluster.stop()
        await self._postgres.stop()


def _opener(
    cluster: SharedCluster, admission: Admission
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[ClientSession]]:
    """For a database that runs already."""

    async def open_session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> ClientSession:
        return ClientSession(cluster, admission, reader, writer)

    return open_session


def _listen(listener: Listener, port: int, address: str) -> int:
    """Listen; the port. Raises OSError that says what to do."""
    try:
        return listener.start(port, address)
    except OSError as problem:
        if problem.errno == errno.EADDRNOTAVAIL and address.startswith("127."):
            raise OSError(
                problem.errno,
                _(
                    "this machine has no address {address}; on macOS add it first: sudo ifconfig lo0 alias {address}"
                ).format(address=address),
            ) from None
        raise OSError(problem.errno, _cannot_listen(problem, port, address)) from None


def _cannot_listen(problem: OSError, port: int, address: str) -> str:
    """One sentence for a port that cannot be had."""
    if problem.errno == errno.EADDRINUSE:
        return _(
            "port {port} of {address} is taken by another program; end that, or choose other ports with --ports"
        ).format(port=port, address=address)
    if problem.errno == errno.EADDRNOTAVAIL:
        return _(
            "this machine has no address {address} to listen on; choose one that it has, or 0.0.0.0 for all"
        ).format(address=address)
    if problem.errno == errno.EACCES:
        return _("port {port} of {address} is for root alone; choose one above 1023 with --ports").format(
            port=port, address=address
        )
    which = _("port {port}").format(port=port) if port else _("a free port")
    return _("cannot listen on {address}, {which}: {reason}").format(
        address=address, which=which, reason=os.strerror(problem.errno or 0)
    )
