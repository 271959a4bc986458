"""psql's two forms for people: the aligned table and, expanded, a record below the other."""

from collections.abc import Sequence

from dsqltui.core.formats.cells import cell_width, plain_lines
from dsqltui.core.results.outcome import Column, Row

_SAMPLE_ROWS = 5_000
"""Rows that are looked at before the widths are settled; larger results may have ragged rows further down."""


class Table:
    """psql's aligned format with border 1: names in the middle, numbers to the right, `+` where a cell goes on."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        null: str = "",
        title: str = "",
        has_footer: bool = True,
        has_head: bool = True,
    ) -> None:
        self._names = [plain_lines(column.name) for column in columns]
        self._is_number = [column.is_number for column in columns]
        self._null = null
        self._title = title
        self._has_footer = has_footer
        self._has_head = has_head
        self._waiting: list[Row] = []
        self._widths: list[int] | None = None
        self._count = 0

    def begin(self) -> str:
        """Nothing: the widths are not known yet."""
        return ""

    def page(self, rows: Sequence[Row]) -> str:
        """One line a row, once the first rows have settled the widths."""
        self._count += len(rows)
        if self._widths is not None:
            return "".join(map(self._row, rows))
        self._waiting.extend(rows)
        return self._settle() if len(self._waiting) >= _SAMPLE_ROWS else ""

    def end(self) -> str:
        """What waits, and the number of rows."""
        waiting = "" if self._widths is not None else self._settle()
        footer = f"({self._count} row{'' if self._count == 1 else 's'})\n" if self._has_footer else ""
        return f"{waiting}{footer}\n"

    def _settle(self) -> str:
        widths = [max(map(cell_width, name)) for name in self._names]
        for row in self._waiting:
            for index, value in enumerate(row):
                if value:
                    widest = max(map(cell_width, plain_lines(value)))
                elif value is None:
                    widest = len(self._null)
                else:
                    continue
                if widest > widths[index]:
                    widths[index] = widest
        self._widths = widths
        rows, self._waiting = self._waiting, []
        return (self._heading(widths) if self._has_head else "") + "".join(map(self._row, rows))

    def _heading(self, widths: list[int]) -> str:
        rule = "+".join("-" * (width + 2) for width in widths) + "\n"
        total = len(rule) - 1
        title = "".join(
            " " * max(0, (total - cell_width(line)) // 2) + line + "\n" for line in plain_lines(self._title)
        )
        if not widths:
            return (title if self._title else "") + "--\n"
        height = max(map(len, self._names))
        lines = []
        for at in range(height):
            cells = []
            for name, width in zip(self._names, widths, strict=True):
                text = name[at] if at < len(name) else ""
                left = (width - cell_width(text)) // 2
                goes_on = "+" if at + 1 < len(name) else " "
                cells.append(" " + " " * left + text + " " * (width - cell_width(text) - left) + goes_on)
            lines.append("|".join(cells) + "\n")
        return (title if self._title else "") + "".join(lines) + rule

    def _row(self, row: Row) -> str:
        if not row:
            return ""  # no columns: as psql, nothing but the number of rows
        widths = self._widths or []
        cells = [[self._null] if value is None else plain_lines(value) for value in row]
        last = len(cells) - 1
        text: list[str] = []
        for at in range(max(map(len, cells), default=0)):
            parts = []
            for index, lines in enumerate(cells):
                line = lines[at] if at < len(lines) else ""
                blank = " " * (widths[index] - cell_width(line))
                goes_on = at + 1 < len(lines)
                if self._is_number[index]:
                    shown = blank + line
                else:
                    shown = line + blank if index < last or goes_on else line
                parts.append(f" {shown}{'+' if goes_on else ' ' if index < last else ''}")
            text.append("|".join(parts) + "\n")
        return "".join(text) or "\n"


class Records:
    """psql's expanded format (`\\x`): a rule with the number of the record, then a line a column."""

    def __init__(self, columns: Sequence[Column], *, null: str = "", title: str = "", is_bare: bool = False) -> None:
        """`is_bare`: no numbers of records, as psql's tuples_only."""
        self._names = [plain_lines(column.name) for column in columns]
        self._name_width = max((max(map(cell_width, name)) for name in self._names), default=0)
        self._null = null
        self._title = title
        self._is_bare = is_bare
        self._waiting: list[Row] = []
        self._value_width: int | None = None
        self._count = 0

    def begin(self) -> str:
        """The title."""
        return f"{self._title}\n" if self._title else ""

    def page(self, rows: Sequence[Row]) -> str:
        """The records, once the first rows have settled the width of the rules."""
        if self._value_width is not None:
            return "".join(map(self._record, rows))
        self._waiting.extend(rows)
        return self._settle() if len(self._waiting) >= _SAMPLE_ROWS else ""

    def end(self) -> str:
        """What waits; a blank line."""
        waiting = "" if self._value_width is not None else self._settle()
        if (self._names and self._count) or self._is_bare:
            return f"{waiting}\n"
        return f"({self._count} row{'' if self._count == 1 else 's'})\n\n"

    def _settle(self) -> str:
        widths = (
            cell_width(line)
            for row in self._waiting
            for value in row
            for line in ([self._null] if value is None else plain_lines(value))
        )
        self._value_width = max(widths, default=0)
        rows, self._waiting = self._waiting, []
        return "".join(map(self._record, rows))

    def _record(self, row: Row) -> str:
        self._count += 1
        if not row:
            return ""
        lines = [] if self._is_bare and self._count == 1 else [self._rule()]
        for name, value in zip(self._names, row, strict=True):
            values = [self._null] if value is None else plain_lines(value)
            for at in range(max(len(name), len(values))):
                label = name[at] if at < len(name) else ""
                text = f" {values[at]}" if at < len(values) else ""
                label_mark = "+" if at + 1 < len(name) else " "
                if at + 1 < len(values):
                    text += " " * ((self._value_width or 0) + 1 - cell_width(text)) + "+"
                pad = " " * (self._name_width - cell_width(label))
                lines.append(f"{label}{pad}{label_mark}|{text}")
        return "\n".join(lines) + "\n"

    def _rule(self) -> str:
        label = "" if self._is_bare else f"-[ RECORD {self._count} ]"
        head = self._name_width + 1
        total = head + 2 + (self._value_width or 0)
        rule = "-" * head + "+" + "-" * (total - head - 1)
        return label + rule[len(label) :]
