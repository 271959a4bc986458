"""Roles assumed, renewed and connected with, on the real simulator: STS, tokens, IAM mappings; nothing replaced."""

import asyncio
import io
import logging
import traceback
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dsqltui.client.aws.account import AccessKeys, AwsAccount
from dsqltui.client.engine import Engine
from dsqltui.client.roles import BotoAccess, BotoRoles
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.diagnosis import diagnose
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.results.outcome import Refused, Rows
from dsqltui.core.sessions.roles import RoleChoice
from dsqltui.core.sessions.session import ConnectFailed
from support.servers.simulator import RunningSimulator

ACCOUNT = "111122223333"
READ_ONLY = f"arn:aws:iam::{ACCOUNT}:role/RewardsReadOnlyAccess"
READ_WRITE = f"arn:aws:iam::{ACCOUNT}:role/RewardsReadWriteAccess"
REGION = "us-east-1"


def endpoints_of(simulator: RunningSimulator) -> tuple[Endpoint, ...]:
    return tuple(
        Endpoint(e.host, e.region, e.port, hostaddr=e.hostaddr, ca_file=simulator.ready["ca_file"])
        for e in simulator.endpoints
    )


def tokens_of(simulator: RunningSimulator) -> BotoTokens:
    credentials = simulator.ready["credentials"]
    return BotoTokens(
        access_key_id=credentials["access_key_id"],
        secret_access_key=credentials["secret_access_key"],
        endpoint_url=simulator.ready["aws_endpoint_url"],
    )


@pytest.fixture
def roles(engine: Engine, simulator: RunningSimulator) -> BotoRoles:
    return BotoRoles(engine, endpoints_of(simulator), tokens_of(simulator), "admin")


@pytest.fixture(scope="module")
def mapped(simulator: RunningSimulator) -> str:
    """A database role that RewardsReadOnlyAccess is mapped to, in a schema of its own."""
    with closing(simulator.connect()) as admin:
        for statement in (
            "CREATE SCHEMA roles_client",
            "CREATE TABLE roles_client.t (id int PRIMARY KEY)",
            "INSERT INTO roles_client.t VALUES (7)",
            "CREATE ROLE roles_reader WITH LOGIN",
            "GRANT USAGE ON SCHEMA roles_client TO roles_reader",
            "GRANT SELECT ON roles_client.t TO roles_reader",
            f"AWS IAM GRANT roles_reader TO '{READ_ONLY}'",
        ):
            admin.execute(statement)
    return "roles_reader"


async def test_an_assumed_role_connects_to_both_regions(
    roles: BotoRoles, simulator: RunningSimulator, mapped: str
) -> None:
    access = await roles.assume(RoleChoice(mapped, READ_ONLY, session_name="readonly"))
    identity = await access.identity()
    assert identity.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/RewardsReadOnlyAccess/readonly"
    assert (identity.database_role, identity.action) == (mapped, "DbConnect")
    assert identity.source.startswith("assume-role from ")
    assert 3_500 < (identity.credentials_left_s(datetime.now(UTC)) or 0) <= 3_600
    for endpoint in endpoints_of(simulator):
        session = access.session(endpoint)
        await session.connect()
        read = await session.run("SELECT id FROM roles_client.t", limit=5)
        assert isinstance(read, Rows)
        assert read.rows == (("7",),)
        written = await session.run("UPDATE roles_client.t SET id = 8", limit=5)
        assert isinstance(written, Refused)
        assert (written.error.sqlstate, written.error.message) == ("42501", "permission denied for table t")
        await session.close()
    assert (await access.identity()).token_signed is not None


async def test_the_base_identity_is_the_user_as_admin(roles: BotoRoles) -> None:
    identity = await roles.base.identity()
    assert identity.arn == f"arn:aws:iam::{ACCOUNT}:user/workshop"
    assert (identity.action, identity.credentials_expire, identity.is_assumed_role) == ("DbConnectAdmin", None, False)


