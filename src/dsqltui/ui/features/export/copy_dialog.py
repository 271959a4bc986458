"""What of the result to copy, and as what."""

from dataclasses import dataclass
from enum import Enum

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from dsqltui.core.formats import Format
from dsqltui.core.language import N_, _
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.widgets.choice_line import ChoiceLine, Taken


class CopyPart(Enum):
    """Of a result."""

    VALUE = N_("value")
    ROW = N_("row")
    COLUMN = N_("column")
    ALL = N_("all rows")


@dataclass(frozen=True, slots=True)
class CopyWish:
    """What was chosen; `format` is None for the bare values."""

    part: CopyPart
    format: Format | None


_FORMATS: tuple[tuple[str, Format | None], ...] = (
    (N_("text"), None),
    ("CSV", Format.CSV),
    ("JSON", Format.JSON),
    ("Markdown", Format.MARKDOWN),
    ("INSERT", Format.INSERT),
)
_CAVEAT = N_("The terminal copies (OSC 52), also over SSH; tmux lets it through after `set -g set-clipboard on`.")


class CopyDialog(Dialog[CopyWish]):
    """Enter copies."""

    AUTO_FOCUS = "#part"

    def __init__(self, row_count: int, part: CopyPart = CopyPart.ROW) -> None:
        super().__init__()
        self._row_count, self._part = row_count, part

    def compose(self) -> ComposeResult:
        """Part, format, the caveat."""
        words = [_(part.value) for part in CopyPart]
        words[-1] = _("all {row_count:,} fetched").format(row_count=self._row_count)
        with Vertical(classes="dialog"):
            yield Static(_("Copy"), markup=False, classes="dialog--title")
            yield ChoiceLine(_("What"), words, at=list(CopyPart).index(self._part), id="part")
            yield ChoiceLine(_("As"), [_(word) for word, _unused in _FORMATS], id="format")
            yield Static(_(_CAVEAT), markup=False, classes="dialog--foot")
            yield Static(
                _("Enter: copy   e in the results: to a file   Esc: back"), markup=False, classes="dialog--text"
            )

    @on(Taken)
    def _taken(self) -> None:
        part = list(CopyPart)[self.query_one("#part", ChoiceLine).at]
        self.dismiss(CopyWish(part, _FORMATS[self.query_one("#format", ChoiceLine).at][1]))
