"""Reads the catalog on a session of its own, so that a pane's transaction is never touched.

Queries are the files of sql/catalog/. The session is connected at the first one and again after it was lost; a schema
change of somebody else (OC001) is met with another try, as the service wants it.
"""

import asyncio
import contextlib

from dsqltui.core.language import _
from dsqltui.core.results.outcome import Lost, Row, Rows
from dsqltui.core.sessions.asking import ask, reason_of
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.core.sql.lexer import quote_literal
from dsqltui.resources import catalog_query

ROW_LIMIT = 20_000
"""Far more than a cluster's 1,000 tables, 5,000 views and 5,000 sequences have names."""


class CatalogUnreadable(Exception):
    """The catalog could not be read. The message is one sentence that may be shown."""


class CatalogReader:
    """One session that answers one query at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._turn = asyncio.Lock()
        self._is_connected = False
        self.query_count = 0
        """Queries sent so far; polling is measured by it."""

    async def read(
        self, name: str, *, oid: int | None = None, text: str | None = None, limit: int = ROW_LIMIT
    ) -> tuple[Row, ...]:
        """The rows of sql/catalog/`name`.sql, at most `limit`, with `oid` or `text` for its $1.

        Raises CatalogUnreadable.
        """
        sql = await asyncio.to_thread(catalog_query, name)
        if text is not None:
            sql = sql.replace("$1", quote_literal(text))
        if oid is not None:
            sql = sql.replace("$1", str(int(oid)))
        async with self._turn:
            return await self._answer(sql, limit)

    async def close(self) -> None:
        """End the connection; the next read opens it again."""
        self._is_connected = False
        await self._session.close()

    async def _answer(self, sql: str, limit: int) -> tuple[Row, ...]:
        for is_last in (False, True):
            if not self._is_connected:
                await self._connect()
            self.query_count += 1
            outcome = await ask(self._session, sql, limit=limit)
            if isinstance(outcome, Rows):
                return outcome.rows
            self._is_connected = not isinstance(outcome, Lost)
            if self._is_connected or is_last:
                raise CatalogUnreadable(
                    _("The catalog could not be read: {reason}; try again in a moment.").format(
                        reason=reason_of(outcome)
                    )
                )
        raise AssertionError("the last round returns or raises")

    async def _connect(self) -> None:
        try:
            await self._session.connect()
        except ConnectFailed as failure:
            raise CatalogUnreadable(_("The catalog could not be read: {failure}").format(failure=failure)) from None
        self._is_connected = True


async def close_quietly(readers: list[CatalogReader]) -> None:
    """End all connections, for quitting: what fails then concerns nobody."""
    for reader in readers:
        with contextlib.suppress(OSError, RuntimeError):
            await reader.close()
