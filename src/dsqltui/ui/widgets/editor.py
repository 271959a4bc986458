"""The SQL editor: what changes its text, what keys do in it, and which statement would run."""

import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import ClassVar, TypeVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size, Spacing
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditHistory, EditResult, Selection

from dsqltui.core.scripts.run_target import AlreadyRun, TargetFinder
from dsqltui.core.scripts.statement import iterate
from dsqltui.core.sql import brackets
from dsqltui.core.text import line_edits
from dsqltui.core.text.safe_text import has_control_signs, typed_text, visible_controls
from dsqltui.ui.keys.keymap import KeyScope, actions
from dsqltui.ui.keys.user_keys import release
from dsqltui.ui.textual_patches.hooks import own_bindings
from dsqltui.ui.textual_patches.ordered import Ordered
from dsqltui.ui.widgets.editor_ties import Companion, OwnText, Twin
from dsqltui.ui.widgets.marked_text import MarkedText, Range
from dsqltui.ui.widgets.widest_line import WidestLine

_T = TypeVar("_T")
Location = tuple[int, int]

_UNDO_STEPS = 500
_SCROLL_STEP = 20
_WIDTH_STEP = 64
"""Cells by which the scrolled width grows."""
_BURST_S = 0.05
"""Seconds; keys that follow a paste faster than this came with it."""
_LOOKED_AT = 100_000
"""Characters of a paste in which a second statement is looked for."""
_FAR = 10_000
"""Characters to be read to find the statement to run; more are read when typing pauses, this many at a time."""
_NEXT_PIECE_S = 0.01
_LONG_LINE = 50_000
"""Characters; a text with a longer line shows no statement to run."""
_PAUSE_S = 0.3

_COMPANION_KEYS = frozenset({"tab", "shift+tab", "escape", "up", "down", "enter", "pageup", "pagedown"})
_OURS = {key for action in actions(KeyScope.CONSOLE) for key in action.keys} - {"ctrl+c"}


def _textual_bindings() -> list[BindingType]:
    """TextArea's keys without those the console uses; Ctrl+C stays, it passes on when nothing is selected."""
    return [
        binding
        for binding in TextArea.BINDINGS
        if isinstance(binding, Binding) and not _OURS & {*binding.key.split(",")}
    ]


