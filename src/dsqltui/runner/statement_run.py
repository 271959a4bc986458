"""A statement run in psql's manner: variables replaced, the result perhaps into a file, once or again and again."""

import contextlib
import dataclasses

from dsqltui.core.answers import Failed, Place, Progressed, Ran, Said
from dsqltui.core.outcome import Done, Outcome, Refused, Rows
from dsqltui.core.script import ScriptUnreadable
from dsqltui.core.sql.classify import CopyDirection, classify
from dsqltui.core.statement import Statement
from dsqltui.core.variables import Substituted, substitute
from dsqltui.runner.copy_files import Source
from dsqltui.runner.file_trouble import FileUnusable
from dsqltui.runner.files import locate
from dsqltui.runner.held_result import FetchFailed, HeldResult
from dsqltui.runner.query_copy import copy_query, may_be_copied
from dsqltui.runner.result_file import ResultFile
from dsqltui.runner.runner_state import Answers, RunnerState

_PAGE_ROWS = 1_000


async def go(
    runner: RunnerState, statement: Statement, path: str | None, is_expanded: bool, place: Place | None, progress: str
) -> Answers:
    r"""Run a statement; with `path` its result goes to that file."""
    file = runner.result_file
    try:
        if path is not None:
            file = await ResultFile.open(await locate(path))
        before = runner.session.state
        sent = substitute(statement.text, runner.variables)
        written = await _copied(runner, sent) if file is None and not is_expanded else None
        if written is not None:
            runner.learn(written)
            said = sent.text if sent.text != statement.text else ""
            yield Ran(statement, written, before, said, progress=progress, place=place, is_written=True)
            return
        outcome, saved_to = await _send(runner, statement, sent), None
        if file is not None and isinstance(outcome, Rows):
            outcome, saved_to = await _save(runner, outcome, file, is_expanded), str(file.path)
        runner.learn(outcome)
        said = sent.text if sent.text != statement.text else ""
        yield Ran(statement, outcome, before, said, is_expanded, saved_to, progress, place)
    except (FileUnusable, ScriptUnreadable) as problem:
        yield Failed(statement, str(problem), place=place)
    finally:
        if path is not None and file is not None:
            with contextlib.suppress(FileUnusable):  # told above, or nothing was written
                await file.close()


async def watch(runner: RunnerState, statement: Statement, interval_s: float, place: Place | None) -> Answers:
    """Run a statement again and again until interrupted, or until it fails."""
    count = 0
    while not runner.stopping.is_set():
        count += 1
        async with contextlib.aclosing(
            go(runner, statement, None, runner.is_expanded, place, f"watch {count}")
        ) as answers:
            async for answer in answers:
                yield answer
                if answer.is_failure:
                    return
        yield Progressed(f"watch {count}, every {interval_s:g} s")
        await runner.pause(interval_s)
    yield Said(f"Watched {count} times; you stopped it.")


async def _copied(runner: RunnerState, sent: Substituted) -> Outcome | None:
    """A query's result straight from the server to the output; None: it is to be run as a query.

    What is refused before the first byte is run again as it stands, for the server's own words on it.
    """
    form, output = runner.copied_form, runner.write_output
    if form is None or output is None or not may_be_copied(sent.text, form, runner.session.state):
        return None
    is_begun = False

    async def write(piece: bytes) -> None:
        nonlocal is_begun
        is_begun = True
        await output(piece)

    outcome = await copy_query(runner.session, sent.text, form, write)
    if isinstance(outcome, Refused) and not is_begun:
        runner.copied_form = None if outcome.error.sqlstate == "0A000" else form
        return None
    return outcome


async def _send(runner: RunnerState, statement: Statement, sent: Substituted) -> Outcome:
    """Run a statement with its variables; the position of an error points into what the person wrote."""
    copy = classify(statement.text).copy if statement.copy_data is None else None
    is_in = copy is not None and copy.direction is CopyDirection.IN
    if is_in and runner.standard_input is not None:
        runner.is_input_read = True
        source = Source(runner.standard_input, "standard input", None)
        outcome = await runner.session.copy_in(sent.text, source.pieces())
    elif copy is not None and not is_in and runner.write_output is not None:
        outcome = await runner.session.copy_out(sent.text, runner.write_output)
    else:
        outcome = await runner.session.run(sent.text, limit=runner.row_limit, copy_data=statement.copy_data)
    return _placed(outcome, sent)


async def _save(runner: RunnerState, rows: Rows, file: ResultFile, is_expanded: bool) -> Outcome:
    """All rows of a result into a file; Done, or what broke it off."""
    text = runner.make_text(rows.columns, is_expanded)
    await file.write(text.begin() + text.page(rows.rows))
    tag, held = rows.tag, HeldResult.of(runner.session)
    while held is not None and held.is_held:
        try:
            page = await held.more(_PAGE_ROWS)
        except FetchFailed as failure:
            return failure.outcome
        await file.write(text.page(page.rows))
        tag = page.tag
    await file.write(text.end())
    return Done(tag, rows.duration_s, rows.notices)


def _placed(outcome: Outcome, sent: Substituted) -> Outcome:
    if not isinstance(outcome, Refused) or outcome.error.position is None:
        return outcome
    position = sent.original_position(outcome.error.position)
    return dataclasses.replace(outcome, error=dataclasses.replace(outcome.error, position=position))
