"""The control plane through boto3 and its waiters: shapes, errors, permissions."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from dsqltui.sim.aws.account import ACCOUNT_ID
from dsqltui.sim.aws.clusters import Topology
from dsqltui.sim.aws.identity import IdentityStore
from dsqltui.sim.aws.policies import PermissionPolicy
from dsqltui.sim.aws.services import utc_now
from support.servers.aws_lab import KEY, Lab, code, endpoint_of, member, message, status

WITNESS = "us-west-2"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with endpoint_of(Topology.multi_region(utc_now())) as running:
        yield running


def in_region(lab: Lab, region: str) -> Any:
    return lab.client("dsql", region=region)


async def wait_for(lab: Lab, waiter: str, cluster: dict[str, Any]) -> None:
    """botocore's own waiter, in a hurry: the endpoint's clock goes on by half a second at each attempt."""

    def wait() -> None:
        with closing(in_region(lab, cluster["arn"].split(":")[3])) as client:
            client.get_waiter(waiter).wait(
                identifier=cluster["identifier"], WaiterConfig={"Delay": 0, "MaxAttempts": 10}
            )

    lab.clock.step = timedelta(seconds=0.5)
    await asyncio.to_thread(wait)
    lab.clock.step = timedelta()


async def test_a_single_cluster_lives_and_dies(lab: Lab) -> None:
    made = await lab.call("dsql", "create_cluster", deletionProtectionEnabled=False, tags={"Name": "mine"})
    assert made["status"] == "CREATING"
    assert made["endpoint"] == f"{made['identifier']}.dsql.us-east-1.on.aws"
    assert "multiRegionProperties" not in made
    await wait_for(lab, "cluster_active", made)
    got = await lab.call("dsql", "get_cluster", identifier=made["identifier"])
    assert (got["status"], got["tags"]) == ("ACTIVE", {"Name": "mine"})
    deleted = await lab.call("dsql", "delete_cluster", identifier=made["identifier"])
    assert deleted["status"] == "DELETING"
    await wait_for(lab, "cluster_not_exists", made)
    error = await lab.refused("dsql", "get_cluster", identifier=made["identifier"])
    assert (code(error), member(error, "resourceId")) == ("ResourceNotFoundException", made["identifier"])


async def test_a_multi_region_cluster_is_made_and_deleted_as_documented(lab: Lab) -> None:
    east, ohio = "us-east-1", "us-east-2"
    first = await lab.call(
        "dsql", "create_cluster", client=in_region(lab, east), multiRegionProperties={"witnessRegion": WITNESS}
    )
    assert first["status"] == "PENDING_SETUP"
    assert first["multiRegionProperties"] == {"witnessRegion": WITNESS, "clusters": [first["arn"]]}
    second = await lab.call(
        "dsql",
        "create_cluster",
        client=in_region(lab, ohio),
        multiRegionProperties={"witnessRegion": WITNESS, "clusters": [first["arn"]]},
    )
    updated = await lab.call(
        "dsql",
        "update_cluster",
        client=in_region(lab, east),
        identifier=first["identifier"],
        multiRegionProperties={"witnessRegion": WITNESS, "clusters": [second["arn"]]},
    )
    assert updated["status"] == "CREATING"
    pair = ((first, east), (second, ohio))
    for cluster, region in pair:
        await wait_for(lab, "cluster_active", cluster)
        got = await lab.call("dsql", "get_cluster", client=in_region(lab, region), identifier=cluster["identifier"])
        assert set(got["multiRegionProperties"]["clusters"]) == {first["arn"], second["arn"]}

    error = await lab.refused("dsql", "delete_cluster", identifier=first["identifier"])
    assert (code(error), status(error)) == ("ValidationException", 400)
    assert member(error, "reason") == "deletionProtectionEnabled"
    statuses = []
    for cluster, region in pair:
        await lab.call(
            "dsql",
            "update_cluster",
            client=in_region(lab, region),
            identifier=cluster["identifier"],
            deletionProtectionEnabled=False,
        )
        deleted = await lab.call(
            "dsql", "delete_cluster", client=in_region(lab, region), identifier=cluster["identifier"]
        )
        statuses.append(deleted["status"])
    assert statuses == ["PENDING_DELETE", "DELETING"]
    for cluster, _ in pair:
        await wait_for(lab, "cluster_not_exists", cluster)


async def test_answers_have_the_shapes_of_the_model(lab: Lab) -> None:
    """Every member that is sent is in botocore's model, and every required one is sent."""
    identifier = lab.topology.clusters[0].identifier
    with closing(lab.client("dsql")) as client:
        sent: dict[str, bytes] = {}
        client.meta.events.register(
            "before-parse.dsql.*",
            lambda operation_model, response_dict, **_: sent.update({operation_model.name: response_dict["body"]}),
        )
        calls: list[tuple[str, dict[str, Any]]] = [
            ("create_cluster", {"multiRegionProperties": {"witnessRegion": WITNESS}, "tags": {"a": "b"}}),
            ("get_cluster", {"identifier": identifier}),
            ("update_cluster", {"identifier": identifier, "deletionProtectionEnabled": False}),
            ("delete_cluster", {"identifier": identifier}),
            ("get_vpc_endpoint_service_name", {"identifier": identifier}),
            ("list_clusters", {}),
        ]
        for operation, parameters in calls:
            await asyncio.to_thread(getattr(client, operation), **parameters)
        for name, body in sent.items():
            shape = client.meta.service_model.operation_model(name).output_shape
            members = set(json.loads(body))
            assert members <= set(shape.members), name
            assert set(shape.required_members) <= members, name
        assert len(sent) == 6


