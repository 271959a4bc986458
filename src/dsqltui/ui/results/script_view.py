"""The statements of a script with how each went and how long it took; Enter opens one."""

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.binding import BindingType
from textual.timer import Timer

from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.results.script_result import ScriptLine, ScriptResult
from dsqltui.ui.results.steps_results import STEP_BINDINGS, StepsResults
from dsqltui.ui.widgets.line_list import LineList, ListLine
from dsqltui.ui.words.severity import Severity

_PAINT_S = 0.25
"""Seconds between two looks at a script that runs: thousands of statements are not to be thousands of frames."""
_SAID, _LEAST_TITLE = 34, 12
"""Cells for how it went where there is room, and for the statement in any case."""
_SIGNS = {Severity.QUIET: "·", Severity.GOOD: "✓", Severity.PENDING: "✓"}
_LOOKS = {Severity.QUIET: "quiet", Severity.GOOD: "good", Severity.PENDING: "running"}


class ScriptView(StepsResults, LineList):
    """One script. While it runs and the cursor is on the last line, it stays there."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(KeyScope.SCRIPT), *STEP_BINDINGS]

    def __init__(self, opened: Callable[[ScriptLine], object]) -> None:
        """`opened` is called, in the key's turn, with the line that is to be shown in full."""
        super().__init__()
        self._opened = opened
        self._script: ScriptResult | None = None
        self._listed = 0
        """Number of the newest statement that is listed."""
        self._soon: Timer | None = None

    @property
    def script(self) -> ScriptResult | None:
        """What is listed."""
        return self._script

    def show_script(self, script: ScriptResult) -> None:
        """List a script anew, or what it has more by now."""
        if script is not self._script:
            self._script = script
            self.show(())
            self._list_all()
        elif script.is_over:
            self._list_more()
        elif self._soon is None:
            self._soon = self.set_timer(_PAINT_S, self._list_more)

    def on_resize(self, _event: events.Resize) -> None:
        """Columns follow the width."""
        self._list_all()

    def action_open_statement(self) -> None:
        """Its rows, its error, or its text."""
        if self._script is not None and self.key is not None:
            first = self._script.lines[0].number
            self._opened(self._script.lines[int(self.key) - first])

    action_choose = action_open_statement

    def _list_more(self) -> None:
        """What ran since the last look."""
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
        script = self._script
        if script is None or not script.lines:
            return
        first = script.lines[0].number
        if not self.lines or self.lines[0].key != str(first):
            self._list_all()
        elif self._listed < script.count:
            self._show([*self.lines, *map(self._line, script.lines[self._listed - first + 1 :])])

    def _list_all(self) -> None:
        if self._script is not None and self._script.lines:
            self._show(list(map(self._line, self._script.lines)))

    def _show(self, lines: list[ListLine]) -> None:
        was_last = not self.lines or self.key == self.lines[-1].key
        self._listed = int(lines[-1].key)
        self.show(lines)
        if was_last:
            self.action_last_line()

    def _line(self, line: ScriptLine) -> ListLine:
        width, digits = self.size.width or 80, len(str(max(self._total, line.number)))
        said = min(_SAID, width * 45 // 100)
        room = max(_LEAST_TITLE, width - digits - said - 4)
        title = one_line(line.title, 200)
        title = set_cell_size(title, room - 1) + "…" if cell_len(title) > room else set_cell_size(title, room)
        sign, look = _SIGNS.get(line.tone, "✗"), _LOOKS.get(line.tone, "failed")
        return ListLine(
            str(line.number),
            (
                (f"{line.number:>{digits}} ", "quiet"),
                (f"{sign} ", look),
                (f"{title} ", "text"),
                (line.said, look if look == "failed" else "quiet"),
            ),
        )

    @property
    def _total(self) -> int:
        return (self._script.total or 0) if self._script is not None else 0
