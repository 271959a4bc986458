"""The storm while it runs, and its figures when it is over."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from dsqltui.core.language import N_, _
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.storm.view import StormView, with_heat_of
from dsqltui.core.text.safe_text import one_line
from dsqltui.runner.storm.background import BackgroundStorm
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.features.storm.picture import LOOKS, picture
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.results.line_view import LineView
from dsqltui.ui.textual_patches.hooks import start_worker
from dsqltui.ui.textual_patches.line_diff import LineDiff

_LOOK_EVERY_S = 1.0
"""A screen over a slow link: once a second is enough to follow, and costs few bytes."""
_HEAT_EVERY_S = 3.0
_RUNNING = N_("p: pause or go on   s: stop   e: export   Esc: stop, then leave")
_OVER = N_("e: export as Markdown, CSV or JSON   Esc: leave")


class StormBoard(LineDiff, LineView):
    """The picture; only cells that changed are sent to the terminal."""

    LOOKS: ClassVar[tuple[str, ...]] = LOOKS
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line-view--{look}" for look in LOOKS}

    def __init__(self) -> None:
        super().__init__()
        self._view: StormView | None = None
        self._heat_shown_s = -_HEAT_EVERY_S

    def show(self, view: StormView, *, is_last: bool = False) -> None:
        """The storm as it stands. To cost few bytes at a time, either the hot rows are new or the rest is; at the end
        all of it."""
        old, elapsed = self._view, view.design.elapsed_s
        if old is not None and not is_last and old.current == view.current:
            is_cold = not old.design.heat.by_table and view.design.heat.by_table
            if is_cold or elapsed - self._heat_shown_s >= _HEAT_EVERY_S:
                self._heat_shown_s = elapsed
                view = with_heat_of(old, view)
            else:
                view = with_heat_of(view, old)
        self._view = view
        self.set_lines(picture(view, max(40, self.size.width), self.size.height), keep_place=True)

    def on_resize(self) -> None:
        """Another width."""
        if self._view is not None:
            self.show(self._view, is_last=True)


class StormScreen(Dialog[None]):
    """Runs a storm; Escape stops it, and leaves when it is over."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.STORM)
    AUTO_FOCUS = "StormBoard"

    def __init__(self, storm: BackgroundStorm, export: Callable[[BackgroundStorm], object]) -> None:
        super().__init__()
        self._storm, self._export = storm, export
        self.is_over = False
        self._trouble = ""

    def compose(self) -> ComposeResult:
        """The picture and the keys."""
        with Vertical(classes="dialog -storm"):
            yield StormBoard()
            yield Static(_(_RUNNING), markup=False, id="storm-keys", classes="dialog--foot")

    def on_mount(self) -> None:
        """Begin."""
        start_worker(self, self._run(), group="storm")
        start_worker(self, self._follow(), group="look")

    async def _run(self) -> None:
        try:
            await self._storm.run()
        except ConnectFailed as failure:
            self._trouble = str(failure)
        except RuntimeError:  # the engine was stopped: the console ends
            return
        self.is_over = True
        await self._look(is_last=True)
        self.say(self._trouble or _("Over."))

    async def _follow(self) -> None:
        while not self.is_over:
            await self._look()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _look(self, *, is_last: bool = False) -> None:
        self.query_one(StormBoard).show(await self._storm.view(), is_last=is_last)

    def action_refuse(self) -> None:
        """Stop it; when it is over, leave."""
        if self.is_over:
            self.dismiss(None)
        else:
            self.action_stop_storm()

    def action_pause_storm(self) -> None:
        """Start no new transactions; again: resume."""
        if not self.is_over:
            start_worker(self, self._pause(), group="pause")

    async def _pause(self) -> None:
        await self._storm.pause()
        await self._look()

    def action_stop_storm(self) -> None:
        """End it with the figures so far."""
        if not self.is_over:
            start_worker(self, self._storm.stop(), group="stop")

    def say(self, text: str) -> None:
        """A line above the keys; `text` may hold anything."""
        self.query_one("#storm-keys", Static).update(f"{one_line(text, 300)}\n{_(_OVER if self.is_over else _RUNNING)}")

    def action_export_storm(self) -> None:
        """Write the figures to a file."""
        self._export(self._storm)


def form_of(path: Path) -> str:
    """The report's format by the suffix of a file's name; Markdown unless it says otherwise."""
    return {".csv": "csv", ".json": "json", ".txt": "table"}.get(path.suffix.lower(), "markdown")
