"""The AWS endpoint, used by boto3, by the AWS CLI and by clients that misbehave; and the clusters it describes."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dsqltui.sim.aws import http as aws_http
from dsqltui.sim.aws.account import ACCOUNT_ID
from dsqltui.sim.aws.clusters import SimCluster, Topology, is_identifier
from dsqltui.sim.aws.control_plane import SimulatedControlPlane
from dsqltui.sim.aws.identity import AccessKey, IdentityStore
from dsqltui.sim.aws.policies import PermissionPolicy
from dsqltui.sim.aws.services import AwsEndpoint, utc_now
from dsqltui.sim.aws.sigv4 import verify_token
from dsqltui.sim.faults.fault_control import FaultControl
from support.servers.aws_lab import (
    KEY,
    READ_ONLY,
    USER,
    Lab,
    SettableClock,
    code,
    endpoint_of,
    member,
    message,
    read_response,
    status,
)


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with endpoint_of(Topology.multi_region(utc_now())) as running:
        yield running


# --- STS ------------------------------------------------------------------------------------------------------------


async def test_the_caller_is_the_workshop_user(lab: Lab) -> None:
    answer = await lab.call("sts", "get_caller_identity")
    assert (answer["Arn"], answer["Account"]) == (USER, ACCOUNT_ID)
    assert answer["UserId"].startswith("AIDA")
    assert answer["ResponseMetadata"]["RequestId"]


async def test_a_role_is_assumed_and_used(lab: Lab) -> None:
    before = utc_now()
    answer = await lab.call(
        "sts", "assume_role", RoleArn=READ_ONLY, RoleSessionName="alice", DurationSeconds=900, ExternalId="ignored"
    )
    held = answer["Credentials"]
    assert timedelta(seconds=898) < held["Expiration"] - before < timedelta(seconds=1200)
    role_arn = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/RewardsReadOnlyAccess/alice"
    assert answer["AssumedRoleUser"]["Arn"] == role_arn
    client = lab.client("sts", key=AccessKey(held["AccessKeyId"], held["SecretAccessKey"]), token=held["SessionToken"])
    who = await lab.call("sts", "get_caller_identity", client=client)
    assert who["Arn"] == role_arn
    assert who["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    assert who["UserId"].endswith(":alice")


async def test_expired_credentials_are_told(lab: Lab) -> None:
    workshop = lab.identities.lookup(KEY.access_key_id, None, lab.clock())[1]
    old = lab.identities.assume_role(workshop, READ_ONLY, "alice", 900, now=lab.clock() - timedelta(hours=1))
    for service, operation, expected in [
        ("sts", "get_caller_identity", "ExpiredToken"),
        ("dsql", "list_clusters", "ExpiredTokenException"),
    ]:
        client = lab.client(service, key=old.key, token=old.session_token)
        error = await lab.refused(service, operation, client=client)
        assert (code(error), status(error)) == (expected, 403)


@pytest.mark.parametrize(
    ("parameters", "expected", "words"),
    [
        ({"RoleArn": READ_ONLY, "RoleSessionName": "a b"}, "ValidationError", "roleSessionName"),
        ({"RoleArn": READ_ONLY, "RoleSessionName": "a&b<c>"}, "ValidationError", "Value 'a&b<c>'"),
        ({"RoleArn": READ_ONLY, "RoleSessionName": "s1", "DurationSeconds": 43201}, "ValidationError", "43200"),
        ({"RoleArn": READ_ONLY, "RoleSessionName": "s1", "Policy": "{}"}, "ValidationError", "Policy is not supported"),
        (
            {"RoleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/Nobody", "RoleSessionName": "s1"},
            "AccessDenied",
            f"User: {USER} is not authorized to perform: sts:AssumeRole on resource",
        ),
    ],
)
async def test_a_refused_assume_role_says_why(
    lab: Lab, parameters: dict[str, object], expected: str, words: str
) -> None:
    error = await lab.refused("sts", "assume_role", **parameters)
    assert code(error) == expected
    assert words in message(error)
    assert status(error) == (403 if expected == "AccessDenied" else 400)


async def test_an_operation_that_is_not_simulated_is_an_invalid_action(lab: Lab) -> None:
    error = await lab.refused("sts", "get_session_token")
    assert (code(error), status(error)) == ("InvalidAction", 400)
    assert "GetSessionToken" in message(error)


async def test_wrong_credentials_get_the_codes_of_each_service(lab: Lab) -> None:
    unknown, wrong = AccessKey.generate(), AccessKey(KEY.access_key_id, "wrong")
    for service, operation, key, expected in [
        ("sts", "get_caller_identity", unknown, "InvalidClientTokenId"),
        ("sts", "get_caller_identity", wrong, "SignatureDoesNotMatch"),
        ("dsql", "list_clusters", unknown, "UnrecognizedClientException"),
        ("dsql", "list_clusters", wrong, "InvalidSignatureException"),
    ]:
        error = await lab.refused(service, operation, client=lab.client(service, key=key))
        assert (code(error), status(error)) == (expected, 403)


async def test_a_clock_that_is_off_is_told(lab: Lab) -> None:
    lab.clock.offset = timedelta(minutes=6)
    error = await lab.refused("sts", "get_caller_identity")
    assert code(error) == "SignatureDoesNotMatch"
    assert message(error).startswith("Signature expired: ")


async def test_another_service_is_refused(lab: Lab) -> None:
    error = await lab.refused("sqs", "list_queues")
    assert status(error) == 403
    assert "correct service" in message(error)


# --- Aurora DSQL ----------------------------------------------------------------------------------------------------


async def test_each_region_lists_its_own_cluster(lab: Lab) -> None:
    for cluster in lab.topology.clusters:
        answer = await lab.call("dsql", "list_clusters", client=lab.client("dsql", region=cluster.region))
        assert answer["clusters"] == [{"identifier": cluster.identifier, "arn": cluster.arn}]
    answer = await lab.call("dsql", "list_clusters", client=lab.client("dsql", region="eu-west-1"))
    assert answer["clusters"] == []


async def test_a_cluster_is_described_with_both_peers(lab: Lab) -> None:
    first, second = lab.topology.clusters
    answer = await lab.call("dsql", "get_cluster", identifier=first.identifier)
    del answer["ResponseMetadata"]
    assert answer == {
        "identifier": first.identifier,
        "arn": first.arn,
        "status": "ACTIVE",
        "endpoint": f"{first.identifier}.dsql.us-east-1.on.aws",
        "creationTime": first.creation_time,
        "deletionProtectionEnabled": True,
        "multiRegionProperties": {"witnessRegion": "us-west-2", "clusters": [first.arn, second.arn]},
        "tags": {"Name": "dsqltui simulator"},
        "encryptionDetails": {"encryptionType": "AWS_OWNED_KMS_KEY", "encryptionStatus": "ENABLED"},
        "metricGroups": [],
    }


async def test_the_answer_has_the_shape_of_the_model(lab: Lab) -> None:
    """Every member that is sent is in botocore's model, and every required one is sent."""
    cluster = lab.topology.clusters[0]
    client = lab.client("dsql")
    shape = client.meta.service_model.operation_model("GetCluster").output_shape
    answer = await lab.call("dsql", "get_cluster", client=client, identifier=cluster.identifier)
    raw = json.loads(await signed(lab, "GET", f"/cluster/{cluster.identifier}"))
    assert set(raw) <= set(shape.members)
    assert set(shape.required_members) <= set(answer)
    assert raw["status"] in shape.members["status"].enum


