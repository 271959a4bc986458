"""The control plane of Aurora DSQL as a REST API: routes, JSON in and out, permissions. The rules: control_plane.py.

Source: botocore's model of Aurora DSQL, 1.44. Cluster policies, streams and KMS keys are not simulated; of metric
groups it is kept which are on.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from dsqltui.sim.aws.call import AwsError, AwsFault, Call, form_fields
from dsqltui.sim.aws.clusters import cluster_arn, is_identifier
from dsqltui.sim.aws.control_plane import (
    MAX_TAGS,
    ControlFailure,
    ControlRefused,
    CreateCluster,
    MultiRegion,
    SimulatedControlPlane,
    Snapshot,
    UpdateCluster,
    invalid,
)
from dsqltui.sim.aws.http import Response
from dsqltui.sim.aws.identity import IdentityStore
from dsqltui.sim.aws.sigv4 import check_allowed

_MAX_PAGE = 100
_FAULTS = {
    ControlFailure.VALIDATION: AwsFault.VALIDATION,
    ControlFailure.CONFLICT: AwsFault.CONFLICT,
    ControlFailure.NOT_FOUND: AwsFault.NOT_FOUND,
    ControlFailure.QUOTA: AwsFault.QUOTA_EXCEEDED,
}
_CLIENT_TOKEN = re.compile(r"[!-~]{1,128}")
_TAG_KEY = re.compile(r"[a-zA-Z0-9_.:/=+\-@ ]{1,128}")
_TAG_VALUE = re.compile(r"[a-zA-Z0-9_.:/=+\-@ ]{0,256}")
_CLUSTER_ARN = re.compile(r"arn:aws:dsql:(?P<region>[a-z0-9-]{1,20}):[0-9]{12}:cluster/(?P<identifier>[a-z0-9]{26})")
_METRIC_GROUPS = frozenset({"STATEMENT_STATISTICS"})
"""Source: botocore's model, 1.44."""
_MOST_METRIC_GROUPS = 20
_NOT_SIMULATED = ("kmsEncryptionKey", "policy", "bypassPolicyLockoutSafetyCheck")

_Answer = Mapping[str, object]
_Handler = Callable[[Call, str], _Answer]


@dataclass(frozen=True, slots=True)
class _Route:
    """An operation: its method and path, the one group of which is the handler's argument."""

    method: str
    path: re.Pattern[str]
    handler: _Handler


