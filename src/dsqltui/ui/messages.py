"""What widgets and workers tell the console screen. Facts in the past tense; requests end in Requested."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message
from textual.widget import Widget

from dsqltui.core.outcome import Outcome
from dsqltui.core.session import ConnectFailed, Page
from dsqltui.core.statement import Statement
from dsqltui.core.transaction import TransactionState
from dsqltui.ui.link import Link

if TYPE_CHECKING:
    from dsqltui.core.commands import Command
    from dsqltui.core.replay import Replay
    from dsqltui.core.replaying import Ended
    from dsqltui.core.roles import RoleChoice


class ConsoleMessage(Message):
    """Base of all of them; features react to those they name."""


@dataclass
class LinkChanged(ConsoleMessage):
    """A pane's connection was opened, lost, or could not be opened."""

    letter: str
    link: Link
    state: TransactionState
    failure: ConnectFailed | None = None
    """Why it could not be opened."""


@dataclass
class WorkChanged(ConsoleMessage):
    """A pane began or ended something, or the number of waiting runs changed."""

    letter: str


@dataclass
class StatementFinished(ConsoleMessage):
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
    copy_bytes: int = 0
    """Data sent with a COPY ... FROM STDIN."""
    ended_s: float = field(default_factory=time.time)
    """Unix time at which the outcome was there."""


@dataclass
class PageArrived(ConsoleMessage):
    """More rows of the result on the screen."""

    letter: str
    page: Page
    state: TransactionState


@dataclass
class CommandReached(ConsoleMessage):
    """A backslash command's turn came; the screen answers those that are not about statements."""

    letter: str
    command: "Command"
    state: TransactionState


@dataclass
class CommandTold(ConsoleMessage):
    """A backslash command has something to say."""

    letter: str
    text: str
    """One line or more; may hold text of files and servers."""
    is_failure: bool
    is_within_script: bool
    state: TransactionState


@dataclass
class ScriptFinished(ConsoleMessage):
    """A script ran to its end, stopped, or could not be read."""

    letter: str
    path: str
    statement_count: int
    """How many of its statements were run."""
    trouble: str = ""
    """Why it ended early; empty when it ran to its end."""


@dataclass
class WorkDropped(ConsoleMessage):
    """Waiting runs were thrown away, because the connection ended or the person cancelled."""

    letter: str
    count: int


@dataclass
class GuardAsked(ConsoleMessage):
    """A guard holds a statement back until the person answers."""

    letter: str
    question: str
    """A sentence."""
    statement: str
    """As it would be sent."""
    answer: Callable[[bool], None]
    """To be called once, with whether to send it."""


@dataclass
class ReplayEnded(ConsoleMessage):
    """A transaction that was run again is through, or was stopped."""

    letter: str
    replay: "Replay"
    """As it was begun."""
    ended: "Ended"


@dataclass
class SessionRenewed(ConsoleMessage):
    """An idle session got a new connection before the old one was too old."""

    letter: str


@dataclass
class PaneActivated(ConsoleMessage):
    """The person turned to another pane."""

    letter: str


@dataclass
class SidebarAsked(ConsoleMessage):
    """A key of the sidebar was pressed."""

    action: str
    """Of keymap's SIDEBAR scope, or `choose`."""
    key: str
    """The line under the cursor; empty when there is none."""


@dataclass
class SidebarMoved(ConsoleMessage):
    """The sidebar's cursor is on another line."""

    key: str


@dataclass
class PanesResized(ConsoleMessage):
    """The panes have another room, in cells."""

    width: int
    height: int


class MoreRequested(ConsoleMessage):
    """The person paged past the last row that is here."""


@dataclass
class ValueRequested(ConsoleMessage):
    """The person wants to see a value in full."""

    column: str
    value: str


@dataclass
class ValueCopied(ConsoleMessage):
    """A value went to the clipboard."""

    length: int
    """Characters."""


class GridMoved(ConsoleMessage):
    """The cursor of a pane's grid is somewhere else."""

    def __init__(self, grid: Widget, row: int, column: int) -> None:
        super().__init__()
        self.grid, self.row, self.column = grid, row, column


@dataclass
class TimelineAsked(ConsoleMessage):
    """A key in the timeline, for something the strip cannot do itself."""

    action: str


@dataclass
class GridAsked(ConsoleMessage):
    """A key in a pane's results, for something that others do with them."""

    action: str
    """Of the console, without its `results_`."""


@dataclass
class PaneChosen(ConsoleMessage):
    """The person clicked a pane's title bar or strip."""

    letter: str


class QuitRequested(ConsoleMessage):
    """Ctrl+Q was pressed where the console screen does not see it."""


@dataclass
class LabAsked(ConsoleMessage):
    """A key of the lab panel was pressed."""

    what: str
    """The action's id."""
    number: int = 0
    """Of an answer."""


class LabPanelResized(ConsoleMessage):
    """The lab panel got another size."""


@dataclass
class RoleRequested(ConsoleMessage):
    """A feature wants the panes to become a role; the role switcher asks what must be asked."""

    choice: "RoleChoice | None"
    """None: the base credentials."""
    letters: tuple[str, ...]
