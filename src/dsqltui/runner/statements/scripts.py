"""Scripts under way: how far each has come, and what it includes."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dsqltui.core.language import _
from dsqltui.core.psql import Command, Include
from dsqltui.core.psql.parsing import refusal
from dsqltui.core.scripts.blocks import CommandPiece, pieces_of
from dsqltui.core.scripts.script_text import ScriptUnreadable
from dsqltui.core.scripts.statement import Statement, StatementKind, split
from dsqltui.core.sql.lexer import command_name
from dsqltui.runner.files.script_files import locate, read_text

INCLUDE_DEPTH_LIMIT = 16
"""How deep scripts may include scripts."""


@dataclass(slots=True)
class OpenScript:
    """A script and how far it has come."""

    text: str
    source: Path | None
    statements: list[Statement]
    total: int | None
    """How many statements it runs; None when included files add theirs or `\\q` may cut it short."""
    line: int = 1
    """1-based line of the statement given last."""
    _next: int = 0
    _counted_to: int = 0
    _passed_to: int = 0

    @property
    def position(self) -> int:
        """How many statements were given."""
        return self._next

    def rewind(self, position: int) -> None:
        """Go on from the statement that was given as number `position`, counted from 0."""
        self._next, self._counted_to, self.line = position, 0, 1

    def next_statement(self) -> Statement | None:
        """The next one; None at the end."""
        if self._next == len(self.statements):
            return None
        statement = self.statements[self._next]
        self._next += 1
        self.line += self.text.count("\n", self._counted_to, statement.start)
        self._counted_to = statement.start
        return statement

    def pass_lines(self, statement: Statement | None) -> tuple[int, int]:
        """The range of the lines up to the end of a statement, or of the script, that were not passed before."""
        end = self.text.find("\n", statement.end) if statement is not None else -1
        start, self._passed_to = self._passed_to, max(self._passed_to, len(self.text) if end < 0 else end + 1)
        found = start, self._passed_to
        if statement is not None and statement.copy_data:
            self._passed_to = self.text.find("\n", self._passed_to + len(statement.copy_data)) + 1 or len(self.text)
        return found

    def lines(self, passed: tuple[int, int]) -> str:
        """Those that are not empty, without the end of the last one."""
        return "\n".join(line for line in self.text[slice(*passed)].splitlines() if line)

    def skip_line(self) -> None:
        """Leave out what stands on the line on which the statement given last ended."""
        end = self.text.find("\n", self.statements[self._next - 1].end)
        while self._next < len(self.statements) and (end < 0 or self.statements[self._next].start < end):
            self._next += 1

    def refused(self) -> tuple[Statement, Command, int] | None:
        """See `first_refused`; with the line of the command."""
        found = first_refused(self.statements)
        if found is None:
            return None
        statement, command, start = found
        return statement, command, self.text.count("\n", 0, start) + 1


def first_refused(statements: Sequence[Statement]) -> tuple[Statement, Command, int] | None:
    r"""The first command that cannot be done whatever comes before it, the statement that holds it, and its offset.

    What `\if` encloses may not be wanted, and is not looked at; nor is what follows `\q` or a word on ON_ERROR_STOP.
    """
    for statement in statements:
        for start, text in _commands(statement):
            if command_name(text) in ("q", "quit") or "ON_ERROR_STOP" in text:
                return None
            command = refusal(text)
            if command is not None:
                return statement, command, statement.start + start
    return None


def _commands(statement: Statement) -> Iterator[tuple[int, str]]:
    """Offset and text of the commands of a statement that are done in any case."""
    if statement.ending:
        yield len(statement.text), statement.ending
    if statement.kind is StatementKind.COMMAND and not statement.is_block:
        yield 0, statement.text
    if statement.is_block:
        depth = 0
        for piece in pieces_of(statement.text):
            if isinstance(piece, CommandPiece):
                name = command_name(piece.text)
                depth += (name == "if") - (name == "endif")
                if depth == 0 and name != "endif":
                    yield piece.start, piece.text


async def opened(text: str, source: Path | None) -> OpenScript:
    """A text cut into statements; in a thread, as a big one takes seconds."""
    return await asyncio.to_thread(_opened, text, source)


def _opened(text: str, source: Path | None) -> OpenScript:
    statements = split(text)
    has_commands = any(one.is_block or one.kind is StatementKind.COMMAND for one in statements)
    return OpenScript(text, source, statements, None if has_commands else len(statements))


async def included(command: Include, open_scripts: list[OpenScript], folder: Path | None) -> OpenScript:
    """The script a command asks for, within those that are open. Raises ScriptUnreadable."""
    beside = open_scripts[-1].source if command.is_relative and open_scripts else None
    path = await locate(command.path, beside, folder)
    if any(script.source == path for script in open_scripts):
        raise ScriptUnreadable(_("{path} is included while it is being run; remove this line.").format(path=path))
    if len(open_scripts) > INCLUDE_DEPTH_LIMIT:
        raise ScriptUnreadable(
            _("scripts include one another more than {include_depth_limit} deep; include less.").format(
                include_depth_limit=INCLUDE_DEPTH_LIMIT
            )
        )
    return await opened(await read_text(path), path)
