"""The second line of a pane that has given its place to the other one: badge and last outcome."""

from typing import ClassVar

from textual import events
from textual.content import Content
from textual.reactive import reactive

from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.ui.panes.badge import BADGE_COMPONENTS, NO_BUDGET, badge_of
from dsqltui.ui.state.messages import PaneChosen
from dsqltui.ui.widgets.parts import Parts
from dsqltui.ui.words.severity import Severity


class SummaryStrip(Parts):
    """So that a conflict in the pane out of sight is seen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *BADGE_COMPONENTS,
        *(f"strip-{tone.value}" for tone in Severity),
    }

    state = reactive(TransactionState.NONE)
    budget = reactive(NO_BUDGET)
    going_on = reactive("")
    """`running 0:02` while something does."""
    last: reactive[tuple[Severity, str]] = reactive((Severity.QUIET, ""))
    """Tone and safe text of the last outcome."""

    def __init__(self, letter: str) -> None:
        super().__init__()
        self._letter = letter

    def render(self) -> Content:
        """The badge is never cut."""
        tone, text = self.last
        badge = self.part(*badge_of(self.state, self.budget, width=0, going_on=self.going_on))
        room = max(0, self.content_size.width - badge.cell_length - 2)
        return Content.assemble(badge, "  ", self.part(text, f"strip-{tone.value}").truncate(room, ellipsis=True))

    def on_click(self, event: events.Click) -> None:
        """A click chooses the pane."""
        event.stop()
        self.post_message(PaneChosen(self._letter))
