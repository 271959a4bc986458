"""Builds the grid's lines: gutter, frozen columns, and of the others those in sight."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from dsqltui.core.results.outcome import Row
from dsqltui.core.story.compare import Change
from dsqltui.ui.results.grid_cells import EDGE, fitted, glyph, heading, shown
from dsqltui.ui.state.result import PaneResult, RowMark

LOOKS = ("header", "odd", "cursor", "cursor-row", "added", "missing", "changed")
"""With a background of their own; translucent ones are only mixed with what is below when asked for as a whole."""
PARTIAL_LOOKS = ("null", "edge", "glyph")
_SIGNS = {Change.ADDED: "+ ", Change.MISSING: "- ", Change.CHANGED: "~ "}
NO_SIGN = "  "


@dataclass(frozen=True, slots=True)
class GridPainter:
    """For one result with its columns at `offsets`."""

    result: PaneResult
    offsets: Sequence[int]
    """Where each column begins, and where the last ends, in cells."""
    base: Style
    looks: Mapping[str, Style]

    @property
    def fixed_width(self) -> int:
        """Cells of what stays in sight at the left."""
        return self.offsets[min(self.result.frozen, len(self.result.columns))]

    def line(self, row: int, values: Row | None, scroll_x: int, width: int, cursor_row: int, marked: range) -> Strip:
        """One line; row -1 is the header. `marked` are the columns of the cursor or of what is selected."""
        style = self._row_style(row, cursor_row)
        mark = self._mark(row)
        fixed_width = self.fixed_width
        segments: list[Segment] = []
        if self.result.marks is not None:
            segments.append(Segment(_SIGNS[mark.change] if mark else NO_SIGN, style))
        frozen = min(self.result.frozen, len(self.result.columns))
        segments += self._cells(row, values, range(frozen), marked, style, mark)
        fixed = Strip(segments, fixed_width).simplify()
        if fixed_width >= width:
            return fixed.crop_extend(0, width, style)
        first = max(frozen, bisect_right(self.offsets, scroll_x + fixed_width) - 1)
        last = max(first, min(len(self.result.columns), bisect_right(self.offsets, scroll_x + width) + 1))
        moving = Strip(
            self._cells(row, values, range(first, last), marked, style, mark), self.offsets[last] - self.offsets[first]
        ).simplify()
        start = scroll_x + fixed_width - self.offsets[first]
        moving = moving.crop_extend(start, start + width - fixed_width, style)
        if self._cuts_value(first, start):  # the end of a number must not pass for a number
            moving = Strip.join([Strip([Segment("…", style)], 1), moving.crop_extend(1, width - fixed_width, style)])
        return Strip.join([fixed, moving]) if fixed_width else moving

    def _cuts_value(self, column: int, start: int) -> bool:
        """Whether a column that is seen from its cell `start` on shows a part of its values."""
        if column >= len(self.result.columns):
            return False
        return 1 < start < self.offsets[column + 1] - self.offsets[column] - len(EDGE)

    def _mark(self, row: int) -> RowMark | None:
        marks = self.result.marks
        return None if marks is None or row < 0 else marks.get(self.result.place(row))

    def _row_style(self, row: int, cursor_row: int) -> Style:
        if row < 0:
            return self.looks["header"]
        style = self.looks["cursor-row"] if row == cursor_row else self.looks["odd"] if row & 1 else self.base
        mark = self._mark(row)
        return style + self.looks[mark.change.value] if mark is not None and not mark.columns else style

    def _cells(
        self, row: int, values: Row | None, columns: range, marked: range, style: Style, mark: RowMark | None
    ) -> list[Segment]:
        edge = Segment(EDGE, style + self.looks["edge"])
        segments: list[Segment] = []
        for index in columns:
            column = self.result.columns[index]
            look = style
            if row < 0 or values is None:
                text = heading(column, self._sort_mark(index))
            else:
                value = values[index]
                text = shown(value)
                if index in marked:
                    look = self.looks["cursor"]
                elif mark is not None and index in mark.columns:
                    look = style + self.looks["changed"]
                elif value is None:
                    look = style + self.looks["null"]
            fits = fitted(text, self.result.widths[index], column.is_number)
            if row < 0 or values is None:  # a type's letter is no part of the name
                name_at = len(fits) - len(fits.lstrip()) + len(glyph(column)) + 1
                segments += [
                    Segment(" " + fits[:name_at], look + self.looks["glyph"]),
                    Segment(fits[name_at:], look),
                    edge,
                ]
            else:
                segments += [Segment(" " + fits, look), edge]
        return segments

    def _sort_mark(self, index: int) -> str:
        by = self.result.sorted_by
        return "" if by is None or by[0] != index else " ▼" if by[1] else " ▲"
