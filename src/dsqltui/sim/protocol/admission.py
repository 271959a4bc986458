"""The front door of one Regional endpoint: who may come in now, and for how long."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from dsqltui.sim.aws.clusters import SimCluster
from dsqltui.sim.aws.control_plane import SimulatedControlPlane
from dsqltui.sim.aws.identity import IdentityStore, Principal
from dsqltui.sim.aws.sigv4 import Refusal, TokenRefused, token_host, verify_token
from dsqltui.sim.faults.fault_control import FaultControl
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.rules.messages import ACCESS_DENIED, CONNECTION_RATE, TOO_MANY_CONNECTIONS, Evidence, Message

DELETED = Message("08006", "unable to accept connection, cluster is being deleted", Evidence.GUESSED, "2026-11")
_ANOTHER_CLUSTER = (
    "The token is for {host}, which listens here too, but the connection asked for {own}: connect with the host name "
    "of the cluster, which TLS tells the simulator (SNI)."
)


def denied(hint: str) -> PgError:
    """The refusal of a connection, with its HINT."""
    error = ACCESS_DENIED.error()
    error.fields["H"] = hint
    return error


class Admission:
    """Admits connections to one cluster. It belongs to one event loop."""

    def __init__(
        self,
        cluster: SimCluster,
        control: SimulatedControlPlane,
        identities: IdentityStore,
        faults: FaultControl,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`now` tells the time, aware; `clock` tells seconds and never goes back."""
        self._cluster = cluster
        self._control = control
        self._identities = identities
        self._faults = faults
        self._now = now
        self._clock = clock
        self._open = 0
        self._spent = 0.0
        """Connects taken from the burst and not given back yet."""
        self._spent_at = clock()

    @property
    def identifier(self) -> str:
        """The Regional cluster's."""
        return self._cluster.identifier

    @property
    def region(self) -> str:
        """The cluster's Region."""
        return self._cluster.region

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be inside. Raises PgError when nobody, or nobody else, may come in now."""
        if not self._control.is_serving(self._cluster, self._now()):
            raise DELETED.error()
        error = self._faults.connect_error()
        if error is not None:
            raise error
        self._spend()
        if self._open >= self._faults.current.connection_limit:
            raise TOO_MANY_CONNECTIONS.error()
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    def _spend(self) -> None:
        """Take one from the burst, which comes back at the connect rate. Raises PgError when there is none."""
        faults, now = self._faults.current, self._clock()
        self._spent = max(0.0, self._spent - (now - self._spent_at) * faults.connect_rate)
        self._spent_at = now
        if self._spent > faults.connect_burst - 1:
            raise CONNECTION_RATE.error()
        self._spent += 1

    def verify(self, token: str, user: str) -> Principal:
        """Who may connect as `user` with this token. Raises PgError."""
        now = self._now()
        try:
            return verify_token(
                token,
                host=self._cluster.endpoint,
                region=self._cluster.region,
                user=user,
                identities=self._identities,
                now=self._faults.token_time(now),
            )
        except TokenRefused as refused:
            host = token_host(token)
            if refused.reason is Refusal.WRONG_HOST and self._control.was_made(host, now) is not None:
                raise denied(_ANOTHER_CLUSTER.format(host=host, own=self._cluster.endpoint)) from None
            raise denied(refused.hint) from None

    @contextmanager
    def until_too_old(self, cut: Callable[[], None]) -> Iterator[None]:
        """Call `cut` when the session that begins now reaches the age limit, which may change meanwhile."""
        loop = asyncio.get_running_loop()
        opened_at = loop.time()
        alarm = loop.call_at(opened_at + self._faults.current.session_age_limit_s, cut)

        def set_again() -> None:
            nonlocal alarm
            alarm.cancel()
            alarm = loop.call_at(opened_at + self._faults.current.session_age_limit_s, cut)

        stop_watching = self._faults.watch(set_again)
        try:
            yield
        finally:
            stop_watching()
            alarm.cancel()
