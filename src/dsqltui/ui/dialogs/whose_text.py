"""Asked before two editors with different texts become mirrors of each other."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.dialogs.base import Dialog


class WhoseText(Dialog[str]):
    """Dismissed with the letter of the pane whose text both shall have; None: neither."""

    AUTO_FOCUS = "#refuse"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "choose('A')", show=False),
        Binding("b", "choose('B')", show=False),
    ]

    def __init__(self, first: str, second: str) -> None:
        super().__init__()
        self._texts = {"A": first, "B": second}

    def compose(self) -> ComposeResult:
        """The question, the beginnings of both texts, three buttons."""
        beginnings = "\n".join(f"{letter}: {_beginning(text)}" for letter, text in self._texts.items())
        with Vertical(classes="dialog"):
            yield Static(_("Mirror: whose text shall both editors hold?"), markup=False, classes="dialog--title")
            yield Static(
                _(
                    "{beginnings}\n"
                    "\n"
                    "Nothing is lost: the other text is kept; when the mirror ends, undo brings it back."
                ).format(beginnings=beginnings),
                markup=False,
                classes="dialog--text",
            )
            with Horizontal(classes="dialog--buttons"):
                yield Button(Content(_("No mirror (N)")), id="refuse", compact=True)
                for letter in self._texts:
                    yield Button(
                        Content(_("{letter}'s text ({letter})").format(letter=letter)),
                        id=f"take-{letter}",
                        compact=True,
                    )

    def action_choose(self, letter: str) -> None:
        """That pane's text."""
        self.dismiss(letter)

    @on(Button.Pressed, "#refuse")
    def _refused(self) -> None:
        self.action_refuse()

    @on(Button.Pressed, "#take-A")
    def _took_a(self) -> None:
        self.action_choose("A")

    @on(Button.Pressed, "#take-B")
    def _took_b(self) -> None:
        self.action_choose("B")


def _beginning(text: str) -> str:
    lines = text.strip().splitlines()
    more = _("  … {count} lines").format(count=len(lines)) if len(lines) > 1 else ""
    return one_line(lines[0] if lines else "", 48) + more
