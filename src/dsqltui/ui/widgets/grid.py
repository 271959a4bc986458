"""The result grid: rows as the server wrote them, painted line by line.

Only the lines and columns in sight are built, so a million rows or a hundred columns cost the same as twenty. Widths
come from the first rows and then stay, so that paging seldom shifts the columns; only numbers are never cut.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size, clamp
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dsqltui.core.outcome import Column, Row
from dsqltui.core.safetext import one_line
from dsqltui.ui.keymap import Scope, bindings
from dsqltui.ui.messages import MoreRequested, ValueCopied, ValueRequested
from dsqltui.ui.widgets.ordered import Ordered

_NULL = "NULL"
_MIN_WIDTH, _MAX_WIDTH = 4, 48
_VALUE_LIMIT = 256
"""Characters of a value that the grid looks at."""
_SAMPLE = 500
"""Rows whose values decide the widths."""
_EDGE = " │"
_COPY_LIMIT = 1_000_000
"""Characters; terminals ignore longer clipboard sequences anyway."""


def _shown(value: str | None) -> str:
    return _NULL if value is None else one_line(value, _VALUE_LIMIT)


def _cells(value: str | None) -> int:
    text = _shown(value)
    return len(text) if text.isascii() else cell_len(text)


def _fitted(text: str, width: int, is_number: bool) -> str:
    """`text` in exactly `width` cells."""
    if text.isascii():
        if len(text) > width:
            return text[: width - 1] + "…"
        return text.rjust(width) if is_number else text.ljust(width)
    cells = cell_len(text)
    if cells > width:
        return set_cell_size(text, width - 1) + "…"
    padding = " " * (width - cells)
    return padding + text if is_number else text + padding


class ResultGrid(Ordered, ScrollView, can_focus=True):
    """Columns and rows of one result, with a cursor on one value. Posts MoreRequested at the last row."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.GRID)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--header",
        "grid--odd",
        "grid--null",
        "grid--cursor",
        "grid--cursor-row",
        "grid--edge",
    }

    cursor = reactive((0, 0), repaint=False)
    """(row, column), both from 0."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._columns: tuple[Column, ...] = ()
        self._rows: list[Row] = []
        self._widths: list[int] = []
        self._offsets: list[int] = [0]
        self._lines: LRUCache[tuple[object, ...], Strip] = LRUCache(512)
        self._looks: tuple[Style, dict[str, Style]] | None = None

    @property
    def row_count(self) -> int:
        """Rows that are here."""
        return len(self._rows)

    @property
    def value(self) -> str | None:
        """The value under the cursor; None when it is NULL or there is none."""
        row, column = self.cursor
        return self._rows[row][column] if row < len(self._rows) and column < len(self._rows[row]) else None

    def show(self, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        """A new result replaces the old."""
        self._columns = tuple(columns)
        self._rows = list(rows)
        self._widths = [clamp(cell_len(one_line(c.name, 64)), _MIN_WIDTH, _MAX_WIDTH) for c in self._columns]
        self._widen(self._rows, _SAMPLE)
        self._lay_out()
        self.cursor = (0, 0)
        self.scroll_to(0, 0, animate=False)

    def append(self, rows: Sequence[Row]) -> None:
        """The next page of the same result."""
        sample = max(0, _SAMPLE - len(self._rows))
        self._rows.extend(rows)
        self._widen(rows, sample)
        self._lay_out()

    def _widen(self, rows: Sequence[Row], sample: int) -> None:
        """Make room for the first `sample` rows, and for all numbers: a number that is cut reads as another one."""
        for index, column in enumerate(self._columns):
            values = (row[index] for row in rows) if column.is_number else (row[index] for row in rows[:sample])
            widest = max(map(_cells, values), default=0)
            self._widths[index] = min(_MAX_WIDTH, max(self._widths[index], widest))

    def _lay_out(self) -> None:
        self._offsets = [0, *accumulate(width + 1 + len(_EDGE) for width in self._widths)]
        self._lines.clear()
        self.virtual_size = Size(self._offsets[-1], len(self._rows) + 1)
        self.refresh()

    def notify_style_update(self) -> None:
        """The styles changed: forget the painted lines."""
        self._looks = None
        self._lines.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """The pinned header at y 0, rows below it."""
        scroll_x, scroll_y = self.scroll_offset
        width = self.size.width
        row = -1 if y == 0 else scroll_y + y - 1
        base, looks = self._styles_of_parts()
        if not self._columns or row >= len(self._rows):
            return Strip.blank(width, base)
        cursor_row, cursor_column = self.cursor
        marked = cursor_column if row == cursor_row and self.has_focus else None
        key = (row, scroll_x, width, marked, row == cursor_row)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = self._build(row, scroll_x, width, marked, base, looks)
        return line

    def _styles_of_parts(self) -> tuple[Style, dict[str, Style]]:
        if self._looks is None:
            names = ("header", "odd", "cursor", "cursor-row")
            looks = {name: self.get_component_rich_style(f"grid--{name}") for name in names}
            looks |= {n: self.get_component_rich_style(f"grid--{n}", partial=True) for n in ("null", "edge")}
            self._looks = (self.rich_style, looks)
        return self._looks

    def _row_style(self, row: int, base: Style, looks: dict[str, Style]) -> Style:
        if row < 0:
            return looks["header"]
        if row == self.cursor[0]:
            return looks["cursor-row"]
        return looks["odd"] if row & 1 else base

    def _build(
        self, row: int, scroll_x: int, width: int, marked: int | None, base: Style, looks: dict[str, Style]
    ) -> Strip:
        first = max(0, bisect_right(self._offsets, scroll_x) - 1)
        last = min(len(self._columns), bisect_right(self._offsets, scroll_x + width) + 1)
        style = self._row_style(row, base, looks)
        edge = style + looks["edge"]
        segments: list[Segment] = []
        for index in range(first, last):
            column = self._columns[index]
            if row < 0:
                value: str | None = None
                text = one_line(column.name, 64)
            else:
                value = self._rows[row][index]
                text = _shown(value)
            cell = " " + _fitted(text, self._widths[index], column.is_number)
            if row >= 0 and index == marked:
                look = looks["cursor"]
            else:
                look = style + looks["null"] if row >= 0 and value is None else style
            segments += [Segment(cell, look), Segment(_EDGE, edge)]
        line = Strip(segments, self._offsets[last] - self._offsets[first]).simplify()
        left = scroll_x - self._offsets[first]
        return line.crop_extend(left, left + width, style)

    def validate_cursor(self, cursor: tuple[int, int]) -> tuple[int, int]:
        """Kept inside the result."""
        row, column = cursor
        return clamp(row, 0, max(0, len(self._rows) - 1)), clamp(column, 0, max(0, len(self._columns) - 1))

    def watch_cursor(self, old: tuple[int, int], new: tuple[int, int]) -> None:
        """Scroll the cursor into sight; repaint the two rows."""
        if not self.is_mounted:
            return
        self._scroll_to_cursor(*new)
        self._lines.clear()
        for row in {old[0], new[0]}:
            self.refresh(Region(0, row - self.scroll_offset.y + 1, self.size.width, 1))

    def _scroll_to_cursor(self, row: int, column: int) -> None:
        left, top = self.scroll_offset
        width, height = self.scrollable_content_region.size
        height -= 1  # the header
        target_y = row if row < top else row - height + 1 if row >= top + height else top
        start, end = self._offsets[column], self._offsets[min(column + 1, len(self._offsets) - 1)]
        target_x = start if start < left or end - start > width else end - width if end > left + width else left
        if (target_x, target_y) != (left, top):
            self.scroll_to(target_x, target_y, animate=False)

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The cursor is painted only while the grid has the focus."""
        self.refresh()

    def _move(self, rows: int, columns: int) -> None:
        self.cursor = (self.cursor[0] + rows, self.cursor[1] + columns)

    def _page(self, direction: int) -> None:
        rows = max(1, self.scrollable_content_region.height - 2)
        self.scroll_to(y=self.scroll_offset.y + direction * rows, animate=False)
        self._move(direction * rows, 0)

    def action_up(self) -> None:
        """Row up."""
        self._move(-1, 0)

    def action_down(self) -> None:
        """Row down."""
        self._move(1, 0)

    def action_left(self) -> None:
        """Column to the left."""
        self._move(0, -1)

    def action_right(self) -> None:
        """Column to the right."""
        self._move(0, 1)

    def action_page_up(self) -> None:
        """One screen up."""
        self._page(-1)

    def action_page_down(self) -> None:
        """One screen down; on the last row, ask for more rows."""
        if self.cursor[0] >= len(self._rows) - 1:
            self.post_message(MoreRequested())
        else:
            self._page(1)

    def action_first_row(self) -> None:
        """To the first row."""
        self.cursor = (0, self.cursor[1])

    def action_last_row(self) -> None:
        """To the last row here."""
        self.cursor = (len(self._rows) - 1, self.cursor[1])

    def action_first_column(self) -> None:
        """To the first column."""
        self.cursor = (self.cursor[0], 0)

    def action_last_column(self) -> None:
        """To the last column."""
        self.cursor = (self.cursor[0], len(self._columns) - 1)

    def action_show_value(self) -> None:
        """Show the whole value."""
        if self.value is not None:
            self.post_message(ValueRequested(self._columns[self.cursor[1]].name, self.value))

    def action_copy_value(self) -> None:
        """Copy the value."""
        if self.value is not None:
            text = self.value[:_COPY_LIMIT].encode("utf-8", "replace").decode()
            self.app.copy_to_clipboard(text)
            self.post_message(ValueCopied(len(text)))

    def on_click(self, event: events.Click) -> None:
        """The cursor goes to the value clicked."""
        if event.y >= 1 and self._columns:
            column = bisect_right(self._offsets, event.x + self.scroll_offset.x) - 1
            self.cursor = (self.scroll_offset.y + event.y - 1, column)
