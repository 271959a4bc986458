"""One line of text, asked for."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from dsqltui.core.language import _
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.textual_patches.ordered import Ordered


class LineInput(Ordered, Input):
    """Keys of a burst stay in order, Enter among them. Its cursor does not blink: that is 200 bytes a second."""

    def on_mount(self) -> None:
        """See above."""
        self.cursor_blink = False

    async def on_key(self, event: events.Key) -> None:
        """Enter is sent where it was typed, and not when it has bubbled to the screen."""
        if event.key == "enter" and self.has_focus:
            event.stop()
            event.prevent_default()
            await self.action_submit()


class FormInput(LineInput):
    """Enter goes on to the next field at once: what is typed behind it is meant for that one."""

    async def action_submit(self) -> None:
        self.screen.focus_next()


class AskLine(Dialog[str]):
    """Dismissed with the text, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS = "LineInput"

    def __init__(
        self,
        title: str,
        text: str = "",
        *,
        value: str = "",
        placeholder: str = "",
        hint: str = "",
        is_secret: bool = False,
    ) -> None:
        """`text` explains above the line, `hint` below it; `is_secret` shows dots."""
        super().__init__()
        self._title, self._text, self._hint = title, text, hint
        self._value, self._placeholder, self._is_secret = value, placeholder, is_secret

    def compose(self) -> ComposeResult:
        """Title, text, the line, hint."""
        with Vertical(classes="dialog"):
            yield Static(one_line(self._title), markup=False, classes="dialog--title")
            if self._text:
                yield Static(many_lines(self._text, 2_000), markup=False, classes="dialog--text")
            yield LineInput(self._value, self._placeholder, password=self._is_secret, compact=True)
            yield Static(
                _("{hint}  Enter: go on   Esc: back").format(hint=self._hint).strip(),
                markup=False,
                classes="dialog--foot",
            )

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value)
