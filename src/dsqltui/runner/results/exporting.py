"""Results to a new file that is there in full or not at all: rows at hand or held, or a query that is run for it.

Rows go a page at a time: while one page is written in a thread, the next is fetched.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from dsqltui.core.formats import Encoder, Format
from dsqltui.core.results.outcome import Column, Done, Row, Rows
from dsqltui.core.sessions.session import Session
from dsqltui.runner.files.new_file import NewFile
from dsqltui.runner.results.held_result import FetchFailed, HeldResult
from dsqltui.runner.results.query_copy import NotCopied, copy_query, may_be_copied

PAGE_ROWS = 10_000
_TELL_INTERVAL_S = 0.5


@dataclass(frozen=True, slots=True)
class ExportWritten:
    """What became of an export."""

    rows: int | None
    """None: it was stopped while the server wrote, which tells no number before the end."""
    size: int
    """Bytes."""
    is_complete: bool
    """False: the person stopped it, and no file was left."""


class ColumnsChanged(Exception):
    """The query that was run again gives other columns than the result it was asked for."""


class _Stopped(Exception):
    """The person stopped it while the server wrote."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who waits for an export."""

    told: Callable[[int | None, int], object] = lambda _rows, _size: None
    """Hears rows (None while the server writes) and bytes, after each page or twice a second."""
    is_stopped: Callable[[], bool] = lambda: False
    """Asked after each page or piece, from any thread."""


NOBODY = Watcher()


async def export(
    pages: AsyncIterator[Sequence[Row]],
    encoder: Encoder,
    path: Path,
    *,
    may_replace: bool = False,
    watcher: Watcher = NOBODY,
) -> ExportWritten:
    """Write all pages to a new file. Raises FileUnusable, FileTaken and what `pages` raises; no file is left then."""
    async with _opened(path, may_replace) as file:
        return await _write_pages(file, pages, encoder, watcher)


async def export_query(
    session: Session,
    query: str,
    columns: Sequence[Column],
    form: Format,
    encoder: Encoder,
    path: Path,
    *,
    may_replace: bool = False,
    watcher: Watcher = NOBODY,
) -> ExportWritten:
    """Run the query and write its rows to a new file, by the server's own CSV or TSV where that may be.

    Raises FileUnusable, FileTaken, FetchFailed, and ColumnsChanged when the columns are not `columns` any more; no file
    is left then.
    """
    async with _opened(path, may_replace) as file:
        if may_be_copied(query, form, session.state):
            written = await _copied(file, session, query, form, encoder.begin().encode("utf-8", "replace"), watcher)
            if written is not None:
                return written
        outcome = await session.run(query, limit=PAGE_ROWS)
        if not isinstance(outcome, Rows):
            raise FetchFailed(outcome)
        if [column.name for column in outcome.columns] != [column.name for column in columns]:
            raise ColumnsChanged
        return await _write_pages(file, pages_after(outcome.rows, HeldResult.of(session)), encoder, watcher)


@asynccontextmanager
async def _opened(path: Path, may_replace: bool) -> AsyncIterator[NewFile]:
    """A file that is gone in the end unless it was kept."""
    file = await asyncio.to_thread(NewFile, path, may_replace=may_replace)
    try:
        yield file
    finally:
        await asyncio.shield(asyncio.to_thread(file.discard))


async def _copied(
    file: NewFile, session: Session, query: str, form: Format, header: bytes, watcher: Watcher
) -> ExportWritten | None:
    """The bytes as the server makes them; None when it refuses that, before the first of them."""
    is_begun = False

    async def write(piece: bytes) -> None:
        nonlocal is_begun
        if not is_begun and not piece.startswith(header):
            raise ColumnsChanged
        is_begun = True
        if watcher.is_stopped():
            raise _Stopped
        await asyncio.to_thread(file.write_bytes, piece)

    copying = asyncio.ensure_future(copy_query(session, query, form, write))
    try:
        while not (await asyncio.wait({copying}, timeout=_TELL_INTERVAL_S))[0]:
            watcher.told(None, file.bytes_written)
        outcome = copying.result()
    except NotCopied:
        return None
    except _Stopped:
        return ExportWritten(None, file.bytes_written, is_complete=False)
    finally:
        if not copying.done():
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)
    if not isinstance(outcome, Done):
        raise FetchFailed(outcome)
    await asyncio.to_thread(file.keep)
    return ExportWritten(int(outcome.tag.rpartition(" ")[2]), file.bytes_written, is_complete=True)


async def _write_pages(
    file: NewFile, pages: AsyncIterator[Sequence[Row]], encoder: Encoder, watcher: Watcher
) -> ExportWritten:
    rows, writing = 0, asyncio.ensure_future(asyncio.to_thread(file.write, encoder.begin()))
    try:
        async for page in pages:
            await writing
            writing = asyncio.ensure_future(asyncio.to_thread(_write_page, file, encoder, page))
            rows += len(page)
            watcher.told(rows, file.bytes_written)
            if watcher.is_stopped():
                return ExportWritten(rows, file.bytes_written, is_complete=False)
        await writing
        await asyncio.to_thread(file.write, encoder.end())
        await asyncio.to_thread(file.keep)
        return ExportWritten(rows, file.bytes_written, is_complete=True)
    finally:
        await asyncio.shield(asyncio.gather(writing, return_exceptions=True))


def _write_page(file: NewFile, encoder: Encoder, page: Sequence[Row]) -> None:
    file.write(encoder.page(page))


async def pages_at_hand(rows: Iterator[Row]) -> AsyncIterator[Sequence[Row]]:
    """Rows that are read in a thread."""
    while page := await asyncio.to_thread(lambda: tuple(islice(rows, PAGE_ROWS))):
        yield page


async def pages_after(first: Sequence[Row], held: HeldResult | None) -> AsyncIterator[Sequence[Row]]:
    """The first page of a statement that was just run, then what the session holds. Raises what HeldResult does."""
    yield first
    if held is not None:
        async with contextlib.aclosing(held.pages(PAGE_ROWS)) as pages:
            async for page in pages:
                yield page
