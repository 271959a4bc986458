"""Tokens are signed by the real boto3 from made-up keys; no network is needed, and AWS is never asked."""

import asyncio
import subprocess
import sys
import traceback
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.sessions.session import ConnectFailed

ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ENDPOINT = Endpoint("abcdefghijklmnopqrstuvwxyz.dsql.eu-west-1.on.aws", "eu-west-1")
CONFIG = """
[profile half]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
[profile sso]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = reader
[profile broken]
credential_process = /bin/false
[profile chained]
role_arn = arn:aws:iam::111122223333:role/x
source_profile = absent
[profile good]
aws_access_key_id = AKIAIOSFODNN7PROFILE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
"""


@pytest.fixture(autouse=True)
def aws_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without AWS credentials, but for the profiles above."""
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ROLE_ARN"):
        monkeypatch.delenv(name, raising=False)
    config = tmp_path / "config"
    config.write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    return config


def keys() -> BotoTokens:
    return BotoTokens(access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET, session_token="temporary")


@pytest.mark.parametrize(
    ("user", "action"), [("admin", "DbConnectAdmin"), ("reader", "DbConnect"), ("Admin", "DbConnect")]
)
async def test_the_action_follows_the_role(user: str, action: str) -> None:
    token = await keys().token(ENDPOINT, user)
    url = urlsplit(f"https://{token}")
    query = parse_qs(url.query)
    assert (url.netloc, url.path) == (ENDPOINT.host, "/")
    assert query["Action"] == [action]
    assert query["X-Amz-Expires"] == ["900"]
    assert query["X-Amz-Security-Token"] == ["temporary"]
    scope = query["X-Amz-Credential"][0].split("/")
    assert (scope[0], scope[2:]) == (ACCESS_KEY_ID, ["eu-west-1", "dsql", "aws4_request"])


async def test_the_region_is_the_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
    tokens = keys()
    other = Endpoint("abcdefghijklmnopqrstuvwxyz.dsql.us-west-2.on.aws", "us-west-2")
    made = await asyncio.gather(*(tokens.token(endpoint, "admin") for endpoint in (ENDPOINT, other) for _ in range(4)))
    assert ["eu-west-1" in token for token in made] == [True] * 4 + [False] * 4
    assert all("us-west-2%2Fdsql" in token for token in made[4:])


@pytest.mark.parametrize(("user", "method"), [("admin", "admin_auth_token"), ("reader", "auth_token")])
async def test_a_token_is_the_one_that_boto3_would_make(user: str, method: str) -> None:
    session = boto3.Session(ACCESS_KEY_ID, SECRET, "temporary/+=", region_name=ENDPOINT.region)
    theirs_of = getattr(session.client("dsql"), f"generate_db_connect_{method}")
    tokens = BotoTokens(access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET, session_token="temporary/+=")

    async def made() -> tuple[str, str]:
        return await tokens.token(ENDPOINT, user), theirs_of(ENDPOINT.host, ENDPOINT.region, 900)

    pairs = [await made() for _ in range(20)]  # both of one pair sign in the same second, but for a rare one
    assert any(ours == theirs for ours, theirs in pairs)


async def test_a_profile_is_used() -> None:
    assert "AKIAIOSFODNN7PROFILE" in await BotoTokens("good").token(ENDPOINT, "admin")


@pytest.mark.parametrize(
    ("profile", "told", "next_step"),
    [
        (None, "No AWS credentials were found", "`aws configure` or `aws sso login`"),
        ("absent", "The config profile (absent) could not be found", "`aws configure list-profiles`"),
        ("sso", "SSO session is missing or has expired", "`aws sso login --profile sso`"),
        ("half", "Partial credentials found", "`aws configure --profile half`"),
        ("broken", "custom-process", "aws sts get-caller-identity --profile broken"),
        ("chained", 'source_profile "absent"', "look at ~/.aws/config"),
    ],
)
async def test_missing_credentials_are_explained(profile: str | None, told: str, next_step: str) -> None:
    with pytest.raises(ConnectFailed) as caught:
        await BotoTokens(profile).token(ENDPOINT, "admin")
    assert told in str(caught.value)
    assert next_step in str(caught.value)
    assert caught.value.error is None
    assert caught.value.__context__ is None


async def test_credentials_added_after_a_failure_are_found(aws_config: Path) -> None:
    tokens = BotoTokens()
    with pytest.raises(ConnectFailed):
        await tokens.token(ENDPOINT, "admin")
    await asyncio.to_thread(aws_config.write_text, CONFIG.replace("[profile good]", "[default]"))
    assert "AKIAIOSFODNN7PROFILE" in await tokens.token(ENDPOINT, "admin")


async def test_an_impossible_region_is_explained() -> None:
    with pytest.raises(ConnectFailed, match="not a region"):
        await keys().token(Endpoint("c.example", "not a region"), "admin")


def test_half_a_key_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="two parts"):
        BotoTokens(access_key_id=ACCESS_KEY_ID)


async def test_secrets_show_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    tokens = keys()
    token = await tokens.token(ENDPOINT, "admin")
    try:
        await BotoTokens("half").token(ENDPOINT, "admin")
    except ConnectFailed as failure:
        shown = "".join(traceback.format_exception(failure))
    for text in (repr(tokens), str(tokens), shown, caplog.text):
        assert SECRET not in text
        assert token not in text
        assert "X-Amz-Signature" not in text


def test_importing_the_module_does_not_import_boto3() -> None:
    probe = (
        "import sys, dsqltui.client.pg_session, dsqltui.client.tokens; print({'boto3', 'botocore'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"
