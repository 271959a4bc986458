"""The one way to run what a person wrote in a pane: in order, one thing at a time, recorded, answers to a sink.

What waits in the queue was asked for in the belief that what stands before it works. When a statement fails on which
the meaning of those behind it depends (BEGIN, SET, a role, anything within a transaction), they are not run.
"""

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING

from dsqltui.core.language import _
from dsqltui.core.results.outcome import Outcome
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement, kind_of
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.session import ConnectFailed, Page, Session
from dsqltui.runner.events import (
    CommandTold,
    FollowersVoid,
    GuardAsked,
    PageArrived,
    RoleAsked,
    ScriptFinished,
    ScriptIdentity,
    WorkChanged,
    WorkDropped,
)
from dsqltui.runner.jobs import (
    NOTHING,
    ConnectJob,
    Exchange,
    FetchPage,
    Interruption,
    Job,
    RunStatements,
    RunText,
    UseSession,
)
from dsqltui.runner.journal_recorder import JournalRecorder
from dsqltui.runner.pane_connection import PaneConnection
from dsqltui.runner.results.held_result import FetchFailed, HeldResult, NoLongerHeld
from dsqltui.runner.sink import AnswerSink

if TYPE_CHECKING:
    from dsqltui.core.psql import SwitchRole
    from dsqltui.runner.performer import Performer
    from dsqltui.runner.statements.statement_runner import OpenRunner


