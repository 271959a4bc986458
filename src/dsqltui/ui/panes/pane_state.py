"""One of the two sides of the console: what it is bound to, its pane, the queue of its session."""

from dataclasses import dataclass

from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.ui.panes.pane import Pane


@dataclass(frozen=True, slots=True)
class PaneSetup:
    """What a pane is bound to."""

    letter: str
    """A or B."""
    endpoint: Endpoint
    user: str
    """The database role at the start."""


@dataclass(slots=True)
class PaneState:
    """A pane and the queue of its session."""

    setup: PaneSetup
    pane: Pane
    queue: PaneRunner
    started_s: float | None = None
    """When the running job began, on the monotonic clock; None while nothing runs."""
    told_s: float = 0.0
    """When the last outcome came, on the same clock."""
    parked_at: int | None = None
    """Where the last run left the cursor, as an offset; None when it ran a selection."""

    @property
    def letter(self) -> str:
        """A or B."""
        return self.setup.letter

    @property
    def user(self) -> str:
        """The database role now: the session's, or the one at the start before there is a session."""
        return self.queue.user or self.setup.user
