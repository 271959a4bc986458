"""The line that says how the results of the two panes compare, while they are compared."""

from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive

from dsqltui.core.text.safe_text import one_line
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
        sentence, short = (
            self.part(f" {one_line(text)}", "compare-line--text")
            for text in (self.sentence, self.short or self.sentence)
        )
        keys = self.part(f"   {self.keys}", "compare-line--keys")
        ways = (sentence + keys, short + keys, sentence, short)
        line = next((way for way in ways if way.cell_length <= width), short)
        return line.truncate(width, ellipsis=True, pad=True)
