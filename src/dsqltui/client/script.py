r"""A script run statement by statement, as `psql -f` does, but stopped at the first failure.

The files a script includes (`\i`, `\ir`) are run in its place. Statements are sent one by one, each in autocommit
unless the script itself says BEGIN.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from dsqltui.client.files import locate, read_text
from dsqltui.core.commands import BadArguments, Include, Quit, UnknownCommand, parse_command
from dsqltui.core.outcome import Lost, Refused
from dsqltui.core.script import ScriptUnreadable, Step
from dsqltui.core.session import Session
from dsqltui.core.statement import Statement, StatementKind, split

INCLUDE_DEPTH_LIMIT = 16
"""How deep scripts may include scripts."""


async def run_script(session: Session, path: str, *, limit: int) -> AsyncIterator[Step]:
    r"""Run a file; a Step for each statement as soon as it is done. Implements core.script.ScriptRunner.

    Stops after the first Refused or Lost. `limit` is Session.run's, for each statement. `\q` ends the file it is in.
    Raises ScriptUnreadable: before the first step for the file itself; later, naming file and line, for an included
    file or a backslash command that cannot be done in a script.
    """
    source = await locate(path)
    async for step in run_text(session, await read_text(source), limit=limit, source=source):
        yield step


async def run_text(session: Session, text: str, *, limit: int, source: Path | None = None) -> AsyncIterator[Step]:
    r"""`run_script` for a text at hand. `source` is its file, absolute, to which `\ir` is relative."""
    open_scripts = [await _opened(text, source)]
    total = open_scripts[0].total
    index = 0
    while open_scripts:
        current = open_scripts[-1]
        statement = current.next_statement()
        if statement is None:
            open_scripts.pop()
        elif statement.kind is StatementKind.COMMAND:
            await _obey(statement, open_scripts)
        else:
            outcome = await session.run(statement.text, limit=limit, copy_data=statement.copy_data)
            index += 1
            file = str(current.source) if current.source is not None and len(open_scripts) > 1 else None
            yield Step(index, total, statement, outcome, current.line, file)
            if isinstance(outcome, Refused | Lost):
                return


@dataclass(slots=True)
class _OpenScript:
    """A script and how far it has come."""

    text: str
    source: Path | None
    statements: list[Statement]
    line: int = 1
    _next: int = 0
    _counted_to: int = 0

    @property
    def total(self) -> int | None:
        """How many statements it runs; None when included files add theirs or `\\q` may cut it short."""
        if any(statement.kind is StatementKind.COMMAND for statement in self.statements):
            return None
        return len(self.statements)

    @property
    def place(self) -> str:
        return f"{self.source}, line {self.line}" if self.source is not None else f"line {self.line}"

    def next_statement(self) -> Statement | None:
        if self._next == len(self.statements):
            return None
        statement = self.statements[self._next]
        self._next += 1
        self.line += self.text.count("\n", self._counted_to, statement.start)
        self._counted_to = statement.start
        return statement


async def _opened(text: str, source: Path | None) -> _OpenScript:
    return _OpenScript(text, source, await asyncio.to_thread(split, text))  # a big script takes seconds


async def _obey(statement: Statement, open_scripts: list[_OpenScript]) -> None:
    """Do a backslash command: open another script, or end this one."""
    current = open_scripts[-1]
    command = parse_command(statement.text)
    try:
        match command:
            case Quit():
                open_scripts.pop()
            case Include():
                open_scripts.append(await _included(command, open_scripts))
            case BadArguments():
                raise ScriptUnreadable(command.problem)
            case UnknownCommand():
                guess = f" (did you mean \\{command.nearest[0]}?)" if command.nearest else ""
                raise ScriptUnreadable(f"the command \\{command.name} is not known{guess}; remove it.")
            case _:
                raise ScriptUnreadable(f"{statement.text} is for the keyboard only; remove it.")
    except ScriptUnreadable as problem:
        raise ScriptUnreadable(f"{current.place}: {problem}") from None


async def _included(command: Include, open_scripts: list[_OpenScript]) -> _OpenScript:
    path = await locate(command.path, open_scripts[-1].source if command.is_relative else None)
    if any(script.source == path for script in open_scripts):
        raise ScriptUnreadable(f"{path} is included while it is being run; remove this line.")
    if len(open_scripts) > INCLUDE_DEPTH_LIMIT:
        raise ScriptUnreadable(f"scripts include one another more than {INCLUDE_DEPTH_LIMIT} deep; include less.")
    return await _opened(await read_text(path), path)
