"""The sink of a pane without a screen: data to the output, everything else said beside it; the first thing that went
wrong."""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dsqltui.core.answers import fate
from dsqltui.core.answers.answers import (
    Answer,
    Failed,
    Progressed,
    Ran,
    Reached,
    Retrying,
    Said,
    ScriptEnded,
    ScriptPlace,
    Shown,
)
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.formats import Format, encoded
from dsqltui.core.journal.journal import Journal
from dsqltui.core.language import _
from dsqltui.core.psql import COMMANDS, Help, Quit, ShowConflicts, ShowConnection, ShowCost, Stream
from dsqltui.core.results.errors import conflict_of, conflict_token
from dsqltui.core.results.outcome import Column, Done, Lost, Refused, Rows
from dsqltui.core.results.plan import is_plan
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement, kind_of
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.core.transactions.retry import Backoff
from dsqltui.headless import narration
from dsqltui.headless.exits import Exit
from dsqltui.headless.output import ResultOutput
from dsqltui.headless.results import (
    FIRST_PAGE_ROWS,
    Ending,
    is_too_wide,
    pages_of,
    write_listing,
    write_result,
    writer_of,
)
from dsqltui.runner.events import ConnectionChanged, FollowersVoid, RoleAsked, RunnerEvent, SettingsLost
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.jobs import RunStatements, RunText
from dsqltui.runner.journal_recorder import JournalRecorder
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.runner.results.held_result import FetchFailed, HeldResult, NoLongerHeld
from dsqltui.runner.sink import Delivery
from dsqltui.runner.statements.statement_runner import StatementRunner
from dsqltui.store.rows import RowStore

if TYPE_CHECKING:
    from dsqltui.headless.plan_reports import PlacedReport

Say = Callable[[str], None]
PROGRESS_INTERVAL_S = 5.0
"""Between two lines on how far long work has come."""


@dataclass(frozen=True, slots=True)
class Script:
    """A text to run."""

    text: str
    name: str
    """How its lines are named when something goes wrong: `FILE`, `-c`, or empty for standard input."""
    source: Path | None = None
    """Its file, to which `\\ir` is relative."""


@dataclass(slots=True)
class Kept:
    """A result that is kept for a comparison."""

    sql: str
    columns: tuple[Column, ...]
    rows: RowStore
    ended_s: float


