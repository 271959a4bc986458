"""The mouse in the result grid: a click moves the cursor or sorts; cells dragged over are copied by Ctrl+C, c or y."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events

from dsqltui.core.results.outcome import Row
from dsqltui.ui.state.messages import GridAsked, ValueCopied, ask
from dsqltui.ui.state.result import PaneResult

if TYPE_CHECKING:
    from textual.reactive import reactive
    from textual.scroll_view import ScrollView as _Mixed
else:  # see StepsResults: a mixin must not be a widget
    _Mixed = object

COPY_LIMIT = 1_000_000
"""Characters; terminals take no longer clipboard sequences, most far shorter ones."""


@dataclass(frozen=True, slots=True)
class CellBlock:
    """Rows and columns between two cells, both included."""

    rows: range
    columns: range

    @classmethod
    def between(cls, one: tuple[int, int], other: tuple[int, int]) -> "CellBlock":
        """The smallest that holds both."""
        (top, bottom), (left, right) = (sorted(pair) for pair in zip(one, other, strict=True))
        return cls(range(top, bottom + 1), range(left, right + 1))

    def columns_in(self, row: int) -> range:
        """Those of that row."""
        return self.columns if row in self.rows else range(0)


class DragsCells(_Mixed):
    """Before the widget class, which has a cursor and says what is where."""

    if TYPE_CHECKING:
        cursor: reactive[tuple[int, int]]

    @property
    def result(self) -> PaneResult:
        """What is shown."""
        raise NotImplementedError

    def cell_at(self, x: int, y: int) -> tuple[int, int]:
        """Row and column at a cell of the screen; the row may not be there."""
        raise NotImplementedError

    def validate_cursor(self, cursor: tuple[int, int]) -> tuple[int, int]:
        """The nearest that is there."""
        raise NotImplementedError

    async def loaded(self, row: int) -> Row | None:
        """A row, wherever it is kept."""
        raise NotImplementedError

    block: CellBlock | None = None
    """The cells that were dragged over; forgotten when the cursor moves on."""
    _dragged_from: tuple[int, int] | None = None

    @property
    def is_dragged(self) -> bool:
        """Whether the mouse is dragging now."""
        return self._dragged_from is not None

    def forget_block(self) -> None:
        """No cells are selected any more."""
        if self.block is not None and not self.is_dragged:
            self.block = None
            self.refresh()

    def end_drag(self) -> None:
        """It is another result."""
        self.block = self._dragged_from = None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """On a row, dragging may begin; on the header, it is a click."""
        self.forget_block()
        if self.result.columns and event.y >= 1 and event.button == 1:
            self._dragged_from = self.cell_at(event.x, event.y)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The cursor follows, and scrolls at the edges."""
        if self._dragged_from is None:
            return
        event.stop()
        here = self.validate_cursor(self.cell_at(event.x, event.y))
        if self.block is None and here == self._dragged_from:
            return
        self.block = CellBlock.between(self.validate_cursor(self._dragged_from), here)
        self.cursor = here
        self.refresh()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """What was dragged over stays selected."""
        self._dragged_from = None
        if self.app.mouse_captured is self:
            event.stop()
            self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """The cursor goes to the value clicked; a click on a column's name sorts by it."""
        if not self.result.columns or self.block is not None:
            return
        row, column = self.cell_at(event.x, event.y)
        if event.y >= 1:
            self.cursor = (row, column)
        else:
            self.cursor = (self.cursor[0], column)
            ask(self, GridAsked("sort"))

    async def on_key(self, event: events.Key) -> None:
        """Ctrl+C copies what is selected; else it is the console's."""
        if event.key == "ctrl+c" and self.block is not None and self.has_focus:
            event.stop()
            event.prevent_default()
            await self.copy_block(self.block)

    async def copy_block(self, block: CellBlock) -> None:
        """Its values between tabs, a line for each row."""
        lines: list[str] = []
        length = 0
        for number in block.rows:
            row = await self.loaded(number)
            if row is None:
                break
            lines.append("\t".join(row[column] or "" for column in block.columns))
            length += len(lines[-1]) + 1
            if length > COPY_LIMIT:
                self.post_message(ValueCopied(length, is_too_long=True))
                return
        self.copy_text("\n".join(lines))

    def copy_text(self, text: str) -> None:
        """To the clipboard, and say so."""
        text = text[:COPY_LIMIT].encode("utf-8", "replace").decode()
        self.app.copy_to_clipboard(text)
        self.post_message(ValueCopied(len(text)))
