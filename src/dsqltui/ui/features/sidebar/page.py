"""What the sidebar's pages have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dsqltui.ui.state.observers import Observers
from dsqltui.ui.widgets.line_list import ListLine


@dataclass(frozen=True, slots=True)
class Prefill:
    """SQL for the editor; nothing runs."""

    sql: str


@dataclass(frozen=True, slots=True)
class InsertName:
    """A name for the editor's cursor."""

    text: str


@dataclass(frozen=True, slots=True)
class CopyText:
    """Text for the clipboard."""

    text: str


@dataclass(frozen=True, slots=True)
class PageSentence:
    """A sentence for the person."""

    text: str


@dataclass(frozen=True, slots=True)
class ShowIndex:
    """Turn to an index on its page."""

    name: str
    """`schema.index`, as sys.jobs writes it."""


@dataclass(frozen=True, slots=True)
class ChooseColumns:
    """Ask for the columns of a new index."""

    table: str
    """Quoted where needed."""
    columns: tuple[str, ...]


Answer = Prefill | InsertName | CopyText | PageSentence | ShowIndex | ChooseColumns


class SidebarPage(Protocol):
    """One page. It reads over the observers when told to, and turns a key on a line into an answer."""

    title: str
    hint: str
    """The page's keys on one line of 40 cells."""
    is_stale: bool
    """Whether something happened since the last look."""

    async def load(self, observers: Observers, letter: str) -> None:
        """Look again, in that pane's Region. Raises CatalogUnreadable; what was known stays."""
        ...

    def lines(self, filter_text: str) -> Sequence[ListLine]:
        """What to show, of what holds `filter_text`."""
        ...

    def details(self, key: str) -> tuple[str, ...]:
        """A few lines more about the line under the cursor; not yet made safe."""
        ...

    async def answer(self, action: str, key: str, observers: Observers, letter: str) -> Answer | None:
        """What a SIDEBAR action or `choose` means on that line; None: nothing, or only the lines have changed."""
        ...
