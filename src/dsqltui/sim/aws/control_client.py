"""Talks to the control interface of a running simulator, from another process. Blocking: for a command line."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dsqltui.sim.aws.control_paths import FAULTS_PATH, RESET_PATH, SERVICE_NAME, SNAPSHOTS_PATH

_REGION = "us-east-1"
_TIMEOUT_S = 30


class ControlFailed(Exception):
    """The simulator cannot be reached, or refuses; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class ControlClient:
    """A running simulator's control interface."""

    url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)

    @classmethod
    def from_ready(cls, ready: Mapping[str, Any]) -> Self:
        """The simulator that wrote this ready file. Raises KeyError or TypeError when it is something else."""
        credentials = ready["credentials"]
        return cls(ready["aws_endpoint_url"], credentials["access_key_id"], credentials["secret_access_key"])

    def faults(self) -> dict[str, object]:
        """Every fault by name. Raises ControlFailed."""
        return self._faults("GET", b"")

    def change_faults(self, changes: Mapping[str, object]) -> dict[str, object]:
        """Change some faults, None for the default; all of them afterwards. Raises ControlFailed."""
        return self._faults("POST", json.dumps(changes).encode())

    def snapshots(self) -> list[str]:
        """The names of the snapshots there are. Raises ControlFailed."""
        return _names(self._call("GET", SNAPSHOTS_PATH, b""))

    def is_changed(self) -> bool:
        """Whether anybody committed something since the last snapshot or reset. Raises ControlFailed."""
        return bool(self._call("GET", SNAPSHOTS_PATH, b"")["is_changed"])

    def make_snapshot(self, name: str) -> list[str]:
        """Keep the data as it is under this name; all names afterwards. Raises ControlFailed."""
        return _names(self._call("POST", SNAPSHOTS_PATH, json.dumps({"name": name}).encode()))

    def reset(self, name: str | None = None) -> dict[str, Any]:
        """Go back to a snapshot; None: the one called `default`, else a new cluster's. What was done: `snapshot`,
        `milliseconds`, `ended_transactions`. Raises ControlFailed."""
        return self._call("POST", RESET_PATH, json.dumps({"name": name}).encode())

    def _faults(self, method: str, body: bytes) -> dict[str, object]:
        faults: dict[str, object] = self._call(method, FAULTS_PATH, body)["faults"]
        return faults

    def _call(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        where = urlsplit(self.url)
        request = AWSRequest(method, self.url + path, data=body, headers={"Host": where.netloc})
        credentials = Credentials(self.access_key_id, self.secret_access_key)
        SigV4Auth(credentials, SERVICE_NAME, _REGION).add_auth(request)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=_TIMEOUT_S)
        try:
            connection.request(method, path, body, dict(request.headers))
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as problem:
            raise ControlFailed(
                f"the simulator at {self.url} does not answer ({problem}); start it with: dsqltui sim"
            ) from None
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise ControlFailed(str(answer["message"]))
        return answer


def _names(answer: dict[str, Any]) -> list[str]:
    names: list[str] = answer["snapshots"]
    return names
