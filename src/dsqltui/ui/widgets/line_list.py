"""A list of short lines with a cursor, painted line by line: moving it sends two lines, not the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size, clamp
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.textual_patches.ordered import Ordered

LOOKS = ("text", "quiet", "good", "failed", "running", "head")


@dataclass(frozen=True, slots=True)
class ListLine:
    """One line. Its texts are made safe here; they may come from the database."""

    key: str
    """What it stands for, unique in the list; the cursor stays on it when the lines change."""
    parts: tuple[tuple[str, str], ...]
    """Text and look, one of LOOKS."""
    indent: int = 0
    """Levels of two cells."""
    is_heading: bool = False
    """The cursor passes over it."""


class LineList(Ordered, ScrollView, can_focus=True):
    """Posts Moved when the cursor came to another line, Chosen at Enter or a click on the line it is on."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.LIST)
    COMPONENT_CLASSES: ClassVar[set[str]] = {*(f"line-list--{look}" for look in LOOKS), "line-list--cursor"}

    shows_cursor = False
    """Whether the cursor is seen also without the focus."""

    class Moved(Message):
        """The cursor is on another line, or on none."""

        def __init__(self, sender: "LineList", key: str | None) -> None:
            super().__init__()
            self.list, self.key = sender, key

        @property
        def control(self) -> "LineList":
            """The list."""
            return self.list

    class Chosen(Moved):
        """The line under the cursor was chosen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._lines: tuple[ListLine, ...] = ()
        self._cursor = 0
        self._looks: dict[str, Style] | None = None

    @property
    def lines(self) -> tuple[ListLine, ...]:
        """What it shows."""
        return self._lines

    @property
    def key(self) -> str | None:
        """The line under the cursor."""
        return self._lines[self._cursor].key if self._lines else None

    def show(self, lines: Sequence[ListLine]) -> None:
        """Other lines; the cursor stays on its line, or near where it was."""
        lines = tuple(lines)
        if lines == self._lines:
            return
        before = self.key
        self._lines = lines
        places = {line.key: place for place, line in enumerate(lines)}
        at = places.get(before or "")
        self._cursor = self._landing(clamp(self._cursor, 0, max(0, len(lines) - 1)), 1) if at is None else at
        self.virtual_size = Size(self.size.width, len(lines))
        self.refresh()
        if self.key != before:
            self.post_message(self.Moved(self, self.key))

    def go_to(self, key: str) -> bool:
        """Put the cursor on that line; False when it is not there."""
        for place, line in enumerate(self._lines):
            if line.key == key:
                self._move_to(place)
                return True
        return False

    def action_up(self) -> None:
        """Line up."""
        self._move_to(self._cursor - 1)

    def action_down(self) -> None:
        """Line down."""
        self._move_to(self._cursor + 1)

    def action_page_up(self) -> None:
        """One screen up."""
        self._move_to(self._cursor - max(1, self.size.height - 1))

    def action_page_down(self) -> None:
        """One screen down."""
        self._move_to(self._cursor + max(1, self.size.height - 1))

    def action_first_line(self) -> None:
        """To the first line."""
        self._move_to(0)

    def action_last_line(self) -> None:
        """To the last line."""
        self._move_to(len(self._lines) - 1)

    def action_choose(self) -> None:
        """Choose the line."""
        if self._lines:
            self.post_message(self.Chosen(self, self.key))

    def on_click(self, event: events.Click) -> None:
        """The first click moves, the next one chooses."""
        place = event.y + self.scroll_offset.y
        if place >= len(self._lines):
            return
        if place == self._cursor and (self.has_focus or self.shows_cursor):
            self.action_choose()
        self._move_to(place)

    def notify_style_update(self) -> None:
        """The styles changed."""
        self._looks = None
        super().notify_style_update()

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor is shown only with the focus."""
        super().watch_has_focus(has_focus)
        self._refresh_line(self._cursor)

    def render_line(self, y: int) -> Strip:
        """One line, cut or filled to the width."""
        width, place = self.size.width, y + self.scroll_offset.y
        if self._looks is None:
            self._looks = {look: self.get_component_rich_style(f"line-list--{look}", partial=True) for look in LOOKS}
            self._looks["cursor"] = self.get_component_rich_style("line-list--cursor")
        base = self.rich_style
        if place >= len(self._lines):
            return Strip.blank(width, base)
        line = self._lines[place]
        is_current = place == self._cursor and (self.has_focus or self.shows_cursor)
        row = self._looks["cursor"] if is_current else base
        segments = [Segment("  " * line.indent, row)] if line.indent else []
        left = width - 2 * line.indent
        for text, look in line.parts:
            if left <= 0:
                break
            safe = one_line(text, 200)
            cells = cell_len(safe)
            if cells > left:
                safe, cells = set_cell_size(safe, left - 1) + "…", left
            segments.append(Segment(safe, row if is_current else row + self._looks[look]))
            left -= cells
        return Strip(segments).adjust_cell_length(width, row)

    def _move_to(self, place: int) -> None:
        place = self._landing(clamp(place, 0, max(0, len(self._lines) - 1)), 1 if place >= self._cursor else -1)
        if place == self._cursor:
            return
        before, self._cursor = self._cursor, place
        self._refresh_line(before)
        self._refresh_line(place)
        self.scroll_to_region(Region(0, place, 1, 1), animate=False, force=True)
        self.post_message(self.Moved(self, self.key))

    def _landing(self, place: int, step: int) -> int:
        """The place itself, or where a heading is the next line that is none, first in the direction of the move."""
        for direction in (step, -step):
            at = place
            while 0 <= at < len(self._lines):
                if not self._lines[at].is_heading:
                    return at
                at += direction
        return place

    def _refresh_line(self, place: int) -> None:
        self.refresh(Region(0, place - self.scroll_offset.y, self.size.width, 1))
