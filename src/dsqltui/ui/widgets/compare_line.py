"""The line that says how the results of the two panes compare, while they are compared."""

from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive

from dsqltui.core.safetext import one_line
from dsqltui.ui.widgets.parts import Parts


class CompareLine(Parts):
    """Sentence first, the keys as far as there is room."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"compare-line--text", "compare-line--keys"}

    sentence = reactive("")
    short = reactive("")
    """The same, where the sentence does not fit."""
    keys = reactive("")
    """What leads on, shown when it fits."""

    def render(self) -> Content:
        """One line."""
        width = self.content_size.width
        text = self.part(f" {one_line(self.sentence)}", "compare-line--text")
        if text.cell_length > width and self.short:
            text = self.part(f" {one_line(self.short)}", "compare-line--text")
        keys = self.part(f"   {self.keys}", "compare-line--keys")
        line = text + keys if text.cell_length + keys.cell_length <= width else text
        return line.truncate(width, ellipsis=True, pad=True)