async def test_tags_through_the_api(lab: Lab) -> None:
    arn = lab.topology.clusters[0].arn
    await lab.call("dsql", "tag_resource", resourceArn=arn, tags={"team": "rewards", "stage": "lab"})
    await lab.call("dsql", "untag_resource", resourceArn=arn, tagKeys=["stage", "Name"])
    assert (await lab.call("dsql", "list_tags_for_resource", resourceArn=arn))["tags"] == {"team": "rewards"}
    for wrong, expected in [
        (lab.topology.clusters[1].arn, "ResourceNotFoundException"),
        (arn[:-26] + "a" * 26, "ResourceNotFoundException"),
        ("arn:aws:s3:::bucket", "ValidationException"),
    ]:
        assert code(await lab.refused("dsql", "list_tags_for_resource", resourceArn=wrong)) == expected
    error = await lab.refused("dsql", "tag_resource", resourceArn=arn, tags={"aws:x": "y"})
    assert member(error, "fieldList")[0]["name"] == "tags"


async def test_the_vpc_endpoint_service_name_is_regional(lab: Lab) -> None:
    first, second = lab.topology.clusters
    one = await lab.call("dsql", "get_vpc_endpoint_service_name", identifier=first.identifier)
    other = await lab.call(
        "dsql",
        "get_vpc_endpoint_service_name",
        client=in_region(lab, second.region),
        identifier=second.identifier,
    )
    assert one["serviceName"].startswith("com.amazonaws.us-east-1.dsql-")
    assert one["clusterVpcEndpoint"].startswith(f"{first.identifier}.dsql-")
    assert one["serviceName"] != other["serviceName"]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"multiRegionProperties": {"witnessRegion": "us-east-1"}}, "multiRegionProperties.witnessRegion"),
        ({"multiRegionProperties": {"witnessRegion": "eu-west-1"}}, "multiRegionProperties"),
        ({"multiRegionProperties": {"clusters": []}}, "multiRegionProperties.witnessRegion"),
        ({"kmsEncryptionKey": "alias/mine"}, "kmsEncryptionKey"),
        ({"metricGroups": [{"metricGroup": "STATEMENT_STATISTICS"}] * 2}, "metricGroups"),
        ({"tags": {"a<b": "c"}}, "tags"),
        ({"clientToken": "a b"}, "clientToken"),
    ],
)
async def test_bad_fields_are_named(lab: Lab, parameters: dict[str, object], field: str) -> None:
    error = await lab.refused("dsql", "create_cluster", **parameters)
    assert (code(error), status(error)) == ("ValidationException", 400)
    assert member(error, "reason") == "fieldValidationFailed"
    assert member(error, "fieldList")[0]["name"] == field
    assert field in message(error)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "cannotParse"),
        (b"[]", "cannotParse"),
        (b'{"deletionProtection": true}', "fieldValidationFailed"),
        (b'{"deletionProtectionEnabled": 1}', "fieldValidationFailed"),
        (b'{"tags": ["a"]}', "fieldValidationFailed"),
        (b'{"tags": {"a": 1}}', "fieldValidationFailed"),
        (b'{"multiRegionProperties": "us-west-2"}', "fieldValidationFailed"),
        (b'{"multiRegionProperties": {"witnessRegion": 1}}', "fieldValidationFailed"),
        (b'{"multiRegionProperties": {"clusters": "arn"}}', "fieldValidationFailed"),
        (b'{"clientToken": 1}', "fieldValidationFailed"),
    ],
)
async def test_bodies_that_boto3_would_not_send_are_refused(lab: Lab, body: bytes, reason: str) -> None:
    answered, answer = await lab.exchange("POST", "/cluster", body)
    assert answered == 400
    assert json.loads(answer)["reason"] == reason


