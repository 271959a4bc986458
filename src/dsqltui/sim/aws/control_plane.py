"""The control plane of Aurora DSQL as rules: clusters are created, linked, changed, deleted; states follow the clock.

    ControlPlane        every cluster of every Region, and what may be done with it
    Snapshot            a cluster and its status at one moment, which is what the API answers
    ControlRefused      why not

The clusters the simulator starts with are kept. Deleting them is a play of the control plane: they pass through the
states, connections to them are refused from the moment they are deleted, and the next start of the simulator has them
again, with their data. The others have a database of their own as long as they exist (`sim.made_clusters`).
Nothing but roles and policies is kept between runs.

States are computed from times, so nothing runs in the background. Sources: botocore's model of Aurora DSQL 1.44; User
Guide, "Managing clusters", "Multi-Region clusters" and quotas, read 2026-10. Nothing here does I/O.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TypeVar

from dsqltui.sim.aws.account import ACCOUNT_ID
from dsqltui.sim.aws.clusters import REGIONS, SimCluster, Topology, can_be_linked, cluster_arn, new_identifier

MAX_SINGLE_REGION_CLUSTERS = 20
MAX_MULTI_REGION_CLUSTERS = 5
"""Clusters of an account in one Region. Source: Aurora DSQL User Guide, quotas, read 2026-10."""

MAX_TAGS = 200

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_TOKEN_KEPT_FOR = timedelta(hours=8)
_ARN = re.compile(r"arn:aws(-[^:]+)?:dsql:(?P<region>[a-z0-9-]{1,20}):(?P<account>[0-9]{12}):cluster/[a-z0-9]{26}")


class ClusterStatus(Enum):
    """The statuses that happen here, as GetCluster names them."""

    PENDING_SETUP = "PENDING_SETUP"
    """Waits for its peer to be linked."""
    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    UPDATING = "UPDATING"
    PENDING_DELETE = "PENDING_DELETE"
    """Waits for its peer to be deleted."""
    DELETING = "DELETING"


_SERVING = frozenset({ClusterStatus.ACTIVE, ClusterStatus.UPDATING})
_CHANGEABLE = frozenset({ClusterStatus.PENDING_SETUP, ClusterStatus.ACTIVE, ClusterStatus.UPDATING})


class ControlFailure(Enum):
    """The exceptions of the service's model."""

    VALIDATION = "ValidationException"
    CONFLICT = "ConflictException"
    NOT_FOUND = "ResourceNotFoundException"
    QUOTA = "ServiceQuotaExceededException"


class ControlRefused(Exception):
    """An operation that is refused; `members` are the fields of the exception beside its message."""

    def __init__(self, failure: ControlFailure, message: str, **members: object) -> None:
        super().__init__(message)
        self.failure = failure
        self.members = members


@dataclass(frozen=True, slots=True)
class MultiRegion:
    """What a request says about linking."""

    witness_region: str | None = None
    cluster_arns: tuple[str, ...] = ()
    """The peers; the cluster itself may be among them."""


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CreateCluster:
    """A request to create a cluster."""

    deletion_protection: bool = True
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    multi_region: MultiRegion | None = None
    metric_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateCluster:
    """A request to change a cluster; None leaves a property as it is."""

    deletion_protection: bool | None = None
    multi_region: MultiRegion | None = None
    metric_groups: tuple[str, ...] | None = None
    """All that are to be on."""


@dataclass(frozen=True, slots=True)
class DeleteCluster:
    """A request to delete a cluster."""