async def test_a_single_cluster_has_no_peers() -> None:
    single = SimCluster("s" * 26, "us-east-1", datetime(2026, 1, 1, tzinfo=UTC))
    async with endpoint_of(Topology((single,))) as lab:
        answer = await lab.call("dsql", "get_cluster", identifier=single.identifier)
    assert "multiRegionProperties" not in answer


async def test_a_cluster_of_another_region_is_not_found(lab: Lab) -> None:
    identifier = lab.topology.clusters[1].identifier
    error = await lab.refused("dsql", "get_cluster", identifier=identifier)
    assert (code(error), status(error)) == ("ResourceNotFoundException", 404)
    assert member(error, "resourceId") == identifier
    assert member(error, "resourceType") == "cluster"


async def test_a_bad_identifier_is_invalid(lab: Lab) -> None:
    error = await lab.refused("dsql", "get_cluster", identifier="Not-An-Id")
    assert (code(error), status(error)) == ("ValidationException", 400)
    assert member(error, "reason") == "fieldValidationFailed"
    assert member(error, "fieldList")[0]["name"] == "identifier"


async def test_an_operation_that_is_not_simulated_is_unknown(lab: Lab) -> None:
    error = await lab.refused("dsql", "get_cluster_policy", identifier="a" * 26)
    assert (code(error), member(error, "reason")) == ("ValidationException", "unknownOperation")


