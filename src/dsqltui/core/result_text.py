"""Results as text, page by page: the one shape in which files and the command line get them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from dsqltui.core.outcome import Column, Row
from dsqltui.core.text_table import AlignedText, ExpandedText, row_count


class ResultText(Protocol):
    """Turns one result into text."""

    def page(self, rows: Sequence[Row]) -> Iterable[str]:
        """Text of these rows, with what stands before the first; line ends included."""
        ...

    def end(self, count: int) -> str:
        """What stands after the last row; `count` is the number of rows there were."""
        ...


MakeResultText = Callable[[Sequence[Column], bool], ResultText]
"""Columns, and whether the rows are wanted as records."""


class PsqlText:
    """psql's aligned or expanded form, an empty line after it."""

    def __init__(self, columns: Sequence[Column], is_expanded: bool) -> None:
        names = [column.name for column in columns]
        numbers = frozenset(place for place, column in enumerate(columns) if column.is_number)
        self._text = ExpandedText(names) if is_expanded else AlignedText(names, numbers)
        self._is_expanded = is_expanded

    def page(self, rows: Sequence[Row]) -> Iterable[str]:
        """See ResultText."""
        for line in self._text.page(rows):
            yield line + "\n"

    def end(self, count: int) -> str:
        """See ResultText."""
        return "\n" if self._is_expanded and count else f"{row_count(count)}\n\n"
