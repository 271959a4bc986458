"""The console under Textual's pilot, with a fake session in each pane."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual.pilot import Pilot

from dsqltui.core.aws.limits import SESSION_AGE_LIMIT_S
from dsqltui.core.aws.metrics import MetricsSource
from dsqltui.core.catalog.access import AccessAssistant
from dsqltui.core.journal.history import History
from dsqltui.core.journal.journal import Journal
from dsqltui.core.kept.buffers import BufferStore
from dsqltui.core.scripts.snippets import Snippets
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.roles import RoleSwitcher
from dsqltui.core.sessions.session import Session
from dsqltui.core.settings.sections import ConsoleSettings, Settings
from dsqltui.labs.services import LabServices
from dsqltui.runner.statements.statement_runner import StatementRunner
from dsqltui.ui.app import ConsoleApp
from dsqltui.ui.extension.feature import Feature
from dsqltui.ui.keys.user_keys import use_keys
from dsqltui.ui.panes.pane import Pane
from dsqltui.ui.panes.pane_state import PaneSetup
from dsqltui.ui.screens.console import ConsoleScreen
from dsqltui.ui.state.services import OpenObserver, OpenSessions, SaveSetting, Services
from dsqltui.ui.widgets.key_line import KeyLine
from support.screens.fake_session import FakeSession, endpoint
from support.screens.shown_text import shown_text

DEFAULTS = Settings(console=ConsoleSettings(rows=100))
SETUPS = (PaneSetup("A", endpoint("us-east-1"), "admin"), PaneSetup("B", endpoint("us-east-2"), "admin"))


@dataclass
class Console:
    """A running console and its two sessions."""

    app: ConsoleApp
    pilot: Pilot[None]
    a: FakeSession
    b: FakeSession

    @property
    def pane_a(self) -> Pane:
        return self.app.console_screen.pane("A")

    @property
    def pane_b(self) -> Pane:
        return self.app.console_screen.pane("B")

    @property
    def journal(self) -> Journal:
        """What both panes did."""
        return self.app.console_screen.services.journal

    @property
    def notice(self) -> str:
        """What the key line tells."""
        return self.app.console_screen.query_one(KeyLine).notice

    def write(self, text: str, cursor: int = 0) -> None:
        """Put text into pane A's editor."""
        self.pane_a.editor.load_text(text)
        self.pane_a.editor.go_to(cursor)

    async def until(self, condition: Callable[[], object], timeout_s: float = 60.0) -> None:
        """Let the app work until the condition holds."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true"
            await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self.pilot.press(*keys)

    def screen_text(self) -> str:
        """Everything painted, as text."""
        return shown_text(self.app)


def runner_of(session: Session, row_limit: int) -> StatementRunner:
    """The real runner, whatever the session."""
    return StatementRunner(session, row_limit=row_limit)


@asynccontextmanager
async def console(
    size: tuple[int, int] = (140, 40),
    *,
    a: FakeSession | None = None,
    b: FakeSession | None = None,
    open_sessions: OpenSessions | None = None,
    settings: Settings = DEFAULTS,
    history: History | None = None,
    snippets: Snippets | None = None,
    buffers: BufferStore | None = None,
    save_setting: SaveSetting | None = None,
    open_roles: Callable[[], RoleSwitcher] | None = None,
    open_access: Callable[[], AccessAssistant] | None = None,
    start_role: str = "",
    session_age_limit_s: float = SESSION_AGE_LIMIT_S,
    is_connected: bool = True,
    more_features: tuple[type[Feature], ...] = (),
    labs: LabServices | None = None,
    open_observer: OpenObserver | None = None,
    open_metrics: "Callable[[], MetricsSource] | None" = None,
) -> AsyncIterator[Console]:
    """A console of that size, by default with both panes connected."""
    session_a, session_b = a or FakeSession("us-east-1"), b or FakeSession("us-east-2")
    services = Services(
        open_sessions or (lambda: (session_a, session_b)),
        runner_of,
        settings=settings,
        history=history,
        snippets=snippets,
        buffers=buffers,
        save_setting=save_setting,
        open_roles=open_roles,
        open_access=open_access,
        start_role=start_role,
        open_observer=open_observer,
        open_metrics=open_metrics,
        open_labs=None if labs is None else lambda: labs,
        session_age_limit_s=session_age_limit_s,
    )
    app = ConsoleApp(lambda: ConsoleScreen(SETUPS, services, more_features), settings)
    async with app.run_test(size=size) as pilot:
        running = Console(app, pilot, session_a, session_b)
        if is_connected:
            panes = (running.pane_a, running.pane_b)
            await running.until(lambda: all(pane.title.link is ConnectionStatus.CONNECTED for pane in panes))
            await running.until(lambda: app.console_screen.is_complete)
        try:
            yield running
        finally:
            use_keys({})
