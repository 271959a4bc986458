r"""The catalog's answers to `\d` and its kin: one query each, parameters bound, in one round trip."""

import asyncio
from functools import cache

from dsqltui import resources
from dsqltui.core.answers.describe import TitledTable, nothing_found, query_parameters, tables_of
from dsqltui.core.plans.known_tables import UNKNOWN, KnownTables, known_tables
from dsqltui.core.psql import Listing, ListObjects, ShowFunction
from dsqltui.core.results.outcome import Lost, Outcome, Refused, Rows
from dsqltui.core.results.single_table import TableName
from dsqltui.core.sessions.session import Session

_MOST_ROWS = 300_000
"""Above the facts of 1,000 tables of 255 columns."""


class NotFound(Exception):
    """Nothing matches the pattern; the message is psql's sentence."""


class NotAnswered(Exception):
    """The server refused the query, or the connection ended."""

    def __init__(self, outcome: Refused | Lost) -> None:
        super().__init__()
        self.outcome = outcome


async def describe(session: Session, command: ListObjects) -> tuple[TitledTable, ...]:
    """The tables that answer the command. Raises NotFound, NotAnswered and core.pattern.BadPattern."""
    parameters = query_parameters(command)
    rows = _rows(await session.query(await catalog_query(command.listing.value), parameters, limit=_MOST_ROWS))
    sentence = nothing_found(command)
    if not rows.rows and sentence is not None:
        raise NotFound(sentence)
    return tables_of(command, [column.name for column in rows.columns], rows.rows)


async def function_source(session: Session, command: ShowFunction) -> str:
    """The text of a function's definition, ending with a line end. Raises NotAnswered."""
    rows = _rows(await session.query(await catalog_query("psql/show_function"), (command.function,), limit=1))
    source = (rows.rows[0][0] or "").rstrip("\n") + "\n"
    if not command.is_verbose:
        return source
    lines = source.splitlines()
    body = next((place for place, line in enumerate(lines) if line.startswith(("AS ", "BEGIN", "RETURN "))), len(lines))
    numbered = ((str(place - body + 1) if place >= body else "", line) for place, line in enumerate(lines))
    return "".join(f"{number:<7} {line}\n" for number, line in numbered)


async def primary_key(session: Session, table: TableName) -> tuple[str, ...]:
    """Names of the key's columns, in order; empty without a key, a table, or an answer."""
    outcome = await session.query(await catalog_query("primary_key"), (table.name, table.schema), limit=100)
    return tuple(row[0] or "" for row in outcome.rows) if isinstance(outcome, Rows) else ()


async def tables_of_plan(session: Session, names: tuple[str, ...]) -> KnownTables:
    """What the plan doctor has to know of the tables with these names. Raises NotAnswered."""
    if not names:
        return UNKNOWN
    return known_tables(
        _rows(await session.query(await catalog_query("plan_facts"), ("\n".join(names),), limit=_MOST_ROWS)).rows
    )


def _rows(outcome: Outcome) -> Rows:
    match outcome:
        case Rows():
            return outcome
        case Refused() | Lost():
            raise NotAnswered(outcome)
        case _:
            raise AssertionError(f"a query of the catalog returned no rows: {outcome!r}")


async def catalog_query(name: str) -> str:
    """The text of a query of `sql/catalog/`."""
    return await asyncio.to_thread(_text, name)


_text = cache(resources.catalog_query)


QUERIES = (*(listing.value for listing in Listing), "psql/show_function", "primary_key", "plan_facts", "copy_columns")
"""Names of all queries in `sql/catalog/` that are used here."""
