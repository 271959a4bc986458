"""`dsqltui exec`: scripts on one endpoint or both, results as data, differences, exit codes."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import TokenSource
from dsqltui.core.answers import fate
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.formats import Format
from dsqltui.core.journal.journal import Journal
from dsqltui.core.language import _
from dsqltui.core.psql import ExplainPlan
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.core.text.safe_text import many_lines
from dsqltui.core.transactions.retry import Backoff
from dsqltui.headless import narration
from dsqltui.headless.exits import Exit
from dsqltui.headless.output import Output, OutputClosed, OutputUnusable
from dsqltui.headless.script_run import Kept, Script, ScriptRun

if TYPE_CHECKING:
    from dsqltui.headless.plan_reports import PlacedReport


@dataclass(frozen=True, slots=True)
class ExecuteRequest:
    """What the command line asked for."""

    scripts: Sequence[Script]
    endpoints: Sequence[Endpoint]
    """One or two, in the order in which they are run."""
    user: str
    cluster_endpoints: Sequence[Endpoint] = ()
    """All of the cluster, for work that goes over both; empty: those above."""
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
    explains: ExplainPlan | None = None
    """Statements are explained instead of run."""
    fail_on: Sequence[str] = ()
    """Rules of the plan doctor, `full-scan` or `any-cause`: what no plan may have."""


def execute(request: ExecuteRequest, tokens: TokenSource) -> Exit:
    """Do it; blocks. Errors and narration go to standard error."""
    try:
        output = Output(request.output, may_replace=request.may_replace)
    except OutputUnusable as problem:
        say(_("dsqltui: {problem}").format(problem=problem))
        return Exit.USAGE
    left_at_interruption: list[str] = []
    try:
        code = asyncio.run(_execute(request, tokens, output, left_at_interruption.append))
        if code in (Exit.OK, Exit.PLAN) or (code is Exit.DIFFERENT and request.is_comparing):
            output.keep()
        elif request.output is not None:
            say(_("dsqltui: {output} was not written.").format(output=request.output))
        return code
    except OutputClosed:
        _forget_standard_output()
        return Exit.PIPE_CLOSED
    except OutputUnusable as problem:
        say(_("dsqltui: {problem}").format(problem=problem))
        return Exit.SQL_ERROR
    except KeyboardInterrupt:
        said = " ".join(left_at_interruption)
        say(_("dsqltui: interrupted. {said}").format(said=said).rstrip())
        return Exit.INTERRUPTED
    finally:
        output.close()


def say(line: str) -> None:
    """A line of narration, safe to read anywhere."""
    print(many_lines(line, len(line)), file=sys.stderr, flush=True)


async def _execute(
    request: ExecuteRequest, tokens: TokenSource, output: Output, interrupted: Callable[[str], object]
) -> Exit:
    """`interrupted` hears what is known of the data of each session when the person breaks off."""
    async with Engine.here() as engine:
        return await _execute_on(engine, request, tokens, output, interrupted)


async def _execute_on(
    engine: Engine, request: ExecuteRequest, tokens: TokenSource, output: Output, interrupted: Callable[[str], object]
) -> Exit:
    journal = Journal()
    sessions = [PgSession(engine, endpoint, request.user, tokens) for endpoint in request.endpoints]
    retry = Backoff(attempts=request.retries + 1) if request.retries else None
    runs = [
        ScriptRun(
            session,
            output,
            say,
            form=request.form,
            variables=request.variables,
            letter=letter,
            journal=journal,
            retry=None if request.is_single_transaction else retry,
            standard_input=request.standard_input,
            keeps_results=request.is_comparing,
            is_quiet=request.is_quiet,
            keeps_plans=request.explains is not None,
            endpoints=request.cluster_endpoints or request.endpoints,
        )
        for letter, session in zip("AB", sessions, strict=False)
    ]
    try:
        await asyncio.gather(*(run.connect() for run in runs))
        _collect_garbage()
        return await _run_all(request, runs, output)
    except ConnectFailed as failure:
        say("dsqltui: " + "\n".join(narration.not_connected_lines(failure)))
        return Exit.NO_CONNECTION
    except asyncio.CancelledError:
        for run, session in zip(runs, sessions, strict=True):
            interrupted(run.runner.left_words or _left(session))
        raise
    finally:
        for run in runs:
            await run.close()


def _collect_garbage() -> None:
    """From now on, where starting went without; what is loaded by now stays and is not looked through again."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


async def _run_all(request: ExecuteRequest, runs: Sequence[ScriptRun], output: Output) -> Exit:
    is_copied = not request.is_comparing and not output.is_terminal
    for run in runs:
        run.runner.copied_form = request.form if is_copied else None
        run.runner.explains = request.explains
        if request.is_single_transaction:
            code = await run.run_in_one_transaction(request.scripts, request.retries + 1)
        else:
            code = await run.run(request.scripts)
        if code is not Exit.OK:
            if request.explains is not None:
                from dsqltui.headless.plan_reports import all_plans_text

                output.write(all_plans_text(_plans(runs), request.form))
            return code
    if request.explains is not None:
        from dsqltui.headless.plan_reports import all_plans_text, failing

        plans = _plans(runs)
        output.write(all_plans_text(plans, request.form))
        return Exit.PLAN if failing(plans, request.fail_on, say) else Exit.OK
    if not request.is_comparing:
        return Exit.OK
    from dsqltui.headless.compared import compare_all

    kept_a, kept_b = (run.kept for run in runs)
    keys = [request.key or await _key(runs[0].runner.session, result) for result in kept_a]
    return await asyncio.to_thread(
        lambda: compare_all(kept_a, kept_b, keys, form=request.form, write=output.write, say=say)
    )


def _plans(runs: Sequence[ScriptRun]) -> list["PlacedReport"]:
    return [placed for run in runs for placed in run.plans]


def _left(session: PgSession) -> str:
    """What is known of the data when nobody waits for the answer any more."""
    if session.in_flight is not None:
        return fate.while_on_its_way(session.in_flight.sql, session.in_flight.state_before)
    return _("The open transaction is rolled back.") if session.state.is_open else ""


async def _key(session: Session, result: Kept) -> Sequence[str]:
    from dsqltui.core.results.single_table import table_of
    from dsqltui.runner.statements.describing import primary_key

    table = table_of(result.sql)
    if table is None:
        return ()
    names = {column.name for column in result.columns}
    key = await primary_key(session, table)
    return key if set(key) <= names else ()


def _forget_standard_output() -> None:
    """So that the interpreter's end does not complain about what nobody reads."""
    import os

    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
