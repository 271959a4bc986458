"""Whatever the AWS configuration, a credential program or AWS's answers are: credentials, or ConnectFailed."""

import asyncio
import contextlib
import json
import os
import random
import shlex
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dsqltui.client.aws import account as aws_account
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.diagnosis import diagnose
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.sessions.roles import RoleChoice
from dsqltui.core.sessions.session import ConnectFailed
from support.fuzzing import dice, has_traceback, mutated, odd_text, seeds

pytestmark = pytest.mark.timeout(1_200)

ENDPOINT = Endpoint("abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws", "us-east-1")
ROLE = "arn:aws:iam::111122223333:role/x"
SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY42"
_KEYS = (
    "aws_access_key_id aws_secret_access_key aws_session_token credential_process role_arn source_profile "
    "credential_source web_identity_token_file sso_session sso_start_url sso_region sso_account_id sso_role_name region "
    "endpoint_url ca_bundle retry_mode max_attempts mfa_serial duration_seconds external_id services login_session "
    "s3 defaults_mode sts_regional_endpoints use_fips_endpoint parameter_validation"
).split()
_VALUES = ("AKIAIOSFODNN7EXAMPLE", SECRET, ROLE, "default", "Environment", "/nope", "us-east-1", "http://127.0.0.1:1")
_VARIABLES = (
    "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_ROLE_ARN AWS_CA_BUNDLE "
    "AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_SESSION_NAME AWS_RETRY_MODE AWS_MAX_ATTEMPTS AWS_DEFAULTS_MODE AWS_DATA_PATH "
    "AWS_STS_REGIONAL_ENDPOINTS AWS_USE_FIPS_ENDPOINT AWS_METADATA_SERVICE_TIMEOUT AWS_CONTAINER_AUTHORIZATION_TOKEN "
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE AWS_DEFAULT_REGION AWS_SDK_UA_APP_ID AWS_ACCOUNT_ID_ENDPOINT_MODE HTTPS_PROXY"
).split()


class _Answers(BaseHTTPRequestHandler):
    """Answers every call with what the case wants."""

    status, kind, body = 200, "text/xml", b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with contextlib.suppress(OSError):
            if self.status == 0:
                self.wfile.write(self.body)  # no HTTP at all
                return
            self.send_response(self.status)
            self.send_header("Content-Type", self.kind)
            self.send_header("Content-Length", str(len(self.body)))
            self.end_headers()
            self.wfile.write(self.body)

    do_GET = do_PUT = do_POST  # noqa: N815 - names of the base

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Nothing."""


@pytest.fixture(scope="module")
def answering() -> Iterator[int]:
    """The port of a server that answers as `_Answers` is told."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@seeds()
def test_whatever_there_is(cases: range, answering: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_account, "_TIMEOUT_S", 2)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    outcomes = {"given": 0, "refused": 0}
    for seed in cases:
        rng = dice(seed, "aws")
        with monkeypatch.context() as patch:
            profile = _arranged(rng, tmp_path, patch, answering)
            tokens = BotoTokens(profile)
            tokens.account.ask_code = None
            try:
                _used(rng, tokens)
            except ConnectFailed as failure:
                outcomes["refused"] += 1
                _check(failure, seed)
            else:
                outcomes["given"] += 1
    assert min(outcomes.values()) > 0, outcomes


def _used(rng: random.Random, tokens: BotoTokens) -> None:
    account = tokens.account
    match rng.randrange(5):
        case 0 | 1:
            token = asyncio.run(tokens.token(ENDPOINT, "admin"))
            assert "X-Amz-Signature=" in token
        case 2:
            assert account.ask(lambda: account.caller_arn("us-east-1"))
        case 3:
            account.ask(lambda: account.assume(RoleChoice("r", ROLE), "us-east-1"), role_arn=ROLE, region="us-east-1")
        case 4:
            account.ask(lambda: list(account.client("dsql", "us-east-1").list_clusters()["clusters"]))


def _check(failure: ConnectFailed, seed: int) -> None:
    shown = str(failure)
    assert failure.__context__ is None, seed
    assert len(shown) > 20, seed
    assert not has_traceback(shown), seed
    assert failure.symptom is not None, seed
    found = diagnose(failure.symptom)
    assert SECRET not in f"{shown}{failure.symptom}{found}", seed


def _arranged(rng: random.Random, folder: Path, patch: pytest.MonkeyPatch, port: int) -> str | None:
    """Write configuration, program, environment and the server's answer of a case; the profile to use."""
    config, credentials = folder / "config", folder / "credentials"
    config.write_bytes(_file(rng, folder))
    credentials.write_bytes(_file(rng, folder) if rng.random() < 0.3 else b"")
    patch.setenv("AWS_CONFIG_FILE", str(config))
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    for _ in range(rng.choice((0, 0, 0, 1, 3))):
        value = odd_text(rng, _VALUES, 2).replace("\0", "")
        patch.setenv(rng.choice(_VARIABLES), value + rng.choice(("", "", "\udcff")))
    patch.setenv(
        "AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}" if rng.random() < 0.8 else odd_text(rng, ("http://", "x:1"))
    )
    if rng.random() < 0.2:
        patch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{port}/")
    _Answers.status = rng.choice((200, 200, 200, 200, 400, 403, 500, 302, 0))
    _Answers.kind = rng.choice(("text/xml", "application/json", "application/cbor", ""))
    _Answers.body = _answer(rng)
    return rng.choice((None, "p", "p", "q"))


def _file(rng: random.Random, folder: Path) -> bytes:
    lines = []
    for name in ("default", "profile p", "profile q", "sso-session s"):
        lines.append(f"[{name}]")
        if rng.random() < 0.4:
            lines += ["aws_access_key_id = AKIAIOSFODNN7EXAMPLE", f"aws_secret_access_key = {SECRET}"]
        if rng.random() < 0.3:
            lines.append(f"credential_process = {_program(rng, folder, name)}")
        for _ in range(rng.choice((0, 0, 1, 3))):
            lines.append(f"{rng.choice(_KEYS)} = {odd_text(rng, _VALUES, 2)}")
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    return mutated(rng, text) if rng.random() < 0.4 else text


def _program(rng: random.Random, folder: Path, name: str) -> str:
    if rng.random() < 0.2:
        return odd_text(rng, ("/nope", "/tmp", "true", "false"))
    file = folder / f"said-{name.replace(' ', '-')}"
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    said: dict[str, object] = {"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": SECRET, "Expiration": soon}
    if rng.random() < 0.5:
        said[rng.choice(list(said))] = rng.choice((None, 5, [], {}, "", "x", True, 1e400))
    text = json.dumps(said).encode()
    file.write_bytes(mutated(rng, text) if rng.random() < 0.5 else text)
    return f"cat {shlex.quote(str(file))}"


def _answer(rng: random.Random) -> bytes:
    soon = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    identity = b"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/me</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
    assumed = (
        f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>{SECRET}"
        f"</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{soon}</Expiration></Credentials><AssumedRoleUser>"
        f"<Arn>{ROLE}</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
    ).encode()
    refused = (
        b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no sts:AssumeRole</Message></Error></ErrorResponse>"
    )
    keys = json.dumps({"AccessKeyId": "A", "SecretAccessKey": SECRET, "Token": "t", "Expiration": soon}).encode()
    body = rng.choice(
        (
            identity,
            assumed,
            refused,
            keys,
            b'{"clusters": []}',
            b"",
            b"\xff\xfe",
            os.fsencode(odd_text(rng, ("<", ">"))),
        )
    )
    return mutated(rng, body) if rng.random() < 0.3 else body
