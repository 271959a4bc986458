"""The result grid: rows as the server wrote them, painted line by line.

Only the lines and columns in sight are built, so a million rows or a hundred columns cost the same as twenty. Rows that
went to the store's file are fetched by a thread when they come into sight. Widths come from the first rows and then
stay, so that paging seldom shifts the columns; only numbers are never cut.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import accumulate
from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size, clamp
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dsqltui.core.results.outcome import Column, Row
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.results.drags_cells import DragsCells
from dsqltui.ui.results.grid_cells import EDGE, MIN_WIDTH, cells, heading, most_cells, widest
from dsqltui.ui.results.grid_painter import LOOKS, NO_SIGN, PARTIAL_LOOKS, GridPainter
from dsqltui.ui.results.steps_results import StepsResults
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.messages import GridAsked, GridMoved, MoreRequested, ValueRequested, ask
from dsqltui.ui.state.result import PaneResult
from dsqltui.ui.textual_patches.hooks import start_worker
from dsqltui.ui.textual_patches.ordered import Ordered

_SAMPLE = 500
"""Rows whose values decide the widths."""


class ResultGrid(DragsCells, Ordered, StepsResults, ScrollView, can_focus=True):
    """Columns and rows of one result, with a cursor on one value. Posts MoreRequested at the last row."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.GRID)
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"grid--{name}" for name in (*LOOKS, *PARTIAL_LOOKS)}

    cursor = reactive((0, 0), repaint=False)
    """(row as shown, column), both from 0."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._result = PaneResult.of((), ())
        self._offsets: list[int] = [0]
        self._lines: LRUCache[tuple[object, ...], Strip] = LRUCache(256)
        self._painter: GridPainter | None = None
        self._is_loading = False
        self._is_settling = False

    @property
    def result(self) -> PaneResult:
        """What it shows."""
        return self._result

    @property
    def row_count(self) -> int:
        """Rows that are here."""
        return self._result.row_count

    @property
    def value(self) -> str | None:
        """The value under the cursor; None when it is NULL, there is none, or it is not loaded yet."""
        row = self._row(self.cursor[0])
        return row[self.cursor[1]] if row is not None and self.cursor[1] < len(row) else None

    def show(self, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        """A result whose rows are all here replaces the old."""
        self.show_result(PaneResult.of(columns, tuple(rows)))

    def show_result(self, result: PaneResult) -> None:
        """Another result; the cursor is where it was when that was shown before."""
        self._result = result
        self.end_drag()
        if not result.widths:
            most = most_cells(len(result.columns))
            result.widths = [clamp(cells(heading(c)), MIN_WIDTH, most) for c in result.columns]
            self._widen(tuple(result.store.rows()), _SAMPLE)  # a new result is in memory
        self._lay_out()
        self.scroll_to(0, 0, animate=False)
        self.set_reactive(ResultGrid.cursor, (0, 0))
        self.cursor = result.cursor
        self._settle()

    def append(self, rows: Sequence[Row]) -> None:
        """The next page of the same result."""
        sample = max(0, _SAMPLE - self.row_count)
        self._result.store.append(rows)
        self._result.sorted_by = None  # the new rows stand below, as they came
        if self._widen(rows, sample):
            self._lay_out()
        else:
            is_seen = self.row_count - len(rows) < self.scroll_offset.y + self.size.height
            self.virtual_size = Size(self._offsets[-1], self.row_count + 1)
            if is_seen:
                self.refresh()
        self._settle()

    def repaint(self) -> None:
        """Order, marks or frozen columns of the result changed."""
        if self._result.sorted_by is not None:  # the arrow beside the name takes two cells
            at = self._result.sorted_by[0]
            self._result.widths[at] = max(self._result.widths[at], cells(heading(self._result.columns[at])) + 2)
        self.forget_block()
        self._lay_out()

    def follow(self, row: int, column: int) -> None:
        """Put the cursor there without telling anyone: the other grid led."""
        with self.prevent(GridMoved):
            self.cursor = (row, column)

    async def loaded(self, row: int) -> Row | None:
        """The row shown as number `row`, fetched from the file if it must be. Raises OSError."""
        if row >= self.row_count:
            return None
        place = self._result.place(row)
        await self._load([place])
        return self._result.store.get(place)

    def _row(self, row: int) -> Row | None:
        return self._result.store.get(self._result.place(row)) if row < self.row_count else None

    def _widen(self, rows: Sequence[Row], sample: int) -> bool:
        """Make room for the first `sample` rows, and for all numbers: a number that is cut reads as another one."""
        has_changed = False
        widths = self._result.widths
        for index, column in enumerate(self._result.columns):
            looked_at = rows if column.is_number else rows[:sample]
            values = (row[index] for row in looked_at)
            width = min(most_cells(len(widths)), widest(values, are_numbers=column.is_number))
            if width > widths[index]:
                widths[index] = width
                has_changed = True
        return has_changed

    def _lay_out(self) -> None:
        gutter = 0 if self._result.marks is None else len(NO_SIGN)
        self._offsets = [*accumulate((width + 1 + len(EDGE) for width in self._result.widths), initial=gutter)]
        self._painter = None
        self._lines.clear()
        self.virtual_size = Size(self._offsets[-1], self.row_count + 1)
        self.refresh()

    # -- rows that are not in memory -----------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Have a thread move rows to the file when there are too many in memory."""
        if not self._is_settling and self._surplus(self._result):
            self._is_settling = True
            start_worker(self, self._settled(self._result), group="settle")

    async def _settled(self, result: PaneResult) -> None:
        try:
            while numbers := self._surplus(result):
                await in_daemon_thread(partial(result.store.write, numbers))
                result.store.release(numbers)
        finally:
            self._is_settling = False

    def _surplus(self, result: PaneResult) -> tuple[int, ...]:
        """What must go to the file; never what is in sight, or it would be fetched again for the next frame."""
        spare = result.store.blocks(self._places_in_sight(result)) if result is self._result else frozenset()
        return result.store.surplus(spare=spare)

    def _places_in_sight(self, result: PaneResult) -> list[int]:
        top = self.scroll_offset.y
        return [result.place(row) for row in range(top, min(result.row_count, top + self.size.height + 1))]

    def _ask_for_sight(self) -> None:
        """Fetch the rows in sight that are not in memory; they are painted when they are here."""
        if not self._is_loading:
            self._is_loading = True
            start_worker(self, self._load_sight(), group="load")

    async def _load_sight(self) -> None:
        try:
            await self._load(self._places_in_sight(self._result))
        except OSError:
            return  # its file is closed: another result is shown
        finally:
            self._is_loading = False
        self.refresh()
        self._settle()

    async def _load(self, places: Sequence[int]) -> None:
        store = self._result.store
        for number in store.missing(places):
            store.keep(number, await in_daemon_thread(partial(store.read, number)))

    # -- painting ------------------------------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """The styles changed: forget the painted lines."""
        self._painter = None
        self._lines.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """The pinned header at y 0, rows below it."""
        scroll_x, scroll_y = self.scroll_offset
        width = self.size.width
        row = -1 if y == 0 else scroll_y + y - 1
        painter = self._paint()
        if not self._result.columns or row >= self.row_count:
            return Strip.blank(width, painter.base)
        cursor_row, cursor_column = self.cursor
        marked = range(cursor_column, cursor_column + 1) if row == cursor_row and self.has_focus else range(0)
        if self.block is not None:
            marked = self.block.columns_in(row)
        key = (row, scroll_x, width, marked, row == cursor_row)
        line = self._lines.get(key)
        if line is None:
            values = None if row < 0 else self._row(row)
            if row >= 0 and values is None:
                self._ask_for_sight()
                return Strip([Segment(" …".ljust(width), painter.base)], width)
            line = self._lines[key] = painter.line(row, values, scroll_x, width, cursor_row, marked)
        return line

    def _paint(self) -> GridPainter:
        if self._painter is None:
            looks = {name: self.get_component_rich_style(f"grid--{name}") for name in LOOKS}
            looks |= {n: self.get_component_rich_style(f"grid--{n}", partial=True) for n in PARTIAL_LOOKS}
            self._painter = GridPainter(self._result, self._offsets, self.rich_style, looks)
        return self._painter

    # -- the cursor ----------------------------------------------------------------------------------------------------

    def validate_cursor(self, cursor: tuple[int, int]) -> tuple[int, int]:
        """Kept inside the result."""
        row, column = cursor
        return clamp(row, 0, max(0, self.row_count - 1)), clamp(column, 0, max(0, len(self._result.columns) - 1))

    def watch_cursor(self, old: tuple[int, int], new: tuple[int, int]) -> None:
        """Scroll the cursor into sight; repaint the two rows."""
        self._result.cursor = new
        self.forget_block()
        if not self.is_mounted:
            return
        self._scroll_to_cursor(*new)
        self._lines.clear()
        for row in {old[0], new[0]}:
            self.refresh(Region(0, row - self.scroll_offset.y + 1, self.size.width, 1))
        self.post_message(GridMoved(self, *new))

    def _scroll_to_cursor(self, row: int, column: int) -> None:
        left, top = self.scroll_offset
        width, height = self.scrollable_content_region.size
        height -= 1  # the header
        target_y = row if row < top else row - height + 1 if row >= top + height else top
        target_x = left
        if column >= self._result.frozen:
            fixed = self._paint().fixed_width
            start, end = self._offsets[column], self._offsets[min(column + 1, len(self._offsets) - 1)]
            if start - fixed < left or end - start > width - fixed:
                target_x = 0 if column == self._result.frozen else start - fixed
            elif end > left + width:
                target_x = end - width
        if (target_x, target_y) != (left, top):
            self.scroll_to(target_x, target_y, animate=False)

    def on_resize(self) -> None:
        """The cursor stays in sight."""
        if self._result.columns:
            self.call_after_refresh(lambda: self._scroll_to_cursor(*self.cursor))

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor is painted only while the grid has the focus."""
        super().watch_has_focus(has_focus)
        self.refresh()

    def _move(self, rows: int, columns: int) -> None:
        self.cursor = (self.cursor[0] + rows, self.cursor[1] + columns)

    def _page(self, direction: int) -> None:
        rows = max(1, self.scrollable_content_region.height - 2)
        self.scroll_to(y=self.scroll_offset.y + direction * rows, animate=False)
        self._move(direction * rows, 0)

    # -- keys ----------------------------------------------------------------------------------------------------------

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
        if self.cursor[0] >= self.row_count - 1:
            self.post_message(MoreRequested())
        else:
            self._page(1)

    def action_first_row(self) -> None:
        """To the first row."""
        self.cursor = (0, self.cursor[1])

    def action_last_row(self) -> None:
        """To the last row here."""
        self.cursor = (self.row_count - 1, self.cursor[1])

    def action_first_column(self) -> None:
        """To the first column."""
        self.cursor = (self.cursor[0], 0)

    def action_last_column(self) -> None:
        """To the last column."""
        self.cursor = (self.cursor[0], len(self._result.columns) - 1)

    def action_more_of_it(self) -> None:
        """All rows that are left."""
        ask(self, GridAsked("fetch_all"))

    def action_sort(self) -> None:
        """By the column of the cursor."""
        ask(self, GridAsked("sort"))

    def action_find(self) -> None:
        """A text in the results."""
        ask(self, GridAsked("find"))

    def action_next_found(self) -> None:
        """The next match or difference."""
        ask(self, GridAsked("next_found"))

    def action_previous_found(self) -> None:
        """The match or difference before."""
        ask(self, GridAsked("previous_found"))

    def action_record(self) -> None:
        """The row as a record."""
        ask(self, GridAsked("record"))

    def action_freeze(self) -> None:
        """Keep the columns up to the cursor in sight."""
        ask(self, GridAsked("freeze"))

    def action_copy(self) -> None:
        """The cells that are selected; else more than a value, as something."""
        if self.block is not None:
            start_worker(self, self.copy_block(self.block), group="copy")
        else:
            ask(self, GridAsked("copy"))

    def action_export(self) -> None:
        """To a file."""
        ask(self, GridAsked("export"))

    async def action_show_value(self) -> None:
        """Show the whole value."""
        value = await self._value()
        if value is not None:
            column = self._result.columns[self.cursor[1]]
            ask(self, ValueRequested(column.name, value))

    async def action_copy_value(self) -> None:
        """Copy the value, or the cells that are selected."""
        if self.block is not None:
            await self.copy_block(self.block)
        elif (value := await self._value()) is not None:
            self.copy_text(value)

    async def _value(self) -> str | None:
        row = await self.loaded(self.cursor[0])
        return row[self.cursor[1]] if row else None

    def cell_at(self, x: int, y: int) -> tuple[int, int]:
        """Row and column at a cell of the screen; the header's row is the one above the first in sight."""
        fixed = self._paint().fixed_width
        if x >= fixed:
            x += self.scroll_offset.x
        return self.scroll_offset.y + y - 1, max(0, bisect_right(self._offsets, x) - 1)
