"""Two editors that hold the same text: every edit of one is done in the other, and they share one undo history.

Edits are repeated one by one where they happen (Textual's `Edit`), not by comparing texts afterwards: exact, in order,
and undo in either editor takes back the last change of both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.widgets.text_area import Edit, EditHistory

from dsqltui.ui.widgets.editor import Editor


@dataclass(frozen=True, slots=True)
class _Kept:
    """What an editor had when it joined, for the time after."""

    editor: Editor
    text: str
    history: EditHistory


class Mirror:
    """Off at first. `join` makes the two editors twins, `part` lets them go their own ways again."""

    def __init__(self, first: Editor, second: Editor) -> None:
        self._editors = (first, second)
        self._kept: _Kept | None = None
        self._is_following = False

    @property
    def is_on(self) -> bool:
        """Whether the two are twins now."""
        return self._kept is not None

    def join(self, winner: Editor) -> None:
        """Both get the winner's text, cursor and history. What the other one had comes back with undo after `part`."""
        if self.is_on:
            return
        other = self._other(winner)
        self._kept = _Kept(other, other.text, other.history)
        if other.text != winner.text:
            _replace_all(other, winner.text)
        other.history = winner.history
        other.selection = winner.selection
        winner.history.checkpoint()
        for editor in self._editors:
            editor.twin = self

    def part(self) -> None:
        """From here on independent. To the one that lost its text, all that happened since is one step to undo."""
        if self._kept is None:
            return
        for editor in self._editors:
            editor.twin = None
        kept, self._kept = self._kept, None
        editor, text = kept.editor, kept.editor.text
        selection = editor.selection
        if text == kept.text:
            editor.history = kept.history
        else:
            _replace_all(editor, kept.text)
            editor.history = kept.history
            editor.replace_range(text, 0, len(kept.text))
            editor.selection = selection
        editor.history.checkpoint()

    def let_go(self) -> Callable[[], None]:
        """The editors are no twins until what this returns is called: then all is as it was, also what `part` does."""
        kept, self._kept = self._kept, None
        for editor in self._editors:
            editor.twin = None

        def again() -> None:
            self._kept = kept
            for editor in self._editors:
                editor.twin = self

        return again

    # -- what the editors tell -----------------------------------------------------------------------------------------

    def edited(self, editor: Editor, edit: Edit) -> None:
        """Do the same in the other one, without a second entry in the history."""

        def follow(other: Editor) -> None:
            shared, other.history = other.history, _no_history()
            try:
                other.edit(Edit(edit.text, edit.from_location, edit.to_location, edit.maintain_selection_offset))
            finally:
                other.history = shared
            other.has_control_signs = editor.has_control_signs

        self._follow(editor, follow)

    def undone(self, editor: Editor, edits: Sequence[Edit]) -> None:
        """Take the same batch back in the other one."""
        self._follow(editor, lambda other: other.undo_batch(edits))

    def redone(self, editor: Editor, edits: Sequence[Edit]) -> None:
        """Do the same batch again in the other one."""
        self._follow(editor, lambda other: other.redo_batch(edits))

    def loaded(self, editor: Editor) -> None:
        """A text without history came into one."""
        self._follow(editor, lambda other: other.load_text(editor.text))

    def selected(self, editor: Editor) -> None:
        """The cursor moved."""
        self._follow(editor)

    def _follow(self, editor: Editor, follow: Callable[[Editor], None] | None = None) -> None:
        if self._is_following:
            return
        other = self._other(editor)
        self._is_following = True
        try:
            if follow is not None:
                follow(other)
            other.selection = editor.selection
        finally:
            self._is_following = False
        editor.app.cursor_position = editor.cursor_screen_offset  # each editor puts the terminal's cursor into itself

    def _other(self, editor: Editor) -> Editor:
        first, second = self._editors
        return second if editor is first else first


def _replace_all(editor: Editor, text: str) -> None:
    """Put another text into the editor, of which no history knows."""
    own, editor.history = editor.history, _no_history()
    try:
        editor.replace_range(text, 0, len(editor.text))
    finally:
        editor.history = own


def _no_history() -> EditHistory:
    return EditHistory(max_checkpoints=1, checkpoint_timer=1.0, checkpoint_max_characters=1)
