"""A question answered with a line of text."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.textual_patches.ordered import Ordered


class OrderedInput(Ordered, Input):
    """A field in which the keys of one burst stay in order."""


class AskOneLine(Dialog[str]):
    """Dismissed with the text, or None when the person went back."""

    AUTO_FOCUS = "OrderedInput"

    def __init__(self, title: str, *, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._title, self._value, self._hint = title, value, hint

    def compose(self) -> ComposeResult:
        """Title, field, hint."""
        with Vertical(classes="dialog"):
            yield Static(one_line(self._title), markup=False, classes="dialog--title")
            yield OrderedInput(self._value, compact=True)
            yield Static(f"{self._hint}  Enter: go on   Esc: back".strip(), markup=False, classes="dialog--foot")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)
