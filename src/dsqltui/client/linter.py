"""dsql-lint of awslabs/aurora-dsql-tools, as a process of its own: SQL in, hints out."""

import asyncio
import shutil
import sys
from pathlib import Path

from dsqltui.core.scripts.hints import Hint, NoHints, hints_of

_TIMEOUT_S = 20.0
_FOUND_OR_CLEAN = (0, 1)
"""Its exit codes when it has checked the text; 2 is a usage error."""
HOW_TO_GET_IT = (
    "The linter is not installed. Get it with: pip install 'dsqltui[lint]' (or put dsql-lint on the PATH). "
    "Nothing else needs it."
)


def linter_command() -> str | None:
    """The program: on the PATH, or beside this Python; None when it is not installed."""
    return shutil.which("dsql-lint") or shutil.which("dsql-lint", path=str(Path(sys.executable).parent))


async def lint(sql: str, command: str | None = None) -> tuple[Hint, ...]:
    """What Aurora DSQL may refuse in `sql`. Raises NoHints. Cancelling ends the process."""
    program = command or await asyncio.to_thread(linter_command)
    if program is None:
        raise NoHints(HOW_TO_GET_IT)
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            "--format",
            "json",
            "-",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise NoHints(f"dsql-lint could not be started: {error.strerror or error}.") from None
    try:
        output, _ = await asyncio.wait_for(process.communicate(sql.encode()), _TIMEOUT_S)
    except TimeoutError:
        raise NoHints(f"dsql-lint did not answer within {_TIMEOUT_S:.0f} s and was stopped.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode not in _FOUND_OR_CLEAN:
        raise NoHints(f"dsql-lint ended with status {process.returncode} and gave no answer.")
    return hints_of(output.decode(errors="replace"))
