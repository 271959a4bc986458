"""What all dialogs share: they close with Escape, and Ctrl+Q works in them too."""

from typing import ClassVar

from textual.binding import BindingType
from textual.screen import ModalScreen, ScreenResultType

from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.state.messages import QuitRequested
from dsqltui.ui.textual_patches.sparing_paint import SparingPaint
from dsqltui.ui.textual_patches.type_ahead import TypeAhead


class Dialog(TypeAhead, SparingPaint, ModalScreen[ScreenResultType]):
    """A box over the console. Dismissed with None when nothing was chosen."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-high")]  # noqa: RUF012 - Textual's own annotation
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(KeyScope.DIALOG), *bindings(KeyScope.CONSOLE, "quit")]

    def action_refuse(self) -> None:
        """Close; nothing happens."""
        self.dismiss(None)

    def action_accept(self) -> None:
        """Only questions can be accepted."""

    def action_previous_button(self) -> None:
        """To the button before."""
        self.focus_previous("Button")

    def action_next_button(self) -> None:
        """To the button after."""
        self.focus_next("Button")

    def action_quit(self) -> None:
        """Leave the dialog and the console."""
        self.dismiss(None)
        self.app.post_message(QuitRequested())
