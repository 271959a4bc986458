"""A statement run in psql's manner: variables replaced, the result perhaps into a file, once or again and again."""

import contextlib
import dataclasses

from dsqltui.client.copy_files import Source
from dsqltui.client.desk_state import Answers, DeskState
from dsqltui.client.file_trouble import FileUnusable
from dsqltui.client.files import locate
from dsqltui.client.query_copy import copy_query, may_be_copied
from dsqltui.client.result_file import ResultFile
from dsqltui.core.answers import Failed, Place, Progressed, Ran, Said
from dsqltui.core.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.script import ScriptUnreadable
from dsqltui.core.statement import Statement, StatementKind
from dsqltui.core.variables import Substituted, substitute

_PAGE_ROWS = 1_000


async def go(
    desk: DeskState, statement: Statement, path: str | None, is_expanded: bool, place: Place | None, progress: str
) -> Answers:
    r"""Run a statement; with `path` its result goes to that file."""
    file = desk.result_file
    try:
        if path is not None:
            file = await ResultFile.open(await locate(path))
        before = desk.session.state
        sent = substitute(statement.text, desk.variables)
        written = await _copied(desk, sent) if file is None and not is_expanded else None
        if written is not None:
            desk.learn(written)
            said = sent.text if sent.text != statement.text else ""
            yield Ran(statement, written, before, said, progress=progress, place=place, is_written=True)
            return
        outcome, saved_to = await _send(desk, statement, sent), None
        if file is not None and isinstance(outcome, Rows):
            outcome, saved_to = await _save(desk, outcome, file, is_expanded), str(file.path)
        desk.learn(outcome)
        said = sent.text if sent.text != statement.text else ""
        yield Ran(statement, outcome, before, said, is_expanded, saved_to, progress, place)
    except (FileUnusable, ScriptUnreadable) as problem:
        yield Failed(statement, str(problem), place=place)
    finally:
        if path is not None and file is not None:
            with contextlib.suppress(FileUnusable):  # told above, or nothing was written
                await file.close()


async def watch(desk: DeskState, statement: Statement, interval_s: float, place: Place | None) -> Answers:
    """Run a statement again and again until interrupted, or until it fails."""
    count = 0
    while not desk.stopping.is_set():
        count += 1
        async with contextlib.aclosing(go(desk, statement, None, desk.is_expanded, place, f"watch {count}")) as answers:
            async for answer in answers:
                yield answer
                if answer.is_failure:
                    return
        yield Progressed(f"watch {count}, every {interval_s:g} s")
        await desk.pause(interval_s)
    yield Said(f"Watched {count} times; you stopped it.")


async def _copied(desk: DeskState, sent: Substituted) -> Outcome | None:
    """A query's result straight from the server to the output; None: it is to be run as a query.

    What is refused before the first byte is run again as it stands, for the server's own words on it.
    """
    form, output = desk.copied_form, desk.write_output
    if form is None or output is None or not may_be_copied(sent.text, form, desk.session.state):
        return None
    is_begun = False

    async def write(piece: bytes) -> None:
        nonlocal is_begun
        is_begun = True
        await output(piece)

    outcome = await copy_query(desk.session, sent.text, form, write)
    if isinstance(outcome, Refused) and not is_begun:
        desk.copied_form = None if outcome.error.sqlstate == "0A000" else form
        return None
    return outcome


async def _send(desk: DeskState, statement: Statement, sent: Substituted) -> Outcome:
    """Run a statement with its variables; the position of an error points into what the person wrote."""
    is_copy = statement.text[:4].lower() == "copy" and statement.copy_data is None
    if is_copy and statement.kind is StatementKind.WRITE and desk.standard_input is not None:
        desk.is_input_read = True
        source = Source(desk.standard_input, "standard input", None)
        outcome = await desk.session.copy_in(sent.text, source.pieces())
    elif is_copy and statement.kind is StatementKind.READ and desk.write_output is not None:
        outcome = await desk.session.copy_out(sent.text, desk.write_output)
    else:
        outcome = await desk.session.run(sent.text, limit=desk.row_limit, copy_data=statement.copy_data)
    return _placed(outcome, sent)


async def _save(desk: DeskState, rows: Rows, file: ResultFile, is_expanded: bool) -> Outcome:
    """All rows of a result into a file; Done, or what broke it off."""
    text = desk.make_text(rows.columns, is_expanded)
    await file.write(text.begin() + text.page(rows.rows))
    tag, has_more = rows.tag, rows.has_more
    while has_more:
        page = await desk.session.more(_PAGE_ROWS)
        if isinstance(page, Refused | Lost):
            return page
        if isinstance(page, Rows | Done):
            raise AssertionError("more() gives pages")
        await file.write(text.page(page.rows))
        tag, has_more = page.tag, page.has_more
    await file.write(text.end())
    return Done(tag, rows.duration_s, rows.notices)


def _placed(outcome: Outcome, sent: Substituted) -> Outcome:
    if not isinstance(outcome, Refused) or outcome.error.position is None:
        return outcome
    position = sent.original_position(outcome.error.position)
    return dataclasses.replace(outcome, error=dataclasses.replace(outcome.error, position=position))
