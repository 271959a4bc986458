"""AWS on 127.0.0.1, as far as the console needs it: STS, IAM, CloudWatch, Aurora DSQL's control plane, and the
simulator's own control interface.

An official SDK or the AWS CLI uses it with `AWS_ENDPOINT_URL` set to `url`. Every call must be signed; the Region and
the service are read from the signature, so one port serves all Regions.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from dsqltui.sim.aws.call import FAULTS, AwsError, AwsFault, Call, Service
from dsqltui.sim.aws.cloudwatch import CloudWatch
from dsqltui.sim.aws.control_paths import PATH_PREFIX, SERVICE_NAME
from dsqltui.sim.aws.control_plane import SimulatedControlPlane
from dsqltui.sim.aws.control_service import ControlService, KeepsData
from dsqltui.sim.aws.dsql import DsqlService
from dsqltui.sim.aws.http import HttpRequest, HttpServer, Response
from dsqltui.sim.aws.iam import Iam, Keep
from dsqltui.sim.aws.identity import IdentityStore
from dsqltui.sim.aws.sigv4 import TokenRefused, verify_request
from dsqltui.sim.aws.sts import Sts
from dsqltui.sim.faults.fault_control import FaultControl
from dsqltui.sim.pg.counters import SimulatorCounters

Clock = Callable[[], datetime]
"""Tells the time; aware."""

_logger = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


async def _keep_nothing() -> None:
    return


class AwsEndpoint:
    """The services behind one listener. It belongs to the event loop that started it."""

    def __init__(
        self,
        identities: IdentityStore,
        control: SimulatedControlPlane,
        faults: FaultControl,
        *,
        keep: Keep = _keep_nothing,
        clock: Clock = utc_now,
        data: KeepsData | None = None,
        counters: SimulatorCounters | None = None,
    ) -> None:
        """`counters` are what CloudWatch answers from.

        `keep` is awaited after every change of the account, before it is answered. `data` makes snapshots."""
        self._identities = identities
        self._clock = clock
        self._services: Mapping[str, Service] = {
            "sts": Sts(identities),
            "iam": Iam(identities, keep),
            "dsql": DsqlService(identities, control),
            "monitoring": CloudWatch(identities, counters or SimulatorCounters()),
            SERVICE_NAME: ControlService(identities, faults, data),
        }
        self._server = HttpServer(self._answer)

    @property
    def url(self) -> str:
        """What `AWS_ENDPOINT_URL` must be. Raises RuntimeError when not started."""
        return self._server.url

    async def start(self, port: int = 0, address: str = "127.0.0.1") -> int:
        """Listen and return the port; 0 takes a free one. Raises OSError when the port is taken."""
        return await self._server.start(port, address)

    async def stop(self) -> None:
        """Close the listener and every connection; harmless when not started."""
        await self._server.stop()

    async def _answer(self, request: HttpRequest) -> Response:
        service = self._addressed(request.path)
        try:
            now = self._clock()
            signed = verify_request(
                request.method, request.target, request.headers, request.body, identities=self._identities, now=now
            )
            if signed.service not in self._services:
                names = ", ".join(f"'{name}'" for name in self._services)
                raise AwsError(
                    AwsFault.INVALID_SIGNATURE, f"Credential should be scoped to correct service: one of {names}."
                )
            service = self._services[signed.service]
            return await service.answer(Call(request, signed.principal, signed.region, now))
        except TokenRefused as refused:
            return service.refusal(AwsError(FAULTS[refused.reason], refused.hint))
        except AwsError as error:
            return service.refusal(error)
        except Exception:  # our mistake: the traceback goes to the log, the client gets AWS's word for it
            _logger.exception("%s %s failed", request.method, request.path)
            return service.refusal(AwsError(AwsFault.INTERNAL, "The simulator failed; its log says why."))

    def _addressed(self, path: str) -> Service:
        """Whose words an unsigned or badly signed request is refused in: only its path shows what it was meant for."""
        if path == "/":
            return self._services["sts"]
        return self._services[SERVICE_NAME if path.startswith(PATH_PREFIX) else "dsql"]