_Request = CreateCluster | UpdateCluster | DeleteCluster


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A cluster as it was when it was asked for."""

    cluster: SimCluster
    status: ClusterStatus


@dataclass(frozen=True, slots=True)
class _Entry:
    """A cluster and the times its status follows from."""

    cluster: SimCluster
    active_from: datetime | None
    """None: not linked yet."""
    settled_from: datetime
    """An update is under way until then."""
    is_deleted: bool = False
    gone_from: datetime | None = None
    """None: not deleted, or its peer is not."""

    @property
    def is_linked(self) -> bool:
        """Whether it is one of two that make a multi-Region cluster."""
        return self.active_from is not None and len(self.cluster.linked_arns) > 1

    def status(self, now: datetime) -> ClusterStatus:
        if self.is_deleted:
            return ClusterStatus.PENDING_DELETE if self.gone_from is None else ClusterStatus.DELETING
        if self.active_from is None:
            return ClusterStatus.PENDING_SETUP
        if now < self.active_from:
            return ClusterStatus.CREATING
        return ClusterStatus.UPDATING if now < self.settled_from else ClusterStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class _Done:
    """An operation that was done, for the client token it came with."""

    request: _Request
    result: Snapshot
    at: datetime


class SimulatedControlPlane:
    """The control planes of all Regions. Every method takes the time, aware. It belongs to one event loop."""

    def __init__(
        self, topology: Topology, *, delay_s: float = 2.0, on_deletion: Callable[[SimCluster], None] | None = None
    ) -> None:
        """`delay_s` seconds are spent in CREATING, UPDATING and DELETING each.

        `on_deletion` is called with a cluster when it is deleted.
        """
        self._delay = timedelta(seconds=delay_s)
        self._on_deletion = on_deletion
        self._first = {cluster.arn for cluster in topology.clusters}
        # whatever this machine's clock says, the clusters there are from the start are there
        self._entries = {c.arn: _Entry(c, _LONG_AGO, _LONG_AGO) for c in topology.clusters}
        self._done: dict[tuple[str, str, str], _Done] = {}

    # -- looking

    def in_region(self, region: str, now: datetime) -> tuple[Snapshot, ...]:
        """The clusters that the control plane of `region` knows, by identifier."""
        entries = (entry for entry in self._alive(now) if entry.cluster.region == region)
        return tuple(Snapshot(e.cluster, e.status(now)) for e in sorted(entries, key=lambda e: e.cluster.identifier))

    def get(self, region: str, identifier: str, now: datetime) -> Snapshot:
        """A cluster. Raises ControlRefused when `region` has none of that name."""
        entry = self._entry(region, identifier, now)
        return Snapshot(entry.cluster, entry.status(now))

    def is_serving(self, cluster: SimCluster, now: datetime) -> bool:
        """Whether clients may connect to a cluster that has a database."""
        entry = next((entry for entry in self._alive(now) if entry.cluster.arn == cluster.arn), None)
        return entry is not None and entry.status(now) in _SERVING

    def was_made(self, host: str, now: datetime) -> SimCluster | None:
        """The cluster with this endpoint, if the API made it."""
        alive = (e.cluster for e in self._alive(now) if e.cluster.arn not in self._first)
        return next((cluster for cluster in alive if cluster.endpoint == host), None)

    # -- changing

    def create(self, region: str, request: CreateCluster, now: datetime, client_token: str | None = None) -> Snapshot:
        """Create a cluster. Raises ControlRefused."""
        return self._once(region, client_token, request, now, lambda: self._create(region, request, now))

    def update(
        self, region: str, identifier: str, request: UpdateCluster, now: datetime, client_token: str | None = None
    ) -> Snapshot:
        """Change a cluster, or link it with its peer. Raises ControlRefused."""
        return self._once(
            f"{region}/{identifier}", client_token, request, now, lambda: self._update(region, identifier, request, now)
        )

    def delete(self, region: str, identifier: str, now: datetime, client_token: str | None = None) -> Snapshot:
        """Delete a cluster; one that is linked goes when its peer is deleted too. Raises ControlRefused."""
        return self._once(
            f"{region}/{identifier}", client_token, DeleteCluster(), now, lambda: self._delete(region, identifier, now)
        )

    def tag(self, region: str, identifier: str, tags: Mapping[str, str], now: datetime) -> None:
        """Add tags or replace their values. Raises ControlRefused."""
        entry = self._entry(region, identifier, now)
        merged = {**entry.cluster.tags, **tags}
        if len(merged) > MAX_TAGS:
            raise _quota("A cluster has at most 200 tags.", identifier, "L-TAGS")
        self._put(replace(entry, cluster=replace(entry.cluster, tags=merged)))

    def untag(self, region: str, identifier: str, keys: Iterable[str], now: datetime) -> None:
        """Remove tags; those that are not there do not matter. Raises ControlRefused."""
        entry = self._entry(region, identifier, now)
        unwanted = set(keys)
        rest = {key: value for key, value in entry.cluster.tags.items() if key not in unwanted}
        self._put(replace(entry, cluster=replace(entry.cluster, tags=rest)))

    # -- creating

    def _create(self, region: str, request: CreateCluster, now: datetime) -> Snapshot:
        if region not in REGIONS:
            raise invalid("region", f"must be a Region that has Aurora DSQL, which {region} has not")
        self._check_quota(region, now, is_multi=request.multi_region is not None)
        identifier = new_identifier()
        cluster = SimCluster(
            identifier=identifier,
            region=region,
            creation_time=now.replace(microsecond=0),
            tags=dict(request.tags),
            deletion_protection=request.deletion_protection,
            metric_groups=request.metric_groups,
        )
        if request.multi_region is None:
            entry = _Entry(cluster, now + self._delay, now)
            self._put(entry)
        else:
            entry = self._linked(_Entry(cluster, None, now), request.multi_region, now)
        return Snapshot(entry.cluster, entry.status(now))

    def _check_quota(self, region: str, now: datetime, *, is_multi: bool) -> None:
        there = [s.cluster for s in self.in_region(region, now) if bool(s.cluster.witness_region) is is_multi]
        most = MAX_MULTI_REGION_CLUSTERS if is_multi else MAX_SINGLE_REGION_CLUSTERS
        if len(there) >= most:
            kind = "multi-Region" if is_multi else "single-Region"
            raise _quota(
                f"You have reached the limit of {most} {kind} clusters in {region}.", cluster_arn(region, "*"), "L-CLUS"
            )

    # -- linking

    def _linked(self, entry: _Entry, wanted: MultiRegion, now: datetime) -> _Entry:
        """Store the cluster with its witness and its peer; when the peer names this one too, both are created.

        Raises ControlRefused, with nothing changed.
        """
        cluster = entry.cluster
        witness = wanted.witness_region or cluster.witness_region
        if not witness:
            raise invalid("multiRegionProperties.witnessRegion", "must be given")
        peers = [arn for arn in wanted.cluster_arns if arn != cluster.arn]
        regions = [cluster.region, *(_peer_region(arn) for arn in peers)]
        if witness in regions:
            raise invalid("multiRegionProperties.witnessRegion", "must differ from the Regions of the clusters")
        if len(peers) > 1 or len(set(regions)) < len(regions):
            raise invalid("multiRegionProperties.clusters", "must name one cluster, in another Region")
        if not can_be_linked([*regions, witness]):
            raise invalid(
                "multiRegionProperties",
                f"must keep to one set of Regions, which {', '.join([*regions, witness])} do not",
            )
        peer = self._peer(peers[0], witness, now) if peers else None
        entry = replace(entry, cluster=replace(cluster, linked_arns=(cluster.arn, *peers), witness_region=witness))
        if peer is not None and cluster.arn in peer.cluster.linked_arns:
            entry = replace(entry, active_from=now + self._delay)
            self._put(replace(peer, active_from=now + self._delay))
        self._put(entry)
        return entry

    def _peer(self, arn: str, witness: str, now: datetime) -> _Entry:
        """The cluster to link with, fit for it. Raises ControlRefused."""
        peer = next((entry for entry in self._alive(now) if entry.cluster.arn == arn), None)
        if peer is None:
            raise invalid("multiRegionProperties.clusters", f"must name clusters that exist, which {arn} does not")
        if peer.active_from is not None or peer.is_deleted:
            raise _conflict(f"The cluster {arn} is not waiting for a peer.", peer.cluster)
        if peer.cluster.witness_region != witness:
            raise invalid(
                "multiRegionProperties.witnessRegion", f"must be the peer's, which is {peer.cluster.witness_region}"
            )
        return peer

    # -- updating and deleting

    def _update(self, region: str, identifier: str, request: UpdateCluster, now: datetime) -> Snapshot:
        entry = self._entry(region, identifier, now)
        self._check_changeable(entry, now)
        if request.multi_region is not None:
            entry = self._with_links(entry, request.multi_region, now)
        changed = replace(
            entry.cluster,
            deletion_protection=_or(request.deletion_protection, entry.cluster.deletion_protection),
            metric_groups=_or(request.metric_groups, entry.cluster.metric_groups),
        )
        if request.deletion_protection is not None or request.metric_groups is not None:
            entry = replace(entry, cluster=changed)
            if entry.status(now) is ClusterStatus.ACTIVE:
                entry = replace(entry, settled_from=now + self._delay)
            self._put(entry)
        return Snapshot(entry.cluster, entry.status(now))

    def _with_links(self, entry: _Entry, wanted: MultiRegion, now: datetime) -> _Entry:
        cluster = entry.cluster
        if entry.active_from is None:
            return self._linked(entry, wanted, now)
        is_same_witness = wanted.witness_region in (None, cluster.witness_region)
        if is_same_witness and set(wanted.cluster_arns) <= set(cluster.linked_arns):
            return entry
        raise invalid(
            "multiRegionProperties",
            "cannot be changed once the cluster is created: the simulator does not link or unlink clusters in use",
        )

    def _delete(self, region: str, identifier: str, now: datetime) -> Snapshot:
        entry = self._entry(region, identifier, now)
        self._check_changeable(entry, now)
        if entry.cluster.deletion_protection:
            raise ControlRefused(
                ControlFailure.VALIDATION,
                f"The cluster {identifier} cannot be deleted while its deletion protection is enabled.",
                reason="deletionProtectionEnabled",
            )
        peers = [e for e in self._alive(now) if entry.is_linked and e.cluster.arn in _others(entry.cluster)]
        entry = replace(entry, is_deleted=True)
        if all(peer.is_deleted for peer in peers):
            gone_from = now + self._delay
            entry = replace(entry, gone_from=gone_from)
            for peer in peers:
                self._put(replace(peer, gone_from=gone_from))
        self._put(entry)
        if self._on_deletion is not None:
            self._on_deletion(entry.cluster)
        return Snapshot(entry.cluster, entry.status(now))

    def _check_changeable(self, entry: _Entry, now: datetime) -> None:
        status = entry.status(now)
        if status not in _CHANGEABLE:
            raise _conflict(
                f"The cluster {entry.cluster.identifier} is {status.value}; wait until that is done.", entry.cluster
            )

    # -- the store

    def _alive(self, now: datetime) -> Sequence[_Entry]:
        """The clusters there are now; those that are gone are forgotten."""
        for arn, entry in list(self._entries.items()):
            if entry.gone_from is not None and now >= entry.gone_from:
                del self._entries[arn]
        return list(self._entries.values())

    def _entry(self, region: str, identifier: str, now: datetime) -> _Entry:
        arn = cluster_arn(region, identifier)
        for entry in self._alive(now):
            if entry.cluster.arn == arn:
                return entry
        raise ControlRefused(
            ControlFailure.NOT_FOUND,
            f"The cluster {identifier} does not exist in {region}.",
            resourceId=identifier,
            resourceType="cluster",
        )

    def _put(self, entry: _Entry) -> None:
        self._entries[entry.cluster.arn] = entry

    def _once(
        self,
        target: str,
        client_token: str | None,
        request: _Request,
        now: datetime,
        operation: Callable[[], Snapshot],
    ) -> Snapshot:
        """Do the operation, or answer what it answered before to the same client token."""
        if client_token is None:
            return operation()
        self._done = {key: done for key, done in self._done.items() if now - done.at < _TOKEN_KEPT_FOR}
        key = (type(request).__name__, target, client_token)
        done = self._done.get(key)
        if done is None:
            done = self._done[key] = _Done(request, operation(), now)
        elif done.request != request:
            raise invalid("clientToken", "was used before with other parameters")
        return done.result


def invalid(name: str, message: str) -> ControlRefused:
    """The refusal of a field's value; the message completes "it ..."."""
    return ControlRefused(
        ControlFailure.VALIDATION,
        f"The value of {name} is not valid: it {message}.",
        reason="fieldValidationFailed",
        fieldList=[{"name": name, "message": message}],
    )


def _or(said: _T | None, known: _T) -> _T:
    """What a request says, else what is known."""
    return known if said is None else said


def _others(cluster: SimCluster) -> set[str]:
    return set(cluster.linked_arns) - {cluster.arn}


def _peer_region(arn: str) -> str:
    """The Region of a peer. Raises ControlRefused for what is no ARN of a cluster in the account."""
    parts = _ARN.fullmatch(arn)
    if parts is None or parts["account"] != ACCOUNT_ID:
        raise invalid("multiRegionProperties.clusters", f"must be ARNs of clusters in the account {ACCOUNT_ID}")
    return parts["region"]


def _conflict(message: str, cluster: SimCluster) -> ControlRefused:
    return ControlRefused(ControlFailure.CONFLICT, message, resourceId=cluster.identifier, resourceType="cluster")


def _quota(message: str, resource: str, code: str) -> ControlRefused:
    """The service's quota codes are not published; these are the simulator's."""
    return ControlRefused(
        ControlFailure.QUOTA,
        message,
        resourceId=resource,
        resourceType="cluster",
        serviceCode="dsql",
        quotaCode=code,
    )
