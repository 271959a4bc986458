"""The switcher against an STS that is not ours: moto's. Nothing leaves this process."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from dsqltui.client.aws.iam import account_id, make_iam_role
from dsqltui.client.engine import Engine
from dsqltui.client.roles import BotoAccess, BotoRoles
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.catalog.access import AccessPlan
from dsqltui.core.sessions.roles import RoleChoice

ENDPOINT = Endpoint("abcdefghijklmnopqrstuvwxyz.dsql.eu-west-1.on.aws", "eu-west-1", hostaddr="127.0.0.1", port=9)
ROLE = "arn:aws:iam::123456789012:role/RewardsReadOnlyAccess"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield


@pytest.fixture
def roles(engine: Engine, aws: None) -> BotoRoles:  # noqa: ARG001
    return BotoRoles(engine, [ENDPOINT], BotoTokens(), "admin")


async def test_a_role_is_assumed_and_signs_tokens(roles: BotoRoles) -> None:
    choice = RoleChoice("reports", ROLE, session_name="readonly", external_id="x1", duration_s=900)
    access = await roles.assume(choice)
    identity = await access.identity()
    assert identity.arn == "arn:aws:sts::123456789012:assumed-role/RewardsReadOnlyAccess/readonly"
    assert 800 < (identity.credentials_left_s(datetime.now(UTC)) or 0) <= 900
    assert identity.source == "assume-role from environment variables"
    token = urlsplit("https://" + await access.token(ENDPOINT))
    query = parse_qs(token.query)
    assert (token.netloc, query["Action"]) == (ENDPOINT.host, ["DbConnect"])
    assert query["X-Amz-Credential"][0].startswith("ASIA")
    assert query["X-Amz-Security-Token"]


async def test_the_session_is_who_sts_says(roles: BotoRoles) -> None:
    """What is shown is what the assumed credentials themselves are answered by GetCallerIdentity."""
    access = await roles.assume(RoleChoice("reports", ROLE, session_name="readonly"))
    shown = (await access.identity()).arn
    assert isinstance(access, BotoAccess)
    frozen = access.tokens.account.credentials()
    sts = boto3.client(
        "sts",
        region_name="eu-west-1",
        aws_access_key_id=frozen.access_key,
        aws_secret_access_key=frozen.secret_key,
        aws_session_token=frozen.token,
    )
    assert (await asyncio.to_thread(sts.get_caller_identity))["Arn"] == shown


async def test_a_role_from_a_role(roles: BotoRoles) -> None:
    choice = RoleChoice("reports", ROLE, via_arn=f"{ROLE}2", duration_s=43_200)
    identity = await (await roles.assume(choice)).identity()
    assert identity.arn.startswith("arn:aws:sts::123456789012:assumed-role/RewardsReadOnlyAccess/")
    assert (identity.credentials_left_s(datetime.now(UTC)) or 0) <= 3_600


async def test_an_iam_role_is_made(roles: BotoRoles) -> None:
    assert isinstance(roles.base, BotoAccess)
    account = roles.base.tokens.account
    assert await account_id(account, "eu-west-1") == "123456789012"
    plan = AccessPlan(
        "reports", "Made", "123456789012", ("arn:aws:dsql:eu-west-1:123456789012:cluster/abc",), "xpoints"
    )
    assert "created" in await make_iam_role(account, plan, "eu-west-1")
    assert "was there already" in await make_iam_role(account, plan, "eu-west-1")
    iam = boto3.client("iam", region_name="eu-west-1")
    policy = await asyncio.to_thread(lambda: iam.get_role_policy(RoleName="Made", PolicyName="DsqlConnect"))
    assert policy["PolicyDocument"]["Statement"][0]["Action"] == ["dsql:DbConnect", "dsql:GetCluster"]
