"""The last outcomes of a pane, one line each, newest last."""

from collections import deque
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message

from dsqltui.core.results.outcome import Lost, Outcome
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.widgets.parts import Parts
from dsqltui.ui.words.severity import Severity
from dsqltui.ui.words.wording import notice_line, outcome_line

_KEPT = 200
_LOGGED_NOTICES = 3
"""Notices of one statement that go to the log; the report shows more."""


class OutcomeLog(Parts):
    """As many of the newest lines as its height allows."""

    class Dragged(Message):
        """The person drags this line between editor and results."""

        def __init__(self, screen_y: int) -> None:
            super().__init__()
            self.screen_y = screen_y
            """The line of the screen under the pointer."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"outcome-log-{tone.value}" for tone in Severity}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._lines: deque[tuple[Severity, str]] = deque(maxlen=_KEPT)
        self._going_on = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The text of all kept lines, oldest first."""
        return tuple(text for _, text in self._lines)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold."""
        event.stop()
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The split follows the pointer."""
        if self.app.mouse_captured is self:
            event.stop()
            self.post_message(self.Dragged(event.screen_y))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go."""
        event.stop()
        self.release_mouse()

    def add(self, tone: Severity, text: str) -> None:
        """Append one line."""
        self._lines.append((tone, one_line(text)))
        self.refresh()

    def add_outcome(self, tone: Severity, outcome: Outcome, prefix: str) -> str:
        """Append its notices and its line, which `prefix` numbers; gives the line."""
        if not isinstance(outcome, Lost):
            for notice in outcome.notices[:_LOGGED_NOTICES]:
                self.add(Severity.QUIET, notice_line(notice))
        line = one_line(f"{prefix} {outcome_line(outcome)}".strip())
        self.add(tone, line)
        return line

    def show_running(self, text: str) -> None:
        """What runs and for how long, below the lines; nothing when it is over."""
        if text != self._going_on:
            self._going_on = text
            self.refresh()

    def render(self) -> Content:
        """The newest lines at the bottom."""
        width, height = self.content_size
        if self._going_on and height:
            running = self.part(f"▶ {one_line(self._going_on)}", f"outcome-log-{Severity.PENDING.value}")
            return Content("\n").join([*self._drawn(width, height - 1), running.truncate(width, ellipsis=True)])
        return Content("\n").join(self._drawn(width, height))

    def _drawn(self, width: int, height: int) -> list[Content]:
        newest = list(self._lines)[-height:] if height else []
        marks = {
            Severity.QUIET: "·",
            Severity.GOOD: "✓",
            Severity.PENDING: "✓",
            Severity.FAILED: "✗",
            Severity.CONFLICT: "✗",
            Severity.LOST: "✗",
        }
        drawn = [
            self.part(f"{marks[tone]} {text}", f"outcome-log-{tone.value}").truncate(width, ellipsis=True)
            for tone, text in newest
        ]
        return [*[Content("")] * (height - len(drawn)), *drawn]
