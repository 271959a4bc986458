"""Clusters as the control plane tells of them, and the pairs they make.

Cluster         one Regional cluster
ClusterPair     what a console opens: two peered clusters, or one cluster twice
Found           clusters of several Regions, with the Regions that did not answer
Progress        a step of making or deleting a pair
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from dsqltui.core.language import N_, _

_ARN = re.compile(r"arn:aws[a-z-]*:dsql:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):cluster/(?P<id>[a-z0-9]+)")

REGION_SETS: tuple[frozenset[str], ...] = (
    frozenset({"us-east-1", "us-east-2", "us-west-2", "ca-central-1", "ca-west-1"}),
    frozenset({"ap-south-1", "ap-northeast-3", "ap-northeast-2", "ap-southeast-1", "ap-northeast-1"}),
    frozenset({"eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-south-2", "eu-north-1"}),
)
"""The two Regions and the witness are of one set. Source: Aurora DSQL User Guide, multi-Region clusters, 2026-10."""

SERVING = frozenset({"ACTIVE", "IDLE", "INACTIVE", "UPDATING"})
"""States in which a cluster takes connections; INACTIVE wakes up first."""


class ClusterError(ValueError):
    """What is asked cannot be; the message is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One Regional cluster. Field names as in the API (botocore's model of 2018-05-10)."""

    identifier: str
    arn: str
    region: str
    status: str
    """CREATING, ACTIVE, IDLE, INACTIVE, UPDATING, DELETING, DELETED, FAILED, PENDING_SETUP or PENDING_DELETE."""
    endpoint: str
    """Host name."""
    is_protected: bool = False
    """Deletion protection."""
    witness: str = ""
    """Witness Region of a multi-Region cluster."""
    peers: tuple[str, ...] = ()
    """ARNs of the clusters it is linked with, itself left out."""
    name: str = ""
    """Its tag Name."""
    created: str = ""
    """ISO 8601; empty when unknown."""

    @property
    def is_multi_region(self) -> bool:
        """Whether it has, or is to have, a peer."""
        return bool(self.witness or self.peers)

    @property
    def is_serving(self) -> bool:
        """Whether one can connect."""
        return self.status in SERVING

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "identifier": self.identifier,
            "arn": self.arn,
            "region": self.region,
            "status": self.status,
            "endpoint": self.endpoint,
            "deletionProtectionEnabled": self.is_protected,
            "witnessRegion": self.witness or None,
            "peers": list(self.peers),
            "name": self.name,
            "creationTime": self.created or None,
        }


def cluster_of(answer: dict[str, Any], region: str) -> Cluster:
    """From GetCluster's answer."""
    arn = str(answer["arn"])
    multi = answer.get("multiRegionProperties") or {}
    created = answer.get("creationTime")
    identifier = str(answer["identifier"])
    return Cluster(
        identifier,
        arn,
        region,
        str(answer["status"]),
        str(answer.get("endpoint") or f"{identifier}.dsql.{region}.on.aws"),
        bool(answer.get("deletionProtectionEnabled", False)),
        str(multi.get("witnessRegion") or ""),
        tuple(str(peer) for peer in multi.get("clusters") or () if peer != arn),
        str((answer.get("tags") or {}).get("Name", "")),
        created.isoformat() if created is not None else "",
    )


@dataclass(frozen=True, slots=True)
class ClusterPair:
    """What a console opens."""

    first: Cluster
    second: Cluster
    """The same as `first` for a single-Region cluster, or when the peer was not found."""
    missing: str = ""
    """ARN of a peer that was not found: its Region is not looked at, or did not answer."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """The endpoint of pane A and, if it is another, of pane B."""
        return tuple(dict.fromkeys((self.first.endpoint, self.second.endpoint)))

    @property
    def regions(self) -> tuple[str, ...]:
        """As `hosts`."""
        return tuple(dict.fromkeys((self.first.region, self.second.region)))

    @property
    def is_serving(self) -> bool:
        """Whether one can connect at both ends."""
        return self.first.is_serving and self.second.is_serving

    @property
    def name(self) -> str:
        """The tag Name of one of them, else the first's identifier."""
        return self.first.name or self.second.name or self.first.identifier

    @property
    def status(self) -> str:
        """One word when both are in it, else both."""
        states = dict.fromkeys((self.first.status, self.second.status))
        return " / ".join(states)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in several Regions."""

    clusters: tuple[Cluster, ...]
    """By Region in the order asked, then by identifier."""
    failures: dict[str, str] = field(default_factory=dict)
    """Region to why it did not answer, one sentence."""

    def pairs(self) -> tuple[ClusterPair, ...]:
        """Each cluster once; peers together, in the order in which the Regions were asked."""
        return pairs_of(self.clusters)


def pairs_of(clusters: Iterable[Cluster]) -> tuple[ClusterPair, ...]:
    """Peers together, each cluster once."""
    known = {cluster.arn: cluster for cluster in clusters}
    pairs: list[ClusterPair] = []
    taken: set[str] = set()
    for arn, cluster in known.items():
        if arn in taken:
            continue
        peer = next((known[peer] for peer in cluster.peers if peer in known and peer not in taken), None)
        missing = next((peer for peer in cluster.peers if peer not in known), "")
        taken |= {arn, peer.arn if peer else arn}
        pairs.append(ClusterPair(cluster, peer or cluster, "" if peer else missing))
    return tuple(pairs)


def check_regions(regions: tuple[str, ...], witness: str) -> None:
    """Raises ClusterError for Regions that cannot be a pair with this witness. One Region needs none."""
    if len(regions) not in (1, 2):
        raise ClusterError(_("give one Region, or the two Regions of a pair"))
    if len(regions) == 1:
        if witness:
            raise ClusterError(_("a witness Region belongs to a pair; give two Regions"))
        return
    if not witness:
        raise ClusterError(_("a pair needs a witness Region; give one with --witness"))
    three = {*regions, witness}
    if len(three) != 3:
        raise ClusterError(_("the two Regions and the witness must be three different Regions"))
    known = frozenset().union(*REGION_SETS)
    if three <= known and not any(three <= of for of in REGION_SETS):
        raise ClusterError(_("all three Regions must be of one part of the world: America, Asia Pacific or Europe"))


def region_of_arn(arn: str) -> str:
    """The Region a cluster's ARN names. Raises ClusterError."""
    found = _ARN.fullmatch(arn)
    if found is None:
        raise ClusterError(
            _("{arn!r} is no cluster's ARN; write arn:aws:dsql:<region>:<account>:cluster/<id>").format(arn=arn)
        )
    return found["region"]


class ClusterStep(Enum):
    """What happens while a pair is made or deleted; the value is what one reads."""

    CREATING = "creating"
    LINKING = N_("linking with its peer")
    WAITING = N_("waiting until it is ACTIVE")
    READY = "ACTIVE"
    UNPROTECTING = N_("deletion protection off")
    DELETING = "deleting"
    GONE = "deleted"


@dataclass(frozen=True, slots=True)
class ClusterProgress:
    """A step of one cluster."""

    step: ClusterStep
    region: str
    identifier: str = ""
    status: str = ""
    """As the API says it."""
