"""The two panes without a screen: sessions that do what steps ask for, with everything recorded in a journal."""

import contextlib
import time
from collections.abc import Mapping

from dsqltui.core.answers import Answer, Failed, Ran, Shown
from dsqltui.core.journal import Event, Journal
from dsqltui.core.outcome import Lost, Outcome, Refused, Rows
from dsqltui.core.session import Session
from dsqltui.core.statement import Statement, split
from dsqltui.core.transaction import TransactionState
from dsqltui.labs.model import PANES
from dsqltui.labs.ports import SessionMaker
from dsqltui.runner.statement_runner import OpenRunner, StatementRunner

ROW_LIMIT = 1_000


class CommandFailed(Exception):
    """A backslash command could not be done; the message is a sentence."""


class Hands:
    """Both panes' sessions. Statements run one at a time."""

    def __init__(self, sessions: SessionMaker, journal: Journal, open_runner: OpenRunner) -> None:
        self._maker = sessions
        self._sessions: dict[str, Session] = {pane: sessions.base(pane) for pane in PANES}
        self._runners: dict[str, StatementRunner] = {
            pane: open_runner(self._sessions[pane], ROW_LIMIT) for pane in PANES
        }
        self._journal = journal

    @property
    def states(self) -> Mapping[str, TransactionState]:
        """The panes' transactions, by letter."""
        return {pane: session.state for pane, session in self._sessions.items()}

    @property
    def users(self) -> Mapping[str, str]:
        """The panes' database roles."""
        return {pane: session.user for pane, session in self._sessions.items()}

    async def connect(self, pane: str) -> None:
        """Open the pane's connection, again if it is open. Raises ConnectFailed."""
        await self._open(pane, self._sessions[pane])

    async def assume(self, pane: str, user: str, iam_role: str, session: str) -> None:
        """Connect the pane as a database role through an IAM role. Raises ConnectFailed."""
        new = await self._maker.as_role(pane, user, iam_role, session)
        await self._sessions[pane].close()
        await self._open(pane, new)

    async def return_to_base(self, pane: str) -> None:
        """Connect the pane as at the start. Raises ConnectFailed."""
        await self._sessions[pane].close()
        await self._open(pane, self._maker.base(pane))

    async def run(self, pane: str, sql: str) -> Outcome | None:
        """Run statements and commands up to the first refusal; the last outcome. Raises CommandFailed."""
        outcome: Outcome | None = None
        for statement in split(sql):
            async with contextlib.aclosing(self._runners[pane].run(statement)) as answers:
                async for answer in answers:
                    outcome = self._heard(pane, answer) or outcome
            if isinstance(outcome, Refused | Lost):
                break
        return outcome

    async def close(self) -> None:
        """End both connections."""
        for session in self._sessions.values():
            await session.close()

    def _heard(self, pane: str, answer: Answer) -> Outcome | None:
        match answer:
            case Ran(statement=statement, outcome=outcome, state_before=before):
                self._record(pane, statement, outcome, before)
                return outcome
            case Shown(statement=statement, tables=tables, duration_s=duration):
                rows = tuple(row for table in tables for row in table.rows)
                listed = Rows(tables[0].typed_columns if tables else (), rows, "", False, duration)
                self._record(pane, statement, listed, self._sessions[pane].state)
                return listed
            case Failed(problem=problem):
                raise CommandFailed(problem)
        return None

    async def _open(self, pane: str, session: Session) -> None:
        self._sessions[pane] = self._runners[pane].session = session
        started = time.time()
        await session.connect()
        self._journal.connection(
            pane, session.endpoint.region, session.user, Event.CONNECTED, started_s=started, ended_s=time.time()
        )

    def _record(self, pane: str, statement: Statement, outcome: Outcome, before: TransactionState) -> None:
        session = self._sessions[pane]
        self._journal.statement(
            pane,
            session.endpoint.region,
            session.user,
            statement.text,
            statement.kind,
            outcome,
            before=before,
            after=session.state,
            ended_s=time.time(),
        )
