"""Prepared lines, each of differently looking parts, scrolled both ways and painted one by one."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.results.grid_cells import cells
from dsqltui.ui.textual_patches.ordered import Ordered

Part = tuple[str, str]
"""Text, made safe here, and look: a component class `line-view--LOOK`."""
_LINE_LIMIT = 2_000
"""Characters of a part that are painted."""


class LineView(Ordered, ScrollView, can_focus=True):
    """Base of the views that show text by lines. Looks are the subclass's component classes."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.LINES)
    LOOKS: ClassVar[tuple[str, ...]] = ("text", "quiet")
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-view--text", "line-view--quiet", "line-view--cursor"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._lines: list[Sequence[Part]] = []
        self._marked = range(0)
        """The lines of the cursor."""
        self._styles: dict[str, Style] | None = None

    @property
    def text(self) -> str:
        """All lines without looks."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def set_lines(self, lines: Sequence[Sequence[Part]], *, keep_place: bool = False) -> None:
        """Replace what is shown; from the top unless `keep_place`."""
        self._lines = [tuple((one_line(text, _LINE_LIMIT), look) for text, look in line) for line in lines]
        width = max((sum(cells(text) for text, _ in line) for line in self._lines), default=0)
        self.virtual_size = Size(width, len(self._lines))
        if not keep_place:
            self.scroll_to(0, 0, animate=False)
        self.refresh()

    def mark(self, lines: range) -> None:
        """Put the cursor on these lines and scroll them into sight."""
        old, self._marked = self._marked, lines
        top = self.scroll_offset.y
        for at in {*old, *lines}:
            self.refresh(Region(0, at - top, self.size.width, 1))
        if lines:
            height = max(1, self.scrollable_content_region.height)
            if lines.start < top or len(lines) > height:
                self.scroll_to(y=lines.start, animate=False)
            elif lines.stop > top + height:
                self.scroll_to(y=lines.stop - height, animate=False)

    def notify_style_update(self) -> None:
        """The styles changed."""
        self._styles = None
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """One line, cut or filled to the width."""
        if self._styles is None:
            self._styles = {n: self.get_component_rich_style(f"line-view--{n}", partial=True) for n in self.LOOKS}
            self._styles["cursor"] = self.get_component_rich_style("line-view--cursor")  # its background is mixed
        scroll_x, scroll_y = self.scroll_offset
        at, width, base = y + scroll_y, self.size.width, self.rich_style
        if at >= len(self._lines):
            return Strip.blank(width, base)
        row = base + self._styles["cursor"] if at in self._marked and self.has_focus else base
        strip = Strip([Segment(text, row + self._styles[look]) for text, look in self._lines[at]])
        return strip.crop_extend(scroll_x, scroll_x + width, row)

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor is shown only with the focus."""
        super().watch_has_focus(has_focus)
        self.refresh()

    def action_line_up(self) -> None:
        """Line up."""
        self.scroll_relative(y=-1, animate=False)

    def action_line_down(self) -> None:
        """Line down."""
        self.scroll_relative(y=1, animate=False)

    def action_go_left(self) -> None:
        """To the left."""
        self.scroll_relative(x=-8, animate=False)

    def action_go_right(self) -> None:
        """To the right."""
        self.scroll_relative(x=8, animate=False)

    def action_lines_up(self) -> None:
        """A screen up."""
        self.scroll_relative(y=-max(1, self.size.height - 1), animate=False)

    def action_lines_down(self) -> None:
        """A screen down."""
        self.scroll_relative(y=max(1, self.size.height - 1), animate=False)

    def action_top(self) -> None:
        """To the first line."""
        self.scroll_home(animate=False)

    def action_bottom(self) -> None:
        """To the last line."""
        self.scroll_end(animate=False)
