r"""Commands that show something (`\d` and its kin, `\sf`) or change the runner (`\x`, `\o`, `\set`, ...)."""

import asyncio

from dsqltui.core.answers import Failed, Place, Ran, Said, Shown
from dsqltui.core.commands import (
    Echo,
    Listing,
    ListObjects,
    OutputTo,
    SetVariable,
    ShowFunction,
    Stream,
    SwitchExpanded,
    SwitchTiming,
    UnsetVariable,
)
from dsqltui.core.describe import TitledTable, text_of
from dsqltui.core.outcome import Lost, Refused
from dsqltui.core.pattern import BadPattern
from dsqltui.core.script import ScriptUnreadable
from dsqltui.core.statement import Statement
from dsqltui.runner.describing import NotAnswered, NotFound, describe, function_source
from dsqltui.runner.file_trouble import FileUnusable
from dsqltui.runner.files import locate
from dsqltui.runner.result_file import ResultFile
from dsqltui.runner.runner_state import Answers, RunnerState

Change = OutputTo | SwitchExpanded | SwitchTiming | Echo | SetVariable | UnsetVariable


async def show(
    runner: RunnerState, command: ListObjects | ShowFunction, statement: Statement, place: Place | None, progress: str
) -> Answers:
    """Ask the catalog."""
    clock = asyncio.get_running_loop().time
    started, before = clock(), runner.session.state
    try:
        if isinstance(command, ShowFunction):
            yield Said((await function_source(runner.session, command)).rstrip("\n"), Stream.RESULTS)
            return
        tables = await describe(runner.session, command)
        if runner.result_file is not None:
            text = "".join(text_of(table, is_expanded=runner.is_expanded) for table in tables)
            await runner.result_file.write(text)
            yield Said(f"Written to {runner.result_file.path}.", is_good_news=True)
            return
        yield Shown(statement, tables, clock() - started, runner.is_expanded, progress)
    except NotFound as sentence:
        if isinstance(command, ListObjects) and command.listing is Listing.DETAILS:
            yield Failed(statement, str(sentence), place=place)
        else:
            yield Said(str(sentence))
    except NotAnswered as problem:
        if isinstance(problem.outcome, Lost):
            yield Ran(statement, problem.outcome, before, progress=progress, place=place)
        else:
            yield _refused(statement, problem.outcome, place)
    except (BadPattern, FileUnusable) as problem:
        yield Failed(statement, str(problem), place=place)


async def change(
    runner: RunnerState,
    command: Change,
    statement: Statement,
    place: Place | None,
) -> Answers:
    """Change what the runner holds."""
    match command:
        case OutputTo(path=path):
            try:
                await runner.close_result_file()
                if path is not None:
                    runner.result_file = await ResultFile.open(await locate(path))
            except (FileUnusable, ScriptUnreadable) as problem:
                yield Failed(statement, str(problem), place=place)
                return
            where = f"to {runner.result_file.path}" if runner.result_file is not None else "back here"
            yield Said(f"Results go {where}.", is_good_news=True)
        case SwitchExpanded(is_on=is_on):
            runner.is_expanded = not runner.is_expanded if is_on is None else is_on
            yield Said(f"Expanded display is {_on_off(runner.is_expanded)}.")
        case SwitchTiming(is_on=is_on):
            runner.is_timing = not runner.is_timing if is_on is None else is_on
            yield Said(f"Timing is {_on_off(runner.is_timing)}.")
        case Echo(text=text, ends_line=ends_line, stream=stream):
            if stream is Stream.RESULTS and runner.result_file is not None:
                try:
                    await runner.result_file.write(text + ("\n" if ends_line else ""))
                except FileUnusable as problem:
                    yield Failed(statement, str(problem), place=place)
            else:
                yield Said(text, stream, ends_line)
        case SetVariable(name=None):
            rows = tuple(sorted(runner.variables.items()))
            yield Shown(statement, (TitledTable("Variables", ("Name", "Value"), rows, counts_rows=True),), 0.0)
        case SetVariable(name=str(name), value=value):
            runner.variables[name] = value
        case UnsetVariable(name=name):
            runner.variables.pop(name, None)


def _refused(statement: Statement, outcome: Refused, place: Place | None) -> Failed:
    error = outcome.error
    return Failed(statement, f"{error.severity}: {error.message}", error, place)


def _on_off(is_on: bool) -> str:
    return "on" if is_on else "off"