class DsqlService:
    """The service. A Region knows its own clusters only, as on AWS."""

    def __init__(self, identities: IdentityStore, control: SimulatedControlPlane) -> None:
        self._identities = identities
        self._control = control
        self._routes = (
            _Route("GET", re.compile(r"/cluster()"), self._list_clusters),
            _Route("POST", re.compile(r"/cluster()"), self._create_cluster),
            _Route("GET", re.compile(r"/cluster/([^/]+)"), self._get_cluster),
            _Route("POST", re.compile(r"/cluster/([^/]+)"), self._update_cluster),
            _Route("DELETE", re.compile(r"/cluster/([^/]+)"), self._delete_cluster),
            _Route("GET", re.compile(r"/clusters/([^/]+)/vpc-endpoint-service-name"), self._get_vpc_endpoint),
            _Route("GET", re.compile(r"/tags/([^/]+)"), self._list_tags),
            _Route("POST", re.compile(r"/tags/([^/]+)"), self._tag),
            _Route("DELETE", re.compile(r"/tags/([^/]+)"), self._untag),
        )

    async def answer(self, call: Call) -> Response:
        """Do the operation that method and path name. Raises AwsError or TokenRefused."""
        for route in self._routes:
            match = route.path.fullmatch(call.request.path)
            if match and route.method == call.request.method:
                try:
                    return _response(HTTPStatus.OK, route.handler(call, unquote(match[1])), {})
                except ControlRefused as refused:
                    raise AwsError(_FAULTS[refused.failure], str(refused), **refused.members) from None
        raise AwsError(
            AwsFault.UNKNOWN_OPERATION,
            f"{call.request.method} {call.request.path} is no operation of Aurora DSQL that the simulator knows.",
            reason="unknownOperation",
        )

    def refusal(self, error: AwsError) -> Response:
        """An error as JSON."""
        body = {"message": error.message, **error.members}
        return _response(error.fault.status, body, {"x-amzn-ErrorType": error.fault.rest_code})

    # -- clusters

    def _list_clusters(self, call: Call, _argument: str) -> _Answer:
        self._check(call, "ListClusters", "*")
        query = dict(form_fields(call.request.query))
        limit = query.get("max-results", str(_MAX_PAGE))
        if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= _MAX_PAGE:
            raise invalid("maxResults", f"must be a number from 1 to {_MAX_PAGE}")
        after = query.get("next-token", "")  # the last identifier of the page before
        found = [snapshot.cluster for snapshot in self._control.in_region(call.region, call.now)]
        rest = [cluster for cluster in found if cluster.identifier > after]
        page = rest[: int(limit)]
        answer: dict[str, object] = {"clusters": [{"identifier": c.identifier, "arn": c.arn} for c in page]}
        return answer | {"nextToken": page[-1].identifier} if len(rest) > len(page) else answer

    def _create_cluster(self, call: Call, _argument: str) -> _Answer:
        every = cluster_arn(call.region, "*")
        self._check(call, "CreateCluster", every)
        body = _body(call, "deletionProtectionEnabled", "tags", "clientToken", "multiRegionProperties", "metricGroups")
        tags, multi_region = _tags(body), _multi_region(body)
        if tags:
            self._check(call, "TagResource", every)
        self._check_links(call, multi_region, every)
        protection = _flag(body, "deletionProtectionEnabled")
        request = CreateCluster(protection is not False, tags, multi_region, _metric_groups(body) or ())
        made = self._control.create(call.region, request, call.now, _client_token(body.get("clientToken")))
        answer = dict(_described(made))
        del answer["tags"]  # not in CreateClusterOutput
        return answer

    def _get_cluster(self, call: Call, identifier: str) -> _Answer:
        self._check_cluster(call, "GetCluster", identifier)
        return _described(self._control.get(call.region, identifier, call.now))

    def _update_cluster(self, call: Call, identifier: str) -> _Answer:
        self._check_cluster(call, "UpdateCluster", identifier)
        body = _body(call, "deletionProtectionEnabled", "clientToken", "multiRegionProperties", "metricGroups")
        multi_region = _multi_region(body)
        self._check_links(call, multi_region, cluster_arn(call.region, identifier))
        request = UpdateCluster(_flag(body, "deletionProtectionEnabled"), multi_region, _metric_groups(body))
        token = _client_token(body.get("clientToken"))
        return _brief(self._control.update(call.region, identifier, request, call.now, token))

    def _delete_cluster(self, call: Call, identifier: str) -> _Answer:
        self._check_cluster(call, "DeleteCluster", identifier)
        token = _client_token(dict(form_fields(call.request.query)).get("client-token"))
        return _brief(self._control.delete(call.region, identifier, call.now, token))

    def _get_vpc_endpoint(self, call: Call, identifier: str) -> _Answer:
        self._check_cluster(call, "GetVpcEndpointServiceName", identifier)
        cluster = self._control.get(call.region, identifier, call.now).cluster
        service = f"dsql-{hashlib.sha256(call.region.encode()).hexdigest()[:4]}"
        return {
            "serviceName": f"com.amazonaws.{call.region}.{service}",
            "clusterVpcEndpoint": f"{cluster.identifier}.{service}.{call.region}.on.aws",
        }

    # -- tags

    def _list_tags(self, call: Call, arn: str) -> _Answer:
        identifier = _tagged(call, arn)
        self._check(call, "ListTagsForResource", arn)
        return {"tags": dict(self._control.get(call.region, identifier, call.now).cluster.tags)}

    def _tag(self, call: Call, arn: str) -> _Answer:
        identifier = _tagged(call, arn)
        self._check(call, "TagResource", arn)
        tags = _tags(_body(call, "tags"))
        self._control.tag(call.region, identifier, tags, call.now)
        return {}

    def _untag(self, call: Call, arn: str) -> _Answer:
        identifier = _tagged(call, arn)
        self._check(call, "UntagResource", arn)
        keys = [value for name, value in form_fields(call.request.query) if name == "tagKeys"]
        self._control.untag(call.region, identifier, keys, call.now)
        return {}

    # -- permissions

    def _check(self, call: Call, action: str, resource: str) -> None:
        check_allowed(self._identities, call.caller, f"dsql:{action}", resource)

    def _check_cluster(self, call: Call, action: str, identifier: str) -> None:
        """Raise for what is no identifier, and for what the caller may not do with the cluster."""
        if not is_identifier(identifier):
            raise invalid("identifier", "must satisfy regular expression pattern: [a-z0-9]{26}")
        self._check(call, action, cluster_arn(call.region, identifier))

    def _check_links(self, call: Call, multi_region: MultiRegion | None, arn: str) -> None:
        """Raise when the caller may not link clusters. Source: API reference, required permissions, read 2026-11."""
        if multi_region is None:
            return
        self._check(call, "PutMultiRegionProperties", arn)
        if multi_region.witness_region:
            self._check(call, "PutWitnessRegion", arn)
        if multi_region.cluster_arns:
            self._check(call, "AddPeerCluster", arn)
        for peer in multi_region.cluster_arns:
            self._check(call, "AddPeerCluster", peer)


# --- JSON in ----------------------------------------------------------------------------------------------------------


