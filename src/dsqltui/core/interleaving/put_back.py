"""Tables read as they are, and the statements that bring them back to that: one text, one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dsqltui.core.results.outcome import Row
from dsqltui.core.sql.lexer import quote_identifier, quote_literal

MOST_ROWS = 500
"""Rows of a table that are put back; with DELETE and INSERT both within the 3,000 rows of a transaction."""
_ROWS_AN_INSERT = 250


@dataclass(frozen=True, slots=True)
class TableContents:
    """A table as it was."""

    name: str
    """As in SQL, quoted where needed."""
    columns: tuple[str, ...]
    """Those that can be written: no generated ones."""
    rows: tuple[Row, ...]
    has_identity: bool = False
    """Whether a column is GENERATED ALWAYS AS IDENTITY."""


def put_back_text(tables: Sequence[TableContents]) -> str:
    """Statements that empty the tables and fill them; parents stand before their children."""
    deletes = [f"DELETE FROM {table.name}" for table in reversed(tables)]
    inserts = [sql for table in tables for sql in _inserts(table)]
    return "; ".join([*deletes, *inserts])


def in_order_of_parents(tables: Iterable[str], parents: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The tables, each behind those that its foreign keys name."""
    found: dict[str, None] = {}
    known = tuple(tables)

    def take(table: str, on_the_way: frozenset[str]) -> None:
        if table in found or table in on_the_way:
            return
        for parent in parents.get(table, ()):
            if parent in known:
                take(parent, on_the_way | {table})
        found[table] = None

    for table in known:
        take(table, frozenset())
    return tuple(found)


def quoted_name(dotted: str) -> str:
    """`schema.name`, folded as PostgreSQL does, as SQL."""
    return ".".join(quote_identifier(part) for part in dotted.split("."))


def _inserts(table: TableContents) -> Iterable[str]:
    names = ", ".join(map(quote_identifier, table.columns))
    overriding = " OVERRIDING SYSTEM VALUE" if table.has_identity else ""
    for start in range(0, len(table.rows), _ROWS_AN_INSERT):
        rows = ", ".join(
            "(" + ", ".join("NULL" if v is None else quote_literal(v) for v in row) + ")"
            for row in table.rows[start : start + _ROWS_AN_INSERT]
        )
        yield f"INSERT INTO {table.name} ({names}){overriding} VALUES {rows}"
