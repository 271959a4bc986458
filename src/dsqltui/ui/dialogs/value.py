"""One value in full."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from dsqltui.core.safetext import many_lines, one_line
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.keymap import Scope, bindings

_LIMIT = 50_000
"""Characters; laying out megabytes would stop the screen for many seconds."""


class ValueDialog(Dialog[None]):
    """Scrollable; Escape or Enter closes it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.GRID, "show_value")
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, column: str, value: str) -> None:
        super().__init__()
        self._column, self._value = column, value

    def compose(self) -> ComposeResult:
        """Title, the value, its length."""
        count = len(self._value)
        length = f"{count:,} characters" if count <= _LIMIT else f"{_LIMIT:,} of {count:,} characters"
        with Vertical(classes="dialog -tall"):
            yield Static(one_line(self._column, 64), markup=False, classes="dialog--title")
            with VerticalScroll(classes="dialog--scroll"):
                yield Static(many_lines(self._value, _LIMIT), markup=False)
            yield Static(f"{length}   Esc or Enter closes", markup=False, classes="dialog--foot")

    def action_show_value(self) -> None:
        """The key that opened it closes it."""
        self.dismiss(None)
