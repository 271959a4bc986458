"""Scripts under way: how far each has come, and what it includes."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from dsqltui.core.commands import Include
from dsqltui.core.script import ScriptUnreadable
from dsqltui.core.statement import Statement, StatementKind, split
from dsqltui.runner.files import locate, read_text

INCLUDE_DEPTH_LIMIT = 16
"""How deep scripts may include scripts."""


@dataclass(slots=True)
class OpenScript:
    """A script and how far it has come."""

    text: str
    source: Path | None
    statements: list[Statement]
    line: int = 1
    """1-based line of the statement given last."""
    _next: int = 0
    _counted_to: int = 0

    @property
    def total(self) -> int | None:
        """How many statements it runs; None when included files add theirs or `\\q` may cut it short."""
        if any(statement.kind is StatementKind.COMMAND for statement in self.statements):
            return None
        return len(self.statements)

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


async def opened(text: str, source: Path | None) -> OpenScript:
    """A text cut into statements; in a thread, as a big one takes seconds."""
    return OpenScript(text, source, await asyncio.to_thread(split, text))


async def included(command: Include, open_scripts: list[OpenScript]) -> OpenScript:
    """The script a command asks for, within those that are open. Raises ScriptUnreadable."""
    beside = open_scripts[-1].source if command.is_relative and open_scripts else None
    path = await locate(command.path, beside)
    if any(script.source == path for script in open_scripts):
        raise ScriptUnreadable(f"{path} is included while it is being run; remove this line.")
    if len(open_scripts) > INCLUDE_DEPTH_LIMIT:
        raise ScriptUnreadable(f"scripts include one another more than {INCLUDE_DEPTH_LIMIT} deep; include less.")
    return await opened(await read_text(path), path)
