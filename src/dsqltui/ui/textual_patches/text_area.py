"""A TextArea whose undo, size and painting can be changed: private steps of Textual 8.2 under public names."""

from collections.abc import Sequence

from textual import events
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Edit


class OpenTextArea(TextArea):
    """Subclasses override `undo_batch`, `redo_batch`, `measure` and `render_text_line`."""

    def undo_batch(self, edits: Sequence[Edit]) -> None:
        """Take edits back, the last one first; called for one step of undo."""
        super()._undo_batch(edits)

    def redo_batch(self, edits: Sequence[Edit]) -> None:
        """Do edits again; called for one step of redo."""
        super()._redo_batch(edits)

    def measure(self) -> None:
        """Set the size of what is scrolled; called after every edit."""
        super()._refresh_size()

    def render_text_line(self, y: int) -> Strip:
        """One line as it is seen, gutter included."""
        return super()._render_line(y)

    async def paste(self, event: events.Paste) -> None:
        """Put what was pasted at the cursor."""
        await super()._on_paste(event)

    def update_scrollbars(self) -> None:
        """Show them as the size of what is scrolled needs it."""
        self._refresh_scrollbars()

    def cursor_cell(self) -> tuple[int, int]:
        """Column and row of the cursor, computed anew, in what is scrolled."""
        self._recompute_cursor_offset()  # type: ignore[no-untyped-call]
        return self._cursor_offset

    def forget_painted_lines(self) -> None:
        """Paint every line anew: something is marked that no edit tells of."""
        self._line_cache.clear()

    def _undo_batch(self, edits: Sequence[Edit]) -> None:
        self.undo_batch(edits)

    def _redo_batch(self, edits: Sequence[Edit]) -> None:
        self.redo_batch(edits)

    def _refresh_size(self) -> None:
        self.measure()

    def _render_line(self, y: int) -> Strip:
        return self.render_text_line(y)