async def test_clusters_are_listed_page_by_page() -> None:
    clusters = tuple(SimCluster(letter * 26, "us-east-1", utc_now()) for letter in "cab")
    async with endpoint_of(Topology(clusters)) as lab:

        def identifiers() -> list[str]:
            with closing(lab.client("dsql")) as client:
                pages = client.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 2})
                return [cluster["identifier"] for page in pages for cluster in page["clusters"]]

        assert await asyncio.to_thread(identifiers) == ["a" * 26, "b" * 26, "c" * 26]
        assert code(await lab.refused("dsql", "list_clusters", maxResults=101)) == "ValidationException"


async def test_a_denying_policy_is_access_denied() -> None:
    only_listing = PermissionPolicy.allowing(["dsql:List*"], ["*"])
    topology = Topology.multi_region(utc_now())
    cluster = topology.clusters[0]
    async with endpoint_of(topology, IdentityStore.with_user(KEY, policies=(only_listing,))) as lab:
        await lab.call("dsql", "list_clusters")
        error = await lab.refused("dsql", "get_cluster", identifier=cluster.identifier)
    assert (code(error), status(error)) == ("AccessDeniedException", 403)
    assert f"is not authorized to perform: dsql:GetCluster on resource: {cluster.arn}" in message(error)


# --- the AWS CLI ----------------------------------------------------------------------------------------------------


async def cli(lab: Lab, home: Path, *arguments: str, key: AccessKey = KEY, token: str = "") -> str:
    """Run the official AWS CLI; what it printed."""
    environment = {
        "HOME": str(home),
        "AWS_CONFIG_FILE": str(home / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
        "AWS_ENDPOINT_URL": lab.endpoint.url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_DEFAULT_OUTPUT": "json",
        "AWS_PAGER": "",
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
    }
    if token:
        environment["AWS_SESSION_TOKEN"] = token
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(sys.executable).with_name("aws")),
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def test_the_official_cli_works(lab: Lab, tmp_path: Path) -> None:
    first, second = lab.topology.clusters
    who = json.loads(await cli(lab, tmp_path, "sts", "get-caller-identity"))
    assert who["Arn"] == USER

    assumed = json.loads(
        await cli(lab, tmp_path, "sts", "assume-role", "--role-arn", READ_ONLY, "--role-session-name", "cli")
    )
    held = assumed["Credentials"]
    key = AccessKey(held["AccessKeyId"], held["SecretAccessKey"])

    listed = json.loads(await cli(lab, tmp_path, "dsql", "list-clusters", "--region", "us-east-2"))
    assert [cluster["arn"] for cluster in listed["clusters"]] == [second.arn]
    described = json.loads(
        await cli(
            *(lab, tmp_path, "dsql", "get-cluster", "--identifier", first.identifier),
            key=key,
            token=held["SessionToken"],
        )
    )
    assert described["multiRegionProperties"]["clusters"] == [first.arn, second.arn]

    # version 1 of the CLI cannot make connect tokens; boto3 makes one from the credentials the CLI got
    client = lab.client("dsql", key=key, token=held["SessionToken"])
    token = client.generate_db_connect_auth_token(Hostname=first.endpoint)
    principal = verify_token(
        token,
        host=first.endpoint,
        region=first.region,
        user="rewards_ro",
        identities=lab.identities,
        now=utc_now(),
    )
    assert principal.iam_arn == READ_ONLY


