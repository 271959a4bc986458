"""Aurora DSQL's CloudWatch metrics as values: which there are, one Region's answer, and how a series is drawn.

Names, statistics and units: Aurora DSQL User Guide, monitoring with CloudWatch (namespace `AWS/AuroraDSQL`, dimension
`ClusterId`), read 2026-10.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from dsqltui.core.language import N_, _
from dsqltui.core.text.bars import bars
from dsqltui.core.text.wrapping import padded

NAMESPACE = "AWS/AuroraDSQL"
STATEMENT_STATISTICS = "STATEMENT_STATISTICS"
"""The metric group of a cluster that has statistics of each statement published (botocore's model, 1.44)."""


class Stat(Enum):
    """How the values of a period become one."""

    SUM = "Sum"
    MEDIAN = "p50"
    AVERAGE = "Average"
    MAXIMUM = "Maximum"


@dataclass(frozen=True, slots=True)
class Metric:
    """One of the metrics."""

    name: str
    label: str
    stat: Stat = Stat.SUM
    unit: str = ""


METRICS: tuple[Metric, ...] = (
    Metric("TotalTransactions", "transactions"),
    Metric("ReadOnlyTransactions", N_("of these read-only")),
    Metric("OccConflicts", "conflicts"),
    Metric("CommitLatency", N_("commit latency"), Stat.MEDIAN, "ms"),
    Metric("QueryTimeouts", "timeouts"),
    Metric("BytesRead", N_("bytes read"), unit="B"),
    Metric("BytesWritten", N_("bytes written"), unit="B"),
    Metric("ComputeTime", N_("compute time"), unit="ms"),
    Metric("ReadDPU", N_("read DPU")),
    Metric("WriteDPU", N_("write DPU")),
    Metric("ComputeDPU", N_("compute DPU")),
    Metric("MultiRegionWriteDPU", N_("multi-Region DPU")),
    Metric("TotalDPU", N_("total DPU")),
    Metric("ClusterStorageSize", "storage", Stat.MAXIMUM, "B"),
)


@dataclass(frozen=True, slots=True)
class MetricSpan:
    """What is looked at: an hour by minutes, a day by half hours."""

    hours: int
    period_s: int

    @property
    def points(self) -> int:
        """Periods in it."""
        return self.hours * 3_600 // self.period_s


HOUR, DAY = MetricSpan(1, 60), MetricSpan(24, 1_800)


@dataclass(frozen=True, slots=True)
class RegionMetrics:
    """What CloudWatch said of one Region's cluster."""

    region: str
    cluster_id: str
    start_s: int
    """Unix time, a whole period."""
    span: MetricSpan
    series: Mapping[str, Mapping[int, float]]
    """By metric: value by the start of its period; a period without a value is left out."""
    failure: str = ""
    """Why nothing came: a sentence."""
    incomplete: tuple[str, ...] = ()
    """Metrics of which CloudWatch said that values are missing."""
    messages: tuple[str, ...] = ()
    """What CloudWatch said beside the values."""
    metric_groups: tuple[str, ...] | None = None
    """Groups of advanced monitoring that are on; None when the cluster could not be asked."""

    def values(self, metric: str) -> list[float | None]:
        """One for each period, oldest first; None where there is none."""
        known = self.series.get(metric, {})
        return [known.get(self.start_s + n * self.span.period_s) for n in range(self.span.points)]

    def total(self, metric: Metric) -> float | None:
        """Of the whole span: the sum; the highest of a maximum, the newest of a median. None without values."""
        found = [value for value in self.values(metric.name) if value is not None]
        if not found:
            return None
        if metric.stat is Stat.SUM:
            return sum(found)
        return max(found) if metric.stat is Stat.MAXIMUM else found[-1]

    @property
    def conflict_share(self) -> float | None:
        """Conflicts by transactions; None without transactions."""
        conflicts = sum(self.series.get("OccConflicts", {}).values())
        transactions = sum(self.series.get("TotalTransactions", {}).values())
        return conflicts / transactions if transactions else None


class MetricsSource(Protocol):
    """Reads the metrics of some Regions."""

    calls: int
    """GetMetricData calls so far: CloudWatch charges by metrics requested."""

    async def read(self, span: MetricSpan, now_s: float) -> list[RegionMetrics]:
        """Of all Regions, asked at once; a Region that fails says why."""
        ...


def window(now_s: float, span: MetricSpan) -> tuple[int, int]:
    """Start and end that whole periods fill, the one under way included."""
    end = (int(now_s) // span.period_s + 1) * span.period_s
    return end - span.points * span.period_s, end


def counted(times: Iterable[float], start_s: int, span: MetricSpan) -> list[float | None]:
    """How many of these moments fall into each period: for what the console itself saw, on the same clock."""
    found: list[float | None] = [None] * span.points
    for moment in times:
        place = int(moment - start_s) // span.period_s
        if 0 <= place < span.points:
            found[place] = (found[place] or 0) + 1
    return found


def sparkline(values: Sequence[float | None], width: int) -> str:
    """At most `width` characters; neighbours that share one give their highest. A blank where no value is known."""
    if not values or width < 1:
        return ""
    width = min(width, len(values))
    groups = [values[n * len(values) // width : (n + 1) * len(values) // width] for n in range(width)]
    tops = [max((value for value in group if value is not None), default=None) for group in groups]
    return bars(tops)


def short(value: float | None, unit: str = "") -> str:
    """`1.2k`, `35.1 ms`, `4.5 MB`; a dash for none."""
    if value is None:
        return "–"
    if unit == "ms":
        return _("{value:.1f} ms").format(value=value) if value < 10_000 else f"{value / 1000:,.0f} s"
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.1f} {letter}{unit}" if unit else f"{value / size:.1f}{letter}"
    text = f"{value:,.0f}" if value == int(value) else f"{value:.3g}"
    return f"{text} {unit}".rstrip()


def cost_words(calls: int) -> str:
    """What CloudWatch bills for so many calls. Its price is not known here: it differs by Region and changes."""
    return _("{calls} GetMetricData calls, {calls_2} metrics requested: CloudWatch bills by these").format(
        calls=calls, calls_2=calls * len(METRICS)
    )


def statistics_words(regions: Sequence[RegionMetrics]) -> str:
    """Whether statistics of each statement are published, by Region."""
    words = {None: _("not known"), True: _("on"), False: _("off")}
    known = {
        region.region: words[None if region.metric_groups is None else STATEMENT_STATISTICS in region.metric_groups]
        for region in regions
    }
    said = (
        known.values()
        if len(set(known.values())) == 1
        else [_("{word} in {name}").format(word=word, name=name) for name, word in known.items()]
    )
    return _("statement statistics: {fromkeys}").format(fromkeys=", ".join(dict.fromkeys(said)))


def table(regions: Sequence[RegionMetrics], own_conflicts: Sequence[float | None], width: int) -> list[str]:
    """The lines to show, Regions beside each other; `width` is that of the screen."""
    label = 19
    column = max(20, (width - label) // max(1, len(regions)) - 1)
    spark = max(8, column - 11)
    lines = [" " * label + " ".join(f"{region.region:<{column}}" for region in regions)]
    for metric in METRICS:
        if all(not region.series.get(metric.name) for region in regions):
            continue
        cells = (
            f"{sparkline(region.values(metric.name), spark):<{spark}} {short(region.total(metric), metric.unit):>9}"
            for region in regions
        )
        lines.append(padded(_(metric.label), label) + " ".join(f"{cell:<{column}}" for cell in cells))
    shares = [region.conflict_share for region in regions]
    if any(share is not None for share in shares):
        words = ("–" if share is None else f"{100 * share:.1f} %" for share in shares)
        lines.append(
            padded(_("conflict share"), label) + " ".join(f"{word:>{spark + 10}}".ljust(column) for word in words)
        )
    if any(own_conflicts):
        seen = sum(value or 0 for value in own_conflicts)
        lines.append(
            padded(_("conflicts here"), label) + f"{sparkline(own_conflicts, spark):<{spark}} {short(seen):>9}"
        )
    lines = [line.rstrip() for line in lines]
    nothing = [_(metric.label) for metric in METRICS if all(not region.series.get(metric.name) for region in regions)]
    if nothing and not all(region.failure for region in regions):
        lines.append(_("no values: {nothing}").format(nothing=", ".join(nothing)))
    if any(region.metric_groups is not None for region in regions):
        lines.append(statistics_words(regions))
    for region in regions:
        if region.failure:
            lines.append(f"{region.region}: {region.failure}")
        if region.incomplete:
            lines.append(
                _("{region}: incomplete: {incomplete}").format(
                    region=region.region, incomplete=", ".join(region.incomplete)
                )
            )
        lines += [f"{region.region}: {message}" for message in region.messages]
    return lines
