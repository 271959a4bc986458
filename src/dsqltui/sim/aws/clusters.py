"""The clusters of the simulator as values: what the control plane answers and what tokens are checked against.

    SimCluster      one Regional cluster
    Topology        all clusters; made once by `Topology.multi_region`, kept between runs as JSON

Nothing here does I/O: the caller reads and writes the text.
"""

import base64
import hashlib
import json
import re
import secrets
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from dsqltui.sim.aws.account import ACCOUNT_ID

DEFAULT_REGIONS = ("us-east-1", "us-east-2")

# Both peers and the witness come from one set. Source: Aurora DSQL User Guide, multi-Region clusters, read 2026-10.
# The first Region of a set that is no peer becomes the witness.
_REGION_SETS = (
    ("us-west-2", "us-east-2", "us-east-1", "ca-central-1", "ca-west-1"),
    ("ap-northeast-3", "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1"),
    ("eu-west-3", "eu-west-2", "eu-west-1", "eu-central-1", "eu-south-2", "eu-north-1"),
)
_SINGLE_REGION_ONLY = ("ap-east-1", "ap-southeast-2", "ap-southeast-4", "sa-east-1")
REGIONS = frozenset(_SINGLE_REGION_ONLY).union(*_REGION_SETS)
"""Where Aurora DSQL is offered. Source: Aurora DSQL User Guide, read 2026-10."""

