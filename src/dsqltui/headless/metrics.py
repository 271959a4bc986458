"""`dsqltui metrics`: CloudWatch's metrics of both Regions, as lines or JSON."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence

from dsqltui.core.aws.metrics import METRICS, MetricSpan, MetricsSource, RegionMetrics, cost_words, table
from dsqltui.core.text.safe_text import many_lines
from dsqltui.headless.exits import Exit


def show_metrics(
    source: MetricsSource,
    span: MetricSpan,
    *,
    is_json: bool,
    width: int,
    write: Callable[[str], None],
    say: Callable[[str], None],
) -> Exit:
    """Once; blocks. A Region that fails makes the status that of a lost connection, the others are shown."""
    regions = asyncio.run(source.read(span, time.time()))
    if is_json:
        write(json.dumps([_json(region) for region in regions], indent=2) + "\n")
    else:
        write(many_lines("\n".join(table(regions, (), width)), 20_000) + "\n")
    say(cost_words(source.calls) + ".")
    return Exit.NO_CONNECTION if any(region.failure for region in regions) else Exit.OK


def _json(region: RegionMetrics) -> dict[str, object]:
    series: dict[str, Sequence[object]] = {
        metric.name: [{"at": at, "value": value} for at, value in sorted(region.series.get(metric.name, {}).items())]
        for metric in METRICS
    }
    return {
        "region": region.region,
        "cluster": region.cluster_id,
        "start": region.start_s,
        "period_s": region.span.period_s,
        "metrics": series,
        "conflict_share": region.conflict_share,
        "failure": region.failure,
        "incomplete": list(region.incomplete),
        "messages": list(region.messages),
        "metric_groups": None if region.metric_groups is None else list(region.metric_groups),
    }
