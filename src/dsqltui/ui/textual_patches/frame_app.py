"""An app that sends the terminal only what it does not show already."""

import asyncio
import os
from typing import TypeVar

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.geometry import NULL_REGION
from textual.screen import Screen

from dsqltui.ui.textual_patches.broken_lines import break_well
from dsqltui.ui.textual_patches.terminal_frame import TerminalFrame

Result = TypeVar("Result")

_ERASES_PLAINLY = ("screen", "vt", "ansi", "cygwin")
"""Beginnings of TERM: erasing leaves these terminals' own background, whatever colour is set."""

_SETTLED_AFTER_S, _SETTLED_WITHIN_S = 0.03, 0.2
"""Seconds without another frame after which an opened screen is complete; and at the latest. Textual paints a screen
empty, then its text, then what it looks like with the focus: five frames for the help."""


def _at_most_256(colors: ColorSystem | None) -> ColorSystem:
    """The themes are made of these colours, so that they look the same with COLORTERM and without; and a colour of 24
    bits takes twice the bytes."""
    return ColorSystem.EIGHT_BIT if colors in (None, ColorSystem.TRUECOLOR) else colors


class _Bytes(LayoutUpdate):
    """What is to be sent, as Textual takes it."""

    def __init__(self, text: str) -> None:
        super().__init__([], NULL_REGION)
        self._text = text

    def render_segments(self, console: Console) -> str:  # noqa: ARG002
        return self._text


class FrameApp(App[Result], inherit_bindings=False):
    """Overrides `_display` of Textual 8.2, which is given whole lines or pieces of them."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        break_well()
        self.terminal_frame = TerminalFrame(
            erases_with_background=not os.environ.get("TERM", "").startswith(_ERASES_PLAINLY)
        )
        """What the terminal shows by now."""

        self._seen_screen: Screen[object] | None = None
        self._sending: asyncio.TimerHandle | None = None
        """What waits for the rest of a screen that was just opened or closed."""
        self._send_by = 0.0

    def on_resize(self, event: events.Resize) -> None:
        """Also to the size that it had: lines may have been cut meanwhile, or another terminal is there, such as a
        browser's page that was loaded again, which knows nothing of the mouse or of pastes."""
        self.terminal_frame.forget()
        if event.size == self.size and self._seen_screen is not None and self._driver is not None:
            getattr(self._driver, "take_again", lambda: None)()
        if self.screen_stack:
            self.screen.refresh()

    def paint_all(self) -> None:
        """Every cell, at once: what is on the terminal is not known."""
        self.terminal_frame.forget()
        self._display(self.screen, self.screen._compositor.render_full_update())

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if not isinstance(renderable, LayoutUpdate | ChopsUpdate) or self.is_headless or not self._can_send:
            super()._display(screen, renderable)
            return
        self._put(screen, renderable)
        is_opened = self._seen_screen is not None and screen is not self._seen_screen
        self._seen_screen = screen
        now = self._loop_time()
        if is_opened:
            self._send_by = now + _SETTLED_WITHIN_S
        if is_opened or self._sending is not None:
            if self._sending is not None:
                self._sending.cancel()
            when = min(now + _SETTLED_AFTER_S, self._send_by)
            self._sending = asyncio.get_running_loop().call_at(when, self._send)
            super()._display(screen, None)
        else:
            self._send()

    @property
    def _can_send(self) -> bool:
        """Whether Textual would send a frame now."""
        return self._running and not self._closed and not self._batch_count and self._driver is not None

    @staticmethod
    def _loop_time() -> float:
        return asyncio.get_running_loop().time()

    def _send(self) -> None:
        """Bring the terminal up to what was put."""
        self._sending = None
        if not self._can_send:
            self.terminal_frame.forget()
            return
        if self.terminal_frame.is_unknown:
            self._put(self.screen, self.screen._compositor.render_full_update())
        changes = self.terminal_frame.changes()
        is_cursor_there = self._previous_cursor_position == self.cursor_position
        super()._display(self.screen, _Bytes(changes) if changes or not is_cursor_there else None)

    def _put(self, screen: Screen[object], update: LayoutUpdate | ChopsUpdate) -> None:
        """Into the frame, without sending it."""
        frame, compositor = self.terminal_frame, screen._compositor
        colors = _at_most_256(self.console._color_system)
        if isinstance(update, ChopsUpdate) and (frame.is_unknown or frame.size != compositor.size):
            update = compositor.render_full_update()
        if isinstance(update, LayoutUpdate):
            frame.begin(*update.region.size)
            for y, line in enumerate(update.strips):
                x = 0
                for strip in line:
                    frame.put(x, y, strip, colors)
                    x += strip.cell_length
            return
        for y, first, behind in update.spans:
            for end, (x, piece) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if piece is None or x >= behind or end <= first:
                    continue
                left, right = max(x, first), min(end, behind)
                frame.put(left, y, piece if (left, right) == (x, end) else piece.crop(left - x, right - x), colors)
