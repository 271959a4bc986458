"""`dsqltui interleave`: cases explored without a screen, their findings as text, exit codes."""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import TokenSource
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.interleaving.findings import failures_of
from dsqltui.core.interleaving.report import CaseReport, markdown_text, table_text
from dsqltui.core.interleaving.report_data import json_text, junit_text
from dsqltui.core.interleaving.spec import Expectation, InterleavingSpec
from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.core.text.wrapping import padded, shortened
from dsqltui.headless import narration
from dsqltui.headless.execute import say
from dsqltui.headless.exits import STOPPING, Exit
from dsqltui.headless.output import Output, OutputClosed, OutputUnusable
from dsqltui.runner.interleaving.curing import try_cures
from dsqltui.runner.interleaving.exploring import ExploreOptions, Explorer
from dsqltui.runner.interleaving.trouble import CannotExplore

FORMATS = ("table", "json", "junit", "markdown")
_TOLD_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class InterleaveRequest:
    """What the command line asked for."""

    cases: Sequence[tuple[InterleavingSpec, ExploreOptions]]
    endpoints: tuple[Endpoint, Endpoint]
    user: str
    form: str
    expected: Expectation
    """Of every case; what a case's own file expects comes with it."""
    finds_way_out: bool = True
    is_quiet: bool = False


class _Stop:
    """Ctrl+C, or the end that others ask for: the first ends after the order that is under way, the second at once."""

    def __init__(self) -> None:
        self.explorer: Explorer | None = None
        self.is_asked = False

    def __call__(self) -> None:
        if self.is_asked:
            raise KeyboardInterrupt
        self.is_asked = True
        if self.explorer is not None:
            self.explorer.is_stopping = True
        say(_("dsqltui: stopping after the order that is under way; what is done is kept. Ctrl+C again ends at once."))


def interleave(request: InterleaveRequest, tokens: TokenSource) -> Exit:
    """Do it; blocks. Progress and errors go to standard error."""
    try:
        output = Output()
    except OutputUnusable as problem:
        say(_("dsqltui: {problem}").format(problem=problem))
        return Exit.USAGE
    try:
        with Engine() as engine:
            return asyncio.run(_interleave(request, engine, tokens, output))
    except OutputClosed:
        return Exit.PIPE_CLOSED
    except KeyboardInterrupt:
        say(_("dsqltui: interrupted; a schema dsqltui_interleave_... may be left."))
        return Exit.INTERRUPTED
    finally:
        output.close()


async def _interleave(request: InterleaveRequest, engine: Engine, tokens: TokenSource, output: Output) -> Exit:
    stop = _Stop()
    for number in STOPPING:
        asyncio.get_running_loop().add_signal_handler(number, stop)

    def opened(number: int) -> Session:
        return PgSession(engine, request.endpoints[number % 2], request.user, tokens)

    reports: list[CaseReport] = []
    code = Exit.OK
    for spec, options in request.cases:
        if stop.is_asked:
            break
        stop.explorer = Explorer(opened, spec, options)
        try:
            report = await engine.call(_explored(request, stop.explorer, spec))  # no thread between the statements
        except ConnectFailed as failure:
            say("dsqltui: " + "\n".join(narration.not_connected_lines(failure)))
            code = Exit.NO_CONNECTION
            break
        except CannotExplore as problem:
            say(_("dsqltui: {name}: {problem}").format(name=spec.name, problem=problem))
            code = Exit.SQL_ERROR
            continue
        reports.append(report)
        if report.failures:
            code = Exit.SQL_ERROR
    if reports:
        output.write(_shown(request.form, reports))
        output.flush()
    return Exit.INTERRUPTED if stop.is_asked else code


async def _explored(request: InterleaveRequest, explorer: Explorer, spec: InterleavingSpec) -> CaseReport:
    progress = _Progress(spec.name, is_quiet=request.is_quiet)
    try:
        await explorer.prepare()
        findings = await explorer.explore(progress.told)
        cures = await try_cures(explorer, findings, progress.cured) if request.finds_way_out else ()
        await explorer.restore()
    finally:
        progress.ended()
        await explorer.close()
    failures = (*failures_of(findings, request.expected), *failures_of(findings, spec.expected))
    return CaseReport(findings, cures, tuple(dict.fromkeys(failures)))


def _shown(form: str, reports: Sequence[CaseReport]) -> str:
    match form:
        case "json":
            return json_text(reports)
        case "junit":
            return junit_text(reports)
        case "markdown":
            return "\n".join(map(markdown_text, reports))
    return "\n".join(map(table_text, reports))


class _Progress:
    """How far it has come, on a terminal."""

    def __init__(self, name: str, *, is_quiet: bool) -> None:
        self._name = name
        self._is_telling = not is_quiet and sys.stderr.isatty()
        self._started = time.monotonic()
        self._told_at = self._started
        self._has_told = False

    def told(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told_at < _TOLD_EVERY_S and done < total:
            return
        left = (now - self._started) / max(1, done) * (total - done)
        self._say(
            _("{name}: {done:,} of {total:,} runs, {left:.0f} s left").format(
                name=self._name, done=done, total=total, left=left
            )
        )

    def cured(self, done: int, total: int) -> None:
        self._say(_("{name}: {done} of {total} ways out tried").format(name=self._name, done=done, total=total))

    def ended(self) -> None:
        if self._has_told:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _say(self, text: str) -> None:
        self._told_at = time.monotonic()
        if self._is_telling:
            self._has_told = True
            print(f"\r{padded(shortened(text, 78), 78)}", end="", file=sys.stderr, flush=True)
