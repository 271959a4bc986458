"""`dsqltui exec`: scripts on one endpoint or both, results as data, differences, exit codes."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import TokenSource
from dsqltui.core.endpoint import Endpoint
from dsqltui.core.formats import Format
from dsqltui.core.retry import Backoff
from dsqltui.core.safetext import many_lines
from dsqltui.core.script import ScriptUnreadable
from dsqltui.core.session import ConnectFailed
from dsqltui.core.single_table import table_of
from dsqltui.headless import narration
from dsqltui.headless.compared import compare_all
from dsqltui.headless.exits import Exit
from dsqltui.headless.output import Output, OutputClosed, OutputUnusable
from dsqltui.headless.script_run import Kept, Script, ScriptRun
from dsqltui.runner.describing import primary_key


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for."""

    scripts: Sequence[Script]
    endpoints: Sequence[Endpoint]
    """One or two, in the order in which they are run."""
    user: str
    form: Format = Format.TABLE
    is_comparing: bool = False
    """Two endpoints; the output is what differs."""
    key: Sequence[str] = ()
    """Columns to compare by; empty: the table's primary key, where that is known, else the order of rows."""
    output: Path | None = None
    may_replace: bool = False
    retries: int = 0
    is_single_transaction: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    standard_input: IO[bytes] | None = None
    """For COPY FROM STDIN without lines of its own."""
    is_quiet: bool = False


def execute(request: Request, tokens: TokenSource) -> Exit:
    """Do it; blocks. Errors and narration go to standard error."""
    try:
        output = Output(request.output, may_replace=request.may_replace)
    except OutputUnusable as problem:
        say(f"dsqltui: {problem}")
        return Exit.USAGE
    try:
        with Engine() as engine:
            code = asyncio.run(_execute(request, engine, tokens, output))
        if code is Exit.OK or (code is Exit.DIFFERENT and request.is_comparing):
            output.keep()
        elif request.output is not None:
            say(f"dsqltui: {request.output} was not written.")
        return code
    except OutputClosed:
        _forget_standard_output()
        return Exit.PIPE_CLOSED
    except OutputUnusable as problem:
        say(f"dsqltui: {problem}")
        return Exit.SQL_ERROR
    except KeyboardInterrupt:
        say("dsqltui: interrupted; an open transaction was rolled back.")
        return Exit.INTERRUPTED
    finally:
        output.close()


def say(line: str) -> None:
    """A line of narration, safe to read anywhere."""
    print(many_lines(line, len(line)), file=sys.stderr, flush=True)


async def _execute(request: Request, engine: Engine, tokens: TokenSource, output: Output) -> Exit:
    sessions = [PgSession(engine, endpoint, request.user, tokens) for endpoint in request.endpoints]
    async with _connected(sessions) as failure:
        if failure is not None:
            say("dsqltui: " + "\n".join(narration.not_connected_lines(failure)))
            return Exit.NO_CONNECTION
        kept: list[list[Kept]] = []
        for session in sessions:
            retry = Backoff(attempts=request.retries + 1) if request.retries else None
            run = ScriptRun(
                session,
                output,
                say,
                form=request.form,
                variables=request.variables,
                retry=None if request.is_single_transaction else retry,
                standard_input=request.standard_input,
                keeps_results=request.is_comparing,
                is_quiet=request.is_quiet,
            )
            is_copied = not request.is_comparing and not output.is_terminal
            run.runner.copied_form = request.form if is_copied else None
            try:
                code = await _run(run, request)
            finally:
                await run.close()
            kept.append(run.kept)
            if code is not Exit.OK:
                return code
        if not request.is_comparing:
            return Exit.OK
        keys = [request.key or await _key(sessions[0], result) for result in kept[0]]
        return await asyncio.to_thread(
            lambda: compare_all(kept[0], kept[1], keys, form=request.form, write=output.write, say=say)
        )


async def _run(run: ScriptRun, request: Request) -> Exit:
    try:
        if request.is_single_transaction:
            return await run.run_in_one_transaction(request.scripts, request.retries + 1)
        return await run.run(request.scripts)
    except ScriptUnreadable as problem:
        say(f"dsqltui: {problem}")
        return Exit.SQL_ERROR


async def _key(session: PgSession, result: Kept) -> Sequence[str]:
    table = table_of(result.sql)
    if table is None:
        return ()
    names = {column.name for column in result.columns}
    key = await primary_key(session, table)
    return key if set(key) <= names else ()


@asynccontextmanager
async def _connected(sessions: Sequence[PgSession]) -> AsyncIterator[ConnectFailed | None]:
    """All of them connected, or why one is not."""
    failure: ConnectFailed | None = None
    try:
        try:
            await asyncio.gather(*(session.connect() for session in sessions))
        except ConnectFailed as problem:
            failure = problem
        yield failure
    finally:
        for session in sessions:
            await session.close()


def _forget_standard_output() -> None:
    """So that the interpreter's end does not complain about what nobody reads."""
    import os

    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
