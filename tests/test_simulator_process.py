"""The simulator of this machine as a process of ours that may die."""

import asyncio
import os
import signal
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from dsqltui.launch.simulator_process import LocalSimulator, SimulatorAccess, running_simulator
from dsqltui.launch.target import on_simulator


def connected(access: SimulatorAccess) -> "psycopg.Connection[tuple[object, ...]]":
    endpoint = access.endpoints[0]
    token = asyncio.run(on_simulator(access).tokens.token(endpoint, "admin"))
    return psycopg.connect(
        host=endpoint.host,
        hostaddr=endpoint.hostaddr,
        port=endpoint.port,
        user="admin",
        dbname="postgres",
        password=token,
        sslmode="verify-full",
        sslrootcert=endpoint.ca_file,
        autocommit=True,
    )


def test_a_simulator_that_was_killed_is_no_running_one_and_is_started_again_where_it_was(tmp_path: Path) -> None:
    with ExitStack() as stack:
        local = LocalSimulator(tmp_path, stack)
        with connected(local.access) as connection:
            connection.execute("CREATE TABLE kept (id int PRIMARY KEY)")
            connection.execute("INSERT INTO kept VALUES (7)")
        assert not local.revive(), "it answers"
        found = running_simulator(tmp_path)
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)  # our child, and nobody has looked after it: a zombie has a pid
        while found.answers():
            pass
        assert running_simulator(tmp_path) is None
        assert local.revive()
        again = running_simulator(tmp_path)
        assert again is not None
        assert (again.ports, again.access_key_id) == (found.ports, found.access_key_id)
        assert again.pid != found.pid
        with connected(again) as connection:
            assert connection.execute("SELECT id FROM kept").fetchall() == [(7,)]
    assert running_simulator(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"pid": "x"}', "\x00"])
def test_a_record_that_says_nothing_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "ready.json").write_text(text)
    assert running_simulator(tmp_path) is None
