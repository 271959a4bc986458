"""The life of a cluster by the clock: states, links, refusals."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dsqltui.sim.aws.clusters import SimCluster, Topology, cluster_arn
from dsqltui.sim.aws.control_plane import (
    MAX_MULTI_REGION_CLUSTERS,
    MAX_SINGLE_REGION_CLUSTERS,
    ClusterStatus,
    ControlFailure,
    ControlRefused,
    CreateCluster,
    MultiRegion,
    SimulatedControlPlane,
    Snapshot,
    UpdateCluster,
)

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
OPEN = CreateCluster(deletion_protection=False)
WITNESS = "us-west-2"


class Plane:
    """A control plane and the clock it is asked with."""

    def __init__(self) -> None:
        self.topology = Topology.multi_region(START - timedelta(days=1))
        self.deleted: list[SimCluster] = []
        self.control = SimulatedControlPlane(self.topology, delay_s=2.0, on_deletion=self.deleted.append)
        self.now = START

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def create(self, region: str = "us-east-1", request: CreateCluster = OPEN, token: str | None = None) -> SimCluster:
        return self.control.create(region, request, self.now, token).cluster

    def linked(self, protection: bool = False) -> tuple[SimCluster, SimCluster]:
        """Two clusters, linked as the documentation does it."""
        properties = MultiRegion(WITNESS)
        first = self.create("us-east-1", CreateCluster(protection, {}, properties))
        second = self.create("us-east-2", CreateCluster(protection, {}, MultiRegion(WITNESS, (first.arn,))))
        assert self.status(first) is self.status(second) is ClusterStatus.PENDING_SETUP
        self.update(first, UpdateCluster(multi_region=MultiRegion(WITNESS, (second.arn,))))
        return first, second

    def update(self, cluster: SimCluster, request: UpdateCluster, token: str | None = None) -> Snapshot:
        return self.control.update(cluster.region, cluster.identifier, request, self.now, token)

    def delete(self, cluster: SimCluster, token: str | None = None) -> Snapshot:
        return self.control.delete(cluster.region, cluster.identifier, self.now, token)

    def status(self, cluster: SimCluster) -> ClusterStatus | None:
        """None: gone."""
        try:
            return self.control.get(cluster.region, cluster.identifier, self.now).status
        except ControlRefused as refused:
            assert refused.failure is ControlFailure.NOT_FOUND  # noqa: PT017  # gone is one of the answers
            return None


@pytest.fixture
def plane() -> Plane:
    return Plane()


def refusal(operation: Callable[[], object]) -> ControlRefused:
    with pytest.raises(ControlRefused) as refused:
        operation()
    return refused.value


def fields(refused: ControlRefused) -> list[str]:
    found: Any = refused.members["fieldList"]
    return [field["name"] for field in found]


def test_a_single_cluster_is_created_changed_and_deleted(plane: Plane) -> None:
    cluster = plane.create()
    assert plane.status(cluster) is ClusterStatus.CREATING
    plane.wait(2)
    assert plane.status(cluster) is ClusterStatus.ACTIVE
    assert plane.update(cluster, UpdateCluster(deletion_protection=True)).status is ClusterStatus.UPDATING
    plane.wait(2)
    assert plane.status(cluster) is ClusterStatus.ACTIVE
    plane.update(cluster, UpdateCluster(deletion_protection=False))
    assert plane.delete(cluster).status is ClusterStatus.DELETING  # an update need not be over
    plane.wait(1.9)
    assert plane.status(cluster) is ClusterStatus.DELETING
    plane.wait(0.1)
    assert plane.status(cluster) is None
    assert cluster.identifier not in [s.cluster.identifier for s in plane.control.in_region("us-east-1", plane.now)]


def test_two_clusters_become_one_multi_region_cluster(plane: Plane) -> None:
    first, second = plane.linked()
    assert plane.status(first) is plane.status(second) is ClusterStatus.CREATING
    plane.wait(2)
    for one, other in ((first, second), (second, first)):
        snapshot = plane.control.get(one.region, one.identifier, plane.now)
        assert snapshot.status is ClusterStatus.ACTIVE
        assert set(snapshot.cluster.linked_arns) == {one.arn, other.arn}
        assert snapshot.cluster.witness_region == WITNESS


def test_two_that_each_wait_can_be_linked_by_two_updates(plane: Plane) -> None:
    properties = CreateCluster(False, {}, MultiRegion(WITNESS))
    first, second = plane.create("us-east-1", properties), plane.create("us-east-2", properties)
    plane.wait(1000)
    plane.update(first, UpdateCluster(multi_region=MultiRegion(None, (second.arn,))))
    assert plane.status(first) is plane.status(second) is ClusterStatus.PENDING_SETUP
    plane.update(second, UpdateCluster(multi_region=MultiRegion(WITNESS, (second.arn, first.arn))))
    assert plane.status(first) is plane.status(second) is ClusterStatus.CREATING


def test_the_first_of_two_waits_for_the_others_deletion(plane: Plane) -> None:
    first, second = plane.linked()
    plane.wait(2)
    assert plane.delete(first).status is ClusterStatus.PENDING_DELETE
    plane.wait(1000)
    assert plane.status(first) is ClusterStatus.PENDING_DELETE
    assert plane.status(second) is ClusterStatus.ACTIVE
    assert plane.delete(second).status is ClusterStatus.DELETING
    assert plane.status(first) is ClusterStatus.DELETING
    plane.wait(2)
    assert plane.status(first) is plane.status(second) is None


def test_one_that_waits_for_a_peer_can_be_deleted_alone(plane: Plane) -> None:
    cluster = plane.create("us-east-1", CreateCluster(False, {}, MultiRegion(WITNESS)))
    assert plane.delete(cluster).status is ClusterStatus.DELETING


def test_protection_is_the_default_and_keeps_a_cluster(plane: Plane) -> None:
    cluster = plane.create(request=CreateCluster())
    plane.wait(2)
    refused = refusal(lambda: plane.delete(cluster))
    assert refused.failure is ControlFailure.VALIDATION
    assert refused.members["reason"] == "deletionProtectionEnabled"
    assert plane.status(cluster) is ClusterStatus.ACTIVE


def test_what_is_under_way_is_a_conflict(plane: Plane) -> None:
    cluster = plane.create()
    change = UpdateCluster(deletion_protection=True)
    assert refusal(lambda: plane.delete(cluster)).failure is ControlFailure.CONFLICT
    assert refusal(lambda: plane.update(cluster, change)).failure is ControlFailure.CONFLICT
    plane.wait(2)
    plane.delete(cluster)
    assert refusal(lambda: plane.delete(cluster)).failure is ControlFailure.CONFLICT
    assert refusal(lambda: plane.update(cluster, change)).members["resourceId"] == cluster.identifier


@pytest.mark.parametrize(
    ("witness", "arns", "field"),
    [
        (None, (), "multiRegionProperties.witnessRegion"),
        ("us-east-1", (), "multiRegionProperties.witnessRegion"),
        ("eu-west-1", (), "multiRegionProperties"),
        ("mars-north-1", (), "multiRegionProperties"),
        (WITNESS, ("not an arn",), "multiRegionProperties.clusters"),
        (WITNESS, ("arn:aws:dsql:us-east-2:999999999999:cluster/" + "a" * 26,), "multiRegionProperties.clusters"),
        (WITNESS, (cluster_arn("us-east-2", "a" * 26),), "multiRegionProperties.clusters"),
        (WITNESS, (cluster_arn("us-east-1", "a" * 26),), "multiRegionProperties.clusters"),
        (WITNESS, (cluster_arn(WITNESS, "a" * 26),), "multiRegionProperties.witnessRegion"),
        (WITNESS, (cluster_arn("eu-west-1", "a" * 26),), "multiRegionProperties"),
        (
            WITNESS,
            (cluster_arn("us-east-2", "a" * 26), cluster_arn("ca-west-1", "b" * 26)),
            "multiRegionProperties.clusters",
        ),
    ],
)
def test_clusters_that_cannot_be_linked_are_refused(
    plane: Plane, witness: str | None, arns: tuple[str, ...], field: str
) -> None:
    before = plane.control.in_region("us-east-1", plane.now)
    refused = refusal(lambda: plane.create(request=CreateCluster(False, {}, MultiRegion(witness, arns))))
    assert refused.failure is ControlFailure.VALIDATION
    assert fields(refused) == [field]
    assert plane.control.in_region("us-east-1", plane.now) == before


def test_a_peer_must_wait_and_have_the_same_witness(plane: Plane) -> None:
    waiting = plane.create("us-east-2", CreateCluster(False, {}, MultiRegion("ca-central-1")))
    refused = refusal(lambda: plane.create(request=CreateCluster(False, {}, MultiRegion(WITNESS, (waiting.arn,)))))
    assert fields(refused) == ["multiRegionProperties.witnessRegion"]
    taken = plane.topology.clusters[1]
    refused = refusal(lambda: plane.create(request=CreateCluster(False, {}, MultiRegion(WITNESS, (taken.arn,)))))
    assert refused.failure is ControlFailure.CONFLICT


def test_the_links_of_a_cluster_in_use_stay(plane: Plane) -> None:
    first, second = plane.topology.clusters
    plane.update(first, UpdateCluster(multi_region=MultiRegion(WITNESS, (second.arn,))))  # what it is already
    change = UpdateCluster(multi_region=MultiRegion("ca-central-1", (second.arn,)))
    assert fields(refusal(lambda: plane.update(first, change))) == ["multiRegionProperties"]
    single = plane.create()
    plane.wait(2)
    refused = refusal(lambda: plane.update(single, UpdateCluster(multi_region=MultiRegion(WITNESS))))
    assert refused.failure is ControlFailure.VALIDATION


def test_a_region_without_the_service_is_refused(plane: Plane) -> None:
    assert fields(refusal(lambda: plane.create("mars-north-1"))) == ["region"]
    plane.create("sa-east-1")


def test_quotas_are_per_region_and_kind(plane: Plane) -> None:
    for _ in range(MAX_SINGLE_REGION_CLUSTERS):
        plane.create()
    refused = refusal(plane.create)
    assert refused.failure is ControlFailure.QUOTA
    assert refused.members["serviceCode"] == "dsql"
    plane.create("eu-west-1")
    for _ in range(MAX_MULTI_REGION_CLUSTERS - 1):  # one is there already
        plane.create(request=CreateCluster(False, {}, MultiRegion(WITNESS)))
    refused = refusal(lambda: plane.create(request=CreateCluster(False, {}, MultiRegion(WITNESS))))
    assert refused.failure is ControlFailure.QUOTA


def test_a_repeated_client_token_does_nothing_twice(plane: Plane) -> None:
    first = plane.create(token="abc")
    plane.wait(2)
    assert plane.create(token="abc") == first
    assert plane.create(token="other") != first
    refused = refusal(lambda: plane.create(request=CreateCluster(), token="abc"))
    assert fields(refused) == ["clientToken"]
    assert plane.delete(first, "gone").status is plane.delete(first, "gone").status is ClusterStatus.DELETING
    plane.wait(8 * 3600)
    assert plane.create(token="abc") != first


def test_a_refused_operation_does_not_use_up_its_token(plane: Plane) -> None:
    cluster = plane.create()
    refusal(lambda: plane.delete(cluster, "abc"))  # it is being created
    plane.wait(2)
    assert plane.delete(cluster, "abc").status is ClusterStatus.DELETING


def test_tags_are_merged_and_removed(plane: Plane) -> None:
    cluster = plane.topology.clusters[0]
    plane.control.tag(cluster.region, cluster.identifier, {"team": "rewards", "Name": "lab"}, plane.now)
    plane.control.untag(cluster.region, cluster.identifier, ["Name", "never"], plane.now)
    assert plane.control.get(cluster.region, cluster.identifier, plane.now).cluster.tags == {"team": "rewards"}
    many = {f"tag{number}": "" for number in range(200)}
    refused = refusal(lambda: plane.control.tag(cluster.region, cluster.identifier, many, plane.now))
    assert refused.failure is ControlFailure.QUOTA


def test_the_two_with_a_database_serve_until_they_are_deleted(plane: Plane) -> None:
    first, second = plane.topology.clusters
    assert plane.control.is_serving(first, plane.now)
    for cluster in (first, second):
        plane.update(cluster, UpdateCluster(deletion_protection=False))
        assert plane.control.is_serving(cluster, plane.now)  # while it is UPDATING
    plane.delete(first)
    assert plane.deleted == [replace(first, deletion_protection=False)]
    assert not plane.control.is_serving(first, plane.now)
    assert plane.control.is_serving(second, plane.now)
    plane.delete(second)
    plane.wait(2)
    assert plane.status(first) is None
    assert not plane.control.is_serving(second, plane.now)


def test_clusters_made_by_the_api_are_told_apart_and_their_deletion_is_told(plane: Plane) -> None:
    cluster = plane.create()
    assert plane.control.was_made(cluster.endpoint, plane.now) == cluster
    assert not plane.control.was_made(plane.topology.clusters[0].endpoint, plane.now)
    assert not plane.control.was_made("localhost", plane.now)
    plane.wait(2)
    plane.delete(cluster)
    assert [deleted.arn for deleted in plane.deleted] == [cluster.arn]
