"""Where to write the result, in what format, and how much of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from dsqltui.core.formats import Format
from dsqltui.core.language import N_, _
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.dialogs.line import LineInput
from dsqltui.ui.widgets.choice_line import ChoiceLine, Taken


class Extent(Enum):
    """How much of a result."""

    FETCHED = "fetched"
    """The rows that are here."""
    GO_ON = N_("go on")
    """These and all that the session still holds."""
    AGAIN = "again"
    """The query is run again, and all its rows are written."""


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What was chosen. The path is as written, with its `~`."""

    format: Format
    extent: Extent
    path: str


FORMATS: tuple[tuple[str, Format], ...] = (
    ("CSV", Format.CSV),
    ("TSV", Format.TSV),
    ("JSON", Format.JSON),
    ("JSONL", Format.JSONL),
    ("Markdown", Format.MARKDOWN),
    ("INSERT", Format.INSERT),
    (N_("table"), Format.TABLE),
    (N_("safe CSV"), Format.SAFE_CSV),
)


class ExportDialog(Dialog[ExportWish]):
    """Enter writes the file."""

    AUTO_FOCUS = "#format"

    def __init__(self, path: str, extents: Sequence[tuple[Extent, str]], format_: Format = Format.CSV) -> None:
        """`path` has the format's suffix; `extents` are what may be chosen, with their words."""
        super().__init__()
        self._path, self._extents = path, tuple(extents)
        self._at = [format_ for _unused, format_ in FORMATS].index(format_)

    def compose(self) -> ComposeResult:
        """Format, rows, path."""
        with Vertical(classes="dialog"):
            yield Static(_("Export"), markup=False, classes="dialog--title")
            yield ChoiceLine(_("Format"), [_(word) for word, _unused in FORMATS], at=self._at, id="format")
            yield ChoiceLine(_("Rows"), [words for _unused, words in self._extents], id="extent")
            with Horizontal(classes="dialog--field"):
                yield Static(_("File    "), markup=False)
                yield LineInput(self._path, compact=True, select_on_focus=False)
            yield Static(
                _("Enter: write   Tab: next field   Esc: back.  Asks before overwriting."),
                markup=False,
                classes="dialog--foot",
            )

    @on(ChoiceLine.Changed, "#format")
    def _format_changed(self, event: ChoiceLine.Changed) -> None:
        """The suffix follows the format, unless the person wrote another one."""
        field = self.query_one(LineInput)
        old, self._at = FORMATS[self._at][1].suffix, event.line.at
        if field.value.endswith(old):
            field.value = field.value.removesuffix(old) + FORMATS[self._at][1].suffix

    @on(Taken)
    @on(Input.Submitted)
    def _taken(self) -> None:
        path = self.query_one(LineInput).value.strip()
        if path:
            extent = self._extents[self.query_one("#extent", ChoiceLine).at][0]
            self.dismiss(ExportWish(FORMATS[self._at][1], extent, path))
