"""The simulator's own interface beside AWS's: faults, read and changed while it runs.

    GET  /_dsqltui/faults       {"faults": {NAME: VALUE, ...}}
    POST /_dsqltui/faults       {NAME: VALUE, ...} changes some, null means the default; answers as GET
    GET  /_dsqltui/snapshots    {"snapshots": [NAME, ...], "is_changed": BOOL} since the last one or the last reset
    POST /_dsqltui/snapshots    {"name": NAME} makes one or replaces it; answers as GET
    POST /_dsqltui/reset        {"name": NAME} goes back to one: {"snapshot", "milliseconds", "ended_transactions"}

Calls are signed as AWS's are, for the service `dsqltui`; the listener is on loopback, so a signature keeps out other
users of the machine and pages in a browser.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Protocol

from dsqltui.sim.aws.call import AwsError, AwsFault, Call
from dsqltui.sim.aws.control_paths import FAULTS_PATH, RESET_PATH, SERVICE_NAME, SNAPSHOTS_PATH
from dsqltui.sim.aws.http import Response
from dsqltui.sim.aws.identity import IdentityStore
from dsqltui.sim.aws.sigv4 import check_allowed
from dsqltui.sim.faults.fault_control import FaultControl
from dsqltui.sim.faults.faults import FaultError, Faults, to_json_object
from dsqltui.sim.pg.snapshots import DEFAULT_SNAPSHOT, ResetDone, SnapshotRefused
from dsqltui.sim.pg.wire import PgError


class KeepsData(Protocol):
    """What keeps the data that clients see, and can put it back."""

    @property
    def is_changed(self) -> bool: ...

    async def snapshot_names(self) -> list[str]: ...

    async def make_snapshot(self, name: str) -> None:
        """Raises SnapshotRefused, PgError, OSError."""
        ...

    async def reset(self, name: str | None) -> ResetDone:
        """As `make_snapshot`."""
        ...


class ControlService:
    """The service over the simulator's faults and snapshots."""

    def __init__(self, identities: IdentityStore, faults: FaultControl, data: KeepsData | None = None) -> None:
        """Without `data` there are no snapshots."""
        self._identities = identities
        self._faults = faults
        self._data = data

    async def answer(self, call: Call) -> Response:
        """Read or change the faults; make snapshots and go back to them. Raises AwsError or TokenRefused."""
        if self._data is not None and call.request.path in (SNAPSHOTS_PATH, RESET_PATH):
            return await self._snapshots(self._data, call)
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

    async def _snapshots(self, data: KeepsData, call: Call) -> Response:
        method, path = call.request.method, call.request.path
        action = {"GET": "GetSnapshots", "POST": "PutSnapshot"}.get(method, "") if path == SNAPSHOTS_PATH else "Reset"
        check_allowed(self._identities, call.caller, f"{SERVICE_NAME}:{action}", "*")
        try:
            if path == RESET_PATH and method == "POST":
                name = _changes(call.request.body).get("name")
                return _json(HTTPStatus.OK, asdict(await data.reset(None if name is None else str(name))))
            if method == "POST":
                await data.make_snapshot(str(_changes(call.request.body).get("name", DEFAULT_SNAPSHOT)))
            return _json(HTTPStatus.OK, {"snapshots": await data.snapshot_names(), "is_changed": data.is_changed})
        except SnapshotRefused as refused:
            raise AwsError(AwsFault.VALIDATION, str(refused)) from None
        except (PgError, OSError) as error:
            raise AwsError(AwsFault.INTERNAL, f"PostgreSQL could not do it: {error}") from None

    def refusal(self, error: AwsError) -> Response:
        """An error as JSON."""
        return _json(error.fault.status, {"code": error.fault.rest_code, "message": error.message})


def _changes(body: bytes) -> dict[str, object]:
    try:
        changes = json.loads(body)
    except (ValueError, RecursionError):
        changes = None
    if not isinstance(changes, dict):
        raise AwsError(AwsFault.VALIDATION, "The body of the request is no JSON object of names and their values.")
    return changes


def _answer(faults: Faults) -> Response:
    return _json(HTTPStatus.OK, {"faults": to_json_object(faults)})


def _json(status: int, body: Mapping[str, object]) -> Response:
    return Response(status, "application/json", json.dumps(body).encode())