_ID_ALPHABET = string.ascii_lowercase + "234567"
_ID = re.compile(r"[a-z0-9]{26}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class SimCluster:
    """One Regional cluster of the simulator."""

    identifier: str
    """26 characters of [a-z0-9], as the service's model demands."""
    region: str
    creation_time: datetime
    """When it was made; aware, whole seconds."""
    linked_arns: tuple[str, ...] = ()
    """ARNs of all clusters of the multi-Region cluster, this one's too, as GetCluster lists them; empty if single."""
    witness_region: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    deletion_protection: bool = True
    metric_groups: tuple[str, ...] = ()
    """Of advanced monitoring, that are on."""

    @property
    def arn(self) -> str:
        """The cluster's ARN."""
        return cluster_arn(self.region, self.identifier)

    @property
    def endpoint(self) -> str:
        """The host name that clients connect to and sign tokens for."""
        return f"{self.identifier}.dsql.{self.region}.on.aws"


@dataclass(frozen=True, slots=True)
class Topology:
    """Every cluster of the simulator, in the order of the panes: the first is A's."""

    clusters: tuple[SimCluster, ...]

    @classmethod
    def new(cls, now: datetime, regions: Sequence[str] = DEFAULT_REGIONS, identifiers: Sequence[str] = ()) -> Self:
        """A new cluster in one Region, or a multi-Region cluster in two; with these identifiers, or random ones.

        Raises ValueError when the Regions cannot be peers on AWS, or an identifier has not the form of one.
        """
        if identifiers and len(identifiers) != len(regions):
            raise ValueError(f"{len(regions)} Regions need as many cluster ids, not {len(identifiers)}")
        for identifier in identifiers:
            if not is_identifier(identifier):
                raise ValueError(f"{identifier!r} is no cluster id: 26 small letters and digits")
        if len(set(identifiers)) < len(identifiers):
            raise ValueError("the clusters of two Regions need different ids")
        if len(regions) != 1:
            return cls.multi_region(now, regions, identifiers)
        if regions[0] not in REGIONS:
            raise ValueError(f"Aurora DSQL is not offered in {regions[0]}; take one of: {', '.join(sorted(REGIONS))}")
        identifier = identifiers[0] if identifiers else new_identifier()
        tags = {"Name": "dsqltui simulator"}
        return cls((SimCluster(identifier, regions[0], now.replace(microsecond=0), tags=tags),))

    @classmethod
    def multi_region(
        cls, now: datetime, regions: Sequence[str] = DEFAULT_REGIONS, identifiers: Sequence[str] = ()
    ) -> Self:
        """A new multi-Region cluster in two Regions, with these identifiers, or random ones.

        Raises ValueError when the Regions are not two, or cannot be peers on AWS.
        """
        witness = _witness_for(regions)
        names = list(identifiers) or [new_identifier() for _ in regions]
        by_region = dict(zip(regions, names, strict=True))
        linked = tuple(cluster_arn(region, identifier) for region, identifier in by_region.items())
        return cls(
            tuple(
                SimCluster(
                    identifier=identifier,
                    region=region,
                    creation_time=now.replace(microsecond=0),
                    linked_arns=linked,
                    witness_region=witness,
                    tags={"Name": "dsqltui simulator"},
                )
                for region, identifier in by_region.items()
            )
        )

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The host names of all clusters, for the certificate."""
        return tuple(cluster.endpoint for cluster in self.clusters)

    def in_region(self, region: str) -> tuple[SimCluster, ...]:
        """The clusters that the control plane of `region` knows."""
        return tuple(cluster for cluster in self.clusters if cluster.region == region)

    def find(self, region: str, identifier: str) -> SimCluster | None:
        """The cluster with this identifier, if it is in `region`."""
        return next((c for c in self.in_region(region) if c.identifier == identifier), None)

    def by_endpoint(self, host: str) -> SimCluster | None:
        """The cluster with this host name, in any case of letters."""
        return next((c for c in self.clusters if c.endpoint == host.lower()), None)

    def to_json(self) -> str:
        """The topology as text that `from_json` reads back."""
        clusters = [
            {
                "identifier": cluster.identifier,
                "region": cluster.region,
                "creation_time": cluster.creation_time.isoformat(),
                "linked_arns": list(cluster.linked_arns),
                "witness_region": cluster.witness_region,
                "tags": dict(cluster.tags),
                "deletion_protection": cluster.deletion_protection,
                "metric_groups": list(cluster.metric_groups),
            }
            for cluster in self.clusters
        ]
        return json.dumps({"format": _FORMAT, "clusters": clusters}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote. Raises ValueError that says what is wrong with the text."""
        try:
            document = json.loads(text)
            if document["format"] != _FORMAT:
                raise ValueError(f"format {document['format']!r} is not {_FORMAT}")
            return cls(tuple(_cluster_from(entry) for entry in document["clusters"]))
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise ValueError(
                f"the simulator's saved clusters cannot be read ({problem}); reset the simulator"
            ) from None


def cluster_arn(region: str, identifier: str) -> str:
    """The ARN of a cluster in the simulator's account."""
    return f"arn:aws:dsql:{region}:{ACCOUNT_ID}:cluster/{identifier}"


def new_identifier() -> str:
    """A random cluster identifier: 26 characters of base32, as the service makes them."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(26))


def identifier_for(name: str, region: str) -> str:
    """The identifier that a name stands for in a Region, the same on every machine."""
    return base64.b32encode(hashlib.sha256(f"{name}/{region}".encode()).digest()).decode("ascii").lower()[:26]


def is_identifier(text: str) -> bool:
    """Whether `text` has the form of a cluster identifier."""
    return _ID.fullmatch(text) is not None


def can_be_linked(regions: Iterable[str]) -> bool:
    """Whether the Regions, witness included, are of one set, as a multi-Region cluster needs them."""
    wanted = set(regions)
    return any(wanted <= set(region_set) for region_set in _REGION_SETS)


def _witness_for(regions: Sequence[str]) -> str:
    if len(regions) != 2 or regions[0] == regions[1]:
        raise ValueError(f"a multi-Region cluster needs two different Regions, not {', '.join(regions) or 'none'}")
    for region_set in _REGION_SETS:
        if set(regions) <= set(region_set):
            return next(region for region in region_set if region not in regions)
    sets = "; ".join(", ".join(sorted(region_set)) for region_set in _REGION_SETS)
    raise ValueError(f"{' and '.join(regions)} cannot be peers on Aurora DSQL; take both from one set: {sets}")


def _cluster_from(entry: Mapping[str, object]) -> SimCluster:
    identifier, region = str(entry["identifier"]), str(entry["region"])
    if not is_identifier(identifier):
        raise ValueError(f"{identifier!r} is no cluster identifier")
    if not _REGION.fullmatch(region):
        raise ValueError(f"{region!r} is no Region")
    creation_time = datetime.fromisoformat(str(entry["creation_time"]))
    if creation_time.tzinfo is None:
        raise ValueError("a creation time lacks its offset")
    linked, tags, witness = entry["linked_arns"], entry["tags"], entry["witness_region"]
    if not isinstance(linked, list) or not isinstance(tags, dict):
        raise TypeError("linked_arns is no list, or tags no object")
    return SimCluster(
        identifier=identifier,
        region=region,
        creation_time=creation_time,
        linked_arns=tuple(str(arn) for arn in linked),
        witness_region=None if witness is None else str(witness),
        tags={str(key): str(value) for key, value in tags.items()},
        deletion_protection=bool(entry["deletion_protection"]),
        metric_groups=tuple(str(group) for group in entry.get("metric_groups", ())),  # type: ignore[attr-defined]
    )
