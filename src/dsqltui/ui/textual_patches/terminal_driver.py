"""Textual's driver of a terminal on Linux and macOS, as robust as a console with open transactions needs it.

Textual's own ends the program at a byte that is no UTF-8, paints nothing anew after a stop, and forgets how the
terminal was when it is woken without having been put to sleep (kill -STOP). Overrides of `LinuxDriver` of Textual 8.2;
each has a test in tests/ui/terminal/test_terminal_border.py.
"""

import asyncio
import os
import select
import termios

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from dsqltui.core.text.terminal_bytes import TerminalDecoder
from dsqltui.ui.textual_patches.frame_app import FrameApp
from dsqltui.ui.textual_patches.terminal_input import PasteSafeParser

_PIECE = 4_096
_LOOK_EVERY_S = 0.1


class ConsoleDriver(LinuxDriver):
    """Never ends for what a terminal sends."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._is_shown = False
        """Whether the screen is the application's: not while it is stopped, or another program has it."""

    def start_application_mode(self) -> None:
        """Take the terminal; once more, when it is ours already, only what a shell may have changed meanwhile."""
        if isinstance(self._app, FrameApp):
            self._app.terminal_frame.forget()
        if not self._is_shown:
            super().start_application_mode()  # type: ignore[no-untyped-call]
            self._is_shown = self._key_thread is not None and self._key_thread.is_alive()
        else:
            self.take_again()

    def take_again(self) -> None:
        """The terminal is ours, but another one than before, or another program has set it."""
        if not self._is_shown:
            return
        found = self.attrs_before
        try:
            raw = termios.tcgetattr(self.fileno)
            raw[3], raw[0] = self._patch_lflag(raw[3]), self._patch_iflag(raw[0])
            termios.tcsetattr(self.fileno, termios.TCSANOW, raw)
        except termios.error:
            return  # in the background: the next SIGCONT finds it in front
        self.attrs_before = found
        self.write("\x1b[?1049h\x1b[?25l\x1b[?1004h")
        self._enable_mouse_support()
        self._enable_bracketed_paste()
        self._disable_line_wrap()
        self.flush()

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        self._is_shown = False
        super().stop_application_mode()

    def _sigcont_application(self, *_: object) -> None:
        """Woken, by `fg` or after kill -STOP: what is on the terminal by now is not ours."""
        if not self._auto_restart:
            return
        self.resume_application_mode()
        if isinstance(self._app, FrameApp):
            asyncio.get_running_loop().call_soon(self._app.paint_all)

    def process_message(self, message: Message) -> None:
        """A mouse beyond the screen, which takes the focus away from everything, is none."""
        if isinstance(message, events.MouseEvent):
            size = self._app.size
            if not (0 <= message.x < size.width and 0 <= message.y < size.height):
                return
        super().process_message(message)

    def run_input_thread(self) -> None:
        """Read until told to end."""
        decoder, parser = TerminalDecoder(), PasteSafeParser(self._debug)
        poll = select.poll()  # select() takes no descriptor beyond 1,023
        poll.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            if poll.poll(_LOOK_EVERY_S * 1_000):
                try:
                    data = os.read(self.fileno, _PIECE)
                except OSError:  # the terminal is gone; the app looks for that itself, and leaves
                    self.exit_event.wait(_LOOK_EVERY_S)
                    continue
                if not data:
                    self.exit_event.wait(_LOOK_EVERY_S)
                    continue
                text = decoder.decode(data)
                for event in parser.feed(text) if text else ():  # an empty text would be the end
                    self.process_message(event)
            for event in parser.tick():
                self.process_message(event)

    def _get_terminal_size(self) -> tuple[int, int]:
        """At least one cell, at most what can be painted."""
        width, height = super()._get_terminal_size()
        return min(max(width, 1), 2_000), min(max(height, 1), 2_000)
