"""A headless smoke of an installed dsqltui: the simulator starts, a statement runs on both endpoints, it stops.

Usage: python smoke.py PATH_OF_DSQLTUI, with the Python that dsqltui is installed for.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import BotoTokens
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.results.outcome import Rows
from dsqltui.resources import data

DEADLINE_S = 60


async def check(ready: dict[str, object]) -> None:
    """Ask both endpoints who they are. Raises AssertionError."""
    keys = ready["credentials"]
    endpoints = ready["endpoints"]
    assert isinstance(keys, dict)
    assert isinstance(endpoints, list)
    tokens = BotoTokens(access_key_id=keys["access_key_id"], secret_access_key=keys["secret_access_key"])
    with Engine() as engine:
        for e in endpoints:
            endpoint = Endpoint(e["host"], e["region"], e["port"], e["hostaddr"], str(ready["ca_file"]))
            session = PgSession(engine, endpoint, "admin", tokens)
            await session.connect()
            outcome = await session.run("select version()", limit=10)
            assert isinstance(outcome, Rows), outcome
            assert outcome.rows == (("PostgreSQL 16",),), outcome
            await session.close()
            print(f"{endpoint.region}: {outcome.rows[0][0]}")


def main() -> None:
    assert any(data("styles").glob("*.tcss"))
    assert (data("sql") / "rewards" / "ddl.sql").is_file()
    with tempfile.TemporaryDirectory() as folder:
        ready_file = Path(folder) / "ready.json"
        process = subprocess.Popen([sys.argv[1], "sim", "--ephemeral", "--quiet", "--ready-file", str(ready_file)])
        try:
            deadline = time.monotonic() + DEADLINE_S
            while not ready_file.exists():
                assert process.poll() is None, "the simulator ended before it was ready"
                assert time.monotonic() < deadline, "the simulator was not ready in time"
                time.sleep(0.02)
            asyncio.run(check(json.loads(ready_file.read_text())))
        finally:
            process.terminate()
            assert process.wait(30) == 0


if __name__ == "__main__":
    main()
