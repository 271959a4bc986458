"""`dsqltui storm`: progress on standard error, the result on standard output, an exit status."""

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dsqltui.client.load_connection import PgLoadConnection
from dsqltui.client.tokens import TokenSource
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.storm.connection import LoadConnection
from dsqltui.core.storm.report import StormReport
from dsqltui.core.storm.report_text import report_text
from dsqltui.core.text.safe_text import one_line
from dsqltui.headless import narration
from dsqltui.headless.execute import say
from dsqltui.headless.exits import STOPPING, Exit
from dsqltui.headless.output import Output, OutputClosed, OutputUnusable
from dsqltui.runner.storm.storm import INTERRUPTED, Storm, StormRequest

_TICK_S = 1.0


@dataclass(frozen=True, slots=True)
class StormJob:
    """What the command line asked for."""

    request: StormRequest
    endpoints: Sequence[Endpoint]
    """As many as `request.endpoints` names."""
    user: str
    form: str = "table"
    """One of REPORT_FORMATS."""
    output: Path | None = None
    may_replace: bool = False
    max_failed: int | None = None
    """How many transactions may be given up."""
    is_quiet: bool = False


def run_storm(job: StormJob, tokens: TokenSource) -> Exit:
    """Do it; blocks. Raises LoadScriptUnusable before anything is connected."""
    try:
        output = Output(job.output, may_replace=job.may_replace)
    except OutputUnusable as problem:
        say(_("dsqltui: {problem}").format(problem=problem))
        return Exit.USAGE
    try:
        reports = asyncio.run(_run(job, tokens))
        output.write(report_text(job.form, reports))
        output.keep()
        return _exit_of(job, reports)
    except ConnectFailed as failure:
        say("dsqltui: " + "\n".join(narration.not_connected_lines(failure)))
        return Exit.NO_CONNECTION
    except OutputClosed:
        return Exit.PIPE_CLOSED
    except OutputUnusable as problem:
        say(_("dsqltui: {problem}").format(problem=problem))
        return Exit.SQL_ERROR
    except KeyboardInterrupt:
        say(_("dsqltui: interrupted."))
        return Exit.INTERRUPTED
    finally:
        output.close()


def _exit_of(job: StormJob, reports: Sequence[StormReport]) -> Exit:
    if any(report.ended_early == INTERRUPTED for report in reports):
        return Exit.INTERRUPTED
    given_up = sum(report.tally.given_up for report in reports)
    if job.max_failed is not None and given_up > job.max_failed:
        say(
            _("dsqltui: {given_up:,} transactions were given up, more than {max_failed:,}.").format(
                given_up=given_up, max_failed=job.max_failed
            )
        )
        return Exit.CONFLICT
    if any(report.ended_early or report.tally.failed for report in reports):
        return Exit.SQL_ERROR
    return Exit.OK


async def _run(job: StormJob, tokens: TokenSource) -> Sequence[StormReport]:
    async def open_connection(number: int) -> LoadConnection:
        return await PgLoadConnection.opened(job.endpoints[number], job.user, tokens)

    storm = Storm(job.request, open_connection)
    loop = asyncio.get_running_loop()
    me = asyncio.current_task()

    def interrupt() -> None:
        """The first Ctrl+C ends the load and prints its figures, the second one everything."""
        for number in STOPPING:
            loop.remove_signal_handler(number)
        if storm.open_connections < job.request.sessions and me is not None:
            me.cancel()
        storm.stop()

    telling = None
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread
        for number in STOPPING:
            loop.add_signal_handler(number, interrupt)
    try:
        if not job.is_quiet:
            telling = asyncio.ensure_future(_tell_connects(storm, job.request.sessions))
        await storm.prepare()
        if telling is not None:
            telling.cancel()
            telling = asyncio.ensure_future(_tell_progress(storm))
        return await storm.run()
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        if telling is not None:
            telling.cancel()
        await storm.close()


async def _tell_connects(storm: Storm, sessions: int) -> None:
    while True:
        await asyncio.sleep(_TICK_S)
        _tell(
            _("{open_connections} of {sessions} sessions connected").format(
                open_connections=storm.open_connections, sessions=sessions
            )
        )


async def _tell_progress(storm: Storm) -> None:
    """A line each second: what came since the last one."""
    before: dict[tuple[int, int], tuple[int, int]] = {}
    while True:
        await asyncio.sleep(_TICK_S)
        number = storm.design
        report = storm.reports()[number]
        parts = []
        for at, endpoint in enumerate(report.tally.endpoints):
            now = endpoint.commits, endpoint.conflicts.total()
            then = before.get((number, at), (0, 0))
            before[number, at] = now
            parts.append(
                _("{name} {commits:,} commits {conflicts:,} conflicts").format(
                    name=one_line(endpoint.name, 20), commits=now[0] - then[0], conflicts=now[1] - then[1]
                )
            )
        name = f"{report.name} " if report.name else ""
        _tell(f"{name}{report.elapsed_s:5.1f} s  {'; '.join(parts)}")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