class PaneRunner:
    """Owns what a pane's session is made to do.

    `row_limit` is the size of a page. `serve` does the work until it is cancelled.
    """

    def __init__(
        self,
        letter: str,
        sink: AnswerSink,
        recorder: JournalRecorder,
        *,
        open_runner: "OpenRunner",
        row_limit: int,
    ) -> None:
        self.letter = letter
        self.sink = sink
        self.post = sink.post
        """Tells the sink a fact."""
        self.row_limit = row_limit
        self.connection = PaneConnection(letter, sink.post, self._ask, recorder)
        self.running: Job | None = None
        self.progress = ""
        """`script rewards.sql 3/12` while a script runs."""
        self.current_statement = ""
        """What was asked for last of the running job: a statement or a command; of a feature's work nothing."""
        self.interruption = Interruption.NONE
        self._recorder = recorder
        self._was_interrupted = asyncio.Event()
        self._question: asyncio.Future[bool] | None = None
        self._role_switch: asyncio.Future[bool] | None = None
        """While `\\role` waits for the pane to get its role: nothing runs, and the session may be exchanged."""
        self._open_runner = open_runner
        self._performer: Performer | None = None
        self._waiting: deque[Job] = deque()
        self._has_work = asyncio.Event()
        self._attached = asyncio.Event()
        self._is_served = False

    # -- what is known -------------------------------------------------------------------------------------------------

    @property
    def link(self) -> ConnectionStatus:
        """Where the connection stands."""
        return self.connection.status

    @property
    def state(self) -> TransactionState:
        """The server's last word on the transaction."""
        return self.connection.state

    @property
    def user(self) -> str:
        """The session's database role; empty before there is one."""
        return self.connection.user

    @property
    def is_attached(self) -> bool:
        """Whether there is a session to work with."""
        return self.connection.session is not None

    @property
    def is_at_work(self) -> bool:
        """Whether something runs that a switch must not cut into; waiting for a role is no work."""
        return self.running is not None and self._role_switch is None

    @property
    def waiting_count(self) -> int:
        """Jobs that wait for their turn."""
        return len(self._waiting)

    def has_page_on_its_way(self) -> bool:
        """Whether a page was asked for and has not arrived."""
        return isinstance(self.running, FetchPage) or any(isinstance(job, FetchPage) for job in self._waiting)

    # -- asking for work -----------------------------------------------------------------------------------------------

    def attach(self, session: Session) -> None:
        """The session to work with is here: connect it before anything else."""
        self._use(session)
        self._waiting.appendleft(ConnectJob())
        self._has_work.set()

    def start_failed(self, failure: ConnectFailed) -> None:
        """No session could be made at all; what waits is thrown away."""
        self._drop_waiting()
        self.connection.failed(failure)

    def put(self, job: Job) -> None:
        """Add a job behind those that wait."""
        self._waiting.append(job)
        self._has_work.set()
        self.post(WorkChanged(self.letter))

    async def exchange(self, session: Session, *, may_end: int | None = None) -> str:
        """Go on with a connected session, behind what was asked for before; see PaneConnection.exchange.

        When it is not done, or the caller is cancelled, the session is closed. Returns why not, as a sentence.
        """
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        job = Exchange(session, may_end, done)
        is_at_rest = self._role_switch is not None or not self._is_served or not self.is_attached
        if is_at_rest:  # nothing runs that it could cut into
            await self._exchange(job)
        else:
            self.put(job)
        try:
            return await done
        finally:
            if done.cancelled() or done.result():  # else it is the pane's now, also when nobody waits any more
                await session.close()

    async def renew(self) -> bool:
        """Give an idle session a new connection beside its work; False when it was not idle. Raises ConnectFailed."""
        return self.running is None and await self.connection.renew()

    async def look(self) -> None:
        """Find out whether an idle connection has ended; sends nothing."""
        session = self.connection.session
        if session is None or self.running is not None or self.link is not ConnectionStatus.CONNECTED:
            return
        lost = await session.look()
        if lost is not None:
            await self.outcome_came(NOTHING, lost, lost.state_before)

    async def close(self) -> None:
        """End the connection, for quitting."""
        if self.connection.session is not None:
            await self.connection.session.close()

    # -- doing it ------------------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Do the jobs as they come; never returns."""
        self._is_served = True
        while True:
            await self._has_work.wait()
            await self._attached.wait()
            if not self._waiting:
                self._has_work.clear()
                continue
            await self.do(self._waiting.popleft())

    async def do(self, job: Job) -> None:
        """Do a job now. For who does not have the queue served: one at a time."""
        self.running = job
        self.interruption = Interruption.NONE
        self._was_interrupted.clear()
        self.post(WorkChanged(self.letter))
        try:
            await self._do(job)
        finally:
            self.running = None
            self.progress = self.current_statement = ""
            self.interruption = Interruption.NONE
        if self.link.can_reconnect:
            self._drop_waiting()
        self.post(WorkChanged(self.letter))

    async def _do(self, job: Job) -> None:
        session = self.connection.session
        if isinstance(job, Exchange):
            await self._exchange(job)
            return
        if session is None:
            raise RuntimeError("jobs are served after attach()")
        match job:
            case ConnectJob():
                await self.connection.connect()
            case RunStatements(statements=statements, is_from_editor=is_from_editor):
                await self._run_all(statements, is_from_editor=is_from_editor)
            case RunText(text=text, source=source):
                await self.performer.run_text(text, source)
            case FetchPage(held=held):
                await self.fetch_page(held)
            case UseSession(label=label, work=work):
                self.tell_progress(label)
                await work(session, self)

    async def _exchange(self, job: Exchange) -> None:
        if job.done.done():  # given up meanwhile
            return
        reason = await self.connection.exchange(job.session, job.may_end)
        if self._performer is not None:
            self._performer.session_changed()
        self._attached.set()
        if not job.done.done():
            job.done.set_result(reason)

    async def _run_all(self, statements: tuple[Statement, ...], *, is_from_editor: bool) -> None:
        if len(statements) > 1 and await self.performer.refuses(statements):
            self._skip(len(statements))
            return
        script = ScriptIdentity(statements[0].comment, len(statements)) if len(statements) > 1 else None
        done = 0
        try:
            done = await self._run_each(statements, script, is_from_editor=is_from_editor)
        finally:
            if script is not None:
                trouble = "" if done == len(statements) else _("stopped")
                self.post(ScriptFinished(self.letter, "", done, trouble, script))

    async def _run_each(
        self, statements: tuple[Statement, ...], script: ScriptIdentity | None, *, is_from_editor: bool
    ) -> int:
        """How many went well, from the first on."""
        for index, statement in enumerate(statements):
            if self.interruption is not Interruption.NONE:
                self._skip(len(statements) - index)
                return index
            self.current_statement = statement.text
            before = self.state
            if not await self.performer.run(statement, is_from_editor=is_from_editor, script=script):
                is_void = self.performer.voids_what_follows(statement, before)
                self._skip(len(statements) - index - 1, and_what_waits=is_void)
                return index
        return len(statements)

    @property
    def performer(self) -> "Performer":
        """Does statements and commands, records and delivers what they give. Loaded when it is first needed."""
        if self._performer is None:
            from dsqltui.runner.performer import Performer  # with all commands and formats: not needed at the start

            self._performer = Performer(self, self._recorder, self._open_runner)
        return self._performer

    async def role_switched(self, command: "SwitchRole") -> bool:
        """Have the role switched; nothing else runs here until that is done or given up."""
        for job in [job for job in self._waiting if isinstance(job, Exchange)]:  # what it waits for may wait for these
            self._waiting.remove(job)
            await self._exchange(job)
        self._role_switch = asyncio.get_running_loop().create_future()
        self.post(RoleAsked(self.letter, command, self._role_switch))
        self.tell_progress(_("switching the role…"))
        try:
            return await self._role_switch
        finally:
            self._role_switch = None

    # -- answers -------------------------------------------------------------------------------------------------------

    async def outcome_came(
        self, statement: Statement, outcome: Outcome, before: TransactionState, *, progress: str = "", sent: str = ""
    ) -> None:
        """Record and show what a statement gave that a feature's work ran; `before` is the state when it was sent."""
        await self.performer.deliver_outcome(statement, outcome, before, progress=progress, sent=sent)

    async def report(self, sql: str, outcome: Outcome, before: TransactionState) -> None:
        """The same for plain SQL."""
        await self.outcome_came(Statement(sql, 0, len(sql), kind_of(sql)), outcome, before)

    async def fetch_page(self, held: HeldResult, limit: int | None = None) -> bool:
        """Fetch the next rows of a held result and show them; whether there are more."""
        before = self.state
        try:
            page = await held.more(limit or self.row_limit)
        except NoLongerHeld as gone:
            self.post(CommandTold(self.letter, str(gone), True, False, self.state))
            return False
        except FetchFailed as failure:
            await self.outcome_came(NOTHING, failure.outcome, before)
            return False
        self.page_came(page, held)
        return page.has_more

    def page_came(self, page: Page, held: HeldResult) -> None:
        """Show further rows of a result."""
        self.post(PageArrived(self.letter, page, self.state, held))

    def tell_progress(self, text: str) -> None:
        """What the running job has done so far, for the status line."""
        self.progress = text
        self.post(WorkChanged(self.letter))

    # -- stopping ------------------------------------------------------------------------------------------------------

    async def interrupt(self) -> Interruption:
        """Stop what runs and forget what waits: first ask the server, the second time drop the connection."""
        session = self.connection.session
        if self.running is None or session is None:
            return Interruption.NONE
        self._drop_waiting()
        self._was_interrupted.set()
        if self._performer is not None:
            self._performer.interrupt()
        for waiting in (self._question, self._role_switch):
            if waiting is not None and not waiting.done():
                waiting.set_result(False)
                return Interruption.NONE
        if self.connection.stop_connecting():
            return Interruption.DROPPED
        if self.interruption is Interruption.NONE:
            self.interruption = Interruption.ASKED
            self.post(WorkChanged(self.letter))
            await session.cancel()
        else:
            self.interruption = Interruption.DROPPED
            self.post(WorkChanged(self.letter))
            await session.close()
        return self.interruption

    async def wait(self, seconds: float) -> bool:
        """Sleep within a job; False when the person interrupted it, then or before."""
        if seconds:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._was_interrupted.wait(), seconds)
        return not self._was_interrupted.is_set()

    def _skip(self, statements: int, *, and_what_waits: bool = False) -> None:
        """The rest of a run is not sent, nor what waits behind it when it depends on what failed."""
        if and_what_waits:
            self.post(FollowersVoid(self.letter))
            self._drop_waiting(statements)
        elif statements:
            self.post(WorkDropped(self.letter, 0, statements))

    def _drop_waiting(self, statements: int = 0) -> None:
        """Throw away what waits; `statements` of the running job are not sent either."""
        dropped = tuple(self._waiting)
        self._waiting.clear()
        runs = [job for job in dropped if isinstance(job, RunStatements)]
        for job in dropped:
            if isinstance(job, UseSession) and job.dropped is not None:
                job.dropped()
            elif isinstance(job, Exchange) and not job.done.done():
                job.done.set_result(_("Something before it failed or was stopped, so the session was not exchanged."))
        statements += sum(len(run.statements) for run in runs)
        if statements:
            self.post(WorkDropped(self.letter, len(runs), statements))

    async def _ask(self, question: str, statement: str) -> bool:
        """Have the person asked; no when the job is interrupted meanwhile."""
        self._question = asyncio.get_running_loop().create_future()
        self.post(GuardAsked(self.letter, question, statement, self._answered))
        try:
            return await self._question
        finally:
            self._question = None

    def _answered(self, is_yes: bool) -> None:
        if self._question is not None and not self._question.done():
            self._question.set_result(is_yes)

    def _use(self, session: Session) -> None:
        self.connection.use(session)
        self._attached.set()
        if self._performer is not None:
            self._performer.session_changed()
