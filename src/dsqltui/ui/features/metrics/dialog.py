"""The metrics on the screen: an hour or a day, asked for once a minute while they are in sight, and never else."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dsqltui.core.aws.metrics import DAY, HOUR, MetricSpan, MetricsSource, RegionMetrics, cost_words, counted, table
from dsqltui.core.language import _
from dsqltui.core.text.safe_text import many_lines
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.keys.keymap import KeyScope, bindings

POLL_S = 60.0
"""CloudWatch has new values once a minute."""
_FRAME = 8
"""Columns that the box itself takes."""
_OTHER_LINES = 12
"""Of the box around the table, and of the console above and below it; long lines are folded."""


class MetricsDialog(Dialog[None]):
    """Scrollable; Escape closes it and ends the asking."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(KeyScope.METRICS)]
    AUTO_FOCUS = "VerticalScroll"

    def __init__(
        self, source: MetricsSource, own_conflicts: Callable[[], Sequence[float]], clock: Callable[[], float]
    ) -> None:
        super().__init__()
        self._source, self._own, self._clock = source, own_conflicts, clock
        self._span: MetricSpan = HOUR
        self._regions: list[RegionMetrics] = []
        self._asking: asyncio.Task[None] | None = None
        self._answered_s = 0.0

    def compose(self) -> ComposeResult:
        """Title, the table, what it costs."""
        with Vertical(classes="dialog -tall -wide"):
            yield Static(_("Metrics"), markup=False, classes="dialog--title", id="metrics-title")
            with VerticalScroll(classes="dialog--scroll"):
                yield Static(_("CloudWatch is being asked…"), markup=False, id="metrics")
            yield Static(
                _("Esc closes   d hour or day   r now"), markup=False, classes="dialog--foot", id="metrics-foot"
            )

    def on_mount(self) -> None:
        """Ask now, and once a minute."""
        self.set_interval(POLL_S, self._ask)
        self._ask()

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        if self._asking is not None:
            self._asking.cancel()

    def on_resize(self) -> None:
        """The lines are as wide as the screen lets them."""
        if self._regions:
            self._paint()

    def action_metrics_span(self) -> None:
        """An hour, or a day."""
        self._span = DAY if self._span is HOUR else HOUR
        self._ask()

    def action_metrics_now(self) -> None:
        """Ask again now."""
        self._ask()

    def _ask(self) -> None:
        if not self.is_current:
            return
        if self._asking is not None and not self._asking.done():
            self._asking.cancel()
        self._asking = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        self._regions = await self._source.read(self._span, self._clock())
        self._answered_s = self._clock()
        self._paint()

    def _paint(self) -> None:
        start = self._regions[0].start_s if self._regions else 0
        width = self.query_one("#metrics", Static).size.width or self.app.size.width - _FRAME
        lines = table(self._regions, counted(self._own(), start, self._span), width)
        self.query_one(".dialog").set_class(len(lines) + _OTHER_LINES <= self.app.size.height, "-fit")
        said = _("an hour by minutes") if self._span is HOUR else _("a day by half hours")
        at = time.strftime("%H:%M:%S", time.localtime(self._answered_s))
        self.query_one("#metrics-title", Static).update(Content(_("Metrics, {said}, at {at}").format(said=said, at=at)))
        self.query_one("#metrics", Static).update(Content(many_lines("\n".join(lines), 20_000)))
        foot = _("{cost_words}\nEsc closes   d hour or day   r now").format(cost_words=cost_words(self._source.calls))
        self.query_one("#metrics-foot", Static).update(Content(foot))
