"""The SQL editor: colours by the one SQL lexer; marks of what would run, what ran, and where an error is."""

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import ClassVar, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Offset, Region, Size, Spacing
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult, Selection

from dsqltui.core.scripts.run_target import AlreadyRun, RunTarget, TargetFinder
from dsqltui.core.scripts.statement import iterate
from dsqltui.core.sql import brackets
from dsqltui.core.sql.keywords import KEYWORDS, TYPES
from dsqltui.core.sql.lexer import Kind, LineLexer, Token
from dsqltui.core.sql.odd_characters import INVISIBLE, odd_in_tokens
from dsqltui.core.text import line_edits
from dsqltui.core.text.line_index import LineIndex
from dsqltui.core.text.safe_text import has_control_signs, typed_text, visible_controls
from dsqltui.ui.keys.keymap import KeyScope, actions
from dsqltui.ui.keys.user_keys import release
from dsqltui.ui.textual_patches.hooks import own_bindings
from dsqltui.ui.textual_patches.line_diff import LineDiff
from dsqltui.ui.textual_patches.ordered import Ordered
from dsqltui.ui.textual_patches.text_area import OpenTextArea
from dsqltui.ui.widgets.cells import characters_within
from dsqltui.ui.widgets.editor_ties import Companion, Twin

_T = TypeVar("_T")

Range = tuple[int, int]
"""Character offsets in the editor's text, end exclusive."""

_HIGHLIGHT_LIMIT = 2_000
"""Characters; longer lines stay plain, colouring them would make every key slow."""

_UNDO_STEPS = 500
_SCROLL_STEP = 20
_WIDTH_STEP = 64
"""Cells by which the scrolled width grows."""
_BURST_S = 0.05
"""Seconds; keys that follow a paste faster than this came with it."""
_LOOKED_AT = 100_000
"""Characters of a paste in which a second statement is looked for."""
_TARGET_MARK = "▎"
_HINT_MARK = "!"
_INVISIBLE_SIGN = "·"
_FAR = 10_000
"""Characters to be read to find the statement to run; more are read when typing pauses, this many at a time."""
_NEXT_PIECE_S = 0.01
_MANY_LINES = 1_000
"""Beyond that, what is scrolled gets wider with the lines and not narrower again."""
_LONG_LINE = 50_000
"""Characters; a text with a longer line shows no statement to run."""
_DRAWN_WHOLE = 5_000
"""Characters; of a longer line only what is in sight is drawn, and no marks but the cursor, selection and error."""
_PLAIN_LINES = 500
"""Lines whose look is kept."""
_PAUSE_S = 0.3

_COMPONENTS = {
    Kind.COMMENT: "editor--comment",
    Kind.STRING: "editor--string",
    Kind.IDENT: "editor--ident",
    Kind.NUMBER: "editor--number",
    Kind.PARAM: "editor--number",
    Kind.BACKSLASH: "editor--command",
}

_COMPANION_KEYS = frozenset({"tab", "shift+tab", "escape", "up", "down", "enter", "pageup", "pagedown"})
_OURS = {key for action in actions(KeyScope.CONSOLE) for key in action.keys} - {"ctrl+c"}


def _textual_bindings() -> list[BindingType]:
    """TextArea's keys without those the console uses; Ctrl+C stays, it passes on when nothing is selected."""
    return [
        binding
        for binding in TextArea.BINDINGS
        if isinstance(binding, Binding) and not _OURS & {*binding.key.split(",")}
    ]


