"""A pane's last line: the server's transaction badge leftmost, then what matters most, as far as the width allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive

from dsqltui.core.language import _
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.panes.badge import BADGE_COMPONENTS, NO_BUDGET, badge_of
from dsqltui.ui.state.result import PaneResult
from dsqltui.ui.widgets.parts import Parts
from dsqltui.ui.words.wording import rows_shown

_GAP = "  "


@dataclass(frozen=True, slots=True)
class StatusWording:
    """Something the line may say. `wordings` are tried longest first; less important pieces give way."""

    wordings: tuple[str, ...]
    importance: int
    """Smaller is more important."""


def fitted(pieces: Sequence[StatusWording], width: int) -> tuple[str, ...]:
    """The wordings that fit into `width` cells, in the order given; what does not fit at all is left out."""
    chosen: dict[int, str] = {}
    left = width
    for index in sorted(range(len(pieces)), key=lambda i: pieces[i].importance):
        for wording in pieces[index].wordings:
            cells = cell_len(wording) + len(_GAP)
            if wording and cells <= left:
                chosen[index] = wording
                left -= cells
                break
    return tuple(chosen[index] for index in sorted(chosen))


def rows_wordings(result: PaneResult | None) -> tuple[str, ...]:
    """How many rows, how they are sorted; longest first."""
    if result is None:
        return ()
    wordings = rows_shown(result.row_count, result.has_more, is_held=result.is_held)
    if result.sorted_by is None:
        return wordings
    extra = _("fetched rows sorted") if result.has_more else _("sorted")
    return (*(f"{wording}, {extra}" for wording in wordings), *wordings)


class StatusLine(Parts):
    """Badge and word, then the pieces set by the pane."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *BADGE_COMPONENTS,
        "status--text",
    }

    state = reactive(TransactionState.NONE)
    budget = reactive(NO_BUDGET)
    going_on = reactive("")
    """`running 0:02` while something does."""
    pieces: reactive[tuple[StatusWording, ...]] = reactive(())

    def render(self) -> Content:
        """The badge is never cut."""
        badge = self.part(*badge_of(self.state, self.budget, self.content_size.width, self.going_on))
        rest = _GAP.join(one_line(text) for text in fitted(self.pieces, self.content_size.width - badge.cell_length))
        return Content.assemble(badge, _GAP, self.part(rest, "status--text"))
