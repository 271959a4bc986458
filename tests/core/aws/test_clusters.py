"""Clusters as values: pairs, what cannot be a pair."""

from typing import Any

import pytest

from dsqltui.core.aws.clusters import Cluster, ClusterError, Found, check_regions, cluster_of, pairs_of, region_of_arn


def arn(region: str, identifier: str) -> str:
    return f"arn:aws:dsql:{region}:111122223333:cluster/{identifier}"


def cluster(region: str, identifier: str, *peers: str, **more: Any) -> Cluster:
    status = more.pop("status", "ACTIVE")
    return Cluster(
        identifier, arn(region, identifier), region, status, f"{identifier}.dsql.{region}.on.aws", peers=peers, **more
    )


A = cluster("us-east-1", "aa", arn("us-east-2", "bb"), witness="us-west-2")
B = cluster("us-east-2", "bb", arn("us-east-1", "aa"), witness="us-west-2", name="prod")
LONE = cluster("us-west-2", "cc")


def test_peers_make_a_pair_and_each_cluster_is_in_one() -> None:
    pairs = pairs_of([A, LONE, B])
    assert [(pair.first, pair.second) for pair in pairs] == [(A, B), (LONE, LONE)]
    assert pairs[0].hosts == ("aa.dsql.us-east-1.on.aws", "bb.dsql.us-east-2.on.aws")
    assert (pairs[0].name, pairs[0].status, pairs[0].is_serving) == ("prod", "ACTIVE", True)
    assert (pairs[1].hosts, pairs[1].name) == (("cc.dsql.us-west-2.on.aws",), "cc")


def test_a_peer_in_a_region_that_did_not_answer_is_said() -> None:
    (pair,) = Found((A,), {"us-east-2": "no"}).pairs()
    assert (pair.second, pair.missing) == (A, arn("us-east-2", "bb"))


def test_both_states_are_shown_when_they_differ() -> None:
    (pair,) = pairs_of([A, cluster("us-east-2", "bb", arn("us-east-1", "aa"), status="PENDING_DELETE")])
    assert (pair.status, pair.is_serving) == ("ACTIVE / PENDING_DELETE", False)


def test_an_answer_of_the_api() -> None:
    answer = {
        "identifier": "aa",
        "arn": arn("us-east-1", "aa"),
        "status": "ACTIVE",
        "deletionProtectionEnabled": True,
        "multiRegionProperties": {
            "witnessRegion": "us-west-2",
            "clusters": [arn("us-east-1", "aa"), arn("us-east-2", "bb")],
        },
        "tags": {"Name": "prod"},
    }
    made = cluster_of(answer, "us-east-1")
    assert (made.peers, made.witness, made.name, made.is_protected) == (
        (arn("us-east-2", "bb"),),
        "us-west-2",
        "prod",
        True,
    )
    assert made.endpoint == "aa.dsql.us-east-1.on.aws"
    assert made.as_json()["peers"] == [arn("us-east-2", "bb")]


@pytest.mark.parametrize(
    ("regions", "witness", "told"),
    [
        ((), "", "one Region, or the two"),
        (("us-east-1",), "us-east-2", "belongs to a pair"),
        (("us-east-1", "us-east-2"), "", "--witness"),
        (("us-east-1", "us-east-1"), "us-east-2", "three different"),
        (("us-east-1", "eu-west-1"), "us-west-2", "one part of the world"),
    ],
)
def test_what_cannot_be_a_pair(regions: tuple[str, ...], witness: str, told: str) -> None:
    with pytest.raises(ClusterError, match=told):
        check_regions(regions, witness)


def test_what_can_be() -> None:
    check_regions(("us-east-1",), "")
    check_regions(("us-east-1", "us-east-2"), "us-west-2")
    check_regions(("us-east-1", "xx-new-1"), "xx-new-2")  # Regions that are newer than this list


def test_the_region_of_an_arn() -> None:
    assert region_of_arn(A.arn) == "us-east-1"
    with pytest.raises(ClusterError, match="no cluster's ARN"):
        region_of_arn("arn:aws:s3:::x")