def _body(call: Call, *known: str) -> dict[str, Any]:
    """The members of the request's JSON. Raises AwsError, ControlRefused."""
    try:
        body = json.loads(call.request.body or b"{}")
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise AwsError(AwsFault.VALIDATION, "The body of the request is no JSON object.", reason="cannotParse")
    for name in body:
        if name in _NOT_SIMULATED and name not in known:
            raise invalid(name, "is not supported by the simulator; leave it out")
        if name not in known:
            raise invalid(name, "is no member of this operation's input")
    return {name: value for name, value in body.items() if value is not None}


def _flag(body: Mapping[str, Any], name: str) -> bool | None:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise invalid(name, "must be true or false")
    return value


def _tags(body: Mapping[str, Any]) -> dict[str, str]:
    tags = body.get("tags", {})
    if not isinstance(tags, dict) or len(tags) > MAX_TAGS:
        raise invalid("tags", f"must be an object of at most {MAX_TAGS} tags")
    for key, value in tags.items():
        if not _TAG_KEY.fullmatch(key) or key.lower().startswith("aws:"):
            raise invalid(
                "tags", "must have keys of 1 to 128 letters, digits and _.:/=+-@, which do not begin with aws:"
            )
        if not isinstance(value, str) or not _TAG_VALUE.fullmatch(value):
            raise invalid("tags", "must have values of at most 256 letters, digits and _.:/=+-@")
    return tags


def _metric_groups(body: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Those that are to be on; None when nothing is said of them."""
    groups = body.get("metricGroups")
    if groups is None:
        return None
    if not isinstance(groups, list) or len(groups) > _MOST_METRIC_GROUPS:
        raise invalid("metricGroups", f"must be a list of at most {_MOST_METRIC_GROUPS}")
    names = [group.get("metricGroup") if isinstance(group, dict) else None for group in groups]
    if not _METRIC_GROUPS.issuperset(names):
        raise invalid("metricGroups", f"must hold objects whose metricGroup is one of: {', '.join(_METRIC_GROUPS)}")
    if len(set(names)) < len(names):
        raise invalid("metricGroups", "must hold each metric group once")
    return tuple(map(str, names))


def _multi_region(body: Mapping[str, Any]) -> MultiRegion | None:
    properties = body.get("multiRegionProperties")
    if properties is None:
        return None
    if not isinstance(properties, dict) or properties.keys() - {"witnessRegion", "clusters"}:
        raise invalid("multiRegionProperties", "must be an object with witnessRegion and clusters")
    witness, clusters = properties.get("witnessRegion"), properties.get("clusters") or []
    if witness is not None and not isinstance(witness, str):
        raise invalid("multiRegionProperties.witnessRegion", "must be a string")
    if not isinstance(clusters, list) or not all(isinstance(arn, str) for arn in clusters):
        raise invalid("multiRegionProperties.clusters", "must be a list of ARNs")
    return MultiRegion(witness, tuple(clusters))


def _client_token(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _CLIENT_TOKEN.fullmatch(value):
        raise invalid("clientToken", "must be 1 to 128 visible characters")
    return value


def _tagged(call: Call, arn: str) -> str:
    """The identifier of the cluster to tag. Raises ControlRefused."""
    parts = _CLUSTER_ARN.fullmatch(arn)
    if parts is None:
        raise invalid("resourceArn", "must be the ARN of a cluster")
    if parts["region"] != call.region:
        raise ControlRefused(
            ControlFailure.NOT_FOUND,
            f"The resource {arn} does not exist in {call.region}.",
            resourceId=arn,
            resourceType="cluster",
        )
    return parts["identifier"]


# --- JSON out ---------------------------------------------------------------------------------------------------------


def _response(status: int, body: _Answer, headers: Mapping[str, str]) -> Response:
    return Response(status, "application/json", json.dumps(body).encode(), headers)


def _brief(snapshot: Snapshot) -> dict[str, object]:
    """A cluster as UpdateClusterOutput and DeleteClusterOutput; a time is seconds since 1970."""
    cluster = snapshot.cluster
    return {
        "identifier": cluster.identifier,
        "arn": cluster.arn,
        "status": snapshot.status.value,
        "creationTime": int(cluster.creation_time.timestamp()),
    }


def _described(snapshot: Snapshot) -> dict[str, object]:
    """A cluster as GetClusterOutput."""
    cluster = snapshot.cluster
    described = _brief(snapshot) | {
        "endpoint": cluster.endpoint,
        "deletionProtectionEnabled": cluster.deletion_protection,
        "tags": dict(cluster.tags),
        "encryptionDetails": {"encryptionType": "AWS_OWNED_KMS_KEY", "encryptionStatus": "ENABLED"},
        "metricGroups": [{"metricGroup": group} for group in cluster.metric_groups],
    }
    if cluster.witness_region is not None:
        described["multiRegionProperties"] = {
            "witnessRegion": cluster.witness_region,
            "clusters": list(cluster.linked_arns),
        }
    return described
