"""The two panes without a screen: the runner of the console, with a sink that keeps what a lab is judged by."""

from collections.abc import Mapping

from dsqltui.core.answers.answers import Failed, Ran, Shown
from dsqltui.core.journal.journal import Journal
from dsqltui.core.results.outcome import Outcome
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import split
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.labs.model import PANES
from dsqltui.labs.ports import SessionMaker
from dsqltui.runner.events import ConnectionChanged, RunnerEvent
from dsqltui.runner.jobs import RunStatements
from dsqltui.runner.journal_recorder import JournalRecorder
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.runner.results.listings import as_outcome
from dsqltui.runner.sink import Delivery
from dsqltui.runner.statements.statement_runner import OpenRunner

ROW_LIMIT = 1_000


class CommandFailed(Exception):
    """A backslash command could not be done; the message is a sentence."""


class _LastAnswer:
    """The sink of one pane: what came last."""

    def __init__(self) -> None:
        self.outcome: Outcome | None = None
        self.problem = ""
        self.failure: ConnectFailed | None = None

    def post(self, event: RunnerEvent) -> None:
        """See AnswerSink."""
        if isinstance(event, ConnectionChanged):
            self.failure = event.failure

    async def deliver(self, delivery: Delivery) -> None:
        """See AnswerSink."""
        match delivery.answer:
            case Ran(outcome=outcome):
                self.outcome = outcome
            case Shown(tables=tables) as shown if tables:
                self.outcome = as_outcome(tables[0], shown)
            case Failed(problem=problem):
                self.problem = problem


class HeadlessPanes:
    """Both panes' sessions. Statements run one at a time."""

    def __init__(self, sessions: SessionMaker, journal: Journal, open_runner: OpenRunner) -> None:
        self._maker = sessions
        self._last = {pane: _LastAnswer() for pane in PANES}
        self._panes: dict[str, PaneRunner] = {}
        for pane in PANES:
            session = sessions.base(pane)
            recorder = JournalRecorder(journal, pane, session.endpoint.region)
            runner = PaneRunner(pane, self._last[pane], recorder, open_runner=open_runner, row_limit=ROW_LIMIT)
            runner.connection.use(session)
            self._panes[pane] = runner

    @property
    def states(self) -> Mapping[str, TransactionState]:
        """The panes' transactions, by letter."""
        return {pane: runner.state for pane, runner in self._panes.items()}

    @property
    def users(self) -> Mapping[str, str]:
        """The panes' database roles."""
        return {pane: runner.user for pane, runner in self._panes.items()}

    async def connect(self, pane: str) -> None:
        """Open the pane's connection, again if it is open. Raises ConnectFailed."""
        await self._panes[pane].connection.connect()
        if (failure := self._last[pane].failure) is not None:
            raise failure

    async def assume(self, pane: str, user: str, iam_role: str, session: str) -> None:
        """Connect the pane as a database role through an IAM role. Raises ConnectFailed."""
        await self._exchange(pane, await self._maker.as_role(pane, user, iam_role, session))

    async def return_to_base(self, pane: str) -> None:
        """Connect the pane as at the start. Raises ConnectFailed."""
        await self._exchange(pane, self._maker.base(pane))

    async def run(self, pane: str, sql: str) -> Outcome | None:
        """Run statements and commands up to the first refusal; the last outcome. Raises CommandFailed."""
        last = self._last[pane]
        last.outcome, last.problem = None, ""
        await self._panes[pane].do(RunStatements(tuple(split(sql)), is_from_editor=False))
        if last.problem:
            raise CommandFailed(last.problem)
        return last.outcome

    async def close(self) -> None:
        """End both connections."""
        for runner in self._panes.values():
            await runner.close()

    async def _exchange(self, pane: str, session: Session) -> None:
        await session.connect()
        runner = self._panes[pane]
        await runner.exchange(session, may_end=runner.connection.open_transaction)
