"""One pane's work in the order it was asked for: at most one thing runs, the rest waits. Posts facts, draws nothing."""

import asyncio
import contextlib
import dataclasses
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from dsqltui.core.connection_status import ConnectionStatus
from dsqltui.core.guarded_session import GuardedSession
from dsqltui.core.guards import Guards
from dsqltui.core.outcome import Lost, Outcome, Rows
from dsqltui.core.session import ConnectFailed, Page, Session
from dsqltui.core.statement import Statement, StatementKind, kind_of
from dsqltui.core.transaction import TransactionState
from dsqltui.runner.events import (
    CommandTold,
    ConnectionChanged,
    GuardAsked,
    PageArrived,
    RunnerEvent,
    SessionRenewed,
    StatementFinished,
    WorkChanged,
    WorkDropped,
)
from dsqltui.runner.held_result import FetchFailed, HeldResult, NoLongerHeld

if TYPE_CHECKING:
    from dsqltui.runner.statement_runner import OpenRunner, StatementRunner


@dataclass(frozen=True, slots=True)
class Connect:
    """Open the connection, or open it again."""


@dataclass(frozen=True, slots=True)
class RunStatements:
    """Run statements one after the other, up to the first refusal."""

    statements: tuple[Statement, ...]
    is_from_editor: bool = True
    """Whether the offsets are those of this pane's editor."""


@dataclass(frozen=True, slots=True)
class FetchPage:
    """Fetch the next rows of a result that the session holds."""

    held: HeldResult


@dataclass(frozen=True, slots=True)
class Adopt:
    """Go on with another session, which is connected already; the old one ends, and its transaction with it."""

    session: Session


@dataclass(frozen=True, slots=True)
class UseSession:
    """Work of a feature that needs the session for itself: a comparison, an export."""

    label: str
    """What it does, for the status line, until it says more by `RunQueue.tell_progress`."""
    work: Callable[[Session, "RunQueue"], Coroutine[Any, Any, None]]
    """Looks at `RunQueue.interruption` after each page, and ends when the person wants it to."""
    dropped: Callable[[], object] | None = None
    """Called when it is thrown away before its turn."""


Job = Connect | RunStatements | FetchPage | Adopt | UseSession
NOTHING = Statement("", 0, 0, StatementKind.OTHER)
"""Stands for the statement of an outcome that none led to."""


class Interruption(Enum):
    """How far the person went in stopping what runs."""

    NONE = "none"
    ASKED = "asked"
    """The server was asked to cancel; Aurora DSQL ignores that."""
    DROPPED = "dropped"
    """The connection is being closed."""


