"""The simulator's own interface beside AWS's: faults, read and changed while it runs.

    GET  /_dsqltui/faults       {"faults": {NAME: VALUE, ...}}
    POST /_dsqltui/faults       {NAME: VALUE, ...} changes some, null means the default; answers as GET

Calls are signed as AWS's are, for the service `dsqltui`; the listener is on loopback, so a signature keeps out other
users of the machine and pages in a browser.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus

from dsqltui.sim.aws.call import AwsError, AwsFault, Call
from dsqltui.sim.aws.http import Response
from dsqltui.sim.aws.identity import IdentityStore
from dsqltui.sim.aws.sigv4 import check_allowed
from dsqltui.sim.faults.fault_control import FaultControl
from dsqltui.sim.faults.faults import FaultError, Faults, to_json_object

SERVICE_NAME = "dsqltui"
PATH_PREFIX = "/_dsqltui/"
FAULTS_PATH = f"{PATH_PREFIX}faults"


class ControlService:
    """The service over the simulator's faults."""

    def __init__(self, identities: IdentityStore, faults: FaultControl) -> None:
        self._identities = identities
        self._faults = faults

    async def answer(self, call: Call) -> Response:
        """Read or change the faults. Raises AwsError or TokenRefused."""
        match call.request.method, call.request.path:
            case "GET", path if path == FAULTS_PATH:
                check_allowed(self._identities, call.caller, f"{SERVICE_NAME}:GetFaults", "*")
                return _answer(self._faults.current)
            case "POST", path if path == FAULTS_PATH:
                check_allowed(self._identities, call.caller, f"{SERVICE_NAME}:PutFaults", "*")
                try:
                    return _answer(self._faults.change(_changes(call.request.body)))
                except FaultError as problem:
                    raise AwsError(AwsFault.VALIDATION, str(problem)) from None
        raise AwsError(
            AwsFault.UNKNOWN_OPERATION, f"{call.request.method} {call.request.path} is nothing the simulator knows."
        )

    def refusal(self, error: AwsError) -> Response:
        """An error as JSON."""
        return _json(error.fault.status, {"code": error.fault.rest_code, "message": error.message})


def _changes(body: bytes) -> dict[str, object]:
    try:
        changes = json.loads(body)
    except (ValueError, RecursionError):
        changes = None
    if not isinstance(changes, dict):
        raise AwsError(AwsFault.VALIDATION, "The body of the request is no JSON object of faults and their values.")
    return changes


def _answer(faults: Faults) -> Response:
    return _json(HTTPStatus.OK, {"faults": to_json_object(faults)})


def _json(status: int, body: Mapping[str, object]) -> Response:
    return Response(status, "application/json", json.dumps(body).encode())
