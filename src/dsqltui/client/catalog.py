"""Reads the catalog over any session: one query, one round trip."""

import asyncio
from functools import cache

from dsqltui.core.catalog import Catalog, CatalogUnavailable, catalog_of
from dsqltui.core.outcome import Lost, Refused, Rows
from dsqltui.core.session import Session
from dsqltui.resources import data

_MOST_ROWS = 300_000
"""Above the 1,000 tables of 255 columns that one Aurora DSQL database may hold."""


async def load_catalog(session: Session) -> Catalog:
    """The catalog at this moment. `session` is connected and in no transaction that anyone cares for.

    Raises CatalogUnavailable.
    """
    outcome = await session.run(await asyncio.to_thread(_query), limit=_MOST_ROWS)
    match outcome:
        case Rows(rows=rows):
            return catalog_of(rows)
        case Refused(error=error):
            raise CatalogUnavailable(f"The catalog could not be read: {error.sqlstate} {error.message}")
        case Lost(reason=reason):
            raise CatalogUnavailable(f"The catalog could not be read, the connection is gone: {reason}")
        case _:
            raise CatalogUnavailable("The catalog could not be read: the server sent no rows.")


@cache
def _query() -> str:
    return (data("sql") / "catalog" / "complete.sql").read_text(encoding="utf-8").strip()
