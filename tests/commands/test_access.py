"""`dsqltui access` on the real simulator: what it prints works, word by word."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys

import psycopg
import pytest

from dsqltui.client.aws.account import AccessKeys, AwsAccount
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.sessions.roles import RoleChoice
from support.servers.simulator import RunningSimulator

ACCOUNT = "111122223333"


def access(simulator: RunningSimulator, *arguments: str) -> "subprocess.CompletedProcess[str]":
    hosts = [f"{e.host}:{e.port}" for e in simulator.endpoints]
    where = ["--hostaddr", "127.0.0.1", "--hostaddr", "127.0.0.1", "--ca-file", simulator.ready["ca_file"]]
    return subprocess.run(
        [sys.executable, "-m", "dsqltui", "access", *hosts, *where, *arguments],
        env={**os.environ, **simulator.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_what_it_writes_lets_the_role_in(simulator: RunningSimulator) -> None:
    with contextlib.closing(simulator.connect()) as admin:
        admin.execute("CREATE SCHEMA accessed")
        admin.execute("CREATE TABLE accessed.t (id int PRIMARY KEY)")
        admin.execute("INSERT INTO accessed.t VALUES (1)")
        run = access(
            simulator,
            *("--role", "access_reader", "--iam-role", "AccessReader", "--schema", "accessed", "--create", "--yes"),
            "--json",
        )
        assert run.returncode == 0, run.stderr
        assert "IAM role AccessReader created" in run.stderr
        written = json.loads(run.stdout)
        assert [arn.rpartition("/")[2] for arn in written["policy"]["Statement"][0]["Resource"]] == [
            e.cluster_id for e in simulator.endpoints
        ]
        for sql in written["sql"]:
            admin.execute(sql)
        keys = AccessKeys(*simulator.ready["credentials"].values())
        account = AwsAccount(keys=keys, endpoint_url=simulator.ready["aws_endpoint_url"])
        choice = RoleChoice("access_reader", f"arn:aws:iam::{ACCOUNT}:role/AccessReader")
        tokens = BotoTokens(account=account.assume(choice, "us-east-1"))
        e = simulator.endpoints[1]
        token = asyncio.run(tokens.token(Endpoint(e.host, e.region), "access_reader"))
        with contextlib.closing(simulator.connect(1, "access_reader", password=token)) as reader:
            assert reader.execute("SELECT id FROM accessed.t").fetchall() == [(1,)]
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table t"):
                reader.execute("DELETE FROM accessed.t")
        matrix = access(simulator, "--matrix", "--json")
        assert {"role": "access_reader", "table": "accessed.t", "rights": "r"} in json.loads(matrix.stdout)
        again = access(
            simulator,
            *("--role", "access_reader", "--iam-role", "AccessReader", "--schema", "accessed", "--create", "--yes"),
        )
        assert "was there already" in again.stderr
        for sql in written["undo"]:
            admin.execute(sql)
        assert "access_reader" not in access(simulator, "--matrix").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--role", "reports"), "give --iam-role, --schema, or --matrix"),
        (("--role", "admin", "--iam-role", "R", "--schema", "x"), "other than admin"),
        (("--role", "r", "--iam-role", "R", "--schema", "x", "--right", "fly"), "is no right"),
    ],
)
def test_wrong_usage(simulator: RunningSimulator, arguments: tuple[str, ...], told: str) -> None:
    run = access(simulator, *arguments)
    assert run.returncode == 2
    assert told in " ".join(run.stderr.split())
