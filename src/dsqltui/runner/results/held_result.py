"""The rows of a result that the session still holds, as an object: who has it may ask for more, and is told when the
session has let go."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

from dsqltui.core.language import _
from dsqltui.core.results.outcome import Outcome, Row
from dsqltui.core.sessions.session import Page, Session


class NoLongerHeld(Exception):
    """Another statement was run since, or the session was closed or exchanged: the rest of the rows is gone."""

    def __init__(self) -> None:
        super().__init__(_("The remaining rows are gone; run the statement again."))


class FetchFailed(Exception):
    """The server refused the query, or broke off while rows were fetched."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(_("the server broke off"))
        self.outcome = outcome


class HeldResult:
    """What is left of one result."""

    def __init__(self, session: Session) -> None:
        """Of the result that `session` holds now."""
        self._session = session
        self._serial = session.held

    @classmethod
    def of(cls, session: Session) -> "HeldResult | None":
        """Of the statement that was just run; None when all its rows are here."""
        return cls(session) if session.held else None

    @property
    def is_held(self) -> bool:
        """Whether `more` can give rows."""
        return self._serial != 0 and self._session.held == self._serial

    async def more(self, limit: int) -> Page:
        """The next rows, at most `limit`. Raises NoLongerHeld and FetchFailed."""
        if not self.is_held:
            raise NoLongerHeld
        page = await self._session.more(limit)
        if not isinstance(page, Page):
            raise FetchFailed(page)
        return page

    async def pages(
        self, limit: int, arrived: Callable[[Page], object] = lambda _page: None
    ) -> AsyncGenerator[tuple[Row, ...], None]:
        """All that is left, page by page; `arrived` gets each one too. Raises NoLongerHeld and FetchFailed.

        The next page is fetched while the caller works on this one.
        """
        coming: asyncio.Task[Page] | None = await _begun(self, limit)
        try:
            while coming is not None:
                page = await coming
                arrived(page)
                coming = await _begun(self, limit) if page.has_more else None
                yield page.rows
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)


async def _begun(held: HeldResult, limit: int) -> "asyncio.Task[Any]":
    task = asyncio.create_task(held.more(limit))
    await asyncio.sleep(0)  # it is begun before the caller goes on
    return task
