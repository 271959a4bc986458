r"""Commands that show something (`\d` and its kin, `\sf`) or change the runner (`\x`, `\o`, `\set`, ...)."""

import asyncio
import os
from collections.abc import Iterable

from dsqltui.core.answers.answers import Failed, Ran, Said, ScriptPlace, Shown
from dsqltui.core.answers.describe import TitledTable, text_of
from dsqltui.core.language import _
from dsqltui.core.psql import (
    Bind,
    ChangeFolder,
    Echo,
    Encoding,
    Listing,
    ListObjects,
    OutputTo,
    ReadEnvironment,
    Restrict,
    SetPrint,
    SetVariable,
    ShowBuffer,
    ShowFunction,
    ShowLastError,
    Stream,
    SwitchExpanded,
    SwitchTiming,
    Unrestrict,
    UnsetVariable,
    WriteBuffer,
)
from dsqltui.core.psql.parsing import boolean
from dsqltui.core.psql.pattern import BadPattern
from dsqltui.core.psql.print_options import BadPrintOption
from dsqltui.core.psql.special_variables import NotSettable, checked, unset
from dsqltui.core.results.errors import verbose_lines
from dsqltui.core.results.outcome import Lost, Refused
from dsqltui.core.scripts.script_text import ScriptUnreadable
from dsqltui.core.scripts.statement import Statement
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.files.result_file import ResultFile
from dsqltui.runner.statements.describing import NotAnswered, NotFound, describe, function_source
from dsqltui.runner.statements.runner_state import Answers, RunnerState
from dsqltui.runner.statements.statement_run import EXPANDED

Change = (
    OutputTo
    | SwitchExpanded
    | SwitchTiming
    | Echo
    | SetVariable
    | UnsetVariable
    | SetPrint
    | Bind
    | Encoding
    | Restrict
    | Unrestrict
    | ChangeFolder
    | ReadEnvironment
    | ShowLastError
    | ShowBuffer
    | WriteBuffer
)


async def show(
    runner: RunnerState,
    command: ListObjects | ShowFunction,
    statement: Statement,
    place: ScriptPlace | None,
    progress: str,
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
            yield Said(_("Written to {path}.").format(path=runner.result_file.path), is_good_news=True)
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


async def change(runner: RunnerState, command: Change, statement: Statement, place: ScriptPlace | None) -> Answers:
    """Change what the runner holds, or show it."""
    try:
        said = await _changed(runner, command)
    except (FileUnusable, ScriptUnreadable, NotSettable, BadPrintOption) as problem:
        yield Failed(statement, str(problem), place=place)
        return
    match command:
        case SetVariable(name=None):
            yield Shown(statement, (_table(_("Variables"), runner.variables.items()),), 0.0)
        case SetPrint(name=""):
            yield Shown(statement, (_table(_("Print options"), runner.printing.table),), 0.0)
        case _ if said is not None:
            yield said


async def _changed(runner: RunnerState, command: Change) -> Said | None:
    """Do it; what is said of it. Raises FileUnusable, ScriptUnreadable, NotSettable, BadPrintOption."""
    match command:
        case OutputTo(path=path):
            await runner.close_result_file()
            if path is not None:
                runner.result_file = await ResultFile.open(await runner.locate(path))
            where = (
                _("to {path}").format(path=runner.result_file.path)
                if runner.result_file is not None
                else _("back here")
            )
            return Said(_("Results go {where}.").format(where=where), is_good_news=True)
        case SwitchExpanded():
            return _expanded(runner, command)
        case SwitchTiming(is_on=is_on):
            runner.is_timing = not runner.is_timing if is_on is None else is_on
            return Said(_("Timing is {on_off}.").format(on_off=_on_off(runner.is_timing)))
        case Echo(text=text, ends_line=ends_line, stream=stream):
            if stream is Stream.RESULTS and runner.result_file is not None:
                await runner.result_file.write(text + ("\n" if ends_line else ""))
                return None
            return Said(text, stream, ends_line)
        case SetVariable(name=str(name), value=value):
            setting = checked(name, value)
            runner.variables[name] = setting.value
            return Said(setting.note) if setting.note else None
        case UnsetVariable(name=name):
            left = unset(name)
            runner.variables.pop(name, None)
            runner.variables |= {} if left is None else {name: left}
        case SetPrint(name=name, value=value):
            return _print_option(runner, name, value)
        case Bind(values=values):
            runner.bound = values
        case ShowBuffer():
            return Said(runner.written, Stream.OUTPUT) if runner.written else Said(_("Query buffer is empty."))
        case WriteBuffer(path=path):
            file = await ResultFile.open(await runner.locate(path))
            await file.write(runner.written + "\n" if runner.written else "")
            await file.close()
        case _:
            return await _rarer(runner, command)
    return None


async def _rarer(runner: RunnerState, command: Change) -> Said | None:
    match command:
        case Encoding(name=None):
            return Said("UTF8", Stream.OUTPUT)
        case Encoding(name=str(name)):
            checked("ENCODING", name)
        case Restrict(key=key):
            runner.restricted_by = key
        case Unrestrict(key=key):
            if not runner.restricted_by:
                raise NotSettable(_("\\unrestrict: not currently in restricted mode"))
            if key != runner.restricted_by:
                raise NotSettable(_("\\unrestrict: wrong key"))
            runner.restricted_by = ""
        case ChangeFolder(path=path):
            folder = await runner.locate(path or "~")
            if not await asyncio.to_thread(folder.is_dir):
                raise ScriptUnreadable(_("{folder} is not a folder; check the name.").format(folder=folder))
            runner.folder = folder
        case ReadEnvironment(name=name, variable=variable):
            if name in os.environ:
                runner.variables[variable] = checked(variable, os.environ[name]).value
        case ShowLastError():
            error = runner.last_error
            if error is None:
                return Said(_("There is no previous error."), Stream.OUTPUT)
            return Said("\n".join(verbose_lines(error)))
    return None


def _expanded(runner: RunnerState, command: SwitchExpanded) -> Said:
    if command.is_auto:
        runner.is_expanded, runner.expands_wide = False, True
        return Said(_("Expanded display is used automatically."))
    runner.is_expanded = not runner.is_expanded if command.is_on is None else command.is_on
    runner.expands_wide = False
    return Said(_("Expanded display is {on_off}.").format(on_off=_on_off(runner.is_expanded)))


def _print_option(runner: RunnerState, name: str, value: str | None) -> Said | None:
    if name in EXPANDED:
        is_on = boolean(value) if value is not None else None
        if value not in (None, "auto") and is_on is None:
            raise BadPrintOption(
                _('unrecognized value "{value}" for "\\pset {name}": on, off or auto is expected.').format(
                    value=value, name=name
                )
            )
        return _expanded(runner, SwitchExpanded(is_on, is_auto=value == "auto"))
    if not name:
        return None
    runner.printing, sentence = runner.printing.changed(name, value)
    return Said(sentence)


def _table(title: str, rows: Iterable[tuple[str, str]]) -> TitledTable:
    return TitledTable(title, (_("Name"), _("Value")), tuple(sorted(rows)), counts_rows=True)


def _refused(statement: Statement, outcome: Refused, place: ScriptPlace | None) -> Failed:
    error = outcome.error
    return Failed(statement, f"{error.severity}: {error.message}", error, place)


def _on_off(is_on: bool) -> str:
    return "on" if is_on else "off"
