"""The catalog for completion, read on the console's own connection when first needed and again after every DDL."""

import asyncio

from dsqltui.client.catalog_reader import CatalogUnreadable
from dsqltui.core.catalog.catalog import Catalog, catalog_of
from dsqltui.core.results.outcome import Lost, Refused
from dsqltui.core.scripts.statement import StatementKind
from dsqltui.runner.events import StatementFinished
from dsqltui.ui.state.observers import Observers

_MOST_ROWS = 300_000
"""Above the 1,000 tables of 255 columns that one database may hold."""
_CALM_S = 0.3
"""A script makes many tables; the catalog is read when it has been quiet for so long."""


class CatalogWatch:
    """Holds the catalog last read; `trouble` says why there is none."""

    def __init__(self, observers: Observers) -> None:
        self.catalog = Catalog()
        self.trouble = ""
        self._observers = observers
        self._is_stale = True
        self._changed_in: set[str] = set()
        """Panes whose open transaction changed the schema."""

    @property
    def is_stale(self) -> bool:
        """Whether it should be read again."""
        return self._is_stale

    def forget(self) -> None:
        """Somebody else may see something else now: another role, a new connection."""
        self._is_stale = True

    def saw(self, message: StatementFinished) -> None:
        """A statement ended in a pane. DDL counts when its transaction ends."""
        if message.statement.kind is StatementKind.DDL and not isinstance(message.outcome, Refused | Lost):
            self._changed_in.add(message.letter)
        if message.letter in self._changed_in and not message.state.is_open:
            self._changed_in.discard(message.letter)
            self._is_stale = True

    async def read(self, letter: str) -> None:
        """Read it over that pane's Region, until what was read is not stale. Keeps the old one when that fails."""
        while self._is_stale:
            self._is_stale = False
            try:
                reader = await self._observers.reader(letter)
                self.catalog = catalog_of(await reader.read("complete", limit=_MOST_ROWS))
                self.trouble = ""
            except CatalogUnreadable as failure:
                self.trouble = str(failure)
                return
            if self._is_stale:
                await asyncio.sleep(_CALM_S)
