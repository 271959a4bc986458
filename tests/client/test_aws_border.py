"""The border to AWS: whatever stands in its configuration becomes one sentence of ours, in every command.

Real boto3, real credential programs, real files and sockets; AWS itself is never asked.
"""

import asyncio
import itertools
import json
import os
import shlex
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dsqltui.client.aws import credential_chain
from dsqltui.client.aws.account import AwsAccount
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.diagnosis import diagnose
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.sessions.session import ConnectFailed
from support.fuzzing import has_traceback
from support.long_cases import spread
from support.screens.terminal import Terminal

ENDPOINT = Endpoint("abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws", "us-east-1")
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
KEYS = f"aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {SECRET}\n"
ROLE = "arn:aws:iam::111122223333:role/x"


def printing(text: str) -> str:
    """A credential program's line that prints so."""
    return "credential_process = " + shlex.join([sys.executable, "-c", f"print({text!r})"])


PROFILES: dict[str, tuple[str, str, str]] = {
    # profile: its configuration, row of the diagnosis, words of the sentence
    "missing": ("credential_process = /nope/prog", "credential-program", "/nope/prog cannot be started: No such file"),
    "directory": ("credential_process = /tmp", "credential-program", "/tmp cannot be started: Permission denied"),
    "text": ("credential_process = echo hello", "credential-program", "echo printed no JSON"),
    "silent": ("credential_process = true", "credential-program", "true printed nothing"),
    "list": ("credential_process = echo []", "credential-program", "echo printed JSON that is no object"),
    "half": (printing('{"Version": 1, "AccessKeyId": "A"}'), "credential-program", "JSON without SecretAccessKey"),
    "number": (
        printing('{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": 5}'),
        "credential-program",
        "JSON without SecretAccessKey",
    ),
    "version": (
        printing('{"Version": 2, "AccessKeyId": "A", "SecretAccessKey": "b"}'),
        "credential-program",
        "Unsupported version '2'",
    ),
    "when": (
        printing('{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "b", "Expiration": "soon"}'),
        "credential-program",
        "an Expiration that is no time",
    ),
    "over": (
        printing('{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "b", "Expiration": "2020-01-01T00:00:00Z"}'),
        "expired-credentials",
        "temporary credentials are over",
    ),
    "status": (
        'credential_process = sh -c "echo no luck >&2; exit 3"',
        "credential-program",
        "sh ended with status 3: no luck",
    ),
    "bytes": (
        f'credential_process = {sys.executable} -c "import sys; sys.stderr.buffer.write(bytes([255])); sys.exit(3)"',
        "credential-program",
        "ended with status 3: \ufffd",
    ),
    "empty": ('credential_process = ""', "credential-program", "cannot be started"),
    "quote": ('credential_process = echo "', "", "No closing quotation"),
    "web": (f"web_identity_token_file = /nope/token\nrole_arn = {ROLE}", "", "names the file /nope/token"),
    "loop": (
        f"role_arn = {ROLE}\nsource_profile = other\n[profile other]\nrole_arn = {ROLE}\nsource_profile = loop",
        "aws-configuration",
        "Infinite loop",
    ),
    "source": (f"role_arn = {ROLE}\ncredential_source = Nonsense", "aws-configuration", '"Nonsense"'),
    "chain": (
        f"role_arn = {ROLE}\nsource_profile = program\n[profile program]\ncredential_process = /nope/prog",
        "credential-program",
        "/nope/prog cannot be started",
    ),
    "code": (
        f"role_arn = {ROLE}\nsource_profile = keys\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n[profile keys]\n{KEYS}",
        "credential-program",
        "asks for an MFA code, which cannot be typed here",
    ),
    "sso": ("sso_session = nope\nsso_account_id = 111122223333\nsso_role_name = r", "aws-configuration", "sso-session"),
}


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Writes the AWS configuration file of a machine that has no other."""
    file = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("HOME", str(tmp_path))

    def write(text: str) -> Path:
        file.write_text(text)
        return file

    return write


async def refused(tokens: BotoTokens) -> ConnectFailed:
    with pytest.raises(ConnectFailed) as caught:
        await tokens.token(ENDPOINT, "admin")
    assert caught.value.__context__ is None, "no exception of boto3's comes along"
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_profile_that_gives_no_credentials(aws: Callable[[str], Path], profile: str) -> None:
    configuration, row, told = PROFILES[profile]
    await asyncio.to_thread(aws, f"[profile {profile}]\n{configuration}\n")
    tokens = BotoTokens(profile)
    tokens.account.ask_code = None
    failure = await refused(tokens)
    assert told in str(failure)
    assert failure.symptom is not None
    found = diagnose(failure.symptom)
    assert (found.id if found else "") == row


@pytest.mark.parametrize(
    ("environment", "row", "told"),
    [
        ({"AWS_ENDPOINT_URL": "nonsense"}, "bad-url", "Invalid endpoint: nonsense"),
        ({"AWS_ENDPOINT_URL": "http://["}, "bad-url", "Invalid IPv6 URL"),
        ({"AWS_ENDPOINT_URL": "http://x:99999"}, "bad-url", "Port out of range"),
        ({"AWS_ENDPOINT_URL": "ftp://x"}, "bad-url", "URL scheme ftp"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "aws-unreachable", "AWS's API cannot be reached"),
        ({"HTTPS_PROXY": "http://me:hush@127.0.0.1:1"}, "proxy", "the proxy that HTTPS_PROXY names"),
        ({"https_proxy": "nonsense:"}, "proxy", "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "http://["}, "bad-url", "HTTPS_PROXY"),
        ({"AWS_RETRY_MODE": "abc"}, "aws-configuration", '"abc" must be one of'),
        ({"AWS_DEFAULTS_MODE": "abc"}, "aws-configuration", "AWS_ variable"),
    ],
)
async def test_a_call_that_does_not_get_through(
    monkeypatch: pytest.MonkeyPatch, aws: Callable[[str], Path], environment: Mapping[str, str], row: str, told: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    await asyncio.to_thread(aws, f"[default]\n{KEYS}")
    account = AwsAccount()
    with pytest.raises(ConnectFailed) as caught:
        await account.asked(lambda: account.caller_arn("us-east-1"))
    assert told in str(caught.value)
    assert "hush" not in str(caught.value) + str(caught.value.symptom)
    assert caught.value.symptom is not None
    found = diagnose(caught.value.symptom)
    assert found is not None
    assert found.id == row


@pytest.mark.parametrize(
    ("environment", "row", "told"),
    [
        (
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "/nope", "AWS_ROLE_ARN": ROLE},
            "",
            "AWS_WEB_IDENTITY_TOKEN_FILE names the file /nope",
        ),
        (
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/x",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/nope",
            },
            "",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names the file /nope",
        ),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "nonsense"}, "bad-url", "Unsupported host"),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/x"}, "process-failed", "container"),
        ({"AWS_EC2_METADATA_DISABLED": "", "AWS_METADATA_SERVICE_TIMEOUT": "abc"}, "aws-configuration", "'abc'"),
        ({"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "\udcffhush"}, "aws-odd-text", "AWS_"),
        (
            {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "x", "AWS_CREDENTIAL_EXPIRATION": "soon"},
            "aws-odd-text",
            "soon",
        ),
        ({"AWS_ACCESS_KEY_ID": "A"}, "half-credentials", "AWS_SECRET_ACCESS_KEY"),
    ],
)
async def test_an_environment_that_gives_no_credentials(
    monkeypatch: pytest.MonkeyPatch, aws: Callable[[str], Path], environment: Mapping[str, str], row: str, told: str
) -> None:
    await asyncio.to_thread(aws, "")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    failure = await refused(BotoTokens())
    assert told in str(failure)
    assert "hush" not in str(failure) + str(failure.symptom)
    found = diagnose(failure.symptom) if failure.symptom else None
    assert (found.id if found else "") == row


@pytest.mark.parametrize("content", [b"[profile x\nfoo\n", b"[default]\naws_access_key_id=\xff\xfe\n"])
async def test_a_configuration_file_that_is_none(aws: Callable[[str], Path], content: bytes) -> None:
    file = await asyncio.to_thread(aws, "")
    await asyncio.to_thread(file.write_bytes, content)
    assert str(file) in str(await refused(BotoTokens()))


async def test_an_impossible_region_has_a_row() -> None:
    tokens = BotoTokens(access_key_id="A", secret_access_key="b")
    with pytest.raises(ConnectFailed) as caught:
        await tokens.token(Endpoint("c.example", "not a region"), "admin")
    assert caught.value.symptom is not None
    found = diagnose(caught.value.symptom)
    assert found is not None
    assert found.id == "region"


async def test_a_bundle_of_authorities_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, aws: Callable[[str], Path], simulator: "object"
) -> None:
    """A real TLS server is needed for boto3 to read the bundle: the simulator's own port is one, if not AWS."""
    from support.servers.simulator import RunningSimulator

    assert isinstance(simulator, RunningSimulator)
    await asyncio.to_thread(aws, f"[default]\n{KEYS}")
    e = simulator.endpoints[0]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{e.port}")
    for bundle in (None, "/nope.pem", "/etc/hostname"):
        if bundle is not None:
            monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
        account = AwsAccount()
        with pytest.raises(ConnectFailed) as caught:
            await account.asked(lambda account=account: account.caller_arn("us-east-1"))  # type: ignore[misc]
        assert caught.value.symptom is not None
        found = diagnose(caught.value.symptom)
        assert found is not None
        assert found.id == "aws-tls", str(caught.value)


