"""The command line as a user types it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from dsqltui.commands.program import cli
from support.servers.simulator import RunningSimulator, running_simulator


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "dsqltui", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["--local", "a.dsql.us-east-1.on.aws"], "either --local or hosts"),
        (["a.dsql.us-east-1.on.aws", "b.example.com"], "no Region in 'b.example.com'"),
        (["a.dsql.us-east-1.on.aws:http", "b.dsql.us-east-2.on.aws"], "'http' is not a port"),
        (["token", "example.com"], "no Region in 'example.com'"),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(cli, arguments, prog_name="dsqltui")
    assert result.exit_code == 2
    assert said in result.output


def test_without_arguments_it_shows_help() -> None:
    result = CliRunner().invoke(cli, [], prog_name="dsqltui")
    assert "dsqltui --local" in result.output


def test_without_a_terminal_the_console_refuses_with_a_sentence(simulator: RunningSimulator) -> None:
    host = simulator.endpoints[0].host
    result = run(host, host)
    assert result.returncode == 2
    assert "terminal" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_token_connects_psql_style_clients(simulator: RunningSimulator) -> None:
    printed = run("token", simulator.endpoints[1].host, **simulator.environment)
    assert printed.returncode == 0, printed.stderr
    with simulator.connect(1, password=printed.stdout.strip()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_token_without_credentials_says_what_to_do() -> None:
    result = run("token", "a.dsql.us-east-1.on.aws")
    assert result.returncode == 1
    assert "credentials" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("package", ["cryptography", "h11"])
def test_sim_without_a_package_it_needs_says_so(package: str) -> None:
    script = f"import sys; sys.modules[{package!r}] = None; from dsqltui.__main__ import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", script, "sim"], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 1
    assert f"the simulator needs the Python package {package}" in result.stderr
    assert "pip install 'dsqltui[local]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_sim_refuses_regions_that_cannot_be_peers(tmp_path: Path) -> None:
    result = run("sim", "--data-dir", str(tmp_path / "sim"), "--regions", "us-east-1,eu-west-1")
    assert result.returncode == 1
    assert result.stderr.startswith("Error: the simulator cannot start: ")
    assert "Traceback" not in result.stderr


def test_sim_says_who_has_its_directory(tmp_path: Path) -> None:
    with running_simulator(tmp_path) as first:
        result = run("sim", "--data-dir", str(tmp_path / "sim"))
        assert result.returncode == 1
        assert str(first.process.pid) in result.stderr
        assert "Traceback" not in result.stderr


def test_data_and_clusters_are_kept_between_runs(tmp_path: Path) -> None:
    with running_simulator(tmp_path) as first:
        endpoints = [endpoint.host for endpoint in first.endpoints]
        with first.connect() as connection:
            connection.execute("create table kept (id int primary key)")
            connection.execute("insert into kept values (1)")
    with running_simulator(tmp_path) as second, second.connect(1) as connection:
        assert [endpoint.host for endpoint in second.endpoints] == endpoints
        assert connection.execute("select id from kept").fetchall() == [(1,)]


def test_the_ready_file_has_exactly_the_documented_keys_and_is_private(tmp_path: Path) -> None:
    with running_simulator(tmp_path) as running:
        ready = running.ready
        assert list(ready) == [
            "endpoints",
            "ca_file",
            "aws_endpoint_url",
            "account",
            "credentials",
            "database",
            "admin_user",
            "pid",
        ]
        assert list(ready["endpoints"][0]) == ["region", "host", "hostaddr", "port", "cluster_id", "arn"]
        assert list(ready["credentials"]) == ["access_key_id", "secret_access_key"]
        assert ready["account"] == "111122223333"
        assert ready["pid"] == running.process.pid
        assert (tmp_path / "ready.json").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "ready.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_stop_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with running_simulator(tmp_path, "--ephemeral") as running, running.connect() as client:
        running.process.send_signal(number)
        assert running.process.wait(30) == 0
        with pytest.raises(psycopg.OperationalError):
            client.execute("select 1")


def test_kill_9_leaves_no_postgres_behind(tmp_path: Path) -> None:
    ready_file = tmp_path / "ready.json"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "dsqltui", "sim", "--quiet"),
            *("--data-dir", str(tmp_path / "sim"), "--ready-file", str(ready_file)),
        ]
    )
    _wait_for(ready_file.exists, 60)
    pid = int((tmp_path / "sim" / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    process.kill()
    process.wait()
    _wait_for(lambda: not _is_alive(pid), 30)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_for(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)
