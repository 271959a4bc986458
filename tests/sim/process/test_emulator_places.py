"""Where the simulator listens, what its clusters are called, clusters that the API makes, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from dsqltui.sim.aws.clusters import identifier_for
from support.servers.simulator import RunningSimulator, SimEndpoint, running_simulator

KEY = {"DSQLTUI_SIM_ACCESS_KEY_ID": "AKIAFORTESTS00000000", "DSQLTUI_SIM_SECRET_ACCESS_KEY": "not-a-secret"}


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """Both endpoints on one port of two addresses, with ids that a name stands for, and a key from the environment."""
    folder = tmp_path_factory.mktemp("named")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in KEY.items():
            patch.setenv(name, value)
        options = ("--listen", "127.0.0.1,127.0.0.2", "--name", "shop", "--cluster-delay", "0", "--job-delay", "0")
        with running_simulator(folder, *options, "--env-file", str(folder / "env")) as running:
            yield running


def test_ids_key_and_variables_are_as_told(named: RunningSimulator, tmp_path: Path) -> None:
    first, second = named.endpoints
    assert first.cluster_id == identifier_for("shop", "us-east-1")
    assert (first.hostaddr, second.hostaddr) == ("127.0.0.1", "127.0.0.2")
    with named.connect(0) as a, named.connect(1) as b:
        a.execute("create table seen_by_both (id int primary key)")
        assert b.execute("select count(*) from seen_by_both").fetchone() == (0,)
    env_file = Path(named.ready["ca_file"]).parents[2] / "env"
    found = dict(line.split("=", 1) for line in env_file.read_text().splitlines())
    assert env_file.stat().st_mode & 0o077 == 0
    assert found["AWS_ACCESS_KEY_ID"] == KEY["DSQLTUI_SIM_ACCESS_KEY_ID"]
    assert found["PGHOST"] == first.host
    assert found["DSQLTUI_HOST_B"] == second.host
    assert named.ready["ca_file"] == found["PGSSLROOTCERT"]
    assert Path(found["SSL_CERT_FILE"]).read_text().endswith(Path(found["PGSSLROOTCERT"]).read_text())
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps(named.ready))
    command = [sys.executable, "-m", "dsqltui", "sim", "env", "--format", "json", "--ready-file", str(ready)]
    assert json.loads(subprocess.run(command, capture_output=True, check=True).stdout) == found


@pytest.mark.long
def test_endpoints_of_one_address_share_a_port(tmp_path: Path) -> None:
    free = 41_000 + os.getpid() % 20_000
    with running_simulator(tmp_path, "--ephemeral", "--ports", f"{free},{free},0", "--cluster-delay", "0") as running:
        assert running.endpoints[0].port == running.endpoints[1].port
        with running.connect(0) as a, running.connect(1) as b:
            a.execute("create table t (id int primary key)")
            assert b.execute("select count(*) from t").fetchone() == (0,)


def test_one_region(tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--ephemeral", "--regions", "eu-west-1") as running:
        (endpoint,) = running.endpoints
        assert endpoint.region == "eu-west-1"
        client = running.aws.client("dsql", region_name="eu-west-1", endpoint_url=running.ready["aws_endpoint_url"])
        assert "multiRegionProperties" not in client.get_cluster(identifier=endpoint.cluster_id)
        with running.connect() as session:
            assert session.execute("select 1").fetchone() == (1,)


def test_a_cluster_that_the_api_made_answers_until_it_is_deleted(named: RunningSimulator) -> None:
    client = named.aws.client("dsql", region_name="us-west-2", endpoint_url=named.ready["aws_endpoint_url"])
    made = client.create_cluster(deletionProtectionEnabled=False)
    client.get_waiter("cluster_active").wait(
        identifier=made["identifier"], WaiterConfig={"Delay": 0, "MaxAttempts": 50}
    )
    at = named.endpoints[0]
    host = f"{made['identifier']}.dsql.us-west-2.on.aws"
    other = RunningSimulator(named.process, named.ready)
    other.endpoints = (SimEndpoint("us-west-2", host, at.hostaddr, at.port, made["identifier"], made["arn"]),)
    with named.connect() as first, other.connect() as session:
        first.execute("create table only_there (id int primary key)")
        assert session.execute("select to_regclass('only_there')").fetchone() == (None,)
        session.execute("create table of_its_own (id int primary key)")
        assert session.execute("select current_database()").fetchone() == ("postgres",)
        client.delete_cluster(identifier=made["identifier"])
        ends = time.monotonic() + 30
        while not session.closed:  # it is cut off
            assert time.monotonic() < ends
            with suppress(psycopg.OperationalError):
                session.execute("select 1")
    with pytest.raises(psycopg.OperationalError):
        other.connect()
    with pytest.raises(psycopg.OperationalError, match="access denied"):
        named.connect(password=other.token())
    other.endpoints = (replace(at, port=at.port),)
    with other.connect() as session:
        session.execute("drop table only_there")


def wait_until_gone(pid: int) -> None:
    ends = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and b"Z" not in Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2][:3]:
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.mark.long
def test_it_ends_with_its_parent_and_a_killed_one_is_swept(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = os.environ | {"TMPDIR": str(temporary)}
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "dsqltui", "sim", "--ephemeral", "--quiet", "--ready-file", str(ready)]
    script = (
        "import subprocess, sys, time; p = subprocess.Popen(sys.argv[1:]); print(p.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, *command, "--exit-with-parent"], stdout=subprocess.PIPE, env=environment
    )
    assert parent.stdout is not None
    with parent.stdout as said:
        pid = int(said.readline())
    ends = time.monotonic() + 60
    while not ready.exists():
        assert time.monotonic() < ends
        time.sleep(0.01)
    parent.kill()
    parent.wait()
    wait_until_gone(pid)
    assert not ready.exists()
    assert list(temporary.iterdir()) == []
    killed = subprocess.Popen(command, env=environment)
    while not ready.exists():
        assert time.monotonic() < ends + 60
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    left = [folder.name for folder in temporary.glob("dsqltui-sim-*")]
    assert len(left) == 1
    ready.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        patch.setattr("tempfile.tempdir", None)
        wait_until_gone(killed.pid)
        from dsqltui.sim.postgres.sweep import sweep

        swept: set[str] = set()
        while not swept.issuperset(left):  # its PostgreSQL ends by itself, which takes a moment
            assert time.monotonic() < ends + 120
            swept |= {folder.name for folder in sweep()}
            time.sleep(0.01)
        patch.setattr("tempfile.tempdir", None)
    assert list(temporary.glob("dsqltui-*")) == []


def test_a_simulator_that_keeps_nothing_is_in_memory_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dsqltui.sim.postgres import sweep

    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert sweep.place() == tmp_path
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(sweep, "_ROOM", 1 << 50)
    assert sweep.place() == tmp_path, "no machine has so much room"
    monkeypatch.setattr(sweep, "_IN_MEMORY", tmp_path / "none")
    monkeypatch.setattr(sweep, "_ROOM", 0)
    assert sweep.place() == tmp_path, "a folder that is not there, or no memory"