async def test_a_program_that_hangs_is_stopped(
    aws: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The program's own child holds its pipes open: nobody waits for that one."""
    script = tmp_path / "hangs"
    script.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nsleep 600 & wait\n")
    script.chmod(stat.S_IRWXU)
    await asyncio.to_thread(aws, f"[profile hangs]\ncredential_process = {script}\n")
    monkeypatch.setattr(credential_chain, "PROCESS_TIMEOUT_S", 1.0)
    failure = await refused(BotoTokens("hangs"))
    assert "did not end within 1 s and was stopped" in str(failure)
    assert not _is_alive(int((tmp_path / "pid").read_text()))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_the_program_does_not_read_our_input(aws: Callable[[str], Path]) -> None:
    """SQL on standard input is for the cluster."""
    said = json.dumps({"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "b"})
    program = f"import sys; assert sys.stdin.read() == ''; print({said!r})"
    await asyncio.to_thread(aws, f"[profile reads]\ncredential_process = {sys.executable} -c {json.dumps(program)}\n")
    assert "Credential=AKIA" in await BotoTokens("reads").token(ENDPOINT, "admin")


async def test_leaving_does_not_wait_for_a_program(aws: Callable[[str], Path], tmp_path: Path) -> None:
    """A program ends, and the credential program with it, while that one still runs."""
    script = tmp_path / "hangs"
    script.write_text(
        f"#!/bin/sh\necho $$ > {tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid\nexec sleep 600\n"
    )
    script.chmod(stat.S_IRWXU)
    await asyncio.to_thread(aws, f"[profile hangs]\ncredential_process = {script}\n")
    code = (
        "import asyncio, pathlib, sys\n"
        "from dsqltui.client.tokens import BotoTokens\n"
        "from dsqltui.core.aws.endpoint import Endpoint\n"
        "async def main():\n"
        "    task = asyncio.ensure_future(BotoTokens('hangs').token(Endpoint('h.x', 'us-east-1'), 'admin'))\n"
        "    while not pathlib.Path(sys.argv[1]).exists():\n"
        "        await asyncio.sleep(0.01)\n"
        "    task.cancel()\n"
        "asyncio.run(main())\n"
    )
    run = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code, str(tmp_path / "pid")], capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stderr) == (0, "")
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 30
    while _is_alive(pid):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


# -- commands, as a person runs them

COMMANDS: dict[str, tuple[tuple[str, ...], int]] = {
    "doctor": (("doctor", ENDPOINT.host, "--hostaddr", "127.0.0.1"), 3),
    "token": (("token", ENDPOINT.host), 1),
    "clusters": (("clusters", "list", "--regions", "us-east-1"), 1),
    "access": (
        ("access", ENDPOINT.host, "--role", "r", "--iam-role", "R", "--schema", "s"),
        1,
    ),
    "matrix": (("access", ENDPOINT.host, "--matrix"), 1),
    "exec": (("exec", ENDPOINT.host, "-c", "select 1"), 3),
    "plain": (("open", ENDPOINT.host, "--plain"), 3),
}
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "json": {"AWS_PROFILE": "text"},
    "missing": {"AWS_PROFILE": "missing"},
    "web": {"AWS_PROFILE": "web"},
    "absent": {"AWS_PROFILE": "absent"},
    "broken": {"AWS_CONFIG_FILE": "/etc/hostname"},
}


