"""The control plane's client on the simulator's, on botocore's stubs, and beside the official CLI."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from dsqltui.client.aws.account import AccessKeys, AwsAccount
from dsqltui.client.aws.control_plane import ControlPlane
from dsqltui.core.aws.clusters import ClusterProgress, ClusterStep
from dsqltui.core.sessions.session import ConnectFailed
from support.servers.simulator import RunningSimulator, running_simulator

ACCOUNT = "111122223333"


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    options = ("--ephemeral", "--cluster-delay", "0.2")
    with running_simulator(tmp_path_factory.mktemp("plane"), *options) as running:
        yield running


def account_of(sim: RunningSimulator) -> AwsAccount:
    return AwsAccount(keys=AccessKeys(*sim.ready["credentials"].values()), endpoint_url=sim.ready["aws_endpoint_url"])


async def all_of(steps: AsyncIterator[ClusterProgress]) -> list[ClusterProgress]:
    return [step async for step in steps]


async def test_a_pair_from_nothing_to_nothing(sim: RunningSimulator) -> None:
    account = account_of(sim)
    plane = ControlPlane(account)
    steps = await all_of(plane.create(("us-east-1", "us-west-2"), "us-east-2", name="made"))
    told = [(step.step, step.region) for step in steps if step.step is not ClusterStep.WAITING]
    assert told[-2:] == [(ClusterStep.READY, "us-east-1"), (ClusterStep.READY, "us-west-2")]
    assert (ClusterStep.LINKING, "us-east-1") in told
    assert any(step.status == "PENDING_SETUP" for step in steps)
    assert any(step.step is ClusterStep.WAITING and step.status == "CREATING" for step in steps)
    found = await plane.find(["us-east-1", "us-west-2", "us-east-2"])
    (pair,) = [pair for pair in found.pairs() if pair.name == "made"]
    assert (pair.regions, pair.status, pair.first.witness) == (("us-east-1", "us-west-2"), "ACTIVE", "us-east-2")
    assert pair.first.is_protected
    both = await plane.with_peers(pair.first)
    assert both == (pair.first, pair.second)
    assert await plane.get("us-west-2", pair.second.identifier) == pair.second
    with pytest.raises(ConnectFailed, match="eletion"):
        await account.asked(
            lambda: account.client("dsql", "us-east-1").delete_cluster(identifier=pair.first.identifier)
        )
    gone = await all_of(plane.delete(both))
    assert [step.region for step in gone if step.step is ClusterStep.GONE] == ["us-east-1", "us-west-2"]
    assert [step.step for step in gone].count(ClusterStep.UNPROTECTING) == 2
    assert not [p for p in (await plane.find(["us-east-1", "us-west-2"])).pairs() if p.name == "made"]


async def test_a_peer_that_stays_keeps_it_pending_and_that_is_said(sim: RunningSimulator) -> None:
    plane = ControlPlane(account_of(sim), patience_s=1.0)
    steps = await all_of(plane.create(("us-east-1", "us-west-2"), "us-east-2", is_protected=False))
    first, second = (step for step in steps if step.step is ClusterStep.READY)
    cluster = await plane.get("us-east-1", first.identifier)
    with pytest.raises(ConnectFailed, match="still PENDING_DELETE after 1 s"):
        await all_of(plane.delete([cluster]))
    await all_of(ControlPlane(account_of(sim)).delete([await plane.get("us-west-2", second.identifier)]))


async def test_a_region_that_fails_does_not_hide_the_others() -> None:
    account = AwsAccount(keys=AccessKeys("A", "S"))
    good, bad = account.client("dsql", "us-east-1"), account.client("dsql", "us-east-2")
    arn = f"arn:aws:dsql:us-east-1:{ACCOUNT}:cluster/{'a' * 26}"
    described: dict[str, Any] = {
        "identifier": "a" * 26,
        "arn": arn,
        "status": "IDLE",
        "creationTime": datetime(2026, 1, 1, tzinfo=UTC),
        "deletionProtectionEnabled": False,
    }
    with Stubber(good) as goods, Stubber(bad) as bads:
        goods.add_response("list_clusters", {"clusters": [{"identifier": "a" * 26, "arn": arn}]}, {})
        goods.add_response("get_cluster", described, {"identifier": "a" * 26})
        bads.add_client_error("list_clusters", "AccessDeniedException", "no dsql:ListClusters", http_status_code=403)
        found = await ControlPlane(account).find(["us-east-1", "us-east-2"])
    assert [cluster.status for cluster in found.clusters] == ["IDLE"]
    assert list(found.failures) == ["us-east-2"]
    assert "no dsql:ListClusters" in found.failures["us-east-2"]


async def test_every_page_is_read() -> None:
    account = AwsAccount(keys=AccessKeys("A", "S"))
    client = account.client("dsql", "us-east-1")
    ids = ["a" * 26, "b" * 26]
    with Stubber(client) as stubbed:
        for number, identifier in enumerate(ids):
            arn = f"arn:aws:dsql:us-east-1:{ACCOUNT}:cluster/{identifier}"
            page: dict[str, Any] = {"clusters": [{"identifier": identifier, "arn": arn}]}
            stubbed.add_response("list_clusters", page | ({"nextToken": "n"} if number == 0 else {}))
        for _ in ids:
            stubbed.add_client_error("get_cluster", "ResourceNotFoundException", "gone meanwhile", http_status_code=404)
        found = await ControlPlane(account).find(["us-east-1"])
    assert found.clusters == ()
    assert found.failures == {}


def official_cli(sim: RunningSimulator, *arguments: str) -> Any:
    run = subprocess.run(
        [str(Path(sys.executable).with_name("aws")), *arguments, "--output", "json"],
        env={**os.environ, **sim.environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(run.stdout)


async def test_the_official_cli_agrees(sim: RunningSimulator) -> None:
    account = account_of(sim)
    for region in ("us-east-1", "us-east-2"):
        found = await ControlPlane(account).find([region])
        listed = await asyncio.to_thread(official_cli, sim, "dsql", "list-clusters", "--region", region)
        assert [c["identifier"] for c in listed["clusters"]] == [c.identifier for c in found.clusters]
        for cluster in found.clusters:
            told = await asyncio.to_thread(
                official_cli, sim, "dsql", "get-cluster", "--region", region, "--identifier", cluster.identifier
            )
            assert (told["status"], told["arn"], told["deletionProtectionEnabled"]) == (
                cluster.status,
                cluster.arn,
                cluster.is_protected,
            )
            assert told["multiRegionProperties"]["witnessRegion"] == cluster.witness
    who = await asyncio.to_thread(official_cli, sim, "sts", "get-caller-identity", "--region", "us-east-1")
    assert who["Arn"] == await asyncio.to_thread(account.caller_arn, "us-east-1")
