"""CSV and TSV in the dialects of PostgreSQL's COPY, so that `\\copy` reads back what was written."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace

from dsqltui.core.results.outcome import Column, Row

_NEEDS_QUOTES = re.compile('[,"\r\n]')
_FORMULA = re.compile(r"[\s\ufeff\u200b]*[=+\-@＝＋－＠|%]|[\t\r\n]")
"""What begins a formula in one spreadsheet or another; blanks before it are skipped by some."""
_NUMBER = re.compile(r"[-+]?[\d.,$]+(?:[eE][-+]?\d+)?\Z|[-+]?Infinity\Z|NaN\Z", re.ASCII)
_TSV_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
)


def csv_field(value: str | None) -> str:
    """NULL is nothing at all, the empty string a pair of quotes."""
    if value is None:
        return ""
    if not value or _NEEDS_QUOTES.search(value):
        return '"' + value.replace('"', '""') + '"'
    return value


def _plain(rows: Sequence[Row], width: int) -> str | None:
    """The page when nothing in it needs quotes and nothing is NULL or empty, which is soon seen; else None."""
    try:
        text = "\n".join(map(",".join, rows))  # type: ignore[arg-type]  # a None is the TypeError below
    except TypeError:
        return None
    is_plain = (
        width > 1
        and '"' not in text
        and "\r" not in text
        and text.count(",") == len(rows) * (width - 1)
        and text.count("\n") == len(rows) - 1
        and not (",," in text or ",\n" in text or "\n," in text or text[:1] == "," or text[-1:] == ",")
    )
    return text + "\n" if is_plain else None


class Csv:
    """COPY's `FORMAT csv`: comma, double quotes where needed, lines end in LF, NULL told from the empty string."""

    def __init__(self, columns: Sequence[Column], *, has_header: bool = True) -> None:
        self._columns = columns
        self._has_header = has_header
        self._buffer = io.StringIO()
        self._write = csv.writer(self._buffer, lineterminator="\n").writerows

    def begin(self) -> str:
        """The line of names."""
        return ",".join(csv_field(column.name) for column in self._columns) + "\n" if self._has_header else ""

    def page(self, rows: Sequence[Row]) -> str:
        """One line a row."""
        if not self._columns:
            return ""  # as psql; an empty line would be a row of one column
        if (text := _plain(rows, len(self._columns))) is not None:
            return text
        # Python's writer is ten times as fast as we are; where its dialect is not COPY's, the page is written by us
        if len(self._columns) > 1 and not any("" in row for row in rows):
            self._buffer.seek(0)
            self._buffer.truncate()
            self._write(rows)
            text = self._buffer.getvalue()
            if "\r" not in text:
                return text
        lines = (",".join(map(csv_field, row)) for row in rows)
        return "".join('"\\."\n' if line == "\\." else line + "\n" for line in lines)  # alone, it ends COPY's data

    def end(self) -> str:
        """Nothing."""
        return ""


class SafeCsv(Csv):
    """The same for a spreadsheet: a cell that begins as a formula does gets an apostrophe before it.

    Numbers in columns of numbers stay as they are.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__([replace(column, name=no_formula(column.name)) for column in columns])
        self._is_number = [column.is_number for column in columns]

    def page(self, rows: Sequence[Row]) -> str:
        """One line a row."""
        return super().page(
            [
                tuple(
                    value if value is None or (is_number and _NUMBER.match(value)) else no_formula(value)
                    for value, is_number in zip(row, self._is_number, strict=True)
                )
                for row in rows
            ]
        )


def no_formula(value: str) -> str:
    """`value` with an apostrophe before it when a spreadsheet would take it for a formula."""
    return f"'{value}" if _FORMULA.match(value) else value


class Tsv:
    """COPY's `FORMAT text` with a line of names: tabs, `\\N` for NULL, backslashes before tabs, breaks, backslashes."""

    def __init__(self, columns: Sequence[Column], *, has_header: bool = True) -> None:
        self._columns = columns
        self._has_header = has_header

    def begin(self) -> str:
        """The line of names."""
        return self._line([column.name for column in self._columns]) if self._has_header else ""

    def page(self, rows: Sequence[Row]) -> str:
        """One line a row."""
        return "".join(map(self._line, rows))

    def end(self) -> str:
        """Nothing."""
        return ""

    @staticmethod
    def _line(row: Sequence[str | None]) -> str:
        return "\t".join("\\N" if value is None else value.translate(_TSV_ESCAPES) for value in row) + "\n"
