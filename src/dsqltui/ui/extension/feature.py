"""How the console is extended: a feature brings widgets, actions and reactions, and sees the console through one door.

The console screen knows no feature by name; `features/__init__.py` lists them. A feature keeps its state in itself, its
rules in `core`, its looks in a file of `styles/`, its actions in `keymap.ACTIONS` (which makes keys, leader paths,
palette and help of them).
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

from dsqltui.core.aws.limits import AgeLimits
from dsqltui.runner.jobs import Job
from dsqltui.ui.keys.key_items import KeySituation
from dsqltui.ui.panes.pane_state import PaneState
from dsqltui.ui.state.observers import Observers
from dsqltui.ui.state.role_state import RoleState
from dsqltui.ui.state.services import Services
from dsqltui.ui.state.sync_mode import SyncMode

T = TypeVar("T")

ActionHandler = Callable[[], Coroutine[Any, Any, None] | None]
"""What an action does; a coroutine is run as a worker, one of its action at a time."""
Reaction = Callable[[Any], None]
"""Takes a message of the type it is registered for."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something for the palette that depends on what there is: a snippet, a lab."""

    name: str
    """May hold anything; it is made safe."""
    description: str
    do: Callable[[], object]


class Console(Protocol):
    """What a feature may see of the console and do with it."""

    @property
    def app(self) -> App[object]: ...

    @property
    def services(self) -> Services: ...

    @property
    def observers(self) -> Observers:
        """Sessions for looking at catalog and jobs, one for each Region, shared by all features."""
        ...

    @property
    def role_state(self) -> RoleState:
        """Whom each pane is connected as."""
        ...

    @property
    def sides(self) -> Mapping[str, PaneState]:
        """By letter, A first."""
        ...

    @property
    def active(self) -> PaneState:
        """The side a person works in."""
        ...

    @property
    def other(self) -> PaneState:
        """The side beside it."""
        ...

    age_limits: AgeLimits
    """How old sessions and transactions may become here."""

    sync_mode: SyncMode
    """How the panes work together; shown on the key line."""

    def tell(self, text: str) -> None:
        """A notice on the key line, for a few seconds. `text` may hold anything; it is made safe."""
        ...

    def show_keys(self, now: KeySituation) -> None:
        """Which keys work where the person is, for the key line."""
        ...

    def go_to(self, letter: str) -> None:
        """Make that side active, with the cursor in its editor."""
        ...

    def submit(self, side: PaneState, job: Job) -> bool:
        """Queue a job; tells and returns False when the side is not connected."""
        ...

    def prefill(self, letter: str, text: str) -> None:
        """Put SQL into a side's editor, below what the person has there, with the cursor on it.

        Nothing runs; undo takes it back.
        """
        ...

    def offers(self) -> "Sequence[Offer]":
        """What all features offer to the palette now."""
        ...

    def ask(self, dialog: Screen[T], answered: Callable[[T | None], None] | None = None) -> None:
        """Show a dialog over the console."""
        ...

    def do(self, action: str) -> None:
        """Do an action of keymap.ACTIONS by its id."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None], *, group: str) -> None:
        """Run a coroutine as a worker; a running one of the same group is cancelled."""
        ...

    def rearrange(self) -> None:
        """Lay the screen out again: a feature's widget was opened or closed."""
        ...

    def repaint(self) -> None:
        """Paint every widget anew: their words have changed."""
        ...


class Feature:
    """Base of all features: nothing but defaults."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def handlers(self) -> Mapping[str, ActionHandler]:
        """What it does for actions of keymap.ACTIONS, by their ids."""
        return {}

    def reactions(self) -> Mapping[type[object], Reaction]:
        """What it does when a message of `ui.state.messages` arrives at the screen, by its type; after the screen."""
        return {}

    def left(self) -> Iterable[Widget]:
        """Widgets for the left column (the sidebar). Hidden until their class is `-open`."""
        return ()

    def right(self) -> Iterable[Widget]:
        """Widgets for the right column (the lab). Hidden until their class is `-open`."""
        return ()

    def below(self) -> Iterable[Widget]:
        """Widgets between the panes and the key line, full width (the timeline). Hidden until `-open`."""
        return ()

    def offers(self) -> Iterable[Offer]:
        """For the palette, besides the actions; asked each time it opens, so it must be quick."""
        return ()

    def started(self) -> None:
        """The screen is there, the first frame is out."""

    async def close(self) -> None:
        """The console ends: let go of connections and files."""
