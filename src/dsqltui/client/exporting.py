"""Rows to a file, a page at a time: while one page is written in a thread, the next is fetched."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from dsqltui.client.new_file import NewFile
from dsqltui.core.formats import Encoder
from dsqltui.core.outcome import Outcome, Row
from dsqltui.core.session import Page, Session

PAGE_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an export."""

    rows: int
    size: int
    """Bytes."""
    is_complete: bool
    """False: the person stopped it, and no file was left."""


class FetchFailed(Exception):
    """The server broke off while rows were fetched."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("the server broke off")
        self.outcome = outcome


async def export(
    pages: AsyncIterator[Sequence[Row]],
    encoder: Encoder,
    path: Path,
    *,
    may_replace: bool = False,
    told: Callable[[int], object] = lambda _rows: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Written:
    """Write all pages to a new file. Raises FileUnusable, FileTaken and what `pages` raises; no file is left then.

    `told` hears the number of rows after each page; `is_stopped` is asked as often.
    """
    file = await asyncio.to_thread(NewFile, path, may_replace=may_replace)
    rows, writing = 0, asyncio.ensure_future(asyncio.to_thread(file.write, encoder.begin()))
    try:
        async for page in pages:
            await writing
            writing = asyncio.ensure_future(asyncio.to_thread(_write_page, file, encoder, page))
            rows += len(page)
            told(rows)
            if is_stopped():
                return Written(rows, 0, is_complete=False)
        await writing
        await asyncio.to_thread(file.write, encoder.end())
        await asyncio.to_thread(file.keep)
        return Written(rows, file.bytes_written, is_complete=True)
    finally:
        await asyncio.shield(asyncio.gather(writing, return_exceptions=True))
        await asyncio.shield(asyncio.to_thread(file.discard))


def _write_page(file: NewFile, encoder: Encoder, page: Sequence[Row]) -> None:
    file.write(encoder.page(page))


async def pages_at_hand(rows: Iterator[Row]) -> AsyncIterator[Sequence[Row]]:
    """Rows that are read in a thread."""
    while page := await asyncio.to_thread(lambda: tuple(islice(rows, PAGE_ROWS))):
        yield page


async def pages_held(session: Session, arrived: Callable[[Page], object]) -> AsyncIterator[Sequence[Row]]:
    """The rows that the session still holds; `arrived` gets each page too. Raises FetchFailed."""
    while True:
        page = await session.more(PAGE_ROWS)
        if not isinstance(page, Page):
            raise FetchFailed(page)
        arrived(page)
        yield page.rows
        if not page.has_more:
            return


async def pages_after(first: Sequence[Row], has_more: bool, session: Session) -> AsyncIterator[Sequence[Row]]:
    """The first page of a statement that was just run, then what the session holds. Raises FetchFailed."""
    yield first
    if has_more:
        async for page in pages_held(session, partial(_unheard)):
            yield page


def _unheard(_page: Page) -> None:
    """Nobody shows these rows."""
