"""Does what a pane was asked for, and records and delivers each answer as it comes: the one reader of answers."""

import contextlib
import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Protocol

from dsqltui.core.answers.answers import Answer, Failed, Progressed, Ran, Reached, Shown
from dsqltui.core.journal.journal import Entry
from dsqltui.core.language import _
from dsqltui.core.psql import CheckCommit, Include, SwitchRole, parse_command
from dsqltui.core.results.outcome import Lost, Outcome, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.script_text import ScriptUnreadable
from dsqltui.core.scripts.statement import Statement, StatementKind
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.runner.dependence import voids_what_follows
from dsqltui.runner.event_sink import TOLD_EVERY_S
from dsqltui.runner.events import ScriptIdentity
from dsqltui.runner.jobs import NOTHING, Interruption
from dsqltui.runner.journal_recorder import JournalRecorder
from dsqltui.runner.pane_connection import PaneConnection
from dsqltui.runner.results.held_result import HeldResult
from dsqltui.runner.results.listings import as_outcome
from dsqltui.runner.sink import AnswerSink, Delivery
from dsqltui.runner.statements.runner_state import Answers
from dsqltui.runner.statements.scripts import first_refused

if TYPE_CHECKING:
    from dsqltui.runner.statements.statement_runner import OpenRunner, StatementRunner


class PerformerHost(Protocol):
    """What a performer needs of its pane's runner."""

    letter: str
    connection: PaneConnection
    sink: AnswerSink
    row_limit: int
    interruption: Interruption

    def tell_progress(self, text: str) -> None:
        """How far something long has come."""
        ...

    async def role_switched(self, command: SwitchRole) -> bool:
        """Have the role switched; whether it was."""
        ...


