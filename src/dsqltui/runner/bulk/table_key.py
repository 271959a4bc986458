"""A table's columns and primary key, as bulk work needs them: to cut by, and to find out whether rows are there."""

from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.results.outcome import Lost, Refused, Rows
from dsqltui.core.results.single_table import TableName
from dsqltui.core.sessions.session import Session
from dsqltui.core.sql.lexer import quote_identifier
from dsqltui.runner.statements.describing import NotAnswered, catalog_query

MOST_PARAMETERS = 65_535
"""Of one statement: the protocol counts them in 16 bits."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column."""

    name: str
    key_place: int
    """1, 2, ... within the primary key; 0: not in it."""
    type_name: str


@dataclass(frozen=True, slots=True)
class TableShape:
    """Columns in the table's order, generated ones left out."""

    columns: tuple[TableColumn, ...]

    @property
    def key(self) -> tuple[TableColumn, ...]:
        """Of the primary key, in its order; empty without one."""
        return tuple(sorted((c for c in self.columns if c.key_place), key=lambda column: column.key_place))


async def table_shape(session: Session, table: TableName) -> TableShape:
    """Raises NotAnswered. A table that is not there has no columns."""
    outcome = await session.query(await catalog_query("copy_columns"), (table.name, table.schema), limit=1_000)
    if isinstance(outcome, Refused | Lost):
        raise NotAnswered(outcome)
    if not isinstance(outcome, Rows):
        return TableShape(())
    return TableShape(tuple(_column(row) for row in outcome.rows))


def _column(row: Sequence[str | None]) -> TableColumn:
    name, place, type_name, key_size = (value or "" for value in row)
    number = int(place)
    return TableColumn(name, number if number <= int(key_size) else 0, type_name)


def written(table: TableName) -> str:
    """The name as SQL has it."""
    names = (table.schema, table.name) if table.schema is not None else (table.name,)
    return ".".join(quote_identifier(name) for name in names)


def key_condition(key: Sequence[TableColumn], count: int, prefix: str = "") -> str:
    """`k IN ($1, ...)` for `count` keys, or the same for a key of several columns."""
    names = [prefix + quote_identifier(column.name) for column in key]
    if len(names) == 1:
        return f"{names[0]} IN ({', '.join(f'${n}' for n in range(1, count + 1))})"
    width = len(names)
    rows = (f"({', '.join(f'${row * width + n}' for n in range(1, width + 1))})" for row in range(count))
    return f"({', '.join(names)}) IN ({', '.join(rows)})"
