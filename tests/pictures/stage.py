"""A real console on a real simulator, driven by keys, for docs/pictures/.

A scene takes a Stage and leaves the screen as it is to be seen; draw.py runs them.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.core.results.outcome import Rows
from dsqltui.resources import data
from dsqltui.runner.statements.statement_runner import StatementRunner
from dsqltui.ui.app import ConsoleApp
from dsqltui.ui.panes.pane import Pane
from support.screens.real_console import endpoints_of, real_app, tokens_of
from support.screens.shown_text import shown_text
from support.servers.simulator import RunningSimulator, running_simulator

_DEADLINE_S = 60
_PENDING = "select job_id from sys.jobs where status not in ('completed', 'failed')"


@dataclass
class Stage:
    """A running console of one size, both panes connected, the workshop's data loaded."""

    app: ConsoleApp
    pilot: Pilot[None]
    simulator: RunningSimulator

    def pane(self, letter: str) -> Pane:
        """A or B."""
        return self.app.console_screen.pane(letter)

    @property
    def text(self) -> str:
        """Everything painted, line by line."""
        return shown_text(self.app)

    def write(self, letter: str, sql: str) -> None:
        """Text for a pane's editor, the cursor on its start."""
        editor = self.pane(letter).editor
        editor.load_text(sql)
        editor.go_to(0)

    async def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        await self.pilot.press(*keys)

    async def until(self, condition: str | Callable[[], object]) -> None:
        """Wait for a text on the screen, or a condition."""
        async with asyncio.timeout(_DEADLINE_S):
            while not (condition in self.text if isinstance(condition, str) else condition()):
                await self.pilot.pause(0.05)

    async def run(self, letter: str, sql: str, shows: str) -> None:
        """Run each statement of a text in a pane, and wait for a text on the screen."""
        await self.press("f2" if letter == "A" else "f3")
        self.write(letter, sql)
        await self.press("shift+f5")
        await self.until(shows)

    def svg(self) -> str:
        """The screen as it stands, without the font from the web, which other programs do not load."""
        picture = self.app.export_screenshot(title="dsqltui")
        return re.sub(r"@font-face\s*\{[^}]*\}", "", picture).replace("Fira Code", "DejaVu Sans Mono")


@dataclass(frozen=True)
class Scene:
    """What is to be seen, and in how many columns and rows."""

    play: Callable[[Stage], Awaitable[None]]
    size: tuple[int, int] = (132, 36)


@asynccontextmanager
async def stage(folder: Path, columns: int, rows: int, *options: str) -> AsyncIterator[Stage]:
    """A console of that size on a simulator of its own, started with `options`."""
    with running_simulator(folder, *options) as simulator:
        with Engine() as engine:
            await _load(PgSession(engine, endpoints_of(simulator)[0], "admin", tokens_of(simulator)))
        async with real_app(simulator, (columns, rows)) as (app, pilot):
            it = Stage(app, pilot, simulator)
            await it.until(lambda: all(it.pane(letter).status.state.name == "IDLE" for letter in "AB"))
            yield it


async def _load(session: PgSession) -> None:
    await session.connect()
    for script in ("ddl.sql", "load_rewards_data.sql"):
        text = (data("sql") / "rewards" / script).read_text(encoding="utf-8")
        async for _ in StatementRunner(session, row_limit=1).run_text(text):
            pass
    while isinstance(pending := await session.run(_PENDING, limit=1), Rows) and pending.rows:
        await session.run(f"call sys.wait_for_job('{pending.rows[0][0]}')", limit=1)
    await session.close()