@pytest.mark.parametrize(("fault", "command"), spread(itertools.product(ENVIRONMENTS, COMMANDS), 4))
def test_a_command(tmp_path: Path, command: str, fault: str) -> None:
    """One sentence on standard error (doctor: in its table), the right status, no traceback."""
    run = _run(tmp_path, COMMANDS[command][0], ENVIRONMENTS[fault])
    assert not has_traceback(run.stdout + run.stderr), run.stderr
    assert run.returncode == COMMANDS[command][1], run.stdout + run.stderr
    told = run.stdout if command in ("doctor", "plain") else run.stderr
    words = {"json": "no JSON", "missing": "/nope/prog", "web": "/nope/token", "absent": "absent"}.get(fault, "AWS")
    assert words in told


@pytest.mark.parametrize("command", ["clusters", "access", "doctor"])
def test_an_address_of_aws_that_is_none(tmp_path: Path, command: str) -> None:
    run = _run(tmp_path, COMMANDS[command][0], {"AWS_PROFILE": "good", "AWS_ENDPOINT_URL": "nonsense"})
    assert not has_traceback(run.stdout + run.stderr), run.stderr
    assert run.returncode == COMMANDS[command][1]
    assert "Invalid endpoint: nonsense" in run.stdout + run.stderr


def test_doctor_behind_a_broken_proxy_says_so(tmp_path: Path) -> None:
    run = _run(tmp_path, COMMANDS["doctor"][0], {"AWS_PROFILE": "good", "HTTPS_PROXY": "http://127.0.0.1:1"})
    assert "the proxy that HTTPS_PROXY names" in run.stdout
    assert "connections to clusters do not use it" in run.stdout
    assert "unset HTTPS_PROXY" in run.stdout


