"""One value in full; JSON laid out."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dsqltui.core.language import _
from dsqltui.core.text.pretty_json import pretty_json
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.keys.keymap import KeyScope, bindings

_LIMIT = 50_000
"""Characters; laying out megabytes would stop the screen for many seconds."""


class ValueDialog(Dialog[None]):
    """Scrollable; Escape or Enter closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(KeyScope.GRID, "show_value"), *bindings(KeyScope.VALUE)]
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, column: str, value: str) -> None:
        super().__init__()
        self._column, self._value = column, value
        self._pretty = pretty_json(value)
        self._is_raw = self._pretty is None

    def compose(self) -> ComposeResult:
        """Title, the value, its length."""
        count = len(self._value)
        length = (
            _("{count:,} characters").format(count=count)
            if count <= _LIMIT
            else _("{limit:,} of {count:,} characters").format(limit=_LIMIT, count=count)
        )
        raw = "" if self._pretty is None else _("   i: as the server wrote it")
        with Vertical(classes="dialog -tall"):
            yield Static(one_line(self._column, 64), markup=False, classes="dialog--title")
            with VerticalScroll(classes="dialog--scroll"):
                yield Static(Content(self._shown()), id="value")
            yield Static(
                _("{length}   Esc or Enter closes{raw}").format(length=length, raw=raw),
                markup=False,
                classes="dialog--foot",
            )

    def _shown(self) -> str:
        return many_lines(self._value if self._is_raw or self._pretty is None else self._pretty, _LIMIT)

    def action_raw_value(self) -> None:
        """As the server wrote it, or laid out."""
        self._is_raw = not self._is_raw
        self.query_one("#value", Static).update(Content(self._shown()))

    def action_show_value(self) -> None:
        """The key that opened it closes it."""
        self.dismiss(None)