class Editor(Ordered, MarkedText, inherit_bindings=False):
    """Where a pane's SQL is written. Its text never holds control characters."""

    class Undone(Message):
        """A change was taken back by the person."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_textual_bindings(),
        Binding("ctrl+home", "document_start", show=False),
        Binding("ctrl+end", "document_end", show=False),
        Binding("shift+tab", "outdent", show=False),
    ]

    def __init__(self, text: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        self._finder = TargetFinder()
        self._widest = WidestLine(lambda: self.document.lines, lambda: self.indent_width)
        self._is_target_late = False
        self._tainted_until = 0.0
        self.revision = 0
        self.has_control_signs = False
        """Whether control characters were pasted since the last other edit; they are visible signs now."""
        self.twin: Twin | None = None
        self.own: OwnText | None = None
        """What the person has here beside the lab's text; None: what the editor holds is the person's."""
        self.companion: Companion | None = None
        self.run_line: Callable[[], object] | None = None
        """What Enter at the end of a backslash command does; None: a new line."""
        super().__init__(typed_text(text), id=id, max_checkpoints=_UNDO_STEPS)
        self.cursor_blink = False
        release(own_bindings(self))

    def new_history(self) -> EditHistory:
        """An empty undo history, for another text."""
        own = self.history
        return EditHistory(own.max_checkpoints, own.checkpoint_timer, own.checkpoint_max_characters)

    @property
    def shown_lines(self) -> int:
        """Lines that all of the text takes on the screen."""
        return self.wrapped_document.height if self.soft_wrap else self.document.line_count

    @property
    def cursor_offset(self) -> int:
        """The cursor as a character offset in the text."""
        return self.offset_at(self.cursor_location)

    @property
    def selected_range(self) -> Range | None:
        """The selection as offsets; None when nothing is selected."""
        start, end = sorted(self.selection)
        return (self.offset_at(start), self.offset_at(end)) if start != end else None

    def location_at(self, offset: int) -> tuple[int, int]:
        """(row, column) of a character offset; offsets past the end give the end."""
        return self._index.location_at(offset)

    def go_to(self, offset: int) -> None:
        """Put the cursor there, without a selection."""
        self.move_cursor(self.location_at(offset))

    def action_document_start(self) -> None:
        """To the first character."""
        self.move_cursor((0, 0))

    def action_document_end(self) -> None:
        """Behind the last character."""
        self.move_cursor(self.document.end)

    @property
    def target(self) -> Range | None:
        """The statement that would run now, as offsets; None with a selection, which would run itself."""
        return self._target.span if self._target else None

    @property
    def statement_anchor(self) -> int:
        """0, or where a statement starts that is at or before the cursor's: there is no need to look before it."""
        return self._finder.anchor(self.cursor_offset)

    @property
    def spent(self) -> AlreadyRun | None:
        """What was run and does not run again from behind it."""
        return self._finder.spent

    @spent.setter
    def spent(self, spent: AlreadyRun | None) -> None:
        self._finder.spent = spent
        self._find_target()

    @property
    def came_with_a_paste(self) -> bool:
        """Whether the key that is handled now followed a paste at once: then the paste held it, not the person."""
        return time.monotonic() < self._tainted_until

    def edit(self, edit: Edit) -> EditResult:
        """Every change passes here: typing, pasting, prefilling. Control characters do not."""
        clean = typed_text(edit.text)
        if clean != edit.text:
            edit = Edit(clean, edit.from_location, edit.to_location, edit.maintain_selection_offset)
        self.has_control_signs = len(clean) > 1 and has_control_signs(clean)
        result = self._changing(edit.top, edit.bottom, lambda: super(Editor, self).edit(edit))
        if self.twin is not None:
            self.twin.edited(self, edit)
        return result

    def load_text(self, text: str) -> None:
        """Replace everything and forget the history."""
        self._changing((0, 0), None, lambda: super(Editor, self).load_text(typed_text(text)))
        if self.twin is not None:
            self.twin.loaded(self)

    def undo_batch(self, edits: Sequence[Edit]) -> None:
        """See OpenTextArea."""
        self._changing(_first(edits), None, lambda: super(Editor, self).undo_batch(edits))
        if self.twin is not None:
            self.twin.undone(self, edits)

    def redo_batch(self, edits: Sequence[Edit]) -> None:
        """See OpenTextArea."""
        self._changing(_first(edits), None, lambda: super(Editor, self).redo_batch(edits))
        if self.twin is not None:
            self.twin.redone(self, edits)

    def measure(self) -> None:
        """Only when a change is complete: Textual's undo would look for a cursor whose line is gone, and crash."""
        if self._changes_going_on:
            return
        if self.soft_wrap:
            super().measure()
            return
        width, height = self._widest.sizes.cells, self.document.line_count
        needed, seen = width + self.gutter_width + 1, self.size.width
        if needed > seen:
            needed = -(-needed // _WIDTH_STEP) * _WIDTH_STEP
        # Each change of it repaints the whole editor, so it changes in steps, and not at every letter.
        self.virtual_size = Size(max(needed, seen), height)
        self.update_scrollbars()

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        """To the side by a good piece at once: each scroll repaints every line, and typing goes on at the edge."""
        if not self.size.width:  # not shown: nowhere to scroll to
            return Offset()
        if self.soft_wrap:
            return super().scroll_cursor_visible(center, animate)
        x, y = self.cursor_cell()
        left, width = self.scroll_offset.x, self.size.width - self.gutter_width
        margin = 0 if left <= x <= left + width - 3 else min(_SCROLL_STEP, width // 4)
        region = Region(max(0, x - margin), y, min(x, margin) + 3 + margin, 1)
        spacing = Spacing(right=self.gutter_width)
        return self.scroll_to_region(region, spacing=spacing, animate=animate, force=True, center=center)

    def on_resize(self) -> None:
        """Shown again, or narrower: the cursor stays in sight."""
        self.scroll_cursor_visible()

    def watch_selection(self) -> None:
        """The cursor moved, or the text moved under it."""
        if not self._changes_going_on:
            self._look()
            if self.twin is not None:
                self.twin.selected(self)

    def replace_range(self, text: str, start: int, end: int) -> None:
        """Put `text` in the place of a range of offsets, as one step to undo; the cursor goes behind it."""
        self.history.checkpoint()
        self.replace(text, self.location_at(start), self.location_at(end), maintain_selection_offset=False)
        self.history.checkpoint()

    def change_lines(self, change: Callable[[Sequence[str]], Sequence[str]]) -> None:
        """Put what `change` makes of the selected lines, or of the cursor's line, in their place; one step to undo."""
        start, end = sorted(self.selection)
        first, last = start[0], end[0]
        if last > first and end[1] == 0:
            last -= 1  # the selection ends before that line
        before = self.document.lines[first : last + 1]
        after = list(change(before))
        if after == before:
            return
        selection, is_range = self.selection, start != end
        self.history.checkpoint()
        edit = Edit("\n".join(after), (first, 0), (last, len(before[-1])), maintain_selection_offset=False)
        self.edit(edit)
        self.history.checkpoint()
        if is_range:
            self.selection = Selection((first, 0), (last, len(after[-1])))
        else:
            row, column = selection.end
            self.move_cursor((row, max(0, column + len(after[0]) - len(before[0]))))

    def action_undo(self) -> None:
        """Textual's, and say how to take it back."""
        before = self.text
        super().action_undo()
        if self.text != before:
            self.post_message(self.Undone())

    def action_outdent(self) -> None:
        """Outdent the selected lines."""
        self.change_lines(lambda lines: line_edits.outdented(lines, self.indent_width))

    def find_matching_bracket(self, bracket: str, search_from: tuple[int, int]) -> tuple[int, int] | None:
        """Textual's looks into strings and comments; this one does not."""
        if bracket not in "()[]{}" or not bracket:
            return None
        return brackets.partner(self.tokens, self.document.line_count, search_from)

    async def on_key(self, event: events.Key) -> None:
        """The keys of completion, Escape and Tab; all others are TextArea's."""
        if self.app.focused is not self or self.app.screen is not self.screen:
            return  # `Ordered` hands it on
        if self.came_with_a_paste:
            self._tainted_until = time.monotonic() + _BURST_S
        is_taken = self.companion is not None and event.key in _COMPANION_KEYS and self.companion.takes(event.key)
        if is_taken or (event.key == "enter" and self._runs_its_line()):
            event.stop()
            event.prevent_default()
        elif event.key == "escape":  # Textual would move the focus
            self.move_cursor(self.cursor_location)
            event.stop()
            event.prevent_default()
        elif event.key == "tab" and self.selection.start[0] != self.selection.end[0]:
            self.change_lines(lambda lines: line_edits.indented(lines, self.indent_width))
            event.stop()
            event.prevent_default()

    def _runs_its_line(self) -> bool:
        """Run the backslash command on whose end the cursor is; False when there is none, and Enter is a new line."""
        row, column = self.cursor_location
        line = self._line_at(row)
        is_command = line.lstrip().startswith("\\") and column == len(line) and self.selection.is_empty
        is_target = self._target is not None and row in self._target.rows
        if self.run_line is None or not (is_command and is_target) or self.came_with_a_paste:
            return False
        self.run_line()
        if self.cursor_location == (row, column):  # nothing below it: what is typed now is another line
            self.insert("\n")
        return True

    async def on_paste(self, event: events.Paste) -> None:
        """Without control characters; keys that follow at once are known to come from the paste."""
        event.text = visible_controls(event.text.removeprefix("\ufeff"))
        was_empty = not self.text.strip()
        await self.paste(event)
        if was_empty and _has_several(event.text[:_LOOKED_AT]):
            self.go_to(len(self.text) - len(self.text.lstrip()))  # from the first on, F5 by F5
        event.prevent_default()
        self._tainted_until = time.monotonic() + _BURST_S

    def _changing(self, first: Location, last: Location | None, change: Callable[[], _T]) -> _T:
        """Change the text between two places; None: up to its end."""
        lines, length, start = self.document.line_count, self._index.length, self.offset_at(first)
        end = length if last is None or last[0] >= lines else self.offset_at(last)
        before = self._widest.before(self.document.lines[first[0] : last[0] + 1]) if last is not None else None
        self._lexer.changed_from(first[0])
        self.revision += 1
        if self._ran_range is not None or self._error_at is not None or self._hinted:
            self._ran_range, self._error_at, self._hinted = None, None, frozenset()
            self.repaint()
        self._changes_going_on += 1
        try:
            return change()
        finally:
            self._changes_going_on -= 1
            self._index.forget()
            self._finder.changed(start, end, self._index.length - length)
            if before is None or last is None:
                self._widest.forget()
            else:
                behind = last[0] + 1 + self.document.line_count - lines
                self._widest.replaced(before, self._widest.of(self.document.lines[first[0] : behind]))
            self.measure()
            self._look()

    @on(TextArea.SelectionChanged)
    def _selection_told(self, event: TextArea.SelectionChanged) -> None:
        event.stop()  # six widgets would look at it at every key, and none wants it

    def _look(self) -> None:
        """After every change of text or cursor."""
        self._find_target()
        if self.companion is not None and self.has_focus:
            self.companion.looked(self)

    def _find_target(self) -> None:
        """Look for the statement that would run; when that takes long, only when typing pauses."""
        cursor = self.cursor_offset
        length = self._target.span[1] - self._target.span[0] if self._target is not None else 0
        if max(length, cursor - self._finder.anchor(cursor)) < _FAR:
            self._show_target()
        elif not self._is_target_late and self.is_mounted:
            self._is_target_late = True
            self.set_timer(_PAUSE_S, self._show_target)

    def _show_target(self) -> None:
        """In a big text a piece at a time, so that keys find their turn."""
        self._is_target_late = False
        start, end = self.selection
        found = None
        if start == end and self._widest.sizes.characters <= _LONG_LINE:
            found = self._finder.find(self.text, self.cursor_offset, most=_FAR)
            if self._finder.is_behind and self.is_mounted:
                self._is_target_late = True
                self.set_timer(_NEXT_PIECE_S, self._show_target)
        before, self._target = self._target, found
        if (before and before.look) != (found and found.look):
            self.repaint()


def _first(edits: Sequence[Edit]) -> Location:
    """The first place that any of them changes."""
    return min((edit.top for edit in edits), default=(0, 0))


def _has_several(text: str) -> bool:
    """Whether it holds more than one statement."""
    return len([*islice(iterate(text), 2)]) > 1
