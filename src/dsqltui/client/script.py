r"""A script run statement by statement, as `psql -f` does, but stopped at the first failure.

The files a script includes (`\i`, `\ir`) are run in its place. Statements are sent one by one, each in autocommit
unless the script itself says BEGIN.
"""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from dsqltui.client.desk import Desk
from dsqltui.client.files import locate, read_text
from dsqltui.client.scripts import INCLUDE_DEPTH_LIMIT
from dsqltui.core.answers import Answer, Failed, Place, Ran, Reached, ScriptEnded
from dsqltui.core.commands import BadArguments, UnknownCommand
from dsqltui.core.script import ScriptUnreadable, Step
from dsqltui.core.session import Session

__all__ = ["INCLUDE_DEPTH_LIMIT", "run_script", "run_text"]


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
    index = 0
    async with contextlib.aclosing(Desk(session, row_limit=limit).run_text(text, source)) as answers:
        async for answer in answers:
            problem = _problem(answer)
            if problem:
                raise ScriptUnreadable(problem)
            if isinstance(answer, Ran):
                index += 1
                total = answer.progress.partition("/")[2]
                place = answer.place or Place(1)
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
