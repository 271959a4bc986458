"""CloudWatch's metrics of a cluster: one GetMetricData call a Region for all series; what failed is told beside.

Whether a cluster has statistics of its statements published is asked once: it hardly ever changes.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dsqltui.client.aws.account import AwsAccount
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.aws.metrics import METRICS, NAMESPACE, MetricSpan, RegionMetrics, window
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.text.safe_text import one_line


class MetricsReader:
    """Reads those of some endpoints. `calls` counts what CloudWatch charges for."""

    def __init__(self, account: AwsAccount, endpoints: Sequence[Endpoint]) -> None:
        self.calls = 0
        self._account = account
        self._endpoints = tuple({endpoint.region: endpoint for endpoint in endpoints}.values())
        self._groups: dict[str, tuple[str, ...] | None] = {}
        """What GetCluster said, by cluster; None where it was refused."""

    async def read(self, span: MetricSpan, now_s: float) -> list[RegionMetrics]:
        """Of all Regions, asked at once; a Region that fails says why."""
        start, end = window(now_s, span)
        return list(await asyncio.gather(*(self._of(endpoint, start, end, span) for endpoint in self._endpoints)))

    async def _of(self, endpoint: Endpoint, start: int, end: int, span: MetricSpan) -> RegionMetrics:
        region, cluster = endpoint.region, endpoint.cluster_id
        self.calls += 1
        try:
            answer = await self._account.asked(lambda: self._asked(region, cluster, start, end, span), region=region)
        except ConnectFailed as failure:
            return RegionMetrics(region, cluster, start, span, {}, failure=one_line(str(failure), 300))
        names = {f"m{number}": metric.name for number, metric in enumerate(METRICS)}
        series: dict[str, dict[int, float]] = {}
        incomplete: list[str] = []
        for result in answer.get("MetricDataResults", ()):
            name = names.get(result.get("Id"), "")
            times = [int(moment.timestamp()) for moment in result.get("Timestamps", ())]
            series.setdefault(name, {}).update(zip(times, map(float, result.get("Values", ())), strict=False))
            if result.get("StatusCode", "Complete") != "Complete" and name not in incomplete:
                incomplete.append(name)
        results = answer.get("MetricDataResults", ())
        said = [answer.get("Messages", ()), *(result.get("Messages", ()) for result in results)]
        messages = [one_line(f"{m.get('Code', '')} {m.get('Value', '')}", 200) for group in said for m in group]
        said_once = tuple(dict.fromkeys(messages))
        groups = await self._metric_groups(region, cluster)
        return RegionMetrics(region, cluster, start, span, series, "", tuple(incomplete), said_once, groups)

    async def _metric_groups(self, region: str, cluster: str) -> tuple[str, ...] | None:
        """Those that are on. It needs dsql:GetCluster, which not everybody has who may see metrics."""
        if cluster in self._groups:
            return self._groups[cluster]
        client = self._account.client
        try:
            found = await self._account.asked(
                lambda: client("dsql", region).get_cluster(identifier=cluster), region=region
            )
        except ConnectFailed:
            groups = None
        else:
            groups = tuple(str(group.get("metricGroup")) for group in found.get("metricGroups", ()))
        self._groups[cluster] = groups
        return groups

    def _asked(self, region: str, cluster: str, start: int, end: int, span: MetricSpan) -> dict[str, Any]:
        """All pages put together: 100,800 values fit into one."""
        client = self._account.client("cloudwatch", region)
        queries = [
            {
                "Id": f"m{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": NAMESPACE,
                        "MetricName": metric.name,
                        "Dimensions": [{"Name": "ClusterId", "Value": cluster}],
                    },
                    "Period": span.period_s,
                    "Stat": metric.stat.value,
                },
            }
            for number, metric in enumerate(METRICS)
        ]
        answer: dict[str, Any] = client.get_metric_data(
            MetricDataQueries=queries,
            StartTime=datetime.fromtimestamp(start, UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
            ScanBy="TimestampAscending",
        )
        return answer