@pytest.mark.e2e
@pytest.mark.parametrize("fault", ["json", "web"])
def test_the_start_screen_and_the_console(tmp_path: Path, fault: str) -> None:
    """Both say what is wrong and stay; leaving ends with the status of a person who left."""
    environment = _environment(tmp_path, ENVIRONMENTS[fault])
    words = {"json": "no JSON", "web": "/nope/token"}[fault]
    for arguments in ((), (ENDPOINT.host, "--hostaddr", "127.0.0.1")):
        with Terminal([sys.executable, "-m", "dsqltui", *arguments], columns=160, rows=30, env=environment) as terminal:
            terminal.wait_for(words)
            terminal.send("\x11")
            assert terminal.wait_for_exit() == 0
            assert not has_traceback(terminal.text)


def _environment(folder: Path, changes: Mapping[str, str]) -> dict[str, str]:
    config = folder / "aws"
    config.write_text(
        f"[profile text]\ncredential_process = echo hello\n[profile missing]\ncredential_process = /nope/prog\n"
        f"[profile web]\nweb_identity_token_file = /nope/token\nrole_arn = {ROLE}\n[profile good]\n{KEYS}"
    )
    folders = {f"XDG_{name}_HOME": str(folder / name) for name in ("DATA", "CONFIG", "STATE")}
    return {
        "HOME": str(folder),
        "AWS_CONFIG_FILE": str(config),
        "AWS_EC2_METADATA_DISABLED": "true",
        **folders,
        **changes,
    }


def _run(
    folder: Path, arguments: tuple[str, ...], environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "dsqltui", *arguments],
        env={**os.environ, **_environment(folder, environment)},
        input="",
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
