"""Keys to the result before and after, in whatever the results area shows."""

from typing import TYPE_CHECKING

from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.state.messages import ActionAsked, GridAsked, ask

if TYPE_CHECKING:
    from textual.widget import Widget as _Mixed
else:  # Textual takes styles and bindings only from the first base that is a widget: a mixin must be none
    _Mixed = object

STEP_BINDINGS = bindings(KeyScope.GRID, "previous_result", "next_result")


class StepsResults(_Mixed):
    """Before the widget class; STEP_BINDINGS go into its BINDINGS."""

    def action_previous_result(self) -> None:
        """An older result of this pane."""
        ask(self, GridAsked("previous_result"))

    def action_to_editor(self) -> None:
        """Back to the editor."""
        ask(self, ActionAsked("focus_editor"))

    def action_next_result(self) -> None:
        """A newer result of this pane."""
        ask(self, GridAsked("next_result"))
