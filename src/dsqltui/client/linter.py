"""dsql-lint of awslabs/aurora-dsql-tools, as a process of its own: SQL in, hints out."""

import asyncio
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from dsqltui.core.language import N_, _
from dsqltui.core.scripts.hints import Hint, NoHints, StatementFix, fixable, fixed_sql_of, hints_of

_TIMEOUT_S = 20.0
_FOUND_OR_CLEAN = (0, 1, 3)
"""Its exit codes when it has checked or fixed the text; 2 is a usage error."""
_MOST_FIXES = 200
"""Statements of a text for which fixes are asked."""
HOW_TO_GET_IT = N_(
    "The linter is not installed. Get it with: pip install 'dsqltui[lint]' (or put dsql-lint "
    "on the PATH). Nothing else needs it."
)


def linter_command() -> str | None:
    """The program: on the PATH, or beside this Python; None when it is not installed."""
    return shutil.which("dsql-lint") or shutil.which("dsql-lint", path=str(Path(sys.executable).parent))


async def lint(sql: str, command: str | None = None) -> tuple[Hint, ...]:
    """What Aurora DSQL may refuse in `sql`. Raises NoHints. Cancelling ends the process."""
    return hints_of(await _answer(sql, command))


async def fixes_of(text: str, hints: Iterable[Hint], command: str | None = None) -> tuple[StatementFix, ...]:
    """What the linter would write in place of the statements that have a hint it can fix. Raises NoHints."""
    found: list[StatementFix] = []
    for statement in fixable(text, hints)[:_MOST_FIXES]:
        fixed = fixed_sql_of(await _answer(f"{statement.text};\n", command, "--fix"))
        if fixed:
            ending = ";" if statement.is_terminated and not statement.ending else f" {statement.ending}".rstrip()
            line = text.count("\n", 0, statement.start) + 1
            found.append(StatementFix(statement.start, statement.end, line, fixed.rstrip(";") + ending))
    return tuple(found)


async def _answer(sql: str, command: str | None, *options: str) -> str:
    program = command or await asyncio.to_thread(linter_command)
    if program is None:
        raise NoHints(_(HOW_TO_GET_IT))
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            *options,
            "--format",
            "json",
            "-",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise NoHints(_("dsql-lint could not be started: {reason}.").format(reason=error.strerror or error)) from None
    try:
        output, _unused = await asyncio.wait_for(process.communicate(sql.encode()), _TIMEOUT_S)
    except TimeoutError:
        raise NoHints(
            _("dsql-lint did not answer within {limit:.0f} s and was stopped.").format(limit=_TIMEOUT_S)
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode not in _FOUND_OR_CLEAN:
        raise NoHints(
            _("dsql-lint ended with status {returncode} and gave no answer.").format(returncode=process.returncode)
        )
    return output.decode(errors="replace")
