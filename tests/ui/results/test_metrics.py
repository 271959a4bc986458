"""The metrics box: asked for while it is open, not before and not after; an hour, a day, what failed."""

from dataclasses import dataclass, field

from dsqltui.core.aws.metrics import DAY, HOUR, MetricSpan, RegionMetrics, window
from dsqltui.ui.features.metrics import dialog
from dsqltui.ui.features.metrics.dialog import MetricsDialog
from support.screens.console import console


@dataclass
class Source:
    """Two Regions, one of which does not answer."""

    calls: int = 0
    spans: list[MetricSpan] = field(default_factory=list)

    async def read(self, span: MetricSpan, now_s: float) -> list[RegionMetrics]:
        self.calls += 2
        self.spans.append(span)
        start, _ = window(now_s, span)
        series = {"TotalTransactions": {start: 8.0}, "OccConflicts": {start: 2.0}}
        return [
            RegionMetrics("us-east-1", "c", start, span, series, incomplete=("WriteDPU",)),
            RegionMetrics("us-east-2", "d", start, span, {}, failure="AccessDenied: no"),
        ]


async def test_the_box() -> None:
    source = Source()
    async with console(open_metrics=lambda: source) as it:
        assert source.calls == 0
        await it.press("ctrl+g", "M")
        await it.until(lambda: isinstance(it.app.screen, MetricsDialog))
        await it.until(lambda: "25.0 %" in it.screen_text())
        text = it.screen_text()
        assert "us-east-2: AccessDenied: no" in text
        assert "us-east-1: incomplete: WriteDPU" in text
        assert "2 GetMetricData calls, 28 metrics requested" in text
        await it.press("d")
        await it.until(lambda: source.spans == [HOUR, DAY])
        await it.press("escape")
        await it.until(lambda: not isinstance(it.app.screen, MetricsDialog))
        assert source.calls == 4
    assert dialog.POLL_S >= 60