class ScriptRun:
    """Runs scripts in one pane. Implements `AnswerSink` for its runner."""

    def __init__(
        self,
        session: Session,
        output: ResultOutput,
        say: Say,
        *,
        form: Format,
        variables: dict[str, str],
        letter: str = "A",
        journal: Journal | None = None,
        retry: Backoff | None = None,
        standard_input: IO[bytes] | None = None,
        keeps_results: bool = False,
        is_quiet: bool = False,
        page_rows: int | None = None,
        keeps_plans: bool = False,
        endpoints: Sequence[Endpoint] = (),
    ) -> None:
        """`keeps_results`, `keeps_plans`: they are kept, for a comparison or one document, and not written.
        `page_rows`: so many rows of a result are written, until `more`; None: all. `journal` gets what is done.
        `endpoints` are the cluster's, for work that goes over both."""
        self.kept: list[Kept] = []
        self.plans: list[PlacedReport] = []
        """What was explained."""
        self.is_void = False
        """Whether what was written behind the statement that failed must not be run."""
        self.has_quit = False
        r"""Whether `\q` was among what `run_statement` ran."""
        self._output = output
        self._say = say
        self._form = form
        self._is_holding = retry is not None
        self._is_keeping = keeps_results
        self._keeps_plans = keeps_plans
        self._page_rows = page_rows
        self._rest: tuple[HeldResult, Rows] | None = None
        """The result of which rows are left."""
        self._exit = Exit.OK
        self._failure: ConnectFailed | None = None
        self._script = Script("", "")
        """What runs."""
        self._told_progress_s = time.monotonic()
        self._is_silent = False
        """While statements run that the person did not write."""

        def opened(of: Session, row_limit: int) -> StatementRunner:
            return StatementRunner(
                of,
                row_limit=row_limit,
                make_text=lambda printing, columns, is_expanded: writer_of(
                    form, printing, columns, is_expanded=is_expanded
                ),
                standard_input=standard_input,
                write_output=self._write_bytes,
                retry=retry,
            )

        self._journal = Journal() if journal is None else journal
        recorder = JournalRecorder(self._journal, letter, session.endpoint.region)
        rows = page_rows or FIRST_PAGE_ROWS
        self.pane = PaneRunner(letter, self, recorder, open_runner=opened, row_limit=rows)
        self.pane.connection.use(session)
        self.runner.endpoints = tuple(dict.fromkeys(endpoints))
        self.runner.variables |= variables | ({"QUIET": "on"} if is_quiet else {})

    @property
    def runner(self) -> StatementRunner:
        """Holds what commands change."""
        return self.pane.performer.statements

    async def connect(self) -> None:
        """Raises ConnectFailed."""
        self._failure = None
        await self.pane.connection.connect()
        if self._failure is not None:
            raise self._failure

    def post(self, event: RunnerEvent) -> None:
        """See AnswerSink."""
        match event:
            case ConnectionChanged(failure=failure):
                self._failure = failure
            case FollowersVoid():
                self.is_void = True
            case SettingsLost(statements=statements):
                self._say(
                    _("Lost with the session: {statements}. Set it again if you need it.").format(
                        statements=one_line("; ".join(statements), 200)
                    )
                )
            case RoleAsked(done=done):
                done.set_result(False)

    async def deliver(self, delivery: Delivery) -> None:
        """See AnswerSink."""
        await self._take(delivery.answer, self._script, delivery.held)

    async def run(self, scripts: Sequence[Script]) -> Exit:
        """Run them one after the other, up to the first failure unless ON_ERROR_STOP is off."""
        for self._script in scripts:
            await self.pane.do(RunText(self._script.text, self._script.source))
            if self._exit not in (Exit.OK, Exit.DIFFERENT) and not self.runner.goes_on:
                break
            if self._exit is Exit.NO_CONNECTION:
                break
        self._tell_what_is_open()
        self._output.release()
        self._output.flush()
        return self._exit

    async def close(self) -> None:
        r"""End what `\o` began, and the connection."""
        try:
            await self.runner.close_result_file()
        except FileUnusable as problem:
            self._worse(Exit.SQL_ERROR)
            self._say(str(problem))
        finally:
            await self.pane.close()

    def _tell_what_is_open(self) -> None:
        """A transaction that is open at the end is rolled back with the session: that is no success."""
        if self.pane.state.is_open:
            self._worse(Exit.SQL_ERROR)
            self._say(_("The transaction was still open at the end and was rolled back: nothing of it was saved."))

    async def run_statement(self, statement: Statement) -> Exit:
        """Run one statement or command that is not of a script."""
        self._exit, self._script, self.is_void = Exit.OK, Script("", ""), False
        await self.pane.do(RunStatements((statement,), is_from_editor=False))
        self._output.flush()
        return self._exit

    async def more(self) -> Exit:
        """The next page of the last result."""
        self._exit = Exit.OK
        if self._rest is None:
            self._say(_("There are no more rows."))
            return self._exit
        (held, rows), before = self._rest, self.pane.state
        try:
            page = await held.more(self.pane.row_limit)
        except NoLongerHeld as gone:
            self._rest = None
            self._say(str(gone))
        except FetchFailed as failure:
            self._rest = None
            if isinstance(failure.outcome, Refused | Lost):
                self._failed(failure.outcome, "", before, "")
        else:
            following = Rows(rows.columns, page.rows, page.tag, page.has_more, 0.0)
            self._write_page(following, held, is_expanded=False)
        return self._exit

    def _write_page(self, rows: Rows, held: HeldResult | None, *, is_expanded: bool) -> None:
        writer = writer_of(self._form, self.runner.printing, rows.columns, is_expanded=is_expanded)
        for text in encoded(writer, rows.rows):
            self._output.write(text)
        self._rest = (held, rows) if rows.has_more and held is not None else None
        if rows.has_more:
            self._say(_("More rows exist; \\more shows them."))

    async def run_in_one_transaction(self, scripts: Sequence[Script], attempts: int) -> Exit:
        """All scripts between one BEGIN and COMMIT, begun again after a conflict as often as asked for."""
        backoff = Backoff(attempts=attempts)
        for attempt in range(1, attempts + 1):
            self._exit = Exit.OK
            if attempts > 1:
                self._output.hold()
            done = await self._between(scripts)
            if done is not Exit.CONFLICT or attempt == attempts or self.runner.is_input_read:
                break
            self._output.drop()
            self.kept.clear()
            await self.pane.wait(backoff.wait_s(attempt + 1))
        self._output.release()
        self._output.flush()
        return self._exit

    async def _between(self, scripts: Sequence[Script]) -> Exit:
        if await self._control("BEGIN") is not Exit.OK:
            return self._exit
        for self._script in scripts:
            await self.pane.do(RunText(self._script.text, self._script.source))
            if self._exit is not Exit.OK:
                if self.pane.state.is_open:
                    await self._control("ROLLBACK")
                    self._say(_("Nothing was saved: the transaction was rolled back."))
                return self._exit
        return await self._control("COMMIT")

    async def _control(self, sql: str) -> Exit:
        """Send what the option --single-transaction stands for; only trouble with it is told."""
        self._script, self._is_silent = Script("", sql), True
        try:
            await self.pane.do(RunStatements((Statement(sql, 0, len(sql), kind_of(sql)),), is_from_editor=False))
        finally:
            self._is_silent = False
        return self._exit

    async def _write_bytes(self, piece: bytes) -> None:
        self._output.write_bytes(piece)

    async def _take(self, answer: Answer, script: Script, held: HeldResult | None) -> None:
        match answer:
            case Ran():
                await self._ran(answer, script, held)
            case Shown():
                write_listing(answer, self._form, self._output.write)
            case Said(text=text, stream=stream, ends_line=ends_line):
                if stream is Stream.NARRATION:
                    self._tell(many_lines(text))
                else:
                    self._output.write(text + ("\n" if ends_line else ""))
            case Failed(problem=problem, place=place):
                self._worse(Exit.SQL_ERROR)
                self._say(f"{_where(script, place)}{many_lines(problem)}")
            case Reached(command=Help()):
                width = max(len(usage) for usage, _meaning in COMMANDS)
                self._output.write("".join(f"{usage:<{width}}  {_(meaning)}\n" for usage, meaning in COMMANDS))
            case Reached(command=ShowCost() as command, place=place):
                await self._cost(command, _where(script, place))
            case Reached(command=ShowConnection()):
                session = self.runner.session
                self._output.write(narration.connection_line(session.endpoint, session.user, session.state) + "\n")
            case Reached(command=ShowConflicts()):
                from dsqltui.core.storm.meter import ConflictMeter

                self._output.write("".join(f"{line}\n" for line in ConflictMeter.of(self._journal).lines))
            case Reached(command=command, place=place) if answer.is_failure:
                self._worse(Exit.SQL_ERROR)
                self._say(f"{_where(script, place)}{narration.not_understood(command)}")
            case Reached(command=Quit()):
                self.has_quit = True
            case Progressed(text=text):
                self._tell_progress(text)
            case Reached(statement=statement, place=place):
                self._worse(Exit.SQL_ERROR)
                self._say(
                    _("{where}{text} is for the console.").format(
                        where=_where(script, place), text=one_line(statement.text)
                    )
                )
            case Retrying(error=error, attempt=attempt, attempts=most, place=place):
                self._output.drop()
                self._say(f"{_where(script, place)}{narration.error_lines(error)[0]}")
                self._say(
                    _("Conflict {conflict_token}: retrying (attempt {attempt} of {most}).").format(
                        conflict_token=conflict_token(error), attempt=attempt, most=most
                    )
                )
            case ScriptEnded(trouble=trouble):
                if trouble:
                    self._worse(Exit.SQL_ERROR)
                    if not trouble.startswith(_("stopped")):
                        self._say(f"{_where(script, None)}{one_line(trouble)}")

    async def _ran(self, ran: Ran, script: Script, held: HeldResult | None) -> None:
        self._rest = None
        where = _where(script, ran.place)
        if isinstance(ran.outcome, Refused | Lost):
            self._failed(ran.outcome, ran.statement.text, ran.state_before, where)
            return
        for notice in ran.outcome.notices:
            self._tell(narration.notice_line(notice))
        if isinstance(ran.outcome, Rows):
            if ran.explained and is_plan([column.name for column in ran.outcome.columns]):
                await self._plan(ran, ran.outcome, held, where)
                return
            ending = await self._result(ran, ran.outcome, held)
            if ending.failure is not None:
                self._failed(ending.failure, ran.statement.text, ran.state_before, where)
                return
        elif unsaved := fate.sentence(ran.statement.text, ran.outcome, ran.state_before):
            self._worse(Exit.SQL_ERROR)
            self._say(f"{where}{unsaved}")
        elif isinstance(ran.outcome, Done) and ran.outcome.tag and not (ran.is_written or self._is_silent):
            self._tell(
                one_line(ran.outcome.tag) + (_(" to {saved_to}").format(saved_to=ran.saved_to) if ran.saved_to else "")
            )
        if self.runner.is_timing and not self._is_silent:
            self._say(narration.time_line(ran.outcome.duration_s))
        if self._is_holding:
            (self._output.hold if self.pane.state.is_open else self._output.release)()

    async def _result(self, ran: Ran, rows: Rows, held: HeldResult | None) -> Ending:
        printing = self.runner.printing
        is_expanded = ran.is_expanded or (self.runner.expands_wide and is_too_wide(rows, printing))
        if self._page_rows is not None:
            self._write_page(rows, held, is_expanded=is_expanded)
            return Ending(rows.tag, len(rows.rows))
        if not self._is_keeping:
            return await write_result(
                held, rows, self._form, self._output.write, is_expanded=is_expanded, printing=printing
            )
        ending, store = Ending(), RowStore()
        async with contextlib.aclosing(pages_of(held, rows, ending)) as pages:
            async for page in pages:
                store.append(page)
                store.settle()
        self.kept.append(Kept(ran.sent or ran.statement.text, rows.columns, store, time.monotonic()))
        return ending

    async def _cost(self, command: ShowCost, where: str) -> None:
        """What this pane did so far, and the pinned workload."""
        from dsqltui.core.cost.workload import WorkloadUnreadable
        from dsqltui.headless.cost_answers import cost_answer

        entries = [entry for entry in self._journal if entry.pane == self.pane.letter]
        try:
            self._output.write(await cost_answer(command, entries, self.runner.session.endpoint.region))
        except WorkloadUnreadable as problem:
            self._worse(Exit.SQL_ERROR)
            self._say(f"{where}{one_line(str(problem))}")

    async def _plan(self, ran: Ran, rows: Rows, held: HeldResult | None, where: str) -> None:
        """The report of the plan doctor in place of the rows."""
        from dsqltui.headless.plan_reports import PlacedReport, examined, plan_lines_of, plan_text

        lines = await plan_lines_of(held, rows)
        report = await examined(self.runner.session, ran.explained, lines)
        self.plans.append(PlacedReport(report, where.removesuffix(": ")))
        if not self._keeps_plans:
            self._output.write(plan_text(self.plans[-1], self._form))

    def _failed(self, outcome: Refused | Lost, statement: str, before: TransactionState, where: str) -> None:
        if isinstance(outcome, Lost):
            self._worse(Exit.NO_CONNECTION)
            first, *rest = narration.lost_lines(outcome, statement)
        else:
            is_conflict = conflict_of(outcome.error) is not None
            self._worse(Exit.CONFLICT if is_conflict else Exit.SQL_ERROR)
            for notice in outcome.notices:
                self._tell(narration.notice_line(notice))
            verbosity = self.runner.variables.get("VERBOSITY", "default")
            if self.runner.variables.get("SHOW_CONTEXT") == "never":
                outcome = dataclasses.replace(outcome, error=dataclasses.replace(outcome.error, context=None))
            first, *rest = narration.refused_lines(outcome, statement, before, verbosity)
            if self.runner.variables.get("ECHO") == "errors" and statement:
                rest.append(f"STATEMENT:  {many_lines(statement)}")
        self._say(where + first)
        for line in rest:
            self._say(line)

    def _worse(self, code: Exit) -> None:
        """The first failure decides the exit code; a lost connection always."""
        if self._exit is Exit.OK or code is Exit.NO_CONNECTION:
            self._exit = code

    def _tell_progress(self, text: str) -> None:
        """How far long work has come, now and then."""
        now = time.monotonic()
        if text.startswith("\\") and now - self._told_progress_s >= PROGRESS_INTERVAL_S:
            self._told_progress_s = now
            self._tell(one_line(text, 200))

    def _tell(self, line: str) -> None:
        if not self.runner.is_quiet:
            self._say(line)


def _where(script: Script, place: ScriptPlace | None) -> str:
    if place is None:
        return f"{script.name}: " if script.name else ""
    if place.file is not None or not script.name:
        return f"{one_line(str(place))}: "
    return f"{one_line(script.name)}, {place}: "
