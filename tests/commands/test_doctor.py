"""`dsqltui doctor` as a person runs it, on the real simulator: what it prints, its JSON, its exit status."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from support.servers.simulator import RunningSimulator


def doctor(simulator: RunningSimulator, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    hosts = [f"{e.host}:{e.port}" for e in simulator.endpoints]
    where = ["--hostaddr", "127.0.0.1", "--hostaddr", "127.0.0.1", "--ca-file", simulator.ready["ca_file"]]
    return subprocess.run(
        [sys.executable, "-m", "dsqltui", "doctor", *hosts, *where, *arguments],
        env={**os.environ, **simulator.environment, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def checks_of(run: "subprocess.CompletedProcess[str]") -> dict[str, dict[str, Any]]:
    """The last check of each name."""
    return {check["check"]: check for check in json.loads(run.stdout)}


def test_all_is_well(simulator: RunningSimulator) -> None:
    run = doctor(simulator)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("    ok  login        as admin in ") == 2
    assert "certificate of dsqltui simulator CA" in run.stdout
    assert "arn:aws:iam::111122223333:user/workshop" in run.stdout
    assert "ok  clock        in sync with AWS" in run.stdout
    for secret in (simulator.ready["credentials"]["secret_access_key"], "X-Amz-Signature"):
        assert secret not in run.stdout + run.stderr


def test_a_role_that_is_not_mapped(simulator: RunningSimulator) -> None:
    run = doctor(simulator, "--user", "doctors_nobody", "--json")
    assert run.returncode == 3
    checks = checks_of(run)
    assert checks["tls"]["verdict"] == "ok"
    login = checks["login"]
    assert (login["verdict"], login["proof"]) == ("failed", f"HINT:  {_not_mapped()}")
    assert "AWS IAM GRANT doctors_nobody TO" in login["next"]
    assert checks["mapping"]["verdict"] == "skipped"


def _not_mapped() -> str:
    return "User: arn:aws:iam::111122223333:user/workshop is not authorized to access this resource"


def test_no_credentials(simulator: RunningSimulator) -> None:
    run = doctor(simulator, "--json", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    checks = checks_of(run)
    assert run.returncode == 3
    assert checks["credentials"]["proof"] == "NoCredentialsError: Unable to locate credentials"
    assert checks["identity"]["verdict"] == checks["clock"]["verdict"] == "skipped"
    assert (checks["tls"]["verdict"], checks["token"]["verdict"], checks["login"]["verdict"]) == (
        "ok",
        "failed",
        "skipped",
    )


def test_tls_of_another_authority(simulator: RunningSimulator) -> None:
    from botocore.httpsession import where

    run = doctor(simulator, "--ca-file", where(), "--json")
    checks = checks_of(run)
    assert run.returncode == 3
    assert (checks["tcp"]["verdict"], checks["tls"]["verdict"], checks["login"]["verdict"]) == (
        "ok",
        "failed",
        "skipped",
    )
    assert "certificate verify failed" in checks["tls"]["proof"]


def test_an_address_that_does_not_answer_beside_one_that_does(simulator: RunningSimulator) -> None:
    e = simulator.endpoints[0]
    run = subprocess.run(
        [
            *(sys.executable, "-m", "dsqltui", "doctor", f"{e.host}:{e.port}", "--json"),
            *("--hostaddr", "::1,127.0.0.1", "--ca-file", simulator.ready["ca_file"]),
        ],
        env={**os.environ, **simulator.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    checks = checks_of(run)
    assert run.returncode == 0, "as with libpq, one address of a dual-stack name is enough"
    assert checks["tcp"]["verdict"] == "warning"
    assert "::1: " in checks["tcp"]["said"]
    assert checks["login"]["verdict"] == "ok"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--local"),
        (("a.dsql.us-east-1.on.aws", "--hostaddr", "::1", "--hostaddr", "::1"), "--hostaddr is given 2 times"),
        (("nohost",), "no Region"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], told: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "dsqltui", "doctor", *arguments], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert told in " ".join(run.stderr.split())
