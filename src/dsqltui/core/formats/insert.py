"""INSERT statements that bring the rows back, few enough rows in each for Aurora DSQL's 3,000 a transaction."""

import re
from collections.abc import Sequence

from dsqltui.core.results.outcome import Column, Row
from dsqltui.core.sql.keywords import KEYWORDS

ROWS_PER_STATEMENT = 500
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_$]*\Z")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?\Z", re.ASCII)
_BOOL, _MONEY = 16, 790


def identifier(name: str) -> str:
    """`name` as SQL reads it back: in quotes unless it is plain and no keyword."""
    if _PLAIN_NAME.match(name) and name not in KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | None, column: Column) -> str:
    """A value as SQL reads it back. Numbers and booleans stand bare, all else in quotes."""
    if value is None:
        return "NULL"
    if column.type_oid == _BOOL:
        return {"t": "true", "f": "false"}.get(value, "NULL")
    if column.is_number and column.type_oid != _MONEY and _NUMBER.match(value):
        return value
    return "'" + value.replace("'", "''") + "'"


class Insert:
    """`INSERT INTO table (columns) VALUES` with up to ROWS_PER_STATEMENT rows a statement."""

    def __init__(self, columns: Sequence[Column], *, table: str) -> None:
        """`table` is SQL already: as written by the person or made by `identifier`."""
        names = ", ".join(identifier(column.name) for column in columns)
        self._columns = columns
        self._head = f"INSERT INTO {table} ({names}) VALUES\n"
        self._count = 0

    def begin(self) -> str:
        """Nothing."""
        return ""

    def page(self, rows: Sequence[Row]) -> str:
        """One line a row."""
        parts: list[str] = []
        for row in rows:
            if self._count % ROWS_PER_STATEMENT:
                parts.append(",\n")
            else:
                parts.append((";\n" if self._count else "") + self._head)
            values = (literal(value, column) for value, column in zip(row, self._columns, strict=True))
            parts.append(f"  ({', '.join(values)})")
            self._count += 1
        return "".join(parts)

    def end(self) -> str:
        """The last semicolon."""
        return ";\n" if self._count else ""