async def test_mappings_are_discovered(roles: BotoRoles, mapped: str) -> None:
    found = await roles.discover()
    assert found.trouble == ""
    assert found.choices[0] == RoleChoice("admin")
    assert RoleChoice(mapped, READ_ONLY) in found.choices


async def test_settings_come_before_mappings_and_hide_the_same(
    engine: Engine, simulator: RunningSimulator, mapped: str
) -> None:
    mine = RoleChoice(mapped, READ_ONLY, session_name="mine", name="reader")
    roles = BotoRoles(engine, endpoints_of(simulator), tokens_of(simulator), "admin", configured=lambda: (mine,))
    found = (await roles.discover()).choices
    assert found[:2] == (RoleChoice("admin"), mine)
    assert [(choice.database_role, choice.role_arn) for choice in found].count((mapped, READ_ONLY)) == 1


async def test_discovery_that_may_not_ask_says_why(engine: Engine, simulator: RunningSimulator) -> None:
    nobody = BotoTokens(access_key_id="AKIAIOSFODNN7EXAMPLE", secret_access_key="x" * 40)
    found = await BotoRoles(engine, endpoints_of(simulator), nobody, "reports").discover()
    assert found.choices == (RoleChoice("reports"), RoleChoice("admin"))
    assert "refused user admin" in found.trouble


async def test_a_role_assumed_from_a_role_lasts_an_hour_at_most(simulator: RunningSimulator, roles: BotoRoles) -> None:
    iam = simulator.aws.client("iam", region_name=REGION, endpoint_url=simulator.ready["aws_endpoint_url"])
    allow = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}'
    await asyncio.to_thread(
        lambda: iam.put_role_policy(RoleName="RewardsReadOnlyAccess", PolicyName="Chain", PolicyDocument=allow)
    )
    choice = RoleChoice("operations", READ_WRITE, via_arn=READ_ONLY, duration_s=43_200)
    identity = await (await roles.assume(choice)).identity()
    assert identity.arn.startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/RewardsReadWriteAccess/")
    assert 3_500 < (identity.credentials_left_s(datetime.now(UTC)) or 0) <= 3_600
    straight = await (await roles.assume(RoleChoice("operations", READ_WRITE, duration_s=43_200))).identity()
    assert (straight.credentials_left_s(datetime.now(UTC)) or 0) > 43_000


async def test_assumed_credentials_are_renewed_before_they_run_out(simulator: RunningSimulator) -> None:
    moved = timedelta()
    account = AwsAccount(
        keys=AccessKeys(*simulator.ready["credentials"].values()),
        endpoint_url=simulator.ready["aws_endpoint_url"],
        clock=lambda: datetime.now(UTC) + moved,
    )
    assumed = await asyncio.to_thread(account.assume, RoleChoice("x", READ_ONLY, duration_s=900), REGION)
    tokens = BotoTokens(account=assumed)
    endpoint = endpoints_of(simulator)[0]

    async def key_id() -> str:
        token = await tokens.token(endpoint, "x")
        return token.partition("X-Amz-Credential=")[2].partition("%2F")[0]

    first = await key_id()
    moved = timedelta(seconds=500)
    assert await key_id() == first, "a third of the life is left: nothing to do yet"
    moved = timedelta(seconds=700)
    second = await key_id()
    assert second != first


