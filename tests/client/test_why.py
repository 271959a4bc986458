"""Why can't I connect? Every row of the table, provoked: by the simulator's faults, IAM and clock, by libpq and by botocore.

Only the rows in `_WORDS_ONLY` are shown with the words alone; each says why.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.auth
import pytest
from botocore.exceptions import ClientError, LoginRefreshRequired, LoginTokenLoadError
from botocore.stub import Stubber

from dsqltui.client.aws.account import AccessKeys, AwsAccount
from dsqltui.client.connecting import verified_tls
from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import BotoTokens, TokenSource
from dsqltui.core.aws.diagnosis import ROWS, Diagnosis, Symptom, diagnose, iam_arn_of
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.sessions.roles import RoleChoice
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.sim.aws.control_client import ControlClient
from support.servers.plain_postgres import FakeTokens, Plain
from support.servers.simulator import RunningSimulator, running_simulator

ACCOUNT = "111122223333"
REGION = "us-east-1"
_WORDS_ONLY = {
    "no-sni": "User Guide, troubleshooting: unable to accept connection, sni was not received",
    "unavailable": "FATAL: server unavailable",  # the simulator says it at connect only when its PostgreSQL died
}
CONFIG = """
[profile half]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
[profile sso]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = reader
[profile login]
login_session = arn:aws:iam::111122223333:user/me
[profile broken]
credential_process = /bin/false
"""


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """A simulator of this module's own: its faults would hit the neighbours' tests."""
    options = ("--ephemeral", "--job-delay", "0.05", "--no-idle-oc001", "--cluster-delay", "0")
    with running_simulator(tmp_path_factory.mktemp("why"), *options) as running:
        yield running


@pytest.fixture
def faults(sim: RunningSimulator) -> Iterator[Callable[..., None]]:
    control = ControlClient.from_ready(sim.ready)
    changed: dict[str, None] = {}

    def change(**values: object) -> None:
        named = {name.replace("_", "-"): value for name, value in values.items()}
        changed.update(dict.fromkeys(named))
        control.change_faults(named)

    yield change
    control.change_faults(changed)


def endpoint_of(sim: RunningSimulator, number: int = 0, **changes: Any) -> Endpoint:
    e = sim.endpoints[number]
    values: dict[str, Any] = {
        "host": e.host,
        "region": e.region,
        "port": e.port,
        "hostaddr": e.hostaddr,
        "ca_file": sim.ready["ca_file"],
    }
    return Endpoint(**{**values, **changes})


def account_of(sim: RunningSimulator, *, key_id: str = "", secret: str = "") -> AwsAccount:
    keys = sim.ready["credentials"]
    return AwsAccount(
        keys=AccessKeys(key_id or keys["access_key_id"], secret or keys["secret_access_key"]),
        endpoint_url=sim.ready["aws_endpoint_url"],
    )


async def why(
    engine: Engine, endpoint: Endpoint, tokens: TokenSource, user: str = "admin", **session: Any
) -> Diagnosis:
    """The diagnosis of a connect that must fail."""
    made = PgSession(engine, endpoint, user, tokens, **session)
    try:
        with pytest.raises(ConnectFailed) as caught:
            await made.connect()
    finally:
        await made.close()
    return found_in(caught.value)


def found_in(failure: ConnectFailed) -> Diagnosis:
    assert failure.symptom is not None
    assert "X-Amz-Signature" not in repr(failure.symptom)
    diagnosis = diagnose(failure.symptom)
    assert diagnosis is not None, failure.symptom
    assert diagnosis.proof
    assert diagnosis.proof in failure.symptom.words
    assert "{" not in diagnosis.cause + diagnosis.next_step.replace("{}", "")
    return diagnosis


async def admin_runs(sim: RunningSimulator, *statements: str) -> None:
    def run() -> None:
        with contextlib.closing(sim.connect()) as connection:
            for statement in statements:
                connection.execute(statement)

    await asyncio.to_thread(run)


def iam(sim: RunningSimulator, operation: str, **parameters: object) -> Any:
    client = sim.aws.client("iam", region_name=REGION, endpoint_url=sim.ready["aws_endpoint_url"])
    with contextlib.closing(client):
        return getattr(client, operation)(**parameters)


def trust(principal: str) -> str:
    return (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"'
        + principal
        + '"},"Action":"sts:AssumeRole"}]}'
    )


def permission(effect: str, action: str) -> str:
    return '{"Version":"2012-10-17","Statement":[{"Effect":"' + effect + '","Action":"' + action + '","Resource":"*"}]}'


# -- credentials


@pytest.fixture
def aws_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.usefixtures("aws_config")
@pytest.mark.parametrize(
    ("profile", "row", "next_step"),
    [
        (None, "no-credentials", "aws configure"),
        ("half", "half-credentials", "aws configure --profile half"),
        ("absent", "no-profile", "aws configure list-profiles"),
        ("sso", "sso-expired", "aws sso login --profile sso"),
        ("login", "missing-package", "botocore[crt]"),
        ("broken", "credential-program", "aws sts get-caller-identity --profile broken"),
    ],
)
async def test_credentials(
    engine: Engine, sim: RunningSimulator, profile: str | None, row: str, next_step: str
) -> None:
    found = await why(engine, endpoint_of(sim), BotoTokens(profile))
    assert found.id == row
    assert next_step in found.next_step


# -- STS


@pytest.mark.parametrize(
    ("role", "row", "told"),
    [
        ("NoSuchRole", "no-such-iam-role", "NoSuchRole"),
        ("TrustsAnother", "trust-missing", "user/workshop"),
        ("Short", "duration", "one hour"),
    ],
)
async def test_a_role_that_cannot_be_assumed(sim: RunningSimulator, role: str, row: str, told: str) -> None:
    trusted = {"TrustsAnother": f"arn:aws:iam::{ACCOUNT}:role/RewardsReadWriteAccess", "Short": ACCOUNT}
    if role in trusted:
        await asyncio.to_thread(
            lambda: iam(sim, "create_role", RoleName=role, AssumeRolePolicyDocument=trust(trusted[role]))
        )
    found = await assume_refused(account_of(sim), role)
    assert found.id == row
    assert told in found.cause + found.next_step


async def assume_refused(account: AwsAccount, role: str) -> Diagnosis:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"

    def refused() -> ConnectFailed:
        with pytest.raises(Exception, match=r"\w") as caught:
            account.assume(RoleChoice("x", arn, duration_s=7_200), REGION)
        return account.explained(caught.value, role_arn=arn, region=REGION)

    return found_in(await asyncio.to_thread(refused))


async def test_a_caller_who_may_not_look_is_told_both_possible_causes(sim: RunningSimulator) -> None:
    account = await asyncio.to_thread(
        account_of(sim).assume, RoleChoice("x", f"arn:aws:iam::{ACCOUNT}:role/RewardsReadOnlyAccess"), REGION
    )
    found = await assume_refused(account, "RewardsReadWriteAccess")
    assert found.id == "assume-denied"
    assert "assumed-role/RewardsReadOnlyAccess" in found.cause


@pytest.mark.parametrize("error", [LoginRefreshRequired(), LoginTokenLoadError(error_msg="no cached token")], ids=repr)
def test_a_login_that_is_over(error: Exception) -> None:
    found = found_in(AwsAccount("me").explained(error))
    assert (found.id, found.next_step) == ("login-expired", "aws login --profile me")


async def test_a_wrong_mfa_code(sim: RunningSimulator) -> None:
    account = account_of(sim)

    def refused() -> ConnectFailed:
        client = account.client("sts", REGION)
        with Stubber(client) as stubbed:  # the simulator knows no MFA; the words are AWS's
            stubbed.add_response(
                "get_caller_identity", {"Arn": f"arn:aws:iam::{ACCOUNT}:user/me", "UserId": "u", "Account": ACCOUNT}
            )
            message = "MultiFactorAuthentication failed with invalid MFA one time pass code."
            stubbed.add_client_error("assume_role", "AccessDenied", message)
            choice = RoleChoice("x", f"arn:aws:iam::{ACCOUNT}:role/R", mfa_serial="arn:aws:iam::1:mfa/me")
            with pytest.raises(ClientError) as caught:
                account.assume(choice, REGION, "000000")
        return account.explained(caught.value, role_arn=choice.role_arn, region=REGION)

    assert found_in(await asyncio.to_thread(refused)).id == "mfa"


async def test_sts_that_cannot_be_reached() -> None:
    account = AwsAccount(keys=AccessKeys("A", "S"), endpoint_url=f"http://127.0.0.1:{closed_port()}")

    def refused() -> ConnectFailed:
        with pytest.raises(Exception, match="connect") as caught:
            account.caller_arn(REGION)
        return account.explained(caught.value)

    assert found_in(await asyncio.to_thread(refused)).id == "aws-unreachable"


# -- tokens


async def test_a_clock_that_is_behind_or_ahead(
    engine: Engine, sim: RunningSimulator, faults: Callable[..., None]
) -> None:
    tokens = BotoTokens(account=account_of(sim))
    for skew, words in ((2_000, "Signature expired"), (-2_000, "not yet current")):
        faults(token_clock_skew=skew)
        found = await why(engine, endpoint_of(sim), tokens)
        assert (found.id, words in found.proof) == ("clock", True)
        assert "timedatectl" in found.next_step


async def test_an_old_token(engine: Engine, sim: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: now - timedelta(seconds=1_000))
    old = await BotoTokens(account=account_of(sim)).token(endpoint_of(sim), "admin")
    found = await why(engine, endpoint_of(sim), FakeTokens(old))
    assert (found.id, "900 s" in found.cause) == ("expired-token", True)


async def test_credentials_that_ran_out(engine: Engine, sim: RunningSimulator, faults: Callable[..., None]) -> None:
    choice = RoleChoice("x", f"arn:aws:iam::{ACCOUNT}:role/RewardsReadOnlyAccess", duration_s=900)
    assumed = await asyncio.to_thread(account_of(sim).assume, choice, REGION)
    faults(token_clock_skew=2_000)
    found = await why(engine, endpoint_of(sim), BotoTokens(account=assumed, lifetime_s=604_800), "x")
    assert found.id == "expired-credentials"


async def test_keys_that_are_not_good(engine: Engine, sim: RunningSimulator) -> None:
    unknown = BotoTokens(account=account_of(sim, key_id="AKIAIOSFODNN7EXAMPLE"))
    assert (await why(engine, endpoint_of(sim), unknown)).id == "unknown-key"
    wrong = BotoTokens(account=account_of(sim, secret="x" * 40))
    assert (await why(engine, endpoint_of(sim), wrong)).id == "wrong-secret"


async def test_a_token_for_the_other_action(engine: Engine, sim: RunningSimulator) -> None:
    tokens = BotoTokens(account=account_of(sim))
    for user, signed_for in (("admin", "reports"), ("reports", "admin")):
        found = await why(engine, endpoint_of(sim), FakeTokens(await tokens.token(endpoint_of(sim), signed_for)), user)
        assert found.id == "wrong-action"
        assert f"--user {user}" in found.next_step


async def test_no_token_at_all(engine: Engine, sim: RunningSimulator) -> None:
    found = await why(engine, endpoint_of(sim), FakeTokens("not-a-token"))
    assert found.id == "access-denied"


# -- roles


async def test_a_role_that_is_not_mapped(engine: Engine, sim: RunningSimulator) -> None:
    found = await why(engine, endpoint_of(sim), BotoTokens(account=account_of(sim)), "why_nobody")
    assert found.id == "not-mapped"
    assert f"AWS IAM GRANT why_nobody TO 'arn:aws:iam::{ACCOUNT}:user/workshop';" in found.next_step


async def test_a_role_without_login(engine: Engine, sim: RunningSimulator) -> None:
    await admin_runs(
        sim, "CREATE ROLE why_asleep", f"AWS IAM GRANT why_asleep TO 'arn:aws:iam::{ACCOUNT}:user/workshop'"
    )
    found = await why(engine, endpoint_of(sim), BotoTokens(account=account_of(sim)), "why_asleep")
    assert (found.id, found.next_step) == ("no-login", "as admin: ALTER ROLE why_asleep WITH LOGIN;")


async def test_a_role_that_does_not_exist(plain: Plain) -> None:
    session = plain.make("why_ghost")
    with pytest.raises(ConnectFailed) as caught:
        await session.connect()
    found = found_in(caught.value)
    assert (found.id, found.next_step) == ("no-such-role", "as admin: CREATE ROLE why_ghost WITH LOGIN;")


async def test_iam_denies(engine: Engine, sim: RunningSimulator) -> None:
    def make() -> AwsAccount:
        iam(sim, "create_role", RoleName="WhyDenied", AssumeRolePolicyDocument=trust(ACCOUNT))
        iam(
            sim,
            "put_role_policy",
            RoleName="WhyDenied",
            PolicyName="No",
            PolicyDocument=permission("Allow", "dsql:GetCluster"),
        )
        return account_of(sim).assume(RoleChoice("x", f"arn:aws:iam::{ACCOUNT}:role/WhyDenied"), REGION)

    account = await asyncio.to_thread(make)
    found = await why(engine, endpoint_of(sim), BotoTokens(account=account), "x")
    assert (found.id, "dsql:DbConnect " in found.cause) == ("iam-denied", True)


# -- the cluster


@pytest.mark.parametrize(
    ("fault", "row"),
    [
        ({"waking_connects": 1}, "waking"),
        ({"connect_rate": 0.001, "connect_burst": 1}, "connect-rate"),
        ({"connection_limit": 0}, "too-many"),
        ({"unreachable": [REGION]}, "cut-off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_cluster_that_does_not_accept(
    engine: Engine, sim: RunningSimulator, faults: Callable[..., None], fault: dict[str, object], row: str
) -> None:
    faults(**fault)
    tokens = BotoTokens(account=account_of(sim))
    if row == "connect-rate":
        await why(engine, endpoint_of(sim), FakeTokens("uses the burst"))
    assert (await why(engine, endpoint_of(sim), tokens)).id == row


async def test_a_cluster_that_is_being_deleted(engine: Engine, tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--ephemeral", "--cluster-delay", "3600") as own:
        first = own.endpoints[0]
        client = own.aws.client("dsql", region_name=first.region, endpoint_url=own.ready["aws_endpoint_url"])
        await asyncio.to_thread(
            lambda: client.update_cluster(identifier=first.cluster_id, deletionProtectionEnabled=False)
        )
        await asyncio.to_thread(lambda: client.delete_cluster(identifier=first.cluster_id))
        client.close()
        found = await why(engine, endpoint_of(own), BotoTokens(account=account_of(own)))
    assert found.id == "deleted"


# -- the way there


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextlib.asynccontextmanager
async def silent_port() -> AsyncIterator[int]:
    """Accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


