"""One of a few, on one line: left and right choose, the chosen one stands in brackets."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import padded
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.textual_patches.ordered import Ordered
from dsqltui.ui.widgets.parts import Parts


class ChoiceLine(Ordered, Parts, can_focus=True):
    """Posts Changed when another one is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.CHOICE)
    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice-line--label", "choice-line--one", "choice-line--chosen"}

    at = reactive(0)
    """Which one."""

    class Changed(Message):
        """Another one is chosen."""

        def __init__(self, line: "ChoiceLine") -> None:
            super().__init__()
            self.line = line

        @property
        def control(self) -> "ChoiceLine":
            """The line."""
            return self.line

    def __init__(self, label: str, words: Sequence[str], *, at: int = 0, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._label, self._words = label, tuple(words)
        self.set_reactive(ChoiceLine.at, at)

    def validate_at(self, at: int) -> int:
        """Around the ends."""
        return at % len(self._words)

    def watch_at(self) -> None:
        """Tell."""
        if self.is_mounted:
            self.post_message(self.Changed(self))

    def render(self) -> Content:
        """Label and words."""
        parts = [self.part(padded(self._label, 8), "choice-line--label")]
        for at, word in enumerate(self._words):
            is_chosen = at == self.at
            text = f"[{one_line(word)}]" if is_chosen else f" {one_line(word)} "
            parts.append(self.part(text, "choice-line--chosen" if is_chosen else "choice-line--one"))
        return Content.assemble(*parts).truncate(self.content_size.width, ellipsis=True)

    def action_choose_left(self) -> None:
        """The one before."""
        self.at -= 1

    def action_choose_right(self) -> None:
        """The next one."""
        self.at += 1

    def action_line_before(self) -> None:
        """To the field above."""
        self.screen.focus_previous()

    def action_line_after(self) -> None:
        """To the field below."""
        self.screen.focus_next()

    def action_take(self) -> None:
        """Go on with what is chosen in all fields."""
        self.screen.post_message(Taken())


class Taken(Message):
    """Enter was pressed in a field of a dialog."""
