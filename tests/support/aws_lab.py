"""AWS's services of the simulator in the test's own process, and real boto3 clients for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from dsqltui.sim.account import ACCOUNT_ID
from dsqltui.sim.aws import AwsEndpoint, utc_now
from dsqltui.sim.clusters import Topology
from dsqltui.sim.control_plane import ControlPlane
from dsqltui.sim.fault_control import FaultControl
from dsqltui.sim.identity import AccessKey, IdentityStore

KEY = AccessKey.generate()
USER = f"arn:aws:iam::{ACCOUNT_ID}:user/workshop"
READ_ONLY = f"arn:aws:iam::{ACCOUNT_ID}:role/RewardsReadOnlyAccess"
ONE_TRY = Config(retries={"total_max_attempts": 1}, connect_timeout=30, read_timeout=30)


class SettableClock:
    """The endpoint's clock: the real time, moved by `offset`."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.offset


@dataclass
class Lab:
    """A running endpoint and what it was made of."""

    endpoint: AwsEndpoint
    identities: IdentityStore
    topology: Topology
    control: ControlPlane
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


@asynccontextmanager
async def endpoint_of(topology: Topology, identities: IdentityStore | None = None) -> AsyncIterator[Lab]:
    """A running endpoint for this topology; its account is the default one unless given."""
    identities, clock, faults = identities or IdentityStore.with_user(KEY), SettableClock(), FaultControl()
    control = ControlPlane(topology, delay_s=2.0)
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