class Performer:
    """Of one pane."""

    def __init__(self, pane: PerformerHost, recorder: JournalRecorder, open_runner: "OpenRunner") -> None:
        self._pane = pane
        self._recorder = recorder
        self._open_runner = open_runner
        self._statements: StatementRunner | None = None
        self._told_s = 0.0
        """When it was last told how far a script is."""

    @property
    def statements(self) -> "StatementRunner":
        """Holds what commands change: variables, `\\x`, `\\o`."""
        session = self._pane.connection.session
        if session is None:
            raise RuntimeError("statements are run after attach()")
        if self._statements is None:
            self._statements = self._open_runner(session, self._pane.row_limit)
        return self._statements

    def session_changed(self) -> None:
        """The pane has another session."""
        session = self._pane.connection.session
        if self._statements is not None and session is not None:
            self._statements.session = session

    def interrupt(self) -> None:
        """Let what waits or copies end at the next opportunity."""
        if self._statements is not None:
            self._statements.interrupt()

    async def run(
        self, statement: Statement, *, is_from_editor: bool = False, script: ScriptIdentity | None = None
    ) -> bool:
        """Do a statement or a command; True when what follows may be run. `script`: of which it is a part."""
        script = _included(statement) or script
        return await self._perform(self.statements.run(statement), statement, is_from_editor, script)

    async def refuses(self, statements: Sequence[Statement]) -> bool:
        """Whether one of them holds a command that cannot be done, which is then told: none of them is to be run."""
        refused = None if self.statements.goes_on else first_refused(statements)
        if refused is not None:
            await self.deliver(Reached(*refused[:2]), refused[0])
        return refused is not None

    async def run_text(self, text: str, source: Path | None = None) -> bool:
        """Do a script at hand, as StatementRunner.run_text does; whether all of it went well."""
        return await self._perform(self.statements.run_text(text, source), NOTHING, is_from_editor=False)

    def voids_what_follows(self, statement: Statement, before: TransactionState) -> bool:
        """Whether what waits behind a statement that failed is not to be run."""
        return voids_what_follows(statement, before, self._pane.connection.state)

    async def _perform(
        self, answers: Answers, asked: Statement, is_from_editor: bool, script: ScriptIdentity | None = None
    ) -> bool:
        is_good = True
        try:
            async with contextlib.aclosing(answers):
                async for answer in answers:
                    is_good = is_good and not answer.is_failure
                    if isinstance(answer, Reached) and isinstance(answer.command, CheckCommit):
                        is_good = await self._check_commit(answer.statement) and is_good
                        continue
                    self._tell_progress(answer, asked)
                    await self.deliver(answer, asked, is_from_editor=is_from_editor, script=script)
                    if isinstance(answer, Reached) and isinstance(answer.command, SwitchRole) and answer.place is None:
                        is_good = await self._pane.role_switched(answer.command) and is_good
        except ScriptUnreadable as problem:
            await self.deliver(Failed(asked, str(problem)), asked)
            return False
        return is_good

    async def _check_commit(self, asked: Statement) -> bool:
        """Find out what became of the last COMMIT without an answer."""
        from dsqltui.runner.commit_checking import commit_check  # rarely asked for

        session = self._pane.connection.session
        if session is None:
            return False
        endpoints = self.statements.endpoints or (session.endpoint,)
        entries = self._recorder.entries
        is_good = True
        for answer in await commit_check(asked, entries, self._pane.letter, session, endpoints):
            await self.deliver(answer, asked)
            is_good = is_good and not answer.is_failure
        return is_good

    def _tell_progress(self, answer: Answer, asked: Statement) -> None:
        if isinstance(answer, Progressed):
            self._pane.tell_progress(answer.text)
        elif isinstance(answer, Ran) and answer.place is not None and asked.kind is StatementKind.COMMAND:
            now = time.monotonic()
            if now - self._told_s >= TOLD_EVERY_S:
                self._told_s = now
                self._pane.tell_progress(f"{asked.text} {answer.progress}")

    async def deliver_outcome(
        self, statement: Statement, outcome: Outcome, before: TransactionState, *, progress: str = "", sent: str = ""
    ) -> None:
        """What a statement gave that was run on the session directly."""
        await self.deliver(Ran(statement, outcome, before, sent, progress=progress), statement)

    async def deliver(
        self, answer: Answer, asked: Statement, *, is_from_editor: bool = False, script: ScriptIdentity | None = None
    ) -> None:
        """Record an answer and hand it to the sink."""
        connection, state = self._pane.connection, self._pane.connection.state
        session, entry, held, is_lost = connection.session, None, None, False
        copy_bytes = session.copied_bytes if session is not None else 0
        if isinstance(answer, Ran):
            answer, is_lost = self._with_reason(answer), isinstance(answer.outcome, Lost)
            sql = answer.sent or answer.statement.text
            connection.settings.saw(sql, answer.outcome, answer.state_before, state)
            entry = self._recorder.statement(
                answer.statement,
                answer.outcome,
                connection.user,
                answer.state_before,
                state,
                sent=answer.sent,
                copy_bytes=copy_bytes,
            )
            if session is not None and isinstance(answer.outcome, Rows):
                held = HeldResult.of(session)
        elif isinstance(answer, Shown):
            entry = self._listed(answer, state)
        connection.note_transaction()
        if is_lost:
            connection.status = ConnectionStatus.LOST
        delivery = Delivery(answer, asked, state, is_from_editor, entry, held, copy_bytes, script)
        await self._pane.sink.deliver(delivery)
        if is_lost:  # after the statement, which still belongs to the lost transaction
            connection.lost()

    def _listed(self, shown: Shown, state: TransactionState) -> Entry | None:
        """Recorded once, and never as a part of a transaction that may be run again."""
        if not shown.tables or state.is_open:
            return None
        outcome = as_outcome(shown.tables[0], shown)
        return self._recorder.statement(shown.statement, outcome, self._pane.connection.user, state, state)

    def _with_reason(self, ran: Ran) -> Ran:
        if not isinstance(ran.outcome, Lost) or self._pane.interruption is not Interruption.DROPPED:
            return ran
        return dataclasses.replace(
            ran, outcome=dataclasses.replace(ran.outcome, reason=_("you dropped the connection"))
        )


def _included(asked: Statement) -> ScriptIdentity | None:
    """The script that a command runs."""
    if asked.kind is not StatementKind.COMMAND:
        return None
    command = parse_command(asked.text)
    return ScriptIdentity(PurePath(command.path).name) if isinstance(command, Include) else None
