"""What widgets and workers tell the console screen. Facts in the past tense; requests end in Requested."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from dsqltui.core.sessions.roles import RoleChoice
    from dsqltui.runner.events import RunnerEvent


class ConsoleMessage(Message):
    """Base of all of them; features react to those they name."""


class Hearer:
    """A screen that does what its widgets ask for in the key's own turn: a posted message would come to it after the
    next key of a burst, whose action is done at once."""

    def hear(self, message: ConsoleMessage) -> None:
        """Do it now."""
        raise NotImplementedError


def ask(widget: Widget, message: ConsoleMessage) -> None:
    """A key in `widget` asks its screen for something."""
    if isinstance(widget.screen, Hearer):
        widget.screen.hear(message)
    else:
        widget.post_message(message)


@dataclass
class RunnerTold(ConsoleMessage):
    """A pane's runner has news; features react to the event by its type."""

    event: "RunnerEvent"


@dataclass
class ActionAsked(ConsoleMessage):
    """A click on a key, or a card's own letter, means an action of the console."""

    action: str


class FocusMoved(ConsoleMessage):
    """Another widget of the console has the focus."""


@dataclass
class TextLeaving(ConsoleMessage):
    """A text of the person's is about to be taken out of an editor: it is to be kept first."""

    text: str
    origin: str
    """Where it was, for the person."""
    done: Callable[[str], object]
    """To be called when it is on disk, with nothing, or with why it is not."""


@dataclass
class ResultShown(ConsoleMessage):
    """A pane shows other rows, or a report."""

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
    """A value, or several, went to the clipboard."""

    length: int
    """Characters."""
    is_too_long: bool = False
    """Whether it was more than a terminal takes, and nothing was copied."""


class GridMoved(ConsoleMessage):
    """The cursor of a pane's grid is somewhere else."""

    def __init__(self, grid: Widget, row: int, column: int) -> None:
        super().__init__()
        self.grid, self.row, self.column = grid, row, column


@dataclass
class ReplayAsked(ConsoleMessage):
    """A key of the replay's line."""

    goes_on: bool
    """True: the next step; False: end it."""


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
    refused: "Callable[[str], object] | None" = None
    """Gets the reason when they do not become it."""
