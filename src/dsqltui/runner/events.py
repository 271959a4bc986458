"""What a pane's runner tells: facts in the past tense, in the order in which they came about."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dsqltui.core.answers.fate import Fate, fate_of
from dsqltui.core.journal.journal import Entry
from dsqltui.core.results.outcome import Outcome
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.session import ConnectFailed, Page
from dsqltui.runner.results.held_result import HeldResult

if TYPE_CHECKING:
    from dsqltui.core.psql import Command, SwitchRole
    from dsqltui.core.transactions.replay import Replay
    from dsqltui.core.transactions.replaying import Ended


class RunnerEvent:
    """Base of all of them."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ConnectionChanged(RunnerEvent):
    """A pane's connection was opened, lost, or could not be opened."""

    letter: str
    link: ConnectionStatus
    state: TransactionState
    failure: ConnectFailed | None = None
    """Why it could not be opened."""


@dataclass(frozen=True, slots=True)
class WorkChanged(RunnerEvent):
    """A pane began or ended something, or the number of waiting runs changed."""

    letter: str


@dataclass(frozen=True, slots=True, eq=False)
class ScriptIdentity:
    """One run of a script, or of several statements at once, to which events belong; told apart by identity."""

    name: str
    """The file's, or the comment above the first statement; may be empty."""
    total: int | None = None
    """How many statements it has; None: the numbering of its statements tells."""


@dataclass(frozen=True, slots=True)
class StatementFinished(RunnerEvent):
    """An outcome arrived."""

    letter: str
    statement: Statement
    outcome: Outcome
    state: TransactionState
    is_from_editor: bool
    """False for a script's statement, whose offsets are not the editor's."""
    progress: str = ""
    """`3/12` within a script, else empty."""
    state_before: TransactionState = TransactionState.NONE
    sent: str = ""
    """What was sent, when it is not the statement's text."""
    is_expanded: bool = False
    r"""Whether the rows are wanted as records (`\x`, `\gx`)."""
    entry: Entry | None = None
    """Its entry in the journal, where it has one."""
    held: HeldResult | None = None
    """What the session holds of its rows; None when all are here."""
    copy_bytes: int = 0
    """Data sent with a COPY ... FROM STDIN."""
    script: ScriptIdentity | None = None
    """The script of which it is a part."""
    ended_s: float = field(default_factory=time.time)
    """Unix time at which the outcome was there."""
    is_followed: bool = False
    """Whether it went well and the next one of its script is told of at the same time: nobody could read it."""

    @property
    def fate(self) -> Fate:
        """What is known of the data after it."""
        return fate_of(self.sent or self.statement.text, self.outcome, self.state_before, self.state)


@dataclass(frozen=True, slots=True)
class StatementsFinished(RunnerEvent):
    """Several of a script went well, one after the other; each is told of as StatementFinished."""

    letter: str
    finished: tuple[StatementFinished, ...]


@dataclass(frozen=True, slots=True)
class PageArrived(RunnerEvent):
    """More rows of the result on the screen."""

    letter: str
    page: Page
    state: TransactionState
    held: HeldResult
    """Of which result."""


@dataclass(frozen=True, slots=True)
class CommandReached(RunnerEvent):
    """A backslash command's turn came; the screen answers those that are not about statements."""

    letter: str
    command: "Command"
    state: TransactionState


@dataclass(frozen=True, slots=True)
class CommandTold(RunnerEvent):
    """A backslash command has something to say."""

    letter: str
    text: str
    """One line or more; may hold text of files and servers."""
    is_failure: bool
    is_within_script: bool
    state: TransactionState


@dataclass(frozen=True, slots=True)
class ScriptFinished(RunnerEvent):
    """A script ran to its end, stopped, or could not be read."""

    letter: str
    path: str
    """Empty for statements that were run at once without a file."""
    statement_count: int
    """How many of its statements were run."""
    trouble: str = ""
    """Why it ended early; empty when it ran to its end."""
    script: ScriptIdentity | None = None


@dataclass(frozen=True, slots=True)
class WorkDropped(RunnerEvent):
    """Waiting runs were thrown away, because the connection ended or the person cancelled."""

    letter: str
    count: int
    """Waiting runs."""
    statements: int
    """Statements of them, and of the run that failed."""


@dataclass(frozen=True, slots=True)
class FollowersVoid(RunnerEvent):
    """A statement failed on which the meaning of all that was written behind it depends: do not send that."""

    letter: str


@dataclass(frozen=True, slots=True)
class GuardAsked(RunnerEvent):
    """A guard holds a statement back until the person answers."""

    letter: str
    question: str
    """A sentence."""
    statement: str
    """As it would be sent."""
    answer: Callable[[bool], None]
    """To be called once, with whether to send it."""


@dataclass(frozen=True, slots=True)
class ReplayEnded(RunnerEvent):
    """A transaction that was run again is through, or was stopped."""

    letter: str
    replay: "Replay"
    """As it was begun."""
    ended: "Ended"


@dataclass(frozen=True, slots=True)
class SessionExchanged(RunnerEvent):
    """The pane goes on with another session: another role, new tokens. From here on statements run as `user`."""

    letter: str
    user: str
    """The database role."""
    ended_transaction: bool
    """Whether an open transaction was rolled back, which the person had agreed to."""
    ended_rows: bool
    """Whether rows of a result, not fetched yet, are gone."""


@dataclass(frozen=True, slots=True)
class SettingsLost(RunnerEvent):
    """The connection is a new one, and what SET had changed in the old one is gone."""

    letter: str
    statements: tuple[str, ...]
    """What sets it again."""


@dataclass(frozen=True, slots=True)
class RoleAsked(RunnerEvent):
    r"""`\role` has its turn. What follows it waits until `done` says whether the pane has the role."""

    letter: str
    command: "SwitchRole"
    done: "asyncio.Future[bool]"
    """False: not switched, or given up; what follows is then not run. Done from outside: the person interrupted."""


@dataclass(frozen=True, slots=True)
class SessionRenewed(RunnerEvent):
    """An idle session got a new connection before the old one was too old."""

    letter: str
