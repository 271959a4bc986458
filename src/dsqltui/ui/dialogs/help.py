"""All keys and commands, made from the same tables as the bindings."""

import textwrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dsqltui.core.commands import COMMANDS
from dsqltui.core.transaction import TransactionState
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.keymap import EDITING, Scope, actions, bindings, shown

_KEY_WIDTH, _TEXT_WIDTH = 16, 48


class HelpDialog(Dialog[None]):
    """Scrollable; Escape or F1 closes it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CONSOLE, "help")
    AUTO_FOCUS = "VerticalScroll"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"help--heading", "help--key", "help--text"}

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Vertical(classes="dialog -tall"):
            yield Static("dsqltui: keys and commands", markup=False, classes="dialog--title")
            with VerticalScroll(classes="dialog--scroll"):
                yield Static(_content())
            yield Static("Esc or F1 closes   ↑ ↓ PgUp PgDn scroll", markup=False, classes="dialog--foot")

    def action_help(self) -> None:
        """The key that opened it closes it."""
        self.dismiss(None)


def _content() -> Content:
    sections: list[tuple[str, list[tuple[str, str]]]] = [
        (
            scope.value,
            [(", ".join(map(shown, action.keys)) or "palette", action.description) for action in actions(scope)],
        )
        for scope in (Scope.CONSOLE, Scope.GRID)
    ]
    sections += [
        ("In the editor", [(shown(key), text) for key, text in EDITING]),
        ("Commands, run like a statement", [(usage, f"{text[:1].upper()}{text[1:]}.") for usage, text in COMMANDS]),
        (
            "Signs on the status line: what the server reports",
            [(state.badge, f"{state.value.capitalize()}.") for state in TransactionState],
        ),
    ]
    return Content("\n\n").join(_section(title, entries) for title, entries in sections)


def _section(title: str, entries: list[tuple[str, str]]) -> Content:
    lines = [line for key, text in entries for line in _entry(key, text)]
    return Content("\n").join([Content.styled(title, ".help--heading"), *lines])


def _entry(key: str, text: str) -> list[Content]:
    """The key, and its description in a column of its own."""
    first, *more = textwrap.wrap(text, _TEXT_WIDTH)
    return [
        Content.assemble((f"  {key:<{_KEY_WIDTH}}", ".help--key"), (first, ".help--text")),
        *(Content.styled(" " * (_KEY_WIDTH + 2) + line, ".help--text") for line in more),
    ]
