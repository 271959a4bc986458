"""What lies in both editors, put aside as a whole and brought back exactly: a lab works on a desk of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from textual.widgets.text_area import EditHistory, Selection

from dsqltui.core.scripts.run_target import AlreadyRun
from dsqltui.ui.panes.pane_state import PaneState
from dsqltui.ui.state.sync_mode import SyncMode
from dsqltui.ui.widgets.editor import Editor


class BothPanes(Protocol):
    """The console, as far as a desk is concerned."""

    @property
    def sides(self) -> Mapping[str, PaneState]: ...

    @property
    def active(self) -> PaneState: ...

    sync_mode: SyncMode


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one editor held."""

    text: str
    selection: Selection
    history: EditHistory
    spent: AlreadyRun | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Both editors' texts, selections and undo histories, and whether they were mirrored."""

    sheets: Mapping[str, Sheet]
    """By letter."""
    mode: SyncMode
    mirror_again: Callable[[], object] | None
    """Makes the editors twins again, as they were; None when they were none."""


def take_up(console: BothPanes) -> Desk:
    """All that both editors hold. They still show it, and are no twins any more: `lay` another desk at once."""
    editors = _editors(console)
    sheets = {
        letter: Sheet(editor.text, editor.selection, editor.history, editor.spent) for letter, editor in editors.items()
    }
    twin = editors[console.active.letter].twin
    return Desk(sheets, console.sync_mode, twin.let_go() if twin is not None else None)


def lay(console: BothPanes, desk: Desk) -> None:
    """Bring a desk back: nothing of what the editors hold now stays."""
    for letter, editor in _editors(console).items():
        sheet = desk.sheets[letter]
        editor.history = editor.new_history()  # loading a text empties the history that is there
        editor.load_text(sheet.text)
        editor.history = sheet.history
        editor.selection = sheet.selection
        editor.spent = sheet.spent
    if desk.mirror_again is not None:
        desk.mirror_again()
    if SyncMode.MIRROR in (desk.mode, console.sync_mode):
        console.sync_mode = desk.mode


def take_up_for_empty(console: BothPanes) -> Desk:
    """All that both editors hold, and two empty editors in its place, mirrored when they were."""
    editor = console.active.pane.editor
    twin = editor.twin
    taken = take_up(console)
    sheets = {letter: Sheet("", Selection(), other.new_history(), None) for letter, other in _editors(console).items()}
    lay(console, Desk(sheets, taken.mode, partial(twin.join, editor) if twin is not None else None))
    return taken


def _editors(console: BothPanes) -> Mapping[str, Editor]:
    return {letter: side.pane.editor for letter, side in console.sides.items()}
