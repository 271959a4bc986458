"""What the composition root hands to the console: everything from floors the screen may not know."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dsqltui.core.aws.limits import SESSION_AGE_LIMIT_S, AgeLimits
from dsqltui.core.journal.journal import Journal
from dsqltui.core.sessions.session import Session
from dsqltui.core.settings.sections import Settings
from dsqltui.core.storm.meter import ConflictMeter

if TYPE_CHECKING:
    from dsqltui.core.aws.metrics import MetricsSource
    from dsqltui.core.catalog.access import AccessAssistant
    from dsqltui.core.journal.history import History
    from dsqltui.core.kept.buffers import BufferStore
    from dsqltui.core.scripts.snippets import Snippets
    from dsqltui.core.sessions.roles import RoleSwitcher
    from dsqltui.core.settings.field import Value
    from dsqltui.labs.services import LabServices
    from dsqltui.runner.statements.statement_runner import OpenRunner
    from dsqltui.runner.storm.host import StormHost

OpenSessions = Callable[[], Sequence[Session]]
"""Makes the sessions, unconnected, one per pane. Slow; called once in a thread. Raises ConnectFailed."""

OpenObserver = Callable[[str], Session]
"""Makes one more session, unconnected, on a pane's endpoint, by its letter: no look at catalog and jobs may touch a
pane's transaction. Slow at first; call it in a thread. Raises ConnectFailed."""


SaveSetting = Callable[[str, str, "Value"], object]
"""Changes one setting in the person's file, by section and name. Blocks: call it in a thread. Raises CannotSave."""


class CannotSave(Exception):
    """A setting could not be written. The message is one sentence."""


@dataclass(frozen=True, slots=True)
class Services:
    """Each is a protocol or a value of `core`; those with a default may be absent, and their feature then says so."""

    open_sessions: OpenSessions
    open_runner: "OpenRunner"
    """Makes what does a pane's statements and commands. Slow at first; asked when something is first run."""
    settings: Settings = field(default_factory=Settings)
    """The person's, with what the command line said on top."""
    session_age_limit_s: float = SESSION_AGE_LIMIT_S
    """Seconds that the service lets a connection live."""
    read_age_limits: "Callable[[], AgeLimits] | None" = None
    """What a simulator's faults have made of the limits, now. Blocks. None on AWS, where they stand."""
    journal: Journal = field(default_factory=Journal)
    meter: ConflictMeter = field(default_factory=ConflictMeter, init=False)
    """How often the panes' transactions lost; it hears of the journal."""
    save_setting: SaveSetting | None = None
    history: "History | None" = None
    """What was run before; None when none is kept."""
    snippets: "Snippets | None" = None
    buffers: "BufferStore | None" = None
    """Keeps the editors' texts; None when they end with the console."""
    open_observer: OpenObserver | None = None
    open_roles: "Callable[[], RoleSwitcher] | None" = None
    """Makes the role switcher. Slow at first; call it in a thread. Raises ConnectFailed."""
    open_access: "Callable[[], AccessAssistant] | None" = None
    """Makes the access assistant; as `open_roles`."""
    start_role: str = ""
    """A name of the settings' roles to become once both panes are connected."""
    start_text: str = ""
    """What stands in pane A's editor at first, below what was there the last time."""
    revive: "Callable[[], bool] | None" = None
    """Starts the simulator again when it has died; whether it had. Blocks. Raises ConnectFailed. None on AWS."""
    open_metrics: "Callable[[], MetricsSource] | None" = None
    """Makes what reads CloudWatch. Slow at first; call it in a thread. Raises ConnectFailed."""
    storms: "StormHost | None" = None
    """Where load is run; None when none can be."""
    open_labs: "Callable[[], LabServices] | None" = None
    """Puts together what labs need; asked once, when the lab mode is made."""

    def __post_init__(self) -> None:
        self.journal.listen(self.meter.record)