class RunQueue:
    """Owns what a pane's session is made to do.

    `post` takes the events; `row_limit` is the size of a page. `serve` does the work until it is cancelled.
    `guards` and `changed_rows` (of the open transaction) may be set at any time.
    """

    def __init__(
        self,
        letter: str,
        post: Callable[[RunnerEvent], object],
        *,
        open_runner: "OpenRunner",
        row_limit: int,
    ) -> None:
        self.letter = letter
        self.link = ConnectionStatus.STARTING
        self.running: Job | None = None
        self.progress = ""
        """`script rewards.sql 3/12` while a script runs."""
        self.current_statement = ""
        """What was asked for last of the running job: a statement or a command; of a feature's work nothing."""
        self.guards = Guards()
        self.changed_rows: Callable[[], int] = lambda: 0
        self.interruption = Interruption.NONE
        self._session: GuardedSession | None = None
        self._was_interrupted = asyncio.Event()
        self._question: asyncio.Future[bool] | None = None
        self.post = post
        """Takes the events."""
        self._open_runner = open_runner
        self._runner: StatementRunner | None = None
        self.row_limit = row_limit
        """Rows fetched at a time."""
        self._waiting: deque[Job] = deque()
        self._has_work = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None

    @property
    def waiting_count(self) -> int:
        """Jobs that wait for their turn."""
        return len(self._waiting)

    @property
    def state(self) -> TransactionState:
        """The server's last word on the transaction."""
        return self._session.state if self._session else TransactionState.NONE

    @property
    def user(self) -> str:
        """The session's database role; empty before there is one."""
        return self._session.user if self._session else ""

    def attach(self, session: Session) -> None:
        """The session to work with is here: connect it before anything else."""
        self._use(session)
        self._waiting.appendleft(Connect())
        self._has_work.set()

    def replace(self, session: Session) -> None:
        """Exchange the session for a connected one, before anything that waits."""
        self._waiting.appendleft(Adopt(session))
        self._has_work.set()

    @property
    def is_attached(self) -> bool:
        """Whether there is a session to work with."""
        return self._session is not None

    def start_failed(self, failure: ConnectFailed) -> None:
        """No session could be made at all; what waits is thrown away."""
        self._drop_waiting()
        self._change_link(ConnectionStatus.FAILED, failure)

    def put(self, job: Job) -> None:
        """Add a job behind those that wait."""
        self._waiting.append(job)
        self._has_work.set()
        self.post(WorkChanged(self.letter))

    def has_page_on_its_way(self) -> bool:
        """Whether a page was asked for and has not arrived."""
        return isinstance(self.running, FetchPage) or any(isinstance(job, FetchPage) for job in self._waiting)

    def tell_progress(self, text: str) -> None:
        """What the running job has done so far, for the status line."""
        self.progress = text
        self.post(WorkChanged(self.letter))

    def report(self, sql: str, outcome: Outcome, before: TransactionState) -> None:
        """Show and record the outcome of a statement that a UseSession ran."""
        self.outcome_came(Statement(sql, 0, len(sql), kind_of(sql)), outcome, before)

    async def fetch_page(self, held: HeldResult, limit: int | None = None) -> bool:
        """Fetch the next rows of a held result and post them; whether there are more."""
        before = self.state
        try:
            page = await held.more(limit or self.row_limit)
        except NoLongerHeld as gone:
            self.post(CommandTold(self.letter, str(gone), True, False, self.state))
            return False
        except FetchFailed as failure:
            self.outcome_came(NOTHING, failure.outcome, before)
            return False
        self.page_came(page, held)
        return page.has_more

    async def serve(self) -> None:
        """Do the jobs as they come; never returns."""
        while True:
            await self._has_work.wait()
            if not self._waiting:
                self._has_work.clear()
                continue
            self.running = self._waiting.popleft()
            self.interruption = Interruption.NONE
            self._was_interrupted.clear()
            self.post(WorkChanged(self.letter))
            try:
                await self._do(self.running)
            finally:
                self.running = None
                self.progress = self.current_statement = ""
                self.interruption = Interruption.NONE
            if self.link.can_reconnect:
                self._drop_waiting()
            self.post(WorkChanged(self.letter))

    async def interrupt(self) -> Interruption:
        """Stop what runs and forget what waits: first ask the server, the second time drop the connection."""
        if self.running is None or self._session is None:
            return Interruption.NONE
        self._drop_waiting()
        self._was_interrupted.set()
        if self._runner is not None:
            self._runner.interrupt()
        if self._question is not None and not self._question.done():
            self._question.set_result(False)
            return Interruption.NONE
        if self._connecting is not None:
            self._connecting.cancel()
            return Interruption.DROPPED
        if self.interruption is Interruption.NONE:
            self.interruption = Interruption.ASKED
            self.post(WorkChanged(self.letter))
            await self._session.cancel()
        else:
            self.interruption = Interruption.DROPPED
            self.post(WorkChanged(self.letter))
            await self._session.close()
        return self.interruption

    async def wait(self, seconds: float) -> bool:
        """Sleep within a job; False when the person interrupted it, then or before."""
        if seconds:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._was_interrupted.wait(), seconds)
        return not self._was_interrupted.is_set()

    async def look(self) -> None:
        """Find out whether an idle connection has ended; sends nothing."""
        if self._session is None or self.running is not None or self.link is not ConnectionStatus.CONNECTED:
            return
        lost = await self._session.look()
        if lost is not None:
            self.outcome_came(NOTHING, lost, lost.state_before)

    async def renew(self) -> bool:
        """Give an idle session a new connection beside its work; False when it was not idle. Raises ConnectFailed."""
        if self._session is None or self.running is not None or self.link is not ConnectionStatus.CONNECTED:
            return False
        is_done = await self._session.renew()
        if is_done:
            self.post(SessionRenewed(self.letter))
        return is_done

    async def close(self) -> None:
        """End the connection, for quitting."""
        if self._session is not None:
            await self._session.close()

    def _use(self, session: Session) -> None:
        """Work with this session from now on, behind the guards."""
        self._session = GuardedSession(session, lambda: self.guards, self._ask, lambda: self.changed_rows())
        if self._runner is not None:
            self._runner.session = self._session

    def _runner_of(self, session: Session) -> "StatementRunner":
        if self._runner is None:
            self._runner = self._open_runner(session, self.row_limit)
        return self._runner

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

    def _drop_waiting(self) -> None:
        dropped = tuple(self._waiting)
        self._waiting.clear()
        for job in dropped:
            if isinstance(job, UseSession) and job.dropped is not None:
                job.dropped()
        count = sum(isinstance(job, RunStatements) for job in dropped)
        if count:
            self.post(WorkDropped(self.letter, count))

    async def _do(self, job: Job) -> None:
        if self._session is None:
            raise RuntimeError("jobs are served after attach()")
        match job:
            case Connect():
                await self._connect(self._session)
            case Adopt(session=session):
                old = self._session
                self._use(session)
                self._change_link(ConnectionStatus.CONNECTED)
                await old.close()
            case RunStatements(statements=statements, is_from_editor=is_from_editor):
                await self._run_all(self._session, statements, is_from_editor)
            case FetchPage(held=held):
                await self.fetch_page(held)
            case UseSession(label=label, work=work):
                self.tell_progress(label)
                await work(self._session, self)

    async def _connect(self, session: Session) -> None:
        self._change_link(ConnectionStatus.CONNECTING)
        self._connecting = asyncio.ensure_future(session.connect())
        try:
            await asyncio.wait([self._connecting])
            if self._connecting.cancelled():
                self._change_link(ConnectionStatus.FAILED, ConnectFailed("You stopped the connection attempt."))
            else:
                self._connecting.result()
                self._change_link(ConnectionStatus.CONNECTED)
        except ConnectFailed as failure:
            self._change_link(ConnectionStatus.FAILED, failure)
        finally:
            self._connecting.cancel()  # does nothing to a finished task; ends the attempt when we are cancelled
            self._connecting = None

    async def _run_all(self, session: Session, statements: tuple[Statement, ...], is_from_editor: bool) -> None:
        from dsqltui.runner.answer_events import do_statement  # with all commands and formats: not needed at the start

        for statement in statements:
            if self.interruption is not Interruption.NONE:
                return
            self.current_statement = statement.text
            if not await do_statement(self, self._runner_of(session), statement, is_from_editor=is_from_editor):
                return

    def outcome_came(
        self,
        statement: Statement,
        outcome: Outcome,
        before: TransactionState,
        *,
        is_from_editor: bool = False,
        progress: str = "",
        sent: str = "",
        is_expanded: bool = False,
    ) -> None:
        """Post what a statement gave; `before` is the state in which it was sent, the rest as in StatementFinished."""
        if isinstance(outcome, Lost):
            self.link = ConnectionStatus.LOST
            if self.interruption is Interruption.DROPPED:
                outcome = dataclasses.replace(outcome, reason="you dropped the connection")
        self.post(
            StatementFinished(
                self.letter,
                statement,
                outcome,
                self.state,
                is_from_editor,
                progress,
                before,
                sent,
                is_expanded,
                held=HeldResult.of(self._session) if self._session and isinstance(outcome, Rows) else None,
                copy_bytes=self._session.copied_bytes if self._session else 0,
            )
        )
        if isinstance(outcome, Lost):  # after the statement, which still belongs to the lost transaction
            self._change_link(ConnectionStatus.LOST)

    def page_came(self, page: Page, held: HeldResult) -> None:
        """Show further rows of a result."""
        self.post(PageArrived(self.letter, page, self.state, held))

    def _change_link(self, link: ConnectionStatus, failure: ConnectFailed | None = None) -> None:
        self.link = link
        self.post(ConnectionChanged(self.letter, link, self.state, failure))
