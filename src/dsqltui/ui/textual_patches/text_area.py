"""A TextArea whose undo, size and painting can be changed: private steps of Textual 8.2 under public names."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.text import Text
from textual import events, expand_tabs
from textual.geometry import Size
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Edit

from dsqltui.ui.textual_patches import light_document  # noqa: F401 - takes the place of Textual's

_stock_splitter = expand_tabs._TABS_SPLITTER_RE


class _TabSplitter:
    """In the place of the pattern by which Textual finds tabs: 70 ms for a megabyte without any, four times a key."""

    def findall(self, line: str) -> list[str]:
        """The pieces of a line, each up to its tab."""
        if "\t" in line or "\n" in line or not line:
            return _stock_splitter.findall(line)
        return [line]


expand_tabs._TABS_SPLITTER_RE = _TabSplitter()  # type: ignore[assignment]


class OpenTextArea(TextArea):
    """Subclasses override `undo_batch`, `redo_batch`, `measure` and `render_text_line`."""

    _told_sizes: tuple[Size, ...] | None = None

    def undo_batch(self, edits: Sequence[Edit]) -> None:
        """Take edits back, the last one first; called for one step of undo."""
        super()._undo_batch(edits)

    def redo_batch(self, edits: Sequence[Edit]) -> None:
        """Do edits again; called for one step of redo."""
        super()._redo_batch(edits)

    def measure(self) -> None:
        """Set the size of what is scrolled; called after every edit."""
        super()._refresh_size()

    def render_text_line(self, y: int) -> Strip:
        """One line as it is seen, gutter included."""
        return super()._render_line(y)

    def rendered_line(self, y: int, widest: int) -> Strip:
        """The same by Textual, which fills each line up to the longest one: here not, when that is beyond `widest`."""
        size = self.virtual_size
        if size.width <= widest:
            return super()._render_line(y)
        self.set_reactive(TextArea.virtual_size, Size(self.scroll_offset.x + self.size.width, size.height))
        try:
            return super()._render_line(y)
        finally:
            self.set_reactive(TextArea.virtual_size, size)

    def framed(self, line: Text, row: int, cursor: int | None) -> Strip:
        """Of one row the piece that is in sight, with the line's number; the cursor is at that column of the piece."""
        theme, gutter, width = self._theme, self.gutter_width, self.size.width - self.gutter_width
        base = theme.base_style if theme is not None and theme.base_style is not None else self.rich_style
        if cursor is not None and self._draw_cursor and theme is not None and theme.cursor_style is not None:
            line.stylize(theme.cursor_style, cursor, cursor + 1)
        piece = Strip(line.render(self.app.console), line.cell_len).crop(0, width).extend_cell_length(width, base)
        number = Segment(f"{row + self.line_number_start:>{gutter - 2}}  ", theme.gutter_style if theme else None)
        return Strip.join([Strip([number], gutter), piece]).apply_style(base)

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        """Textual compares with a size that it never keeps, and paints the scrollbars anew at every layout."""
        told = size, virtual_size, container_size, self.virtual_size
        if told == self._told_sizes:
            return False
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        self._told_sizes = size, virtual_size, container_size, self.virtual_size
        return changed

    async def paste(self, event: events.Paste) -> None:
        """Put what was pasted at the cursor."""
        await super()._on_paste(event)

    def update_scrollbars(self) -> None:
        """Show them as the size of what is scrolled needs it."""
        self._refresh_scrollbars()

    def cursor_cell(self) -> tuple[int, int]:
        """Column and row of the cursor, computed anew, in what is scrolled."""
        self._recompute_cursor_offset()  # type: ignore[no-untyped-call]
        return self._cursor_offset

    def forget_painted_lines(self) -> None:
        """Paint every line anew: something is marked that no edit tells of."""
        self._line_cache.clear()

    def _undo_batch(self, edits: Sequence[Edit]) -> None:
        self.undo_batch(edits)

    def _redo_batch(self, edits: Sequence[Edit]) -> None:
        self.redo_batch(edits)

    def _refresh_size(self) -> None:
        self.measure()

    def _render_line(self, y: int) -> Strip:
        return self.render_text_line(y)
