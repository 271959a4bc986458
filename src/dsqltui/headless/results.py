"""Results written as they come from the server, a page at a time: memory stays flat."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from dsqltui.core.answers import Shown
from dsqltui.core.describe import text_of
from dsqltui.core.formats import Encoder, Format, encoded, encoder
from dsqltui.core.outcome import Lost, Outcome, Refused, Row, Rows
from dsqltui.core.session import Page, Session

FIRST_PAGE_ROWS = 1_000
_PAGE_ROWS = 5_000

Write = Callable[[str], None]


@dataclass(slots=True)
class Ending:
    """How a result's last page came."""

    tag: str = ""
    row_count: int = 0
    failure: Refused | Lost | None = None
    """The server broke off."""


async def pages_of(session: Session, rows: Rows, ending: Ending) -> AsyncGenerator[tuple[Row, ...], None]:
    """All pages of a result, the first one included; `ending` is filled in.

    The next page is fetched, on the engine's thread, while the caller works on this one.
    """
    ending.tag, ending.row_count = rows.tag, len(rows.rows)
    coming = await _fetching(session) if rows.has_more else None
    try:
        yield rows.rows
        while coming is not None:
            page = await coming
            coming = None
            if isinstance(page, Refused | Lost):
                ending.failure = page
                return
            if not isinstance(page, Page):
                raise AssertionError("more() gives pages")
            ending.row_count += len(page.rows)
            ending.tag = page.tag
            if page.has_more:
                coming = await _fetching(session)
            yield page.rows
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


async def _fetching(session: Session) -> "asyncio.Task[Page | Outcome]":
    task = asyncio.create_task(session.more(_PAGE_ROWS))
    await asyncio.sleep(0)  # it is begun before the caller goes on
    return task


async def write_result(
    session: Session, rows: Rows, form: Format, write: Write, *, is_expanded: bool = False, null: str = ""
) -> Ending:
    """Write a whole result in the format asked for; TABLE becomes RECORDS when it is expanded."""
    writer = _encoder(form, rows, is_expanded, null)
    ending = Ending()
    write(writer.begin())
    async with contextlib.aclosing(pages_of(session, rows, ending)) as pages:
        async for page in pages:
            text = writer.page(page)
            if text:
                write(text)
    write(writer.end())
    return ending


def _encoder(form: Format, rows: Rows, is_expanded: bool, null: str) -> Encoder:
    if form is Format.TABLE and is_expanded:
        form = Format.RECORDS
    return encoder(form, rows.columns, null=null)


def write_listing(shown: Shown, form: Format, write: Write) -> None:
    """The answer of a `\\d` command: as psql prints it, or its rows in the format asked for."""
    for table in shown.tables:
        if form in (Format.TABLE, Format.RECORDS):
            write(text_of(table, is_expanded=shown.is_expanded or form is Format.RECORDS))
        else:
            for text in encoded(encoder(form, table.typed_columns), table.rows):
                write(text)