@pytest.mark.parametrize(
    ("choice", "row"),
    [
        (RoleChoice("x", f"arn:aws:iam::{ACCOUNT}:role/NoSuchRole"), "no-such-iam-role"),
        (RoleChoice("x", f"arn:aws:iam::{ACCOUNT}:role/TrustsNobodyHere"), "trust-missing"),
        (RoleChoice("x", f"arn:aws:iam::{ACCOUNT}:role/ShortRole", duration_s=7_200), "duration"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.iam_role,
)
async def test_a_refused_assume_role_is_diagnosed(
    simulator: RunningSimulator, roles: BotoRoles, choice: RoleChoice, row: str
) -> None:
    def trust(principal: str) -> str:
        return (
            f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},'
            '"Action":"sts:AssumeRole"}]}'
        )

    iam: Any = simulator.aws.client("iam", region_name=REGION, endpoint_url=simulator.ready["aws_endpoint_url"])
    known = {role["RoleName"] for role in (await asyncio.to_thread(iam.list_roles))["Roles"]}
    for name, principal in (
        ("TrustsNobodyHere", READ_WRITE),
        ("ShortRole", f"arn:aws:iam::{ACCOUNT}:root"),
    ):
        if name not in known:
            document = trust(principal)
            await asyncio.to_thread(
                lambda n=name, d=document: iam.create_role(RoleName=n, AssumeRolePolicyDocument=d)  # type: ignore[misc]
            )
    with pytest.raises(ConnectFailed, match="was not assumed") as caught:
        await roles.assume(choice)
    assert caught.value.symptom is not None
    diagnosis = diagnose(caught.value.symptom)
    assert diagnosis is not None
    assert diagnosis.id == row
    assert caught.value.__context__ is None


async def test_the_lifetime_of_tokens_is_settable_up_to_a_week(roles: BotoRoles, simulator: RunningSimulator) -> None:
    roles.token_lifetime_s = 604_800
    assert "X-Amz-Expires=604800" in await roles.base.token(endpoints_of(simulator)[0])
    for seconds in (0, 604_801):
        with pytest.raises(ValueError, match="week"):
            roles.token_lifetime_s = seconds
    assert roles.token_lifetime_s == 604_800


async def test_no_secret_is_in_a_repr_a_log_or_a_traceback(
    roles: BotoRoles, simulator: RunningSimulator, mapped: str
) -> None:
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logging.getLogger().addHandler(handler)
    try:
        access = await roles.assume(RoleChoice(mapped, READ_ONLY))
        assert isinstance(access, BotoAccess)
        assert isinstance(roles.base, BotoAccess)
        account = access.tokens.account
        secrets = [simulator.ready["credentials"]["secret_access_key"]]
        frozen = account.credentials()
        secrets += [frozen.secret_key, frozen.token or "", await access.token(endpoints_of(simulator)[0])]
        told = [
            repr(x)
            for x in (access, roles, account, access.tokens, roles.base.tokens, AccessKeys("A", secrets[0], "t"))
        ]
        told.append(heard.getvalue())
        bad = access.session(Endpoint("nowhere.dsql.us-east-1.on.aws", "us-east-1", 1, hostaddr="127.0.0.1"))
        try:
            await bad.connect()
        except ConnectFailed:
            told.append(traceback.format_exc())
        with pytest.raises(ConnectFailed) as caught:
            await roles.assume(RoleChoice("x", f"arn:aws:iam::{ACCOUNT}:role/NoSuchRole"))
        told += [*traceback.format_exception(caught.value), repr(caught.value.symptom)]
    finally:
        logging.getLogger().removeHandler(handler)
    assert len(told) > 8
    for text in told:
        for secret in secrets:
            assert secret not in text
        assert "X-Amz-Signature" not in text


async def test_nothing_of_the_machines_aws_configuration_is_used_for_the_simulator(
    simulator: RunningSimulator, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "absent")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    roles = BotoRoles(engine, endpoints_of(simulator), tokens_of(simulator), "admin")
    access = await roles.assume(RoleChoice("x", READ_ONLY))
    assert (await access.identity()).arn.endswith("RewardsReadOnlyAccess/dsqltui")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"database_role": ""}, "database role"),
        ({"role_arn": "RewardsReadOnlyAccess"}, "arn:aws:iam"),
        ({"session_name": "a b"}, "session name"),
        ({"duration_s": 60}, "900 to 43200"),
        ({"via_arn": READ_ONLY}, "role_arn"),
    ],
)
def test_a_choice_that_aws_would_not_take_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        RoleChoice(**{"database_role": "x", **wrong})
