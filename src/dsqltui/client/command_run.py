r"""Commands that show something (`\d` and its kin, `\sf`) or change the desk (`\x`, `\o`, `\set`, ...)."""

import asyncio

from dsqltui.client.describing import NotAnswered, NotFound, describe, function_source
from dsqltui.client.desk_state import Answers, DeskState
from dsqltui.client.file_trouble import FileUnusable
from dsqltui.client.files import locate
from dsqltui.client.result_file import ResultFile
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

Change = OutputTo | SwitchExpanded | SwitchTiming | Echo | SetVariable | UnsetVariable


async def show(
    desk: DeskState, command: ListObjects | ShowFunction, statement: Statement, place: Place | None, progress: str
) -> Answers:
    """Ask the catalog."""
    clock = asyncio.get_running_loop().time
    started, before = clock(), desk.session.state
    try:
        if isinstance(command, ShowFunction):
            yield Said((await function_source(desk.session, command)).rstrip("\n"), Stream.RESULTS)
            return
        tables = await describe(desk.session, command)
        if desk.result_file is not None:
            text = "".join(text_of(table, is_expanded=desk.is_expanded) for table in tables)
            await desk.result_file.write(text)
            yield Said(f"Written to {desk.result_file.path}.", is_good_news=True)
            return
        yield Shown(statement, tables, clock() - started, desk.is_expanded, progress)
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
    desk: DeskState,
    command: Change,
    statement: Statement,
    place: Place | None,
) -> Answers:
    """Change what the desk holds."""
    match command:
        case OutputTo(path=path):
            try:
                await desk.close_result_file()
                if path is not None:
                    desk.result_file = await ResultFile.open(await locate(path))
            except (FileUnusable, ScriptUnreadable) as problem:
                yield Failed(statement, str(problem), place=place)
                return
            where = f"to {desk.result_file.path}" if desk.result_file is not None else "back here"
            yield Said(f"Results go {where}.", is_good_news=True)
        case SwitchExpanded(is_on=is_on):
            desk.is_expanded = not desk.is_expanded if is_on is None else is_on
            yield Said(f"Expanded display is {_on_off(desk.is_expanded)}.")
        case SwitchTiming(is_on=is_on):
            desk.is_timing = not desk.is_timing if is_on is None else is_on
            yield Said(f"Timing is {_on_off(desk.is_timing)}.")
        case Echo(text=text, ends_line=ends_line, stream=stream):
            if stream is Stream.RESULTS and desk.result_file is not None:
                try:
                    await desk.result_file.write(text + ("\n" if ends_line else ""))
                except FileUnusable as problem:
                    yield Failed(statement, str(problem), place=place)
            else:
                yield Said(text, stream, ends_line)
        case SetVariable(name=None):
            rows = tuple(sorted(desk.variables.items()))
            yield Shown(statement, (TitledTable("Variables", ("Name", "Value"), rows, counts_rows=True),), 0.0)
        case SetVariable(name=str(name), value=value):
            desk.variables[name] = value
        case UnsetVariable(name=name):
            desk.variables.pop(name, None)


def _refused(statement: Statement, outcome: Refused, place: Place | None) -> Failed:
    error = outcome.error
    return Failed(statement, f"{error.severity}: {error.message}", error, place)


def _on_off(is_on: bool) -> str:
    return "on" if is_on else "off"
