"""Results written as they come from the server, a page at a time: memory stays flat."""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from dsqltui.core.answers.answers import Shown
from dsqltui.core.answers.describe import text_of
from dsqltui.core.formats import Encoder, Format, encoded, encoder
from dsqltui.core.formats.cells import cell_width
from dsqltui.core.formats.printed import printed
from dsqltui.core.psql.print_options import PrintOptions
from dsqltui.core.results.outcome import Column, Lost, Refused, Row, Rows
from dsqltui.core.sessions.session import Page
from dsqltui.runner.results.held_result import FetchFailed, HeldResult

FIRST_PAGE_ROWS = 1_000
_PAGE_ROWS = 5_000
_AS_IT_IS = PrintOptions()

Write = Callable[[str], None]


@dataclass(slots=True)
class Ending:
    """How a result's last page came."""

    tag: str = ""
    row_count: int = 0
    failure: Refused | Lost | None = None
    """The server broke off."""


async def pages_of(held: HeldResult | None, rows: Rows, ending: Ending) -> AsyncGenerator[tuple[Row, ...], None]:
    """All pages of a result, the first one included; `ending` is filled in.

    The next page is fetched, on the engine's thread, while the caller works on this one.
    """
    ending.tag, ending.row_count = rows.tag, len(rows.rows)
    if held is None:
        yield rows.rows
        return

    def arrived(page: Page) -> None:
        ending.row_count += len(page.rows)
        ending.tag = page.tag

    async with contextlib.aclosing(held.pages(_PAGE_ROWS, arrived)) as pages:
        following = asyncio.ensure_future(anext(pages, None))
        try:
            yield rows.rows
            while (page := await following) is not None:
                following = asyncio.ensure_future(anext(pages, None))
                yield page
        except FetchFailed as failure:
            if isinstance(failure.outcome, Refused | Lost):
                ending.failure = failure.outcome
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def write_result(
    held: HeldResult | None,
    rows: Rows,
    form: Format,
    write: Write,
    *,
    is_expanded: bool = False,
    printing: PrintOptions = _AS_IT_IS,
) -> Ending:
    """Write a whole result in the format asked for; TABLE becomes RECORDS when it is expanded."""
    writer = writer_of(form, printing, rows.columns, is_expanded=is_expanded)
    ending = Ending()
    write(writer.begin())
    async with contextlib.aclosing(pages_of(held, rows, ending)) as pages:
        async for page in pages:
            text = writer.page(page)
            if text:
                write(text)
    write(writer.end())
    return ending


def writer_of(form: Format, printing: PrintOptions, columns: Sequence[Column], *, is_expanded: bool) -> Encoder:
    """What writes a result: `form` is the program's option, which `\\pset format` overrides."""
    if form is Format.TABLE or printing.format:
        return printed(printing, columns, is_expanded=is_expanded)
    return encoder(form, columns)


def is_too_wide(rows: Rows, printing: PrintOptions) -> bool:
    """Whether the table of these rows is wider than the terminal that standard output is: `\\x auto`."""
    if not sys.stdout.isatty():
        return False
    text = "".join(encoded(printed(printing, rows.columns, is_expanded=False), rows.rows))
    return max(map(cell_width, text.splitlines()), default=0) > shutil.get_terminal_size().columns


def write_listing(shown: Shown, form: Format, write: Write) -> None:
    """The answer of a `\\d` command: as psql prints it, or its rows in the format asked for."""
    for table in shown.tables:
        if form in (Format.TABLE, Format.RECORDS):
            write(text_of(table, is_expanded=shown.is_expanded or form is Format.RECORDS))
        else:
            for text in encoded(encoder(form, table.typed_columns), table.rows):
                write(text)
