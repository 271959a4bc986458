r"""`\copy` at a runner: where its rows come from and go to, and what is said of it."""

import contextlib
import dataclasses
import io

from dsqltui.core.answers.answers import Failed, Progressed, Ran, Said, ScriptPlace
from dsqltui.core.language import _
from dsqltui.core.psql import Copy
from dsqltui.core.results.outcome import Outcome
from dsqltui.core.scripts.script_text import ScriptUnreadable
from dsqltui.core.scripts.statement import Statement
from dsqltui.runner.bulk.load_run import Load
from dsqltui.runner.files.copy_files import CopyTarget, Source
from dsqltui.runner.files.copying import CopyFailed, Copying, copy_sql
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.statements.runner_state import Answers, RunnerState
from dsqltui.runner.statements.statement_run import begin


async def copy(
    runner: RunnerState, command: Copy, statement: Statement, place: ScriptPlace | None, progress: str
) -> Answers:
    r"""Do a `\copy`."""
    if command.batch_rows is None and command.is_import and runner.variables.get("COPY_BATCH", "").isdecimal():
        command = dataclasses.replace(command, batch_rows=int(runner.variables["COPY_BATCH"]) or None)
    before = runner.session.state
    if command.batch_rows is not None and before.is_open:
        problem = _("A transaction is open, and batches are transactions of their own; COMMIT first, or do without.")
        yield Failed(statement, problem, place=place)
        return
    if runner.begins_by_itself and command.batch_rows is None:
        async with contextlib.aclosing(begin(runner, place)) as answers:
            async for answer in answers:
                yield answer
                if answer.is_failure:
                    return
        before = runner.session.state
    if command.is_import and command.batch_rows is not None:
        runner.copy_data = statement.copy_data
        load = runner.copying = Load(runner, command, copy_sql(command))
        try:
            async with contextlib.aclosing(load.run(statement, place, progress)) as answers:
                async for answer in answers:
                    yield answer
        finally:
            runner.copying = runner.copy_data = None
        return
    copying = runner.copying = Copying(runner.session, command)
    source: Source | None = None
    try:
        if command.is_import:
            source = await _source(runner, command, statement)
            told = copying.load(source)
        elif command.path is not None:
            told = copying.save(await CopyTarget.open(await runner.locate(command.path)))
        else:
            outcome = await _copy_to_output(runner, copying.sql)
            yield Ran(statement, outcome, before, copying.sql, progress=progress, place=place)
            return
        async with contextlib.aclosing(told):
            async for news in told:
                yield Progressed(_("\\copy {text}").format(text=news.text))
        if copying.outcome is not None:
            runner.learn(copying.outcome)
            yield Ran(statement, copying.outcome, before, copying.sql, progress=progress, place=place)
    except CopyFailed as failure:
        if failure.outcome is None:
            yield Failed(statement, str(failure), place=place)
            return
        if str(failure):
            yield Said(str(failure))
        runner.learn(failure.outcome)
        yield Ran(statement, failure.outcome, before, copying.sql, progress=progress, place=place)
    except (FileUnusable, ScriptUnreadable) as problem:
        yield Failed(statement, str(problem), place=place)
    finally:
        runner.copying = None
        if source is not None and command.path is not None:
            await source.close()


async def _source(runner: RunnerState, command: Copy, statement: Statement) -> Source:
    if command.path is not None:
        return await Source.open(await runner.locate(command.path))
    if command.is_program_input or statement.copy_data is None:
        runner.is_input_read = True
        return Source(runner.standard_input or io.BytesIO(), _("standard input"), None)
    return Source.of_text(statement.copy_data)


async def _copy_to_output(runner: RunnerState, sql: str) -> Outcome:
    if runner.write_output is not None:
        return await runner.session.copy_out(sql, runner.write_output)
    return await runner.session.run(sql, limit=runner.row_limit)
