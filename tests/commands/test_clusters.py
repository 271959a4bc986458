"""`dsqltui clusters` as a person runs it, on the simulator's control plane."""

import json
import os
import subprocess
import sys

import pytest

from support.servers.simulator import RunningSimulator


def clusters(
    simulator: RunningSimulator, *arguments: str, answers: str = "", **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "dsqltui", "clusters", *arguments],
        env={**os.environ, **simulator.environment, **environment},
        input=answers,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_list_and_show(simulator: RunningSimulator) -> None:
    hosts = [e.host for e in simulator.endpoints]
    listed = clusters(simulator, "list", "--json", "--regions", "us-east-1,us-east-2")
    assert listed.returncode == 0, listed.stderr
    assert hosts in [pair["hosts"] for pair in json.loads(listed.stdout)["pairs"]]
    text = clusters(simulator, "list").stdout  # the Regions of the settings
    assert f"us-east-1 + us-east-2      ACTIVE     {' '.join(hosts)}" in text
    shown = clusters(simulator, "show", simulator.endpoints[1].cluster_id).stdout
    assert f"dsqltui {' '.join(hosts)}" in shown
    assert "deletionProtectionEnabled" in shown
    nothing = clusters(simulator, "show", "nobody")
    assert (nothing.returncode, "no cluster nobody was found" in nothing.stderr) == (1, True)


def test_make_and_delete_a_cluster_asked_each_time(simulator: RunningSimulator) -> None:
    refused = clusters(simulator, "create", "us-west-2", answers="n\n")
    assert refused.returncode == 1
    assert "It costs" in refused.stderr
    made = clusters(simulator, "create", "us-west-2", "--name", "short-lived", "--yes", "--json")
    assert made.returncode == 0, made.stderr
    (host,) = json.loads(made.stdout)["endpoints"]
    kept = clusters(simulator, "delete", "short-lived", "--yes")
    assert (kept.returncode, "give --unprotect" in kept.stderr) == (1, True)
    asked = clusters(simulator, "delete", host, answers="y\nn\n")
    assert asked.returncode == 1
    assert "Take it off?" in asked.stderr
    gone = clusters(simulator, "delete", host, "--json", answers="y\ny\n")
    assert gone.returncode == 0, gone.stderr
    assert json.loads(gone.stdout[gone.stdout.index("{") :]) == {"deleted": [host.split(".")[0]]}


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("create", "us-east-1", "us-east-2"), 2, "--witness"),
        (("list", "--regions", "moon"), 2, "no Region's name"),
        (("list",), 1, "did not answer"),
    ],
)
def test_what_cannot_be(simulator: RunningSimulator, arguments: tuple[str, ...], status: int, told: str) -> None:
    run = clusters(simulator, *arguments, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert run.returncode == status
    assert told in run.stderr
