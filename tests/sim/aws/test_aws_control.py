"""The control interface: signed calls of its own service only, read and change, refuse with a sentence."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from dsqltui.sim.aws.clusters import Topology
from dsqltui.sim.aws.control_client import ControlClient, ControlFailed
from dsqltui.sim.aws.control_paths import FAULTS_PATH
from dsqltui.sim.aws.identity import AccessKey, IdentityStore
from dsqltui.sim.aws.policies import PermissionPolicy
from dsqltui.sim.aws.services import utc_now
from dsqltui.sim.faults.faults import FAULTS
from support.servers.aws_lab import KEY, Lab, endpoint_of


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with endpoint_of(Topology.multi_region(utc_now())) as running:
        yield running


def client(lab: Lab, key: AccessKey = KEY) -> ControlClient:
    return ControlClient(lab.endpoint.url, key.access_key_id, key.secret_access_key)


async def test_faults_are_read_and_changed(lab: Lab) -> None:
    assert (await asyncio.to_thread(client(lab).faults)).keys() == FAULTS.keys()
    changes = {"commit-latency": 0.02, "unreachable": ["us-east-2"]}
    changed = await asyncio.to_thread(client(lab).change_faults, changes)
    assert (changed["commit-latency"], changed["unreachable"]) == (0.02, ["us-east-2"])
    assert not lab.faults.is_reachable("us-east-2")
    await asyncio.to_thread(client(lab).change_faults, {"unreachable": None})
    assert (await asyncio.to_thread(client(lab).faults))["unreachable"] == []
    lab.faults.change({"waking-connects": 2})
    lab.faults.connect_error()
    assert (await asyncio.to_thread(client(lab).faults))["waking-connects"] == 1  # what is left


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no JSON object"),
        (b"[]", "no JSON object"),
        (b'{"nonsense": 1}', "is no fault; there are"),
        (b'{"commit-latency": "soon"}', "give seconds"),
    ],
)
async def test_wrong_changes_are_refused(lab: Lab, body: bytes, words: str) -> None:
    status, answer = await lab.exchange("POST", FAULTS_PATH, body, service="dsqltui")
    assert status == 400
    assert words in json.loads(answer)["message"]


async def test_the_client_repeats_the_sentence(lab: Lab) -> None:
    with pytest.raises(ControlFailed, match="is no fault; there are"):
        await asyncio.to_thread(client(lab).change_faults, {"nonsense": 1})


async def test_an_unsigned_call_is_refused(lab: Lab) -> None:
    for method in ("GET", "POST"):
        request = f"{method} {FAULTS_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}"
        status, answer = await lab.send(request.encode())
        assert status == 403
        assert json.loads(answer)["code"] == "MissingAuthenticationTokenException"


async def test_a_call_signed_for_another_service_does_nothing(lab: Lab) -> None:
    body = b'{"commit-latency": 1}'
    status, _ = await lab.exchange("POST", FAULTS_PATH, body, service="dsql")
    assert status == 400
    assert lab.faults.current.commit_latency_s == 0


async def test_wrong_keys_are_refused(lab: Lab) -> None:
    with pytest.raises(ControlFailed, match="does not match"):
        await asyncio.to_thread(client(lab, AccessKey(KEY.access_key_id, "wrong")).faults)


@pytest.mark.parametrize(("method", "path"), [("GET", "/_dsqltui/other"), ("DELETE", FAULTS_PATH)])
async def test_there_is_nothing_else(lab: Lab, method: str, path: str) -> None:
    status, answer = await lab.exchange(method, path, service="dsqltui")
    assert status == 400
    assert "is nothing the simulator knows" in json.loads(answer)["message"]


async def test_policies_hold_here_too() -> None:
    policy = PermissionPolicy.allowing(["dsqltui:GetFaults"], ["*"])
    identities = IdentityStore.with_user(KEY, policies=(policy,))
    async with endpoint_of(Topology.multi_region(utc_now()), identities) as lab:
        await asyncio.to_thread(client(lab).faults)
        with pytest.raises(ControlFailed, match="not authorized to perform: dsqltui:PutFaults"):
            await asyncio.to_thread(client(lab).change_faults, {})


async def test_nobody_there_is_a_sentence(lab: Lab) -> None:
    gone = client(lab)
    await lab.endpoint.stop()
    with pytest.raises(ControlFailed, match=r"does not answer .*; start it with: dsqltui sim"):
        await asyncio.to_thread(gone.faults)


def test_the_client_shows_no_secret() -> None:
    assert KEY.secret_access_key not in repr(
        ControlClient("http://127.0.0.1:1", KEY.access_key_id, KEY.secret_access_key)
    )
