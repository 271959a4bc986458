"""Faults provoked for real: a simulator in its own process, psycopg, boto3, the command line."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dsqltui.sim.aws.control_client import ControlClient
from support.servers.simulator import RunningSimulator, running_simulator

DEADLINE_S = 60


def control(simulator: RunningSimulator) -> ControlClient:
    return ControlClient.from_ready(simulator.ready)


def refusal(simulator: RunningSimulator, number: int = 0, user: str = "admin", **more: object) -> str:
    """What a client is told whose connect is refused."""
    with pytest.raises(psycopg.OperationalError) as refused:
        simulator.connect(number, user, **more).close()
    return str(refused.value)


def until(condition: Callable[[], bool]) -> None:
    """Try again until it is so; each try takes its own time."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"


def lets_in(simulator: RunningSimulator, number: int = 0) -> bool:
    try:
        simulator.connect(number).close()
    except psycopg.OperationalError:
        return False
    return True


def is_alive(connection: "psycopg.Connection[object]") -> bool:
    try:
        connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


def test_a_cluster_that_wakes_up_refuses_for_a_while(tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--fault", "waking-connects=2") as simulator:
        for number in (0, 1):
            said = refusal(simulator, number)
            assert "FATAL:  unable to accept connection, waking up cluster, please retry later" in said
        assert lets_in(simulator)
        control(simulator).change_faults({"waking-time": 1})
        assert not lets_in(simulator)
        until(lambda: lets_in(simulator))
        assert control(simulator).faults()["waking-time"] == 0


def test_a_region_is_lost_and_comes_back_while_the_other_goes_on(tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--fault", "unreachable=us-east-2") as simulator:
        faults = control(simulator)
        with simulator.connect(0) as a:
            a.execute("create table t (id int primary key)")
            assert "server closed the connection unexpectedly" in refusal(simulator, 1)
            faults.change_faults({"unreachable": []})
            with simulator.connect(1) as b, simulator.connect(1) as busy:
                b.execute("begin")
                b.execute("insert into t values (1)")
                pgconn = busy.pgconn
                pgconn.send_query(b"select pg_sleep(600)")
                faults.change_faults({"unreachable": ["us-east-2"]})
                with pytest.raises(psycopg.OperationalError):
                    b.execute("commit")
                assert pgconn.get_result() is not None  # the error: the connection is gone
                assert pgconn.status != psycopg.pq.ConnStatus.OK
            assert not lets_in(simulator, 1)
            a.execute("insert into t values (1)")
            faults.change_faults({"unreachable": None})
        with simulator.connect(1) as b:
            assert b.execute("select count(*) from t").fetchone() == (1,)


def test_an_old_session_is_cut_without_a_word(tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--fault", "session-age=2") as simulator:
        with simulator.connect() as connection, pytest.raises(psycopg.OperationalError) as cut:
            connection.execute("select pg_sleep(600)")
        assert cut.value.sqlstate is None
        control(simulator).change_faults({"session-age": None})
        with simulator.connect() as young:
            control(simulator).change_faults({"session-age": 0.1})
            until(lambda: not is_alive(young))


def test_a_clock_that_is_off_shows_in_the_hint(tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--fault", "token-clock-skew=1000") as simulator:
        assert "HINT:  Signature expired: " in refusal(simulator)
        control(simulator).change_faults({"token-clock-skew": -1000})
        assert "HINT:  Signature not yet current: " in refusal(simulator)
        control(simulator).change_faults({"token-clock-skew": None})
        assert lets_in(simulator)


def test_connects_above_the_rate_are_refused(tmp_path: Path) -> None:
    faults = ("--fault", "connect-burst=2", "--fault", "connect-rate=0.001")
    with running_simulator(tmp_path, *faults) as simulator:
        assert [lets_in(simulator) for _ in range(2)] == [True, True]
        assert "FATAL:  Unable to accept connection, rate exceeded." in refusal(simulator)
        assert lets_in(simulator, 1)  # the limit is per cluster
        control(simulator).change_faults({"connect-rate": 1000})
        until(lambda: lets_in(simulator))


def test_connections_above_the_limit_are_refused(tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--fault", "connection-limit=1") as simulator:
        with simulator.connect():
            assert "FATAL:  Unable to accept connection, too many open connections." in refusal(simulator)
        until(lambda: lets_in(simulator))


def test_a_deleted_cluster_serves_nobody_until_the_next_start(tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--cluster-delay", "0.2") as simulator:
        endpoint = simulator.endpoints[1]
        dsql = simulator.aws.client(
            "dsql", region_name=endpoint.region, endpoint_url=simulator.ready["aws_endpoint_url"]
        )
        with simulator.connect(0) as a, simulator.connect(1) as b:
            a.execute("create table kept (id int primary key)")
            dsql.update_cluster(identifier=endpoint.cluster_id, deletionProtectionEnabled=False)
            assert is_alive(b)
            assert dsql.delete_cluster(identifier=endpoint.cluster_id)["status"] == "PENDING_DELETE"
            until(lambda: not is_alive(b))
            assert "unable to accept connection, cluster is being deleted" in refusal(simulator, 1)
            assert is_alive(a)
    with running_simulator(tmp_path) as simulator, simulator.connect(1) as b:
        assert b.execute("select count(*) from kept").fetchone() == (0,)


def test_a_token_for_a_cluster_of_the_api_needs_its_name(simulator: RunningSimulator) -> None:
    endpoint = simulator.endpoints[0]
    dsql = simulator.aws.client("dsql", region_name=endpoint.region, endpoint_url=simulator.ready["aws_endpoint_url"])
    made = dsql.create_cluster(deletionProtectionEnabled=False)
    dsql.get_waiter("cluster_active").wait(identifier=made["identifier"])
    token = dsql.generate_db_connect_admin_auth_token(made["endpoint"])
    said = refusal(simulator, 0, password=token)
    assert f"HINT:  The token is for {made['endpoint']}, which listens here too" in said
    dsql.delete_cluster(identifier=made["identifier"])
    dsql.get_waiter("cluster_not_exists").wait(identifier=made["identifier"])


# --- the command line ------------------------------------------------------------------------------------------------


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "dsqltui", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_faults_are_shown_and_changed_from_the_command_line(tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--fault", "commit-latency=0.02") as simulator:
        where = ("--ready-file", str(tmp_path / "ready.json"))
        shown = run("sim-faults", *where)
        assert shown.returncode == 0, shown.stderr
        assert "commit-latency=0.02\ncommit-latency-between=\nunreachable=\n" in shown.stdout
        changed = run("sim-faults", *where, "commit-latency=default", "unreachable=us-east-1,us-east-2")
        assert "commit-latency=0.0\ncommit-latency-between=\nunreachable=us-east-1,us-east-2\n" in changed.stdout
        assert control(simulator).faults()["commit-latency"] == 0
        wrong = run("sim-faults", *where, "unreachable=eu-west-1")
        assert wrong.returncode == 1
        assert "eu-west-1 cannot become unreachable" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("sim", "--fault", "nonsense=1"), 2, "is no fault; there are commit-latency, "),
        (("sim", "--fault", "commit-latency"), 2, "is not NAME=VALUE"),
        (("sim", "--ephemeral", "--fault", "unreachable=eu-west-1"), 1, "cannot become unreachable"),
        (("sim-faults", "nonsense=1", "--ready-file", "READY"), 2, "is no fault; there are commit-latency, "),
        (("sim-faults", "--ready-file", "no-such-file"), 1, "start one with: dsqltui sim"),
        (("sim-faults", "--ready-file", "READY"), 1, "start it with: dsqltui sim"),
    ],
)
def test_wrong_usage_is_a_sentence(tmp_path: Path, arguments: tuple[str, ...], status: int, words: str) -> None:
    ready_file = tmp_path / "ready.json"
    credentials = {"access_key_id": "a", "secret_access_key": "b"}
    ready_file.write_text(json.dumps({"aws_endpoint_url": "http://127.0.0.1:9", "credentials": credentials}))
    result = run(*(str(ready_file) if word == "READY" else word for word in arguments))
    assert result.returncode == status
    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr
