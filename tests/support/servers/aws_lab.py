"""AWS's services of the simulator in the test's own process, and real boto3 clients for them."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from dsqltui.sim.aws.account import ACCOUNT_ID
from dsqltui.sim.aws.clusters import Topology
from dsqltui.sim.aws.control_plane import SimulatedControlPlane
from dsqltui.sim.aws.identity import AccessKey, IdentityStore
from dsqltui.sim.aws.services import AwsEndpoint, utc_now
from dsqltui.sim.faults.fault_control import FaultControl

KEY = AccessKey.generate()
USER = f"arn:aws:iam::{ACCOUNT_ID}:user/workshop"
READ_ONLY = f"arn:aws:iam::{ACCOUNT_ID}:role/RewardsReadOnlyAccess"
ONE_TRY = Config(retries={"total_max_attempts": 1}, connect_timeout=30, read_timeout=30)


class SettableClock:
    """The endpoint's clock: the real time, moved by `offset`, and by `step` more at each request."""

    def __init__(self) -> None:
        self.offset = timedelta()
        self.step = timedelta()

    def __call__(self) -> datetime:
        self.offset += self.step
        return utc_now() + self.offset


@dataclass
class Lab:
    """A running endpoint and what it was made of."""

    endpoint: AwsEndpoint
    identities: IdentityStore
    topology: Topology
    control: SimulatedControlPlane
    faults: FaultControl
    clock: SettableClock
    saves: list[dict[str, object]]
    """The account as it was kept, after each change."""

    @property
    def port(self) -> int:
        return int(self.endpoint.url.rpartition(":")[2])

    def client(self, service: Any, *, key: AccessKey = KEY, token: str | None = None, region: str = "us-east-1") -> Any:
        """An unmodified boto3 client of this endpoint."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint.url,
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
            aws_session_token=token,
            config=ONE_TRY,
        )

    async def call(self, service: str, operation: str, *, client: Any = None, **parameters: object) -> Any:
        """Call one operation through boto3, off the loop."""

        def in_thread() -> Any:
            with closing(client or self.client(service)) as used:
                return getattr(used, operation)(**parameters)

        return await asyncio.to_thread(in_thread)

    async def refused(self, service: str, operation: str, *, client: Any = None, **parameters: object) -> ClientError:
        """Call one operation that is refused; its error."""
        with pytest.raises(ClientError) as refused:
            await self.call(service, operation, client=client, **parameters)
        return refused.value

    def request_bytes(
        self, method: str, target: str, body: bytes = b"", *extra: str, service: str = "dsql", key: AccessKey = KEY
    ) -> bytes:
        """A signed request as it goes over the wire; `extra` header lines are not signed."""
        request = AWSRequest(method, self.endpoint.url + target, data=body, headers={"Host": f"127.0.0.1:{self.port}"})
        SigV4Auth(Credentials(key.access_key_id, key.secret_access_key), service, "us-east-1").add_auth(request)
        lines = [f"{method} {target} HTTP/1.1", f"Content-Length: {len(body)}", *extra]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        return "\r\n".join((*lines, "", "")).encode() + body

    async def send(self, sent: bytes) -> tuple[int, bytes]:
        """Send bytes on a new connection; status and body of the first response."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(sent)
            return await read_response(reader)
        finally:
            writer.close()
            await writer.wait_closed()

    async def exchange(
        self, method: str, target: str, body: bytes = b"", *, service: str = "dsql"
    ) -> tuple[int, bytes]:
        """Send a signed request; status and body of the response."""
        return await self.send(self.request_bytes(method, target, body, service=service))


async def read_response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next response."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    return int(head.split()[1]), await reader.readexactly(int(length[1]) if length else 0)


@asynccontextmanager
async def endpoint_of(topology: Topology, identities: IdentityStore | None = None) -> AsyncIterator[Lab]:
    """A running endpoint for this topology; its account is the default one unless given."""
    identities, clock, faults = identities or IdentityStore.with_user(KEY), SettableClock(), FaultControl()
    control = SimulatedControlPlane(topology, delay_s=2.0)
    saves: list[dict[str, object]] = []

    async def keep() -> None:
        saves.append(identities.account.to_json_object())

    endpoint = AwsEndpoint(identities, control, faults, keep=keep, clock=clock)
    await endpoint.start()
    try:
        yield Lab(endpoint, identities, topology, control, faults, clock, saves)
    finally:
        await endpoint.stop()


def code(error: ClientError) -> str:
    """AWS's code of an error."""
    return error.response["Error"]["Code"]


def message(error: ClientError) -> str:
    """The sentence of an error."""
    return error.response["Error"]["Message"]


def member(error: ClientError, name: str) -> Any:
    """A field of the error beside its message, as boto3 parsed it with the service's model."""
    response: Any = error.response
    return response[name]


def status(error: ClientError) -> int:
    """The HTTP status of an error."""
    return error.response["ResponseMetadata"]["HTTPStatusCode"]
