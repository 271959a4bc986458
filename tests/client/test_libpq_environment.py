"""Variables set for psql: each alone and all at once, a connection to the simulator is what it is without them."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg import pq

from dsqltui.client import libpq_environment
from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.core.results.outcome import Rows
from dsqltui.core.sessions.session import ConnectFailed
from support.screens.real_console import endpoints_of, tokens_of
from support.servers.simulator import RunningSimulator

SPOILING = {
    "PGSERVICE": "nope",
    "PGSERVICEFILE": "/nope",
    "PGSYSCONFDIR": "/nope",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGCHANNELBINDING": "require",
    "PGSSLMINPROTOCOLVERSION": "TLSv9",
    "PGSSLMAXPROTOCOLVERSION": "TLSv1",
    "PGSSLMODE": "disable",
    "PGREQUIRESSL": "0",
    "PGSSLNEGOTIATION": "postgres",
    "PGSSLCERT": "/nope",
    "PGSSLKEY": "/nope",
    "PGSSLCERTMODE": "require",
    "PGSSLCRL": "/nope",
    "PGSSLCRLDIR": "/nope",
    "PGSSLSNI": "0",
    "PGHOST": "elsewhere.example",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "1",
    "PGDATABASE": "orders",
    "PGUSER": "nobody",
    "PGPASSWORD": "wrong",
    "PGPASSFILE": "/nope",
    "PGOPTIONS": "-c statement_timeout=1",
    "PGTARGETSESSIONATTRS": "standby",
    "PGLOADBALANCEHOSTS": "nonsense",
    "PGGSSENCMODE": "require",
    "PGKRBSRVNAME": "x",
    "PGGSSLIB": "x",
    "PGGSSDELEGATION": "1",
    "PGREQUIREPEER": "x",
    "PGCONNECT_TIMEOUT": "nonsense",
    "PGCLIENTENCODING": "LATIN1",
    "PGAPPNAME": "x",
    "PGDATESTYLE": "German",
    "PGTZ": "Nonsense/Nowhere",
    "PGGEQO": "nonsense",
    "PGMINPROTOCOLVERSION": "3.2",
    "PGMAXPROTOCOLVERSION": "nonsense",
}


@pytest.mark.parametrize("name", [*SPOILING, "all"])
async def test_a_connection_as_without_it(
    engine: Engine, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable, value in SPOILING.items():
        if name in (variable, "all"):
            monkeypatch.setenv(variable, value)
    session = PgSession(engine, endpoints_of(simulator)[0], "admin", tokens_of(simulator))
    try:
        await session.connect()
        outcome = await session.run("select date '2026-01-31', current_user, 'é'", limit=10)
    finally:
        await session.close()
    assert isinstance(outcome, Rows)
    assert outcome.rows == (("2026-01-31", "admin", "é"),)


def test_libpq_knows_no_variable_that_is_not_tried_here(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {option.envvar.decode() for option in pq.Conninfo.get_defaults() if option.envvar}
    assert known - {*SPOILING} - {"PGSSLROOTCERT", "PGSSLCOMPRESSION", "PGREPLICATION"} == set()
    monkeypatch.setattr(libpq_environment, "_set_at_start", {})
    for name in ("PGSSLCOMPRESSION", "PGSERVICE"):
        monkeypatch.setenv(name, "1")
    libpq_environment.forget()
    assert not {"PGSSLCOMPRESSION", "PGSERVICE"} & {*os.environ}
    assert {"PGSSLCOMPRESSION", "PGSERVICE"} <= {*libpq_environment.set_but_unused()}


@pytest.mark.parametrize("value", ["disable", "prefer", "allow", "require", "verify-ca"])
async def test_no_variable_lets_another_s_certificate_pass(
    engine: Engine, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """Its certificate is for `*.` of both Regions, and a star stands for one label."""
    from dataclasses import replace

    first, second = endpoints_of(simulator)
    monkeypatch.setenv("PGSSLMODE", value)
    monkeypatch.setenv("PGREQUIRESSL", "0")
    elsewhere = replace(first, port=second.port, host=f"x.{first.host}")
    session = PgSession(engine, elsewhere, "admin", tokens_of(simulator))
    with pytest.raises(ConnectFailed, match="certificate"):
        await session.connect()


@pytest.mark.parametrize("value", ["system", "~nobody-of-that-name/x.pem", "/nope", "/tmp"])
def test_pgsslrootcert_that_is_no_file(simulator: RunningSimulator, tmp_path: Path, value: str) -> None:
    """Another bundle is taken: its authorities do not know the simulator's, which is said."""
    e = simulator.endpoints[0]
    run = subprocess.run(
        [sys.executable, "-m", "dsqltui", "exec", f"{e.host}:{e.port}", "--hostaddr", "127.0.0.1", "-c", "select 1"],
        env={**os.environ, **simulator.environment, "PGSSLROOTCERT": value, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert run.returncode == 3
    assert "Traceback" not in run.stderr
    assert "not signed by an authority of this machine's store" in run.stderr


async def test_doctor_names_them(simulator: RunningSimulator, tmp_path: Path) -> None:
    e = simulator.endpoints[0]
    run = await asyncio.to_thread(
        subprocess.run,
        [
            *(sys.executable, "-m", "dsqltui", "doctor", f"{e.host}:{e.port}", "--hostaddr", "127.0.0.1"),
            *("--ca-file", simulator.ready["ca_file"]),
        ],
        env={**os.environ, **simulator.environment, **SPOILING, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert run.returncode == 0, run.stdout
    assert "set for psql, not used by dsqltui: PGAPPNAME, PGCHANNELBINDING" in run.stdout