async def test_dns_refused_and_unreachable(engine: Engine, sim: RunningSimulator) -> None:
    tokens = BotoTokens(account=account_of(sim))
    long = "x" * 70 + ".dsql.us-east-1.on.aws"  # no name: refused before a DNS server is asked
    found = await why(engine, endpoint_of(sim, host=long, hostaddr=None), tokens)
    assert (found.id, f"getent hosts {long}" in found.next_step) == ("dns", True)
    assert (await why(engine, endpoint_of(sim, port=closed_port()), tokens)).id == "refused"
    assert (await why(engine, endpoint_of(sim, hostaddr="255.255.255.255"), tokens)).id == "unreachable"


async def test_a_server_that_does_not_answer(engine: Engine, sim: RunningSimulator) -> None:
    def impatient(endpoint: Endpoint, user: str, token: str) -> dict[str, str]:
        return {**verified_tls(endpoint, user, token), "connect_timeout": "2"}

    async with silent_port() as port:
        found = await why(
            engine, endpoint_of(sim, port=port), BotoTokens(account=account_of(sim)), parameters=impatient
        )
    assert (found.id, f"nc -vz {sim.endpoints[0].host} {port}") == ("timeout", found.next_step)


async def test_tls(engine: Engine, sim: RunningSimulator, tmp_path: Path) -> None:
    tokens = BotoTokens(account=account_of(sim))
    other = f"{'z' * 26}.example.{REGION}.on.aws"
    assert (await why(engine, endpoint_of(sim, host=other), tokens)).id == "tls-name"
    from botocore.httpsession import where

    assert (await why(engine, endpoint_of(sim, ca_file=where()), tokens)).id == "tls-authority"
    missing = str(tmp_path / "none.pem")
    assert (await why(engine, endpoint_of(sim, ca_file=missing), tokens)).id == "tls-roots"


# -- the table


def test_rows_with_words_only_are_found_by_them() -> None:
    for row, words in _WORDS_ONLY.items():
        found = diagnose(Symptom(words, host="h"))
        assert found is not None
        assert found.id == row


def test_every_row_is_provoked_here() -> None:
    """A new row comes with a test: its id must stand in this file, or in the one of the border to AWS."""
    text = Path(__file__).read_text() + (Path(__file__).parent / "test_aws_border.py").read_text()
    assert [row.id for row in ROWS if f'"{row.id}"' not in text] == []


def test_ids_are_unique_and_texts_are_filled() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row.title
        assert row.cause.endswith((".", "why."))
        assert row.next_step


def test_what_nobody_has_met_is_not_explained() -> None:
    assert diagnose(Symptom("something entirely new")) is None


def test_the_iam_arn_behind_a_caller() -> None:
    role = f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/session"
    assert iam_arn_of(role) == f"arn:aws:iam::{ACCOUNT}:role/Reader"
    assert iam_arn_of(f"arn:aws:iam::{ACCOUNT}:user/me") == f"arn:aws:iam::{ACCOUNT}:user/me"
