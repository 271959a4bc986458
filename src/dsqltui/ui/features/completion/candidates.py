"""The list of completions beside the cursor. It never has the focus; the editor's keys reach it through its feature."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.geometry import Offset
from textual.strip import Strip
from textual.widget import Widget

from dsqltui.core.completion import Candidate
from dsqltui.core.language import N_, _
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.textual_patches.line_diff import LineDiff

_ROWS = 6
_TEXT, _DETAIL = 28, 24
"""Most cells of a candidate's text and of what tells it apart."""
_FOOT = N_("Tab: accept first   Shift+Tab: choose")
_FOOT_INSIDE = N_("Enter: accept   Esc: close")


class CompletionList(LineDiff, Widget):
    """Some rows of candidates and a line that says what keys do. Shown by the class `-open`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "completion--text",
        "completion--detail",
        "completion--chosen",
        "completion--foot",
    }

    def __init__(self) -> None:
        super().__init__()
        self._candidates: tuple[Candidate, ...] = ()
        self._chosen: int | None = None
        self._first_row = 0
        self._width = 0

    @property
    def is_open(self) -> bool:
        """Whether it is seen."""
        return self.has_class("-open")

    @property
    def is_entered(self) -> bool:
        """Whether the person went into it; only then arrows and Enter are its."""
        return self._chosen is not None

    @property
    def taken(self) -> Candidate:
        """What Tab or Enter would take: the chosen candidate, or the first."""
        return self._candidates[self._chosen or 0]

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """What is listed."""
        return self._candidates

    def show(self, candidates: Sequence[Candidate], at: Offset) -> None:
        """List these; `at` is the cell of the screen where the word begins, the list stands below it."""
        self._candidates, self._chosen, self._first_row = tuple(candidates), None, 0
        self._width = max(
            self._width if self.is_open else 0, *(_width_of(c) for c in candidates), cell_len(_(_FOOT)) + 2
        )
        self.styles.width = self._width
        self.styles.height = min(len(self._candidates), _ROWS) + 1
        self.absolute_offset = at + Offset(0, 1)
        self.add_class("-open")
        self.refresh()

    def close(self) -> None:
        """Not seen any more."""
        self.remove_class("-open")
        self._chosen = None

    def move(self, rows: int) -> None:
        """Go in, or up and down in it."""
        last = len(self._candidates) - 1
        self._chosen = 0 if self._chosen is None else max(0, min(last, self._chosen + rows))
        self._first_row = max(min(self._first_row, self._chosen), self._chosen - _ROWS + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One candidate, or the foot."""
        width = self.size.width
        if y == self.size.height - 1:
            style = self.get_component_rich_style("completion--foot")
            return Strip([Segment(set_cell_size(" " + _(_FOOT_INSIDE if self.is_entered else _FOOT), width), style)])
        index = self._first_row + y
        if index >= len(self._candidates):
            return Strip.blank(width, self.rich_style)
        candidate = self._candidates[index]
        if index == self._chosen:
            style = detail_style = self.get_component_rich_style("completion--chosen")
        else:
            style = self.get_component_rich_style("completion--text")
            detail_style = self.get_component_rich_style("completion--detail")
        text = Segment(f"{'▸' if index == self._chosen else ' '}{one_line(candidate.text, _TEXT)} ", style)
        detail = f"{_detail(candidate)} "
        gap = width - cell_len(text.text) - cell_len(detail)
        return Strip([text, Segment(" " * gap + detail, detail_style)]).adjust_cell_length(width, detail_style)


def _detail(candidate: Candidate) -> str:
    return one_line(candidate.detail, _DETAIL) or candidate.sort.value


def _width_of(candidate: Candidate) -> int:
    return cell_len(one_line(candidate.text, _TEXT)) + cell_len(_detail(candidate)) + 4
