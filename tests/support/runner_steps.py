r"""A script done by a runner, as the statements that were sent; a command that cannot be done raises."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from dsqltui.core.answers.answers import Answer, Failed, Ran, Reached, ScriptEnded, ScriptPlace
from dsqltui.core.psql import BadArguments, UnknownCommand
from dsqltui.core.results.outcome import Outcome
from dsqltui.core.scripts.script_text import ScriptUnreadable
from dsqltui.core.scripts.statement import Statement
from dsqltui.core.sessions.session import Session
from dsqltui.runner.files.script_files import locate, read_text
from dsqltui.runner.statements.statement_runner import StatementRunner


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a script and what came back for it."""

    index: int
    """1-based number of the statement in the script."""
    total: int | None
    """How many statements the script has; None when that is not known before the end."""
    statement: Statement
    outcome: Outcome
    line: int
    """1-based line of its file on which the statement starts."""
    file: str | None = None
    """The included file the statement is in; None for the script itself."""


async def run_script(session: Session, path: str, *, limit: int) -> AsyncIterator[Step]:
    r"""Run a file; a Step for each statement as soon as it is done.

    Stops after the first Refused or Lost. `limit` is Session.run's, for each statement. `\q` ends the file it is in.
    Raises ScriptUnreadable: before the first step for the file itself; later, naming file and line, for an included
    file or a backslash command that cannot be done in a script.
    """
    source = await locate(path)
    async for step in run_text(session, await read_text(source), limit=limit, source=source):
        yield step


async def run_text(session: Session, text: str, *, limit: int, source: Path | None = None) -> AsyncIterator[Step]:
    r"""`run_script` for a text at hand. `source` is its file, absolute, to which `\ir` is relative."""
    index = 0
    async with contextlib.aclosing(StatementRunner(session, row_limit=limit).run_text(text, source)) as answers:
        async for answer in answers:
            problem = _problem(answer)
            if problem:
                raise ScriptUnreadable(problem)
            if isinstance(answer, Ran):
                index += 1
                total = answer.progress.partition("/")[2]
                place = answer.place or ScriptPlace(1)
                yield Step(
                    index, int(total) if total else None, answer.statement, answer.outcome, place.line, place.file
                )
                if answer.is_failure:
                    return


def _problem(answer: Answer) -> str:
    match answer:
        case Failed(place=place, problem=problem):
            return f"{place}: {problem}"
        case Reached(place=place, command=UnknownCommand() as unknown):
            guess = f" (did you mean \\{unknown.nearest[0]}?)" if unknown.nearest else ""
            return f"{place}: the command \\{unknown.name} is not known{guess}; remove it."
        case Reached(place=place, command=BadArguments(problem=problem)):
            return f"{place}: {problem}"
        case Reached(place=place, statement=statement):
            return f"{place}: {statement.text} is for the keyboard only; remove it."
        case ScriptEnded(trouble=trouble):
            return trouble
        case _:
            return ""
