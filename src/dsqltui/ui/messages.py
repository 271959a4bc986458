"""What widgets and workers tell the console screen. Facts in the past tense; requests end in Requested."""

from dataclasses import dataclass

from textual.message import Message

from dsqltui.core.commands import Command
from dsqltui.core.outcome import Outcome
from dsqltui.core.session import ConnectFailed, Page
from dsqltui.core.statement import Statement
from dsqltui.core.transaction import TransactionState
from dsqltui.ui.link import Link


@dataclass
class LinkChanged(Message):
    """A pane's connection was opened, lost, or could not be opened."""

    letter: str
    link: Link
    state: TransactionState
    failure: ConnectFailed | None = None
    """Why it could not be opened."""


@dataclass
class WorkChanged(Message):
    """A pane began or ended something, or the number of waiting runs changed."""

    letter: str


@dataclass
class StatementFinished(Message):
    """An outcome arrived."""

    letter: str
    statement: Statement
    outcome: Outcome
    state: TransactionState
    is_from_editor: bool
    """False for a script's statement, whose offsets are not the editor's."""
    progress: str = ""
    """`3/12` within a script, else empty."""


@dataclass
class PageArrived(Message):
    """More rows of the result on the screen."""

    letter: str
    page: Page
    state: TransactionState


@dataclass
class CommandReached(Message):
    """A backslash command's turn came; the screen answers those that are not about statements."""

    letter: str
    command: Command
    state: TransactionState


@dataclass
class ScriptFinished(Message):
    """A script ran to its end, stopped, or could not be read."""

    letter: str
    path: str
    statement_count: int
    """How many of its statements were run."""
    trouble: str = ""
    """Why it ended early; empty when it ran to its end."""


@dataclass
class WorkDropped(Message):
    """Waiting runs were thrown away, because the connection ended or the person cancelled."""

    letter: str
    count: int


class MoreRequested(Message):
    """The person paged past the last row that is here."""


@dataclass
class ValueRequested(Message):
    """The person wants to see a value in full."""

    column: str
    value: str


@dataclass
class ValueCopied(Message):
    """A value went to the clipboard."""

    length: int
    """Characters."""


@dataclass
class PaneChosen(Message):
    """The person clicked a pane's title bar or strip."""

    letter: str


class QuitRequested(Message):
    """Ctrl+Q was pressed where the console screen does not see it."""
