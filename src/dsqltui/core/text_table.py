"""Results as lines of text in psql's aligned and expanded forms."""

import unicodedata
from collections.abc import Iterator, Sequence

from dsqltui.core.describe import Table
from dsqltui.core.outcome import Row
from dsqltui.core.safetext import many_lines

_CELL_LIMIT = 20_000_000


def width(text: str) -> int:
    """Terminal cells of one line of text."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class AlignedText:
    """Writes rows in columns as wide as the widest value seen; pages may come one after the other.

    The first page decides the widths. A later page with wider values widens its own lines, as psql does with
    FETCH_COUNT.
    """

    def __init__(self, columns: Sequence[str], right_aligned: frozenset[int] = frozenset(), title: str = "") -> None:
        self._names = [many_lines(name) for name in columns]
        self._right = right_aligned
        self._title = title
        self._widths = [max(map(width, name.split("\n"))) for name in self._names]
        self._has_head = False

    def page(self, rows: Sequence[Row]) -> Iterator[str]:
        """Lines of these rows, the head before the first page."""
        cells = [[many_lines(value or "", _CELL_LIMIT).split("\n") for value in row] for row in rows]
        for row in cells:
            for place, lines in enumerate(row):
                widest = width(lines[0]) if len(lines) == 1 else max(map(width, lines))
                if widest > self._widths[place]:
                    self._widths[place] = widest
        if not self._has_head:
            self._has_head = True
            yield from self._head()
        for row in cells:
            yield from self._lines(row)

    def _head(self) -> Iterator[str]:
        total = sum(self._widths) + 3 * len(self._widths) - 1
        if self._title:
            title = many_lines(self._title)
            yield " " * max(0, (total - width(title)) // 2) + title
        yield "|".join(
            " " + " " * ((wide - width(name)) // 2) + name + " " * ((wide - width(name) + 1) // 2) + " "
            for name, wide in zip(self._names, self._widths, strict=True)
        )
        yield "+".join("-" * (wide + 2) for wide in self._widths)

    def _lines(self, row: list[list[str]]) -> Iterator[str]:
        height = max((len(lines) for lines in row), default=1)
        last = len(row) - 1
        for number in range(height):
            pieces = []
            for place, lines in enumerate(row):
                text = lines[number] if number < len(lines) else ""
                goes_on = number + 1 < len(lines)
                gap = " " * (self._widths[place] - width(text))
                if place in self._right:
                    text = gap + text
                elif place != last or goes_on:
                    text += gap
                pieces.append(f" {text}" + ("+" if goes_on else "" if place == last else " "))
            yield "|".join(pieces)


class ExpandedText:
    """Writes each row as a record, one line a column, as after psql's `\\x`."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._names = [many_lines(name).replace("\n", " ") for name in columns]
        self._name_width = max(map(width, self._names), default=0)
        self._count = 0

    def page(self, rows: Sequence[Row]) -> Iterator[str]:
        """Lines of these rows, numbered on from the page before."""
        cells = [[many_lines(value or "", _CELL_LIMIT).split("\n") for value in row] for row in rows]
        widest = max((width(line) for row in cells for lines in row for line in lines), default=0)
        total = self._name_width + 3 + widest
        for row in cells:
            self._count += 1
            mark = f"-[ RECORD {self._count} ]"
            filled = mark + "-" * max(0, total - len(mark))
            cross = self._name_width + 1
            yield filled[:cross] + "+" + filled[cross + 1 :] if cross >= len(mark) else filled
            for name, lines in zip(self._names, row, strict=True):
                for number, line in enumerate(lines):
                    head = name if number == 0 else ""
                    goes_on = number + 1 < len(lines)
                    gap = " " * (self._name_width - width(head))
                    tail = " " * (widest - width(line)) + "+" if goes_on else ""
                    yield f"{head}{gap} | {line}{tail}"


def row_count(count: int) -> str:
    """psql's line below a result."""
    return f"({count} row)" if count == 1 else f"({count} rows)"


def lines_of(table: Table, *, is_expanded: bool = False) -> Iterator[str]:
    """A whole table as psql would print it, without the empty line after it."""
    if is_expanded:
        if table.title:
            yield many_lines(table.title)
        yield from ExpandedText(table.columns).page(table.rows)
    else:
        yield from AlignedText(table.columns, table.right_aligned, table.title).page(table.rows)
    if table.counts_rows and not is_expanded:
        yield row_count(len(table.rows))
    for footer in table.footers:
        yield many_lines(footer)