# --- HTTP -----------------------------------------------------------------------------------------------------------


async def signed(lab: Lab, method: str, target: str) -> bytes:
    answered, body = await lab.exchange(method, target)
    assert answered == 200
    return body


async def test_a_connection_serves_many_requests(lab: Lab) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    request = lab.request_bytes("GET", "/cluster")
    writer.write(request * 3)
    for _ in range(3):
        assert (await read_response(reader))[0] == 200
    writer.write(lab.request_bytes("GET", "/cluster", b"", "Connection: close"))
    assert (await read_response(reader))[0] == 200
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_a_query_in_the_url_is_signed_too(lab: Lab) -> None:
    target = "/?Action=GetCallerIdentity&Version=2011-06-15"
    answered, body = await lab.send(lab.request_bytes("GET", target, service="sts"))
    assert answered == 200
    assert USER.encode() in body


async def test_a_client_that_expects_100_continue_gets_it(lab: Lab) -> None:
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    whole = lab.request_bytes("POST", "/", body, "Expect: 100-continue", service="sts")
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    writer.write(whole[: -len(body)])
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    assert (await read_response(reader))[0] == 200
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"\r\n\r\n", 400),
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),  # no Host
        (b"GET http://127.0.0.1/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01", 400),  # TLS: told at once
        (b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA: b\x00c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA: b\x1bc\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Amz-Date: b\r\nX-Amz-Date: b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\nExpect: 100-continue\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"b" * aws_http.MAX_HEAD_BYTES + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"b" * aws_http.MAX_HEAD_BYTES, 431),
        # what HTTP tells a server to take: a line that ends without CR, a header on two lines
        (b"GET / HTTP/1.1\r\nA: b\nHost: c\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n folded\r\n\r\n", 403),
        (b"GET / HTTP/1.0\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: AWS4-HMAC-SHA256 nonsense\r\n\r\n", 400),
        (b"GET /cluster HTTP/1.1\r\nHost: a\r\nAuthorization: \xff\xfe\r\n\r\n", 400),
    ],
)
async def test_malformed_requests_are_answered(lab: Lab, sent: bytes, expected: int) -> None:
    answered, _ = await lab.send(sent)
    assert answered == expected
    assert await signed(lab, "GET", "/cluster")  # and the next client is served


async def test_a_head_of_the_largest_size_is_read(lab: Lab) -> None:
    start, end = b"GET / HTTP/1.1\r\nHost: a\r\nA: ", b"\r\n\r\n"
    answered, _ = await lab.send(start + b"b" * (aws_http.MAX_HEAD_BYTES - len(start) - len(end)) + end)
    assert answered == 403


