"""The whole simulator: PostgreSQL, two endpoints, the AWS endpoint; started, watched and stopped together."""

import asyncio
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from dsqltui.sim.aws.account import ACCOUNT_ID
from dsqltui.sim.aws.clusters import DEFAULT_REGIONS
from dsqltui.sim.aws.control_plane import SimulatedControlPlane
from dsqltui.sim.aws.identity import IdentityStore
from dsqltui.sim.aws.services import AwsEndpoint, utc_now
from dsqltui.sim.aws.sigv4 import ADMIN_USER
from dsqltui.sim.cluster.settings import SimSettings
from dsqltui.sim.cluster.shared_cluster import DATABASE, SharedCluster
from dsqltui.sim.faults.fault_control import FaultControl
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.postgres.postgres import Postgres, PostgresError
from dsqltui.sim.protocol.admission import Admission
from dsqltui.sim.protocol.listener import Listener
from dsqltui.sim.protocol.session import ClientSession
from dsqltui.sim.protocol.tls import ca_file, server_context
from dsqltui.sim.state import AccountKeeper, load_or_make

LOOPBACK = "127.0.0.1"
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
        ports: Sequence[int] = (0, 0, 0),
        settings: SimSettings | None = None,
        template: Path | None = None,
    ) -> None:
        """`ports` are those of the endpoints and of AWS; 0 takes a free one.

        `template` is passed to Postgres: a folder of fresh data to copy, for tests. Raises FaultError.
        """
        self._directory = directory
        self._regions = regions
        self._ports = tuple(ports)
        self._settings = settings or SimSettings()
        self._postgres = Postgres(
            directory / "postgres",
            settings=_POSTGRES_SETTINGS,
            template=template,
            secret=os.environ.get("DSQLTUI_PG_SECRET"),
        )
        self._faults = FaultControl(self._settings.faults, tuple(regions))
        self._cluster = SharedCluster(
            self._postgres.socket_path, lambda: self._postgres.secret, self._settings, self._faults
        )
        self._listeners: dict[str, Listener] = {}
        """By Region."""
        self._aws: AwsEndpoint | None = None

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
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        state_file = self._directory / "simulator.json"
        state = await asyncio.to_thread(load_or_make, state_file, self._regions)
        tls_directory = self._directory / "tls"
        tls = await asyncio.to_thread(server_context, tls_directory, state.topology.endpoints)
        await self._postgres.start()
        await self._cluster.start()
        identities = IdentityStore.with_user(state.user_key, account=state.account)
        control = SimulatedControlPlane(
            state.topology,
            delay_s=self._settings.cluster_delay_s,
            on_deletion=lambda cluster: self._listeners[cluster.region].drop(),
        )
        endpoints = []
        for number, regional in enumerate(state.topology.clusters):
            door = Admission(regional, control, identities, self._faults, now=utc_now)
            listener = Listener(tls, partial(ClientSession, self._cluster, door))
            port = listener.start(self._ports[number])
            self._listeners[regional.region] = listener
            endpoints.append(
                RunningEndpoint(regional.region, regional.endpoint, LOOPBACK, port, regional.identifier, regional.arn)
            )
        self._faults.watch(self._reach_or_not)
        self._reach_or_not()
        self._aws = AwsEndpoint(
            identities, control, self._faults, keep=AccountKeeper(state_file, state).keep, data=self._cluster
        )
        await self._aws.start(self._ports[len(endpoints)])
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

    def _reach_or_not(self) -> None:
        for region, listener in self._listeners.items():
            listener.set_reachable(self._faults.is_reachable(region))

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
        await self._cluster.stop()
        await self._postgres.stop()
