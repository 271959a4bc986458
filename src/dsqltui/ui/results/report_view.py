"""The results area when there are no rows: an error in full, a command tag, a lost connection, a hint."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dsqltui.core.language import _
from dsqltui.core.text.wrapping import side_by_side
from dsqltui.ui.keys.key_items import CARD_KEYS
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.keys.user_keys import short_key_of, short_keys
from dsqltui.ui.results.steps_results import STEP_BINDINGS, StepsResults
from dsqltui.ui.state.messages import ActionAsked, ask
from dsqltui.ui.textual_patches.ordered import Ordered
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity

_PARTS = ("title", "offers", "folded", "message", "excerpt", "detail", "hint", "context", "advice", "notices")


class ReportView(Ordered, StepsResults, VerticalScroll):
    """Shows one Report, scrollable; the tone is its class. Its offers work by single letters while it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [*STEP_BINDINGS, *bindings(KeyScope.CARD)]

    def __init__(self) -> None:
        super().__init__()
        self.report = Report(Severity.QUIET, "")
        """What is shown."""
        self._is_unfolded = False
        self._has_letters = False

    def compose(self) -> ComposeResult:
        """One line or block per part."""
        for part in _PARTS:
            yield Static(markup=False, classes=f"report--{part}")

    def show(self, report: Report, *, is_unfolded: bool = False) -> None:
        """Replace what is shown; `is_unfolded`: with its details."""
        self.report, self._is_unfolded = report, is_unfolded
        self._paint()
        self.update_classes({tone.value: tone is report.tone for tone in Severity})
        self.scroll_home(animate=False)

    def _paint(self) -> None:
        report = self.report
        labels = {"detail": _("Detail  "), "hint": _("Hint    "), "context": _("Context "), "advice": "→ "}
        texts = {
            "title": report.title,
            "offers": self._offers(),
            "folded": report.folded if self._is_unfolded else "",
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

    def _offers(self) -> str:
        """The card's own letters while they work, the console's keys from elsewhere."""
        keys = {
            id_: short_keys(KeyScope.CARD, CARD_KEYS[id_]) if self._has_letters else short_key_of(id_)
            for id_ in self.report.offers
        }
        offers = [f"{keys[id_]} {_(words)}" for id_, words in self.report.offers.items()]
        return side_by_side(offers, self.scrollable_content_region.width)

    def on_resize(self) -> None:
        """Another width may break the offers elsewhere."""
        if self.report.offers:
            self._paint()

    def on_focus(self, _event: events.Focus) -> None:
        """Now the letters work."""
        self._takes_letters(True)

    def on_blur(self, _event: events.Blur) -> None:
        """They work no more."""
        self._takes_letters(False)

    def _takes_letters(self, are_taken: bool) -> None:
        self._has_letters = are_taken
        if self.report.offers:
            self._paint()

    def _ask(self, id_: str) -> None:
        if id_ in self.report.offers:
            ask(self, ActionAsked(id_))

    def action_card_retry(self) -> None:
        """Run the lost transaction again."""
        self._ask("retry_transaction")

    def action_card_edit(self) -> None:
        """Its text into the editor."""
        self._ask("edit_transaction")

    def action_card_timeline(self) -> None:
        """See it on the clock."""
        self._ask("timeline")

    def action_card_details(self) -> None:
        """More of it, or less."""
        if self.report.folded:
            self._is_unfolded = not self._is_unfolded
            self._paint()

    def action_card_rollback(self) -> None:
        """Give the transaction up."""
        self._ask("rollback")

    def action_card_reconnect(self) -> None:
        """A new session."""
        self._ask("reconnect")

    def action_card_jobs(self) -> None:
        """See it in the sidebar."""
        self._ask("jobs")

    def action_card_check(self) -> None:
        """Look for the rows."""
        self._ask("check_commit")