async def test_a_repeated_client_token_creates_one_cluster(lab: Lab) -> None:
    made = [await lab.call("dsql", "create_cluster", clientToken="once") for _ in range(2)]
    assert made[0]["identifier"] == made[1]["identifier"]
    error = await lab.refused("dsql", "create_cluster", clientToken="once", deletionProtectionEnabled=False)
    assert member(error, "fieldList")[0]["name"] == "clientToken"


async def test_a_conflict_and_a_quota_have_their_fields(lab: Lab) -> None:
    made = await lab.call("dsql", "create_cluster", deletionProtectionEnabled=False)
    error = await lab.refused("dsql", "delete_cluster", identifier=made["identifier"])
    assert (code(error), status(error)) == ("ConflictException", 409)
    assert member(error, "resourceId") == made["identifier"]
    for _ in range(19):
        await lab.call("dsql", "create_cluster")
    error = await lab.refused("dsql", "create_cluster")
    assert (code(error), status(error)) == ("ServiceQuotaExceededException", 402)
    assert member(error, "serviceCode") == "dsql"
    assert member(error, "quotaCode")


@pytest.mark.parametrize(
    ("allowed", "denied_action"),
    [
        ([], "dsql:CreateCluster"),
        (["dsql:CreateCluster"], "dsql:TagResource"),
        (["dsql:CreateCluster", "dsql:TagResource"], "dsql:PutMultiRegionProperties"),
        (["dsql:CreateCluster", "dsql:TagResource", "dsql:PutM*"], "dsql:PutWitnessRegion"),
        (["dsql:CreateCluster", "dsql:TagResource", "dsql:Put*"], "dsql:AddPeerCluster"),
    ],
)
async def test_linking_needs_all_its_permissions(allowed: list[str], denied_action: str) -> None:
    policy = PermissionPolicy.allowing(["sts:GetCallerIdentity", *allowed], ["*"])
    identities = IdentityStore.with_user(KEY, policies=(policy,))
    topology = Topology.multi_region(utc_now())
    async with endpoint_of(topology, identities) as lab:
        error = await lab.refused(
            "dsql",
            "create_cluster",
            tags={"a": "b"},
            multiRegionProperties={"witnessRegion": WITNESS, "clusters": [topology.clusters[1].arn]},
        )
    assert (code(error), status(error)) == ("AccessDeniedException", 403)
    assert f"is not authorized to perform: {denied_action} on resource: arn:aws:dsql:us-east-1:{ACCOUNT_ID}" in message(
        error
    )
