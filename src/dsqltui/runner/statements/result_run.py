r"""Statements whose result is not shown but used: `\gset` makes variables of it, `\gexec` runs its values."""

import contextlib
import dataclasses
import re
from collections.abc import AsyncGenerator, Callable

from dsqltui.core.answers.answers import Answer, Failed, Ran, Said, ScriptPlace
from dsqltui.core.language import _
from dsqltui.core.psql import Go, Stream
from dsqltui.core.psql.special_variables import DEFAULTS
from dsqltui.core.results.outcome import Done, Outcome, Row, Rows
from dsqltui.core.scripts.statement import Statement, split
from dsqltui.core.sql.lexer import NAME_CHARACTER
from dsqltui.runner.results.held_result import FetchFailed, HeldResult
from dsqltui.runner.statements.runner_state import Answers, RunnerState
from dsqltui.runner.statements.statement_run import WrittenStatement, go

_NAME = re.compile(f"{NAME_CHARACTER}+")
_PAGE_ROWS = 1_000


async def store(
    runner: RunnerState, written: WrittenStatement, prefix: str, place: ScriptPlace | None, progress: str
) -> Answers:
    """Run it, and make variables of its only row; NULL forgets a variable."""
    statement = written.statement
    found: list[Rows] = []
    async with contextlib.aclosing(_used(runner, written, place, progress, found)) as answers:
        async for answer in answers:
            yield answer
            if answer.is_failure:
                return
    if not found:
        return
    rows = found[0]
    problem = ""
    if not rows.rows:
        problem = _("no rows returned for \\gset")
    elif len(rows.rows) > 1 or rows.has_more:
        problem = _("more than one row returned for \\gset")
    if problem:
        yield Failed(statement, problem, place=place)
        return
    for column, value in zip(rows.columns, rows.rows[0], strict=True):
        name = prefix + column.name
        if _NAME.fullmatch(name) is None:
            yield Failed(statement, _('invalid variable name: "{name}"').format(name=name), place=place)
            return
        if name in DEFAULTS:
            yield Said(_('attempt to \\gset into specially treated variable "{name}" ignored').format(name=name))
        elif value is None:
            runner.variables.pop(name, None)
        else:
            runner.variables[name] = value


async def run_values(
    runner: RunnerState,
    written: WrittenStatement,
    place: ScriptPlace | None,
    progress: str,
    run: Callable[[Statement], Answers],
) -> Answers:
    """Run it, and then each of its values, row by row, as a statement; NULLs are passed over."""
    found: list[Rows] = []
    async with contextlib.aclosing(_used(runner, written, place, progress, found)) as answers:
        async for answer in answers:
            yield answer
            if answer.is_failure:
                return
    if not found:
        return
    rows = list(found[0].rows)
    broken = await _rest(runner, rows) if found[0].has_more else None
    if broken is not None:
        yield Ran(written.statement, broken, runner.session.state, progress=progress, place=place)
        return
    for value in (value for row in rows for value in row if value is not None):
        if runner.variables.get("ECHO") == "all":
            yield Said(value, Stream.OUTPUT)
        for each in split(value):
            async with contextlib.aclosing(run(dataclasses.replace(each, is_terminated=False))) as answers:
                async for answer in answers:
                    yield answer
                    if answer.is_failure and not runner.goes_on:
                        return


async def _used(
    runner: RunnerState, written: WrittenStatement, place: ScriptPlace | None, progress: str, found: list[Rows]
) -> AsyncGenerator[Answer, None]:
    """Run it; rows go to `found`, and what is told of them is their tag."""
    form, file = runner.copied_form, runner.result_file
    runner.copied_form = runner.result_file = None
    try:
        async with contextlib.aclosing(go(runner, written, Go(), place, progress)) as answers:
            async for answer in answers:
                if isinstance(answer, Ran) and isinstance(answer.outcome, Rows):
                    rows = answer.outcome
                    found.append(rows)
                    told = Done(rows.tag or f"SELECT {len(rows.rows)}", rows.duration_s, rows.notices)
                    yield dataclasses.replace(answer, outcome=told, is_written=True)
                else:
                    yield answer
    finally:
        runner.copied_form, runner.result_file = form, file


async def _rest(runner: RunnerState, rows: list[Row]) -> Outcome | None:
    """The rows that are not here yet; what broke it off, if anything did."""
    held = HeldResult.of(runner.session)
    if held is None:
        return None
    try:
        async with contextlib.aclosing(held.pages(_PAGE_ROWS)) as pages:
            async for page in pages:
                rows.extend(page)
    except FetchFailed as failure:
        return failure.outcome
    return None
