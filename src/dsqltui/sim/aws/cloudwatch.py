"""CloudWatch's GetMetricData and ListMetrics for `AWS/AuroraDSQL`, answered from the simulator's own counters.

The protocol is AWS JSON 1.0, which boto3 and the AWS CLI speak to CloudWatch today (botocore 1.44: a POST to / with
X-Amz-Target). Source of operations and members: botocore's model; of metrics and dimensions: Aurora DSQL User Guide,
monitoring with CloudWatch. Metric math, insights queries and labels with tokens are refused.
"""

import json
import re
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from dsqltui.sim.aws.call import AwsError, AwsFault, Call
from dsqltui.sim.aws.http import Response
from dsqltui.sim.aws.identity import IdentityStore
from dsqltui.sim.aws.sigv4 import check_allowed
from dsqltui.sim.pg.counters import ClusterCounters, SimulatorCounters

NAMESPACE = "AWS/AuroraDSQL"
METRICS = (
    "TotalTransactions",
    "ReadOnlyTransactions",
    "OccConflicts",
    "CommitLatency",
    "QueryTimeouts",
    "BytesWritten",
    "WriteDPU",
    "MultiRegionWriteDPU",
)
"""What the simulator counts; of the others there are no values."""
TARGET = "GraniteServiceVersion20100801"
_DIMENSIONS = ("ClusterId", "ResourceId")
_MOST_QUERIES = 500
_ID = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}")
_PERCENTILE = re.compile(r"p(?P<percent>[0-9]{1,2}(\.[0-9]{1,10})?|100)")


class CloudWatch:
    """The service. A Region knows its own clusters only."""

    def __init__(self, identities: IdentityStore, counters: SimulatorCounters) -> None:
        self._identities = identities
        self._counters = counters

    async def answer(self, call: Call) -> Response:
        """Do the operation that the header names. Raises AwsError or TokenRefused."""
        target, _, operation = call.request.headers.get("x-amz-target", "").partition(".")
        body = _body(call)
        if target == TARGET and operation == "GetMetricData":
            check_allowed(self._identities, call.caller, "cloudwatch:GetMetricData", "*")
            return _response(HTTPStatus.OK, self._data(body))
        if target == TARGET and operation == "ListMetrics":
            check_allowed(self._identities, call.caller, "cloudwatch:ListMetrics", "*")
            return _response(HTTPStatus.OK, {"Metrics": self._metrics(body)})
        raise AwsError(AwsFault.UNKNOWN_OPERATION, f"{operation or 'This'} is no operation the simulator knows.")

    def refusal(self, error: AwsError) -> Response:
        """An error as JSON."""
        body = {"__type": error.fault.rest_code, "message": error.message, **error.members}
        return _response(error.fault.status, body)

    def _data(self, body: Mapping[str, Any]) -> dict[str, object]:
        queries = body.get("MetricDataQueries")
        if not isinstance(queries, list) or not 1 <= len(queries) <= _MOST_QUERIES:
            raise _invalid(f"The parameter MetricDataQueries must hold 1 to {_MOST_QUERIES} queries.")
        start, end = _time(body, "StartTime"), _time(body, "EndTime")
        if start >= end:
            raise _invalid("The parameter StartTime must be less than the parameter EndTime.")
        is_ascending = body.get("ScanBy") == "TimestampAscending"
        results = [self._result(query, start, end, is_ascending) for query in queries]
        if len({result["Id"] for result in results}) < len(results):
            raise _invalid("The values for parameter Id in MetricDataQueries are not unique.")
        return {"MetricDataResults": results, "Messages": []}

    def _result(self, query: object, start: float, end: float, is_ascending: bool) -> dict[str, object]:
        if not isinstance(query, dict) or not _ID.fullmatch(str(query.get("Id", ""))):
            raise _invalid("The value for parameter Id must begin with a lower-case letter.")
        stat = query.get("MetricStat")
        if not isinstance(stat, dict):
            raise _invalid("Expressions are not simulated; give a MetricStat.")
        metric, period = stat.get("Metric"), stat.get("Period")
        if not isinstance(metric, dict) or type(period) is not int or period < 60 or period % 60:
            raise _invalid("The value for parameter Period must be a multiple of 60.")
        counters = self._counted(metric)
        found = counters.values(str(metric.get("MetricName")), start, end, period) if counters else {}
        name = str(stat.get("Stat"))
        points = [(at, _statistic(name, values)) for at, values in sorted(found.items(), reverse=not is_ascending)]
        return {
            "Id": query["Id"],
            "Label": str(query.get("Label") or metric.get("MetricName")),
            "Timestamps": [at for at, _ in points],
            "Values": [value for _, value in points],
            "StatusCode": "Complete",
        }

    def _counted(self, metric: Mapping[str, Any]) -> ClusterCounters | None:
        if metric.get("Namespace") != NAMESPACE:
            return None
        for dimension in metric.get("Dimensions") or ():
            if isinstance(dimension, dict) and dimension.get("Name") in _DIMENSIONS:
                return self._counters.known(str(dimension.get("Value")))
        return None

    def _metrics(self, body: Mapping[str, Any]) -> Sequence[object]:
        counters = self._counted({**body, "Namespace": body.get("Namespace", NAMESPACE)})
        if counters is None:
            return []
        return [
            {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": body.get("Dimensions") or []}
            for name in METRICS
            if body.get("MetricName") in (None, name)
        ]


def _statistic(name: str, values: Sequence[float]) -> float:
    """Raises AwsError for a statistic that is not simulated."""
    percentile = _PERCENTILE.fullmatch(name)
    if percentile is not None:
        ordered = sorted(values)
        place = (len(ordered) - 1) * float(percentile["percent"]) / 100
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
    match name:
        case "Sum":
            return float(sum(values))
        case "Average":
            return statistics.fmean(values)
        case "Minimum":
            return min(values)
        case "Maximum":
            return max(values)
        case "SampleCount":
            return float(len(values))
    raise _invalid(f"The value {name} for parameter Stat is not supported.")


def _time(body: Mapping[str, Any], name: str) -> float:
    value = body.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        said = datetime.fromisoformat(str(value))
        return (said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        raise _invalid(f"The parameter {name} must be a time.") from None


def _body(call: Call) -> dict[str, Any]:
    try:
        body = json.loads(call.request.body or b"{}")
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise _invalid("The body of the request is no JSON object.")
    return body


def _invalid(message: str) -> AwsError:
    return AwsError(AwsFault.VALIDATION, message)


def _response(status: int, body: Mapping[str, object]) -> Response:
    return Response(status, "application/x-amz-json-1.0", json.dumps(body).encode())
