"""A real simulator in its own process, and real clients for it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psycopg

START_DEADLINE_S = 60
PG_SECRET = "behind-the-scenes"
"""What the embedded PostgreSQL's superuser logs in with here; without `DSQLTUI_PG_SECRET` nobody could."""

TEMPLATE_VARIABLE = "TESTS_POSTGRES_TEMPLATE"
"""A folder for a data directory that initdb made once and every simulator copies: three times cheaper than initdb."""


@dataclass(frozen=True)
class SimEndpoint:
    """One Regional endpoint of the running simulator."""

    region: str
    host: str
    hostaddr: str
    port: int
    cluster_id: str
    arn: str


class RunningSimulator:
    """A simulator process and what its ready file says."""

    def __init__(self, process: "subprocess.Popen[bytes]", ready: dict[str, Any]) -> None:
        self.process = process
        self.ready = ready
        self.endpoints = tuple(SimEndpoint(**endpoint) for endpoint in ready["endpoints"])
        credentials = ready["credentials"]
        self.aws = boto3.Session(credentials["access_key_id"], credentials["secret_access_key"])

    @property
    def environment(self) -> dict[str, str]:
        """What a shell user pastes: credentials, AWS endpoint, TLS."""
        credentials = self.ready["credentials"]
        return {
            "AWS_ACCESS_KEY_ID": credentials["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": credentials["secret_access_key"],
            "AWS_ENDPOINT_URL": self.ready["aws_endpoint_url"],
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": self.ready["ca_file"],
        }

    def token(self, number: int = 0, user: str = "admin", session: boto3.Session | None = None) -> str:
        """A connect token for the endpoint, made by boto3."""
        endpoint = self.endpoints[number]
        client = (session or self.aws).client("dsql", region_name=endpoint.region)
        if user == "admin":
            return str(client.generate_db_connect_admin_auth_token(endpoint.host))
        return str(client.generate_db_connect_auth_token(endpoint.host))

    def parameters(self, number: int = 0, user: str = "admin", **more: Any) -> dict[str, Any]:
        """libpq connection parameters with a fresh token."""
        endpoint = self.endpoints[number]
        return {
            "host": endpoint.host,
            "hostaddr": endpoint.hostaddr,
            "port": endpoint.port,
            "user": user,
            "dbname": self.ready["database"],
            "sslmode": "verify-full",
            "sslrootcert": self.ready["ca_file"],
            "password": more.pop("password", None) or self.token(number, user, more.pop("session", None)),
            **more,
        }

    def connect(self, number: int = 0, user: str = "admin", **more: Any) -> "psycopg.Connection[Any]":
        """A psycopg session in autocommit on endpoint 0 (A) or 1 (B)."""
        return psycopg.connect(autocommit=True, **self.parameters(number, user, **more))

    def drop_schemas(self) -> None:
        """Drop every schema but public, with what is in it."""
        with self.connect() as connection:
            named = "select quote_ident(nspname) from pg_namespace where nspname !~ '^(pg_.*|information_schema|sys|public)$'"
            for (name,) in connection.execute(named).fetchall():
                connection.execute(f"drop schema {name} cascade")

    async def connect_async(self, number: int = 0, user: str = "admin", **more: Any) -> "psycopg.AsyncConnection[Any]":
        return await psycopg.AsyncConnection.connect(autocommit=True, **self.parameters(number, user, **more))


@contextmanager
def running_simulator(directory: Path, *options: str, data_dir: Path | None = None) -> Iterator[RunningSimulator]:
    """Start `dsqltui sim` with its data in `directory`, or in `data_dir`; stop it at the end and check that it stopped cleanly."""
    ready_file = directory / "ready.json"
    command = [sys.executable, "-m", "dsqltui", "sim", "--quiet", "--ready-file", str(ready_file)]
    if "--ephemeral" not in options:
        command += ["--data-dir", str(data_dir or directory / "sim")]
    if template := os.environ.get(TEMPLATE_VARIABLE):
        command += ["--template", template]
    process = subprocess.Popen([*command, *options], stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_DEADLINE_S
        while not ready_file.exists():
            if process.poll() is not None:
                raise AssertionError(f"the simulator ended with {process.returncode} before it was ready")
            if time.monotonic() > deadline:
                raise AssertionError("the simulator was not ready in time")
            time.sleep(0.01)
        yield RunningSimulator(process, json.loads(ready_file.read_text()))
    finally:
        process.terminate()
        status = process.wait(30)
    assert status == 0, f"the simulator ended with {status}"