async def test_the_answer_to_head_has_no_body(lab: Lab) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    writer.write(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert answer.endswith(b"\r\n\r\n")
    assert b"Connection: close\r\n" in answer
    writer.close()
    await writer.wait_closed()


async def test_a_malformed_form_is_refused(lab: Lab) -> None:
    for body in (b"Action=%FF&Version=2011-06-15", b"&".join(b"a=b" for _ in range(201))):
        answered, answer = await lab.send(lab.request_bytes("POST", "/", body, service="sts"))
        assert answered == 400
        assert b"<Code>ValidationError</Code>" in answer


@pytest.mark.parametrize("sent", [b"", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc", b"GET / HT"])
async def test_a_client_that_leaves_is_let_go(lab: Lab, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    writer.write(sent)
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_a_silent_client_is_let_go(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_http, "REQUEST_TIMEOUT_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    writer.write(b"GET / HT")
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_a_mistake_of_ours_is_an_internal_failure(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> datetime:
        raise RuntimeError("the clock is broken")

    topology, identities = Topology.multi_region(utc_now()), IdentityStore.with_user(KEY)
    endpoint = AwsEndpoint(identities, SimulatedControlPlane(topology), FaultControl(), clock=broken)
    await endpoint.start()
    try:
        lab = Lab(endpoint, identities, topology, SimulatedControlPlane(topology), FaultControl(), SettableClock(), [])
        error = await lab.refused("dsql", "list_clusters")
    finally:
        await endpoint.stop()
    assert (code(error), status(error)) == ("InternalServerException", 500)
    assert "the clock is broken" in caplog.text


async def test_stopping_ends_open_connections(lab: Lab) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    writer.write(lab.request_bytes("GET", "/cluster"))
    await read_response(reader)
    await lab.endpoint.stop()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    await lab.endpoint.stop()
    with pytest.raises(RuntimeError, match="not started"):
        _ = lab.endpoint.url


async def test_it_can_be_started_again_on_its_port(lab: Lab) -> None:
    port = lab.port
    with pytest.raises(RuntimeError, match="started already"):
        await lab.endpoint.start()
    await lab.endpoint.stop()
    assert await lab.endpoint.start(port) == port
    assert await signed(lab, "GET", "/cluster")


async def test_no_secret_is_logged(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="dsqltui")
    answer = await lab.call("sts", "assume_role", RoleArn=READ_ONLY, RoleSessionName="alice")
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("dsqltui"))
    assert "POST /: 200" in logged
    for secret in (KEY.secret_access_key, answer["Credentials"]["SecretAccessKey"]):
        assert secret not in logged


# --- clusters -------------------------------------------------------------------------------------------------------


def test_a_topology_survives_being_saved() -> None:
    topology = Topology.multi_region(utc_now(), ("eu-west-1", "eu-central-1"))
    assert Topology.from_json(topology.to_json()) == topology


@pytest.mark.parametrize(
    ("regions", "witness"),
    [
        (("us-east-1", "us-east-2"), "us-west-2"),
        (("us-west-2", "us-east-1"), "us-east-2"),
        (("ap-northeast-1", "ap-northeast-2"), "ap-northeast-3"),
        (("eu-west-3", "eu-west-1"), "eu-west-2"),
    ],
)
def test_the_witness_is_a_third_region_of_the_set(regions: tuple[str, str], witness: str) -> None:
    clusters = Topology.multi_region(utc_now(), regions).clusters
    assert tuple(cluster.region for cluster in clusters) == regions
    assert {cluster.witness_region for cluster in clusters} == {witness}
    assert all(cluster.linked_arns == tuple(c.arn for c in clusters) for cluster in clusters)


@pytest.mark.parametrize(
    "regions", [(), ("us-east-1",), ("us-east-1", "us-east-1"), ("us-east-1", "eu-west-1"), ("us-east-1", "mars-1")]
)
def test_regions_that_cannot_be_peers_are_refused(regions: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"Regions|peers"):
        Topology.multi_region(utc_now(), regions)


def test_clusters_are_found_by_region_and_host() -> None:
    topology = Topology.multi_region(utc_now())
    first, second = topology.clusters
    assert is_identifier(first.identifier)
    assert first.identifier != second.identifier
    assert topology.endpoints == (first.endpoint, second.endpoint)
    assert topology.by_endpoint(second.endpoint.upper()) == second
    assert topology.by_endpoint("localhost") is None
    assert topology.find("us-east-1", second.identifier) is None


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(Topology.multi_region(utc_now()).to_json())
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 1}',
        '{"format": 1, "clusters": [1]}',
        changed(lambda d: d.update(format=2)),
        changed(lambda d: d["clusters"][0].pop("region")),
        changed(lambda d: d["clusters"][0].update(identifier="../../etc")),
        changed(lambda d: d["clusters"][0].update(region="us-east-1.evil.example")),
        changed(lambda d: d["clusters"][0].update(creation_time="yesterday")),
        changed(lambda d: d["clusters"][0].update(creation_time="2026-01-01T00:00:00")),
        changed(lambda d: d["clusters"][0].update(tags=[])),
    ],
)
def test_a_damaged_save_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"saved clusters cannot be read .*; reset the simulator"):
        Topology.from_json(text)


def test_clusters_can_be_told_apart_and_hashed() -> None:
    cluster = Topology.multi_region(utc_now()).clusters[0]
    assert {cluster, replace(cluster, deletion_protection=False)} == {
        replace(cluster, deletion_protection=False),
        cluster,
    }
    assert cluster != replace(cluster, tags={})