class Editor(Ordered, LineDiff, OpenTextArea, inherit_bindings=False):
    """Where a pane's SQL is written. Its text never holds control characters."""

    class Undone(Message):
        """A change was taken back by the person."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_textual_bindings(),
        Binding("ctrl+home", "document_start", show=False),
        Binding("ctrl+end", "document_end", show=False),
        Binding("shift+tab", "outdent", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "editor--keyword",
        "editor--type",
        "editor--command",
        "editor--ran",
        "editor--target",
        "editor--hint",
        "editor--target-part",
        "editor--error",
        "editor--odd",
        "editor--invisible",
        *_COMPONENTS.values(),
    }

    def __init__(self, text: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        self._lexer = LineLexer(self._line_at)
        self._ran_range: Range | None = None
        self._error_at: int | None = None
        self._hinted: frozenset[int] = frozenset()
        self._target: RunTarget | None = None
        self._finder = TargetFinder()
        self._index = LineIndex(lambda: self.document.lines)
        self._widest: tuple[int, int] | None = None
        """Cells and characters of the longest lines, or more; None when nobody has looked."""
        self._plain_lines: LRUCache[object, Strip] = LRUCache(_PLAIN_LINES)
        self._is_target_late = False
        self._changes_going_on = 0
        self._tainted_until = 0.0
        self.revision = 0
        self.has_control_signs = False
        """Whether control characters were pasted since the last other edit; they are visible signs now."""
        self.twin: Twin | None = None
        self.companion: Companion | None = None
        self.run_line: Callable[[], object] | None = None
        """What Enter at the end of a backslash command does; None: a new line."""
        super().__init__(
            typed_text(text),
            id=id,
            soft_wrap=False,
            tab_behavior="indent",
            show_line_numbers=True,
            highlight_cursor_line=False,
            compact=True,
            max_checkpoints=_UNDO_STEPS,
        )
        self.cursor_blink = False
        release(own_bindings(self))

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

    @property
    def text(self) -> str:
        """All of it. Textual joins the lines each time, and asks for every line that it paints."""
        return super().text if self._changes_going_on else self._index.text

    @text.setter
    def text(self, value: str) -> None:
        self.load_text(value)

    def offset_at(self, location: tuple[int, int]) -> int:
        """Character offset of a (row, column)."""
        row, column = location
        if self._changes_going_on:
            return sum(len(line) + 1 for line in self.document.lines[:row]) + column
        return self._index.offset_at(row, column)

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

    def mark_ran(self, ran: Range | None) -> None:
        """Show which part of the text was sent last; forgotten at the next edit."""
        self._ran_range = ran
        self._error_at = None
        self._repaint()

    def mark_error(self, offset: int) -> None:
        """Show the character the server pointed at; forgotten at the next edit or run."""
        self._error_at = offset
        self._repaint()

    def mark_hints(self, rows: frozenset[int]) -> None:
        """Show in the gutter of which lines, from 0, a linter said something; forgotten at the next edit."""
        self._hinted = rows
        self._repaint()

    @property
    def error_offset(self) -> int | None:
        """The marked error."""
        return self._error_at

    @property
    def ran_range(self) -> Range | None:
        """The marked run."""
        return self._ran_range

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
        result = self._changing(edit.top, lambda: super(Editor, self).edit(edit), lambda done: done.end_location[0])
        if self.twin is not None:
            self.twin.edited(self, edit)
        return result

    def load_text(self, text: str) -> None:
        """Replace everything and forget the history."""
        self._changing((0, 0), lambda: super(Editor, self).load_text(typed_text(text)))
        if self.twin is not None:
            self.twin.loaded(self)

    def undo_batch(self, edits: Sequence[Edit]) -> None:
        """See OpenTextArea."""
        self._changing((0, 0), lambda: super(Editor, self).undo_batch(edits))
        if self.twin is not None:
            self.twin.undone(self, edits)

    def redo_batch(self, edits: Sequence[Edit]) -> None:
        """See OpenTextArea."""
        self._changing((0, 0), lambda: super(Editor, self).redo_batch(edits))
        if self.twin is not None:
            self.twin.redone(self, edits)

    def measure(self) -> None:
        """Only when a change is complete: Textual's undo would look for a cursor whose line is gone, and crash."""
        if self._changes_going_on:
            return
        if self.soft_wrap:
            super().measure()
            return
        width, height = self._widest_line()[0], self.document.line_count
        needed, seen = width + self.gutter_width + 1, self.size.width
        if needed > seen:
            needed = -(-needed // _WIDTH_STEP) * _WIDTH_STEP
        # Each change of it repaints the whole editor, so it changes in steps, and not at every letter.
        self.virtual_size = Size(max(needed, seen), height)
        self.update_scrollbars()

    def _widest_line(self) -> tuple[int, int]:
        if self._widest is None:
            self._widest = self._sizes(0, self.document.line_count - 1)
        return self._widest

    def _sizes(self, first: int, last: int) -> tuple[int, int]:
        """Cells and characters of the longest of these lines."""
        lines = self.document.lines[first : last + 1]
        longest = max(map(len, lines), default=0)
        if longest > _LONG_LINE:  # measuring each character of it would take longer than a key may
            return max(
                len(line) * (1 if line.isascii() else 2) + line.count("\t") * self.indent_width for line in lines
            ), longest
        return max((cell_len(line.expandtabs(self.indent_width)) for line in lines), default=0), longest

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

    def tokens(self, line_index: int) -> tuple[Token, ...]:
        """What one line is coloured by, in order; columns are of the line."""
        return self._lexer.tokens(line_index)

    def get_line(self, line_index: int) -> Text:
        """One line, coloured."""
        line = super().get_line(line_index)
        tokens = self.tokens(line_index)
        if len(line) <= _HIGHLIGHT_LIMIT:
            for token in tokens:
                if style := self._style_of(token):
                    line.stylize(style, token.start, token.end)
            if not line.plain.isascii():
                line = self._with_odd_characters(line, tokens)
        if self._ran_range is not None or self._error_at is not None or self._target is not None:
            self._stylize_marks(line, line_index)
        return line

    def _with_odd_characters(self, line: Text, tokens: Iterable[Token]) -> Text:
        """Those that only look like SQL are marked; those without a cell of their own get a sign, also in literals."""
        style = self._component("editor--odd")
        for odd in odd_in_tokens(tokens):
            line.stylize(style, odd.offset, odd.offset + 1)
        if INVISIBLE.isdisjoint(line.plain):
            return line
        for at, character in enumerate(line.plain):
            if character in INVISIBLE:
                line.stylize(self._component("editor--invisible"), at, at + 1)
        shown = "".join(_INVISIBLE_SIGN if character in INVISIBLE else character for character in line.plain)
        return Text(shown, line.style, end=line.end, no_wrap=line.no_wrap, spans=line.spans)

    def render_text_line(self, y: int) -> Strip:
        """Textual's, with a bar in the gutter beside the statement to run."""
        key = self._look_of_line(y)
        if key is not None and (known := self._plain_lines.get(key)) is not None:
            return known
        row = y + self.scroll_offset[1]
        if not self.soft_wrap and row < self.document.line_count and len(self._line_at(row)) > _DRAWN_WHOLE:
            return self._piece_of_line(row)
        strip = self._with_target_mark(y, super().render_text_line(y))
        if key is not None:
            self._plain_lines[key] = strip
        return strip

    def _piece_of_line(self, row: int) -> Strip:
        """Of a long line what is in sight, plain."""
        line, left = self._line_at(row), self.scroll_offset[0]
        first = characters_within(line, left)
        piece = Text(line[first : first + self.size.width] + " ", end="", no_wrap=True)
        style = self.get_component_rich_style("text-area--selection", partial=True)
        start, end = sorted(self.selection)
        if start != end and start[0] <= row <= end[0]:
            begin, behind = (start[1] if row == start[0] else 0), (end[1] if row == end[0] else len(line))
            piece.stylize(style, max(0, begin - first), max(0, behind - first))
        if self._error_at is not None:
            at = self._error_at - self.offset_at((row, first))
            if 0 <= at < len(piece):
                piece.stylize(self._component("editor--error"), at, at + 1)
        cursor_row, column = self.selection.end
        is_here = cursor_row == row and 0 <= column - first < len(piece)
        return self.framed(piece, row, column - first if is_here else None)

    def _look_of_line(self, y: int) -> object | None:
        """All that a line looks like depends on; None for one that has the cursor or a mark in it."""
        row, (start, end), bracket = y + self.scroll_offset[1], sorted(self.selection), self.matching_bracket_location
        is_marked = self._ran_range is not None or self._error_at is not None or self.soft_wrap
        if is_marked or row >= self.document.line_count or start[0] <= row <= end[0] or (bracket and bracket[0] == row):
            return None
        target = self._target
        is_target = target is not None and row in target.rows
        if is_target and target is not None and target.shares_a_line:
            return None
        line, state = self._line_at(row), self._lexer.state(row)
        look = (self._style_generation, self.app.theme, self.size, self.virtual_size.width, self.scroll_offset[0])
        return line, state, row, is_target, row in self._hinted, self.gutter_width, look

    def _row_at(self, y: int) -> int:
        """The line of the text that is painted there."""
        y += self.scroll_offset[1]
        return self.wrapped_document.offset_to_location(Offset(0, y))[0] if self.soft_wrap else y

    def _with_target_mark(self, y: int, strip: Strip) -> Strip:
        row, gutter = self._row_at(y), self.gutter_width
        if row not in self._hinted and not (self._target and row in self._target.rows):
            return strip
        number, style, _ = next(iter(strip))
        sign, look = (_HINT_MARK, "editor--hint") if row in self._hinted else (_TARGET_MARK, "editor--target")
        mark = Segment(sign, (style or Style.null()) + self._component(look))
        return Strip.join([Strip([Segment(number[:-2], style), mark, Segment(" ", style)], gutter), strip.crop(gutter)])

    def _stylize_marks(self, line: Text, row: int) -> None:
        start = self.offset_at((row, 0))
        if self._target is not None and self._target.shares_a_line and row in self._target.rows:
            first, last = self._target.span[0] - start, self._target.span[1] - start
            line.stylize(self._component("editor--target-part"), max(0, first), min(len(line), last))
        if self._ran_range is not None:
            first, last = self._ran_range[0] - start, self._ran_range[1] - start
            if first < len(line) and last > 0:
                line.stylize(self._component("editor--ran"), max(0, first), min(len(line), last))
        if self._error_at is not None and 0 <= self._error_at - start <= len(line):
            column = max(0, min(self._error_at - start, len(line) - 1))
            line.stylize(self._component("editor--error"), column, column + 1)

    def _style_of(self, token: Token) -> Style | None:
        if token.kind is Kind.WORD:
            word = token.text.lower()
            if word in KEYWORDS:
                return self._component("editor--keyword")
            return self._component("editor--type") if word in TYPES else None
        name = _COMPONENTS.get(token.kind)
        return self._component(name) if name else None

    def _component(self, name: str) -> Style:
        return self.get_component_rich_style(name, partial=True)

    def _line_at(self, row: int) -> str:
        return self.document.get_line(row)

    def _changing(
        self, place: tuple[int, int], change: Callable[[], _T], last: Callable[[_T], int] | None = None
    ) -> _T:
        """Change the text from `place` on; `last` says up to which row it is new, else all of it is."""
        self._lexer.changed_from(place[0])
        self._finder.changed_from(self.offset_at(place))
        self.revision += 1
        if self._ran_range is not None or self._error_at is not None or self._hinted:
            self._ran_range, self._error_at, self._hinted = None, None, frozenset()
            self._repaint()
        self._changes_going_on += 1
        widest, self._widest = self._widest, None
        try:
            result = change()
            if last is not None and widest is not None and self.document.line_count > _MANY_LINES:
                new = self._sizes(place[0], last(result))
                self._widest = max(widest[0], new[0]), max(widest[1], new[1])
            return result
        finally:
            self._changes_going_on -= 1
            self._index.forget()
            self.measure()
            self._look()

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
        if start == end and self._widest_line()[1] <= _LONG_LINE:
            found = self._finder.find(self.text, self.cursor_offset, most=_FAR)
            if self._finder.is_behind and self.is_mounted:
                self._is_target_late = True
                self.set_timer(_NEXT_PIECE_S, self._show_target)
        before, self._target = self._target, found
        if (before and before.look) != (found and found.look):
            self._repaint()

    def _repaint(self) -> None:
        self.forget_painted_lines()
        self.refresh()


def _has_several(text: str) -> bool:
    """Whether it holds more than one statement."""
    return len([*islice(iterate(text), 2)]) > 1
