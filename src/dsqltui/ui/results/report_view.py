"""The results area when there are no rows: an error in full, a command tag, a lost connection, a hint."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dsqltui.ui.results.steps_results import STEP_BINDINGS, StepsResults
from dsqltui.ui.textual_patches.ordered import Ordered
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity

_PARTS = ("title", "message", "excerpt", "detail", "hint", "context", "advice", "notices")


class ReportView(Ordered, StepsResults, VerticalScroll):
    """Shows one Report, scrollable; the tone is its class."""

    BINDINGS: ClassVar[list[BindingType]] = [*STEP_BINDINGS]

    def compose(self) -> ComposeResult:
        """One line or block per part."""
        for part in _PARTS:
            yield Static(markup=False, classes=f"report--{part}")

    def show(self, report: Report) -> None:
        """Replace what is shown."""
        labels = {"detail": "Detail  ", "hint": "Hint    ", "context": "Context ", "advice": "→ "}
        texts = {
            "title": report.title,
            "message": report.message,
            "excerpt": report.excerpt,
            "detail": report.detail,
            "hint": report.hint,
            "context": report.context,
            "advice": report.advice,
            "notices": report.notices,
        }
        for part in _PARTS:
            line = self.query_one(f".report--{part}", Static)
            line.display = bool(texts[part])
            line.update(Content(labels.get(part, "") + texts[part] if texts[part] else ""))
        self.update_classes({tone.value: tone is report.tone for tone in Severity})
        self.scroll_home(animate=False)
