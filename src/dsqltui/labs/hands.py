"""The two panes without a screen: sessions that do what steps ask for, with everything recorded in a journal."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from dsqltui.core.commands import Include, parse_command
from dsqltui.core.journal import Event, Journal
from dsqltui.core.outcome import Lost, Outcome, Refused
from dsqltui.core.script import ScriptRunner
from dsqltui.core.session import Session
from dsqltui.core.statement import Statement, StatementKind, split
from dsqltui.core.transaction import TransactionState
from dsqltui.labs.model import PANES
from dsqltui.labs.ports import SessionMaker

ROW_LIMIT = 1_000


class CommandRunner(Protocol):
    r"""Answers backslash commands that ask the server: `\d`, `\dt`."""

    def __call__(self, session: Session, command: str) -> AsyncIterator[Outcome]:
        """What came back, one outcome for each table shown."""
        ...


class Hands:
    """Both panes' sessions. Statements run one at a time."""

    def __init__(
        self, sessions: SessionMaker, journal: Journal, run_script: ScriptRunner, run_command: CommandRunner
    ) -> None:
        self._maker = sessions
        self._sessions: dict[str, Session] = {pane: sessions.base(pane) for pane in PANES}
        self._journal = journal
        self._run_script = run_script
        self._run_command = run_command

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
        """Run statements up to the first refusal; the last outcome, None when there was no statement.

        Raises ScriptUnreadable for an \\include that cannot be run.
        """
        outcome: Outcome | None = None
        for statement in split(sql):
            outcome = await self._run_one(pane, statement)
            if isinstance(outcome, Refused | Lost):
                break
        return outcome

    async def close(self) -> None:
        """End both connections."""
        for session in self._sessions.values():
            await session.close()

    async def _run_one(self, pane: str, statement: Statement) -> Outcome | None:
        session = self._sessions[pane]
        if statement.kind is not StatementKind.COMMAND:
            before = session.state
            outcome = await session.run(statement.text, limit=ROW_LIMIT, copy_data=statement.copy_data)
            self._record(pane, statement, outcome, before)
            return outcome
        last: Outcome | None = None
        before = session.state
        command = parse_command(statement.text)
        if isinstance(command, Include):
            async for step in self._run_script(session, command.path, limit=ROW_LIMIT):
                last = step.outcome
                self._record(pane, step.statement, last, before)
                before = session.state
            return last
        async for last in self._run_command(session, statement.text):
            self._record(pane, statement, last, before)
        return last

    async def _open(self, pane: str, session: Session) -> None:
        self._sessions[pane] = session
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
