"""One row, a column a line: the names at the left, each value in as many lines as it has or needs."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import chop_cells
from textual import events
from textual.binding import BindingType
from textual.geometry import clamp

from dsqltui.core.language import _
from dsqltui.core.results.outcome import Column, Row
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.results.grid_cells import NULL, cells, glyph
from dsqltui.ui.results.line_view import LineView, Part
from dsqltui.ui.results.steps_results import STEP_BINDINGS, StepsResults
from dsqltui.ui.state.messages import GridAsked, ValueRequested, ask

_NAME_WIDTH = 24
_VALUE_LIMIT, _VALUE_LINES = 4_000, 30
"""Characters and lines of a value; Enter shows it in full."""


class RecordView(StepsResults, LineView):
    """A record, with a cursor on a column."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(KeyScope.RECORD), *STEP_BINDINGS]
    LOOKS: ClassVar[tuple[str, ...]] = ("text", "quiet", "name", "null")
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line-view--{look}" for look in (*LOOKS, "cursor")}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._columns: Sequence[Column] = ()
        self._row: Row = ()
        self._heading = ""
        self._column = 0
        self._spans: list[range] = []
        """The lines of each column."""

    @property
    def column(self) -> int:
        """The column of the cursor."""
        return self._column

    @property
    def place(self) -> str:
        """Which record it is, as in `record 3 of 50`."""
        return self._heading

    @place.setter
    def place(self, place: str) -> None:
        if place != self._heading:
            self._heading = place
            self._build(keep_place=True)

    def show(self, columns: Sequence[Column], row: Row, heading: str, column: int) -> None:
        """A record under a heading such as `record 3 of 50`, the cursor on a column."""
        self._columns, self._row, self._heading, self._column = columns, row, heading, column
        self._build(keep_place=False)

    def on_resize(self, _event: events.Resize) -> None:
        """Values are cut into lines by the width."""
        self._build(keep_place=True)

    def _build(self, *, keep_place: bool) -> None:
        names = [f"{glyph(column):<2} {one_line(column.name, 64)}" for column in self._columns]
        width = min(_NAME_WIDTH, max(map(cells, names), default=0))
        room = max(10, self.size.width - width - 5)  # with a place for the scrollbar
        lines: list[list[Part]] = [[(f" {self._heading}", "quiet")]]
        self._spans = []
        for name, value in zip(names, self._row, strict=True):
            begin = len(lines)
            label = chop_cells(name, width)[0] if cells(name) > width else name
            for text, look in _value_lines(value, room):
                padded = label + " " * (width - cells(label))
                lines.append([(f" {padded} ", "name"), ("│ ", "quiet"), (text, look)])
                label = ""
            self._spans.append(range(begin, len(lines)))
        self.set_lines(lines, keep_place=keep_place)
        self._go(self._column)

    def _go(self, column: int) -> None:
        if self._spans:
            self._column = clamp(column, 0, len(self._spans) - 1)
            self.mark(self._spans[self._column])

    def action_column_up(self) -> None:
        """Column before."""
        self._go(self._column - 1)

    def action_column_down(self) -> None:
        """Next column."""
        self._go(self._column + 1)

    def action_first_line(self) -> None:
        """To the first column."""
        self._go(0)

    def action_last_line(self) -> None:
        """To the last column."""
        self._go(len(self._spans) - 1)

    def action_previous_record(self) -> None:
        """Row before."""
        ask(self, GridAsked("previous_record"))

    def action_next_record(self) -> None:
        """Next row."""
        ask(self, GridAsked("next_record"))

    def action_show_field(self) -> None:
        """The whole value."""
        if self._row and (value := self._row[self._column]) is not None:
            ask(self, ValueRequested(self._columns[self._column].name, value))

    def action_close_record(self) -> None:
        """Back to the rows."""
        ask(self, GridAsked("record"))


def _value_lines(value: str | None, width: int) -> list[Part]:
    """A value's lines, cut to the width and made safe."""
    if value is None:
        return [(NULL, "null")]
    parts: list[Part] = []
    for line in many_lines(value, _VALUE_LIMIT).split("\n"):
        parts += [(piece, "text") for piece in chop_cells(line, width)] or [("", "text")]
        if len(parts) >= _VALUE_LINES:
            break
    if len(parts) >= _VALUE_LINES or len(value) > _VALUE_LIMIT:
        parts = [
            *parts[:_VALUE_LINES],
            (_("… {count:,} characters, Enter shows more").format(count=len(value)), "quiet"),
        ]
    return parts
