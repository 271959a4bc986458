"""The Textual application: safety, colours and start-up. What the console does is in `screens/console.py`."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from dsqltui.core.settings.sections import Settings
from dsqltui.resources import data
from dsqltui.ui.extension.feature import Feature
from dsqltui.ui.keys.user_keys import textual_keymap, use_keys
from dsqltui.ui.panes.pane_state import PaneSetup
from dsqltui.ui.screens.console import ConsoleScreen
from dsqltui.ui.state import theme
from dsqltui.ui.state.messages import QuitRequested
from dsqltui.ui.state.services import Services
from dsqltui.ui.terminal import is_terminal_gone, terminal_problem
from dsqltui.ui.textual_patches.lazy_stylesheet import LazyStylesheet
from dsqltui.ui.textual_patches.safe_app import SafeApp
from dsqltui.ui.textual_patches.terminal_driver import ConsoleDriver

_STARTED_AFTER_S = 3.0
"""Seconds after which garbage is collected; who starts the console may switch that off before."""
_CLOSE_TIMEOUT_S = 2.0
"""Seconds that quitting waits for the connections to end."""
_LOOK_AT_TERMINAL_S = 2.0
"""Seconds between two looks whether the terminal is still there."""


class ConsoleApp(SafeApp[None], inherit_bindings=False):
    """Tiny on purpose. It has no priority bindings: those would overtake typed text."""

    BINDINGS: ClassVar[list[BindingType]] = []
    CSS_PATH = [str(path) for path in sorted(data("styles").glob("*.tcss"))]  # noqa: RUF012 - Textual's annotation
    ENABLE_COMMAND_PALETTE = False  # its key would be a priority binding; the console screen opens its own palette

    def __init__(self, console: Callable[[], ConsoleScreen], settings: Settings | None = None) -> None:
        """`console` makes the one screen; `settings` are those that are the app's own: keys."""
        settings = settings or Settings()
        has_no_color = "NO_COLOR" in os.environ
        super().__init__(driver_class=ConsoleDriver, ansi_color=True if has_no_color else None)
        self.title = "dsqltui"
        for one in theme.all_themes():
            self.register_theme(one)
        has_few_colors = self.console.color_system in (None, "standard")
        wanted = "terminal" if has_no_color else settings.console.theme
        self.theme = theme.named(wanted, has_few_colors=has_few_colors).name
        self.stylesheet = LazyStylesheet(variables=self.get_css_variables())
        use_keys(settings.keys)
        self.set_keymap(textual_keymap())
        self._make_console = console
        self._console_screen: ConsoleScreen | None = None

    @property
    def console_screen(self) -> ConsoleScreen:
        """The one screen under all dialogs."""
        if self._console_screen is None:
            self._console_screen = self._make_console()
        return self._console_screen

    def get_default_screen(self) -> ConsoleScreen:
        """The console is the first and only screen."""
        self.console_screen.expect_size(*self.size)
        return self.console_screen

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours of ours that other themes do not define."""
        return theme.VARIABLES

    def on_ready(self) -> None:
        """The first frame is out: now the slow part may begin."""
        self.call_after_refresh(self.console_screen.start)

    @on(QuitRequested)
    def _quit_requested(self) -> None:
        self.console_screen.do("quit")


def run_console(
    panes: tuple[PaneSetup, PaneSetup],
    services: Services,
    *,
    mouse: bool = True,
    more_features: tuple[type[Feature], ...] = (),
) -> int:
    """Show the console until the person leaves. Returns the exit code: 0, 1 after an internal error, 2 if refused.

    Without `mouse` the terminal keeps its own text selection. SIGTERM and SIGHUP (the link to the terminal is gone)
    leave like the person would: connections are closed and texts kept.
    """
    if problem := terminal_problem():
        print(problem, file=sys.stderr)
        return 2
    gc.set_threshold(50_000, 20, 1_000)  # a collection amid 100,000 rows stops the screen for 18 ms instead of 60
    app = ConsoleApp(lambda: ConsoleScreen(panes, services, more_features), services.settings)
    return asyncio.run(_show(app, mouse))


async def _show(app: ConsoleApp, mouse: bool) -> int:
    loop = asyncio.get_running_loop()
    loop.call_later(_STARTED_AFTER_S, _collect_garbage)
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, partial(app.exit, return_code=128 + number))
    watch = loop.create_task(_leave_with_the_terminal(app, sys.stdin.fileno()))
    try:
        await app.run_async(mouse=mouse)
    finally:
        watch.cancel()
        with contextlib.suppress(TimeoutError):  # a server that does not answer must not keep the person from leaving
            await asyncio.wait_for(app.console_screen.close(), _CLOSE_TIMEOUT_S)
    return app.return_code or 0


async def _leave_with_the_terminal(app: ConsoleApp, descriptor: int) -> None:
    """As after SIGHUP; without a terminal Textual would read its end again and again."""
    while not is_terminal_gone(descriptor):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(_LOOK_AT_TERMINAL_S)
    app.exit(return_code=128 + signal.SIGHUP)


def _collect_garbage() -> None:
    """From now on; what is there by now stays for the whole run and is not looked through again."""
    gc.freeze()
    gc.enable()
