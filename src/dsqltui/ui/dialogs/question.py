"""A question with two answers; the harmless one is preselected."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from dsqltui.core.text.safe_text import many_lines
from dsqltui.ui.dialogs.base import Dialog


class Question(Dialog[bool]):
    """Dismissed with True only when the person said yes."""

    AUTO_FOCUS = "#refuse"

    def __init__(self, title: str, text: str, *, yes: str, no: str) -> None:
        super().__init__()
        self._title, self._text, self._yes, self._no = title, text, yes, no

    def compose(self) -> ComposeResult:
        """Title, text, the two buttons."""
        with Vertical(classes="dialog"):
            yield Static(self._title, markup=False, classes="dialog--title")
            yield Static(many_lines(self._text, 2_000), markup=False, classes="dialog--text")
            with Horizontal(classes="dialog--buttons"):
                yield Button(Content(f"{self._no} (N)"), id="refuse", compact=True)
                yield Button(Content(f"{self._yes} (Y)"), id="accept", compact=True)

    def action_accept(self) -> None:
        """Yes."""
        self.dismiss(True)

    @on(Button.Pressed, "#accept")
    def _accepted(self) -> None:
        self.action_accept()

    @on(Button.Pressed, "#refuse")
    def _refused(self) -> None:
        self.action_refuse()
