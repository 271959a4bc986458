"""All keys and commands, made from the same tables as the bindings."""

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

_KEY_WIDTH = 16


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
    lines: list[Content] = []
    for scope in (Scope.CONSOLE, Scope.GRID):
        lines.append(_heading(scope.value))
        lines += [
            _entry(", ".join(shown(key) for key in action.keys) or "palette", action.description)
            for action in actions(scope)
        ]
    lines.append(_heading("In the editor"))
    lines += [_entry(shown(key), text) for key, text in EDITING]
    lines.append(_heading("Commands, run like a statement"))
    lines += [_entry(usage, text[:1].upper() + text[1:] + ".") for usage, text in COMMANDS]
    lines.append(_heading("Signs on the status line, as the server reports them"))
    lines += [_entry(state.badge, state.value.capitalize() + ".") for state in TransactionState]
    return Content("\n").join(lines[1:])


def _heading(text: str) -> Content:
    return Content.assemble("\n\n", (text, ".help--heading")) if text != Scope.CONSOLE.value else _blank_heading(text)


def _blank_heading(text: str) -> Content:
    return Content.assemble((text, ".help--heading"))


def _entry(key: str, text: str) -> Content:
    return Content.assemble((f"  {key:<{_KEY_WIDTH}}", ".help--key"), (text, ".help--text"))
