"""Lines that are not wrapped need no bookkeeping: Textual 8.2 keeps four lists for each of them, adds up their lengths
for every line that it paints, and goes through a long one letter by letter whenever the cursor moves.

`WrappedDocument`, its `_offset_to_line_info`, `_width` and `_tab_width` are private to Textual 8.2; a test holds them.
"""

from collections.abc import Sequence
from typing import overload

from rich.cells import cell_len
from textual._cells import cell_width_to_column_index
from textual.document._document import DocumentBase
from textual.document._wrapped_document import WrappedDocument
from textual.expand_tabs import expand_tabs_inline
from textual.geometry import Offset
from textual.widgets import _text_area

Location = tuple[int, int]


class _Rows(Sequence[tuple[int, int]]):
    """What stands on each line of the screen: the line of the text with that number, from its beginning."""

    def __init__(self, document: DocumentBase) -> None:
        self._document = document

    def __len__(self) -> int:
        return self._document.line_count

    @overload
    def __getitem__(self, y: int) -> tuple[int, int]: ...
    @overload
    def __getitem__(self, y: slice) -> Sequence[tuple[int, int]]: ...
    def __getitem__(self, y: int | slice) -> tuple[int, int] | Sequence[tuple[int, int]]:
        if isinstance(y, slice):
            return [(row, 0) for row in range(*y.indices(len(self)))]
        if y not in range(len(self)):
            raise IndexError(y)
        return y, 0


class LightDocument(WrappedDocument):
    """With a width, Textual's own; without one, nothing is kept that the text does not say itself."""

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Take this width, 0 for no wrapping."""
        if width:
            super().wrap(width, tab_width)
            return
        self._width = 0
        self._tab_width = tab_width or self._tab_width
        self._wrap_offsets, self._tab_width_cache, self._line_index_to_offsets = [], [], []
        self._offset_to_line_info = _Rows(self.document)  # type: ignore[assignment]

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        """The text changed there."""
        if self._width:
            super().wrap_range(start, old_end, new_end)

    @property
    def wrapped(self) -> bool:
        """See Textual's."""
        return super().wrapped if self._width else True

    @property
    def height(self) -> int:
        """Lines on the screen."""
        return len(self._offset_to_line_info)

    def location_to_offset(self, location: Location) -> Offset:
        """Where on the screen a place of the text is."""
        if self._width:
            return super().location_to_offset(location)
        row, column = location
        before = self.document[row][:column]
        return Offset(len(before) if _is_plain(before) else cell_len(expand_tabs_inline(before, self._tab_width)), row)

    def offset_to_location(self, offset: Offset) -> Location:
        """Which place of the text is there; the nearest one."""
        if self._width:
            return super().offset_to_location(offset)
        row = min(max(0, offset.y), self.document.line_count - 1)
        return row, self._column_at(self.document[row], max(0, offset.x))

    def get_target_document_column(self, line_index: int, x_offset: int, y_offset: int) -> int:
        """See Textual's."""
        if self._width:
            return super().get_target_document_column(line_index, x_offset, y_offset)
        return self._column_at(self.document[line_index], x_offset)

    def get_sections(self, line_index: int) -> list[str]:
        """The lines of the screen that a line of the text takes."""
        return super().get_sections(line_index) if self._width else [self.document[line_index]]

    def get_offsets(self, line_index: int) -> list[int]:
        """Where a line is wrapped."""
        if self._width:
            return super().get_offsets(line_index)
        if line_index not in range(self.document.line_count):
            raise ValueError(f"there is no line {line_index}")
        return []

    def get_tab_widths(self, line_index: int) -> list[int]:
        """Of each tab of a line; asked for only of one that is wrapped."""
        return super().get_tab_widths(line_index) if self._width else []

    def _column_at(self, line: str, x: int) -> int:
        """The character in that cell."""
        if _is_plain(line):
            return min(x, len(line))
        return cell_width_to_column_index(line, x, self._tab_width)


def _is_plain(text: str) -> bool:
    """Whether each character takes one cell; the editor holds no control characters."""
    return text.isascii() and "\t" not in text


_text_area.WrappedDocument = LightDocument  # type: ignore[attr-defined]
