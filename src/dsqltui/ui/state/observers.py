"""The console's own looks at catalog and jobs: one reader for each pane's endpoint, opened when first needed."""

from dsqltui.client.catalog_reader import CatalogReader, CatalogUnreadable, close_quietly
from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.services import OpenObserver


class Observers:
    """Shared by all features, so that looking costs one connection for each Region and not one for each feature."""

    def __init__(self, open_observer: OpenObserver | None) -> None:
        self._open = open_observer
        self._readers: dict[str, CatalogReader] = {}

    @property
    def query_count(self) -> int:
        """Queries sent so far, in both Regions."""
        return sum(reader.query_count for reader in self._readers.values())

    async def reader(self, letter: str) -> CatalogReader:
        """The reader for that pane's endpoint. Raises CatalogUnreadable."""
        if letter not in self._readers:
            open_observer = self._open
            if open_observer is None:
                raise CatalogUnreadable(_("This console was opened without a connection for the catalog."))
            try:
                session = await in_daemon_thread(lambda: open_observer(letter))
            except ConnectFailed as failure:
                raise CatalogUnreadable(str(failure)) from None
            self._readers.setdefault(letter, CatalogReader(session))
        return self._readers[letter]

    async def close(self) -> None:
        """End the connections; they are opened again when needed. Also after the role was changed."""
        readers, self._readers = list(self._readers.values()), {}
        await close_quietly(readers)
