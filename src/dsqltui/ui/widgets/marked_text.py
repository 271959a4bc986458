"""What the editor's text looks like: colours by the one SQL lexer; marks of what would run, what ran and where an error
is, what a linter said of."""

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.cache import LRUCache
from textual.geometry import Offset
from textual.strip import Strip

from dsqltui.core.scripts.run_target import RunTarget
from dsqltui.core.sql.keywords import KEYWORDS, TYPES
from dsqltui.core.sql.lexer import Kind, LineLexer, Token
from dsqltui.core.sql.odd_characters import INVISIBLE, odd_in_tokens
from dsqltui.core.text.line_index import LineIndex
from dsqltui.ui.textual_patches.line_diff import LineDiff
from dsqltui.ui.textual_patches.text_area import OpenTextArea
from dsqltui.ui.widgets.cells import characters_within

Range = tuple[int, int]
"""Character offsets in the editor's text, end exclusive."""

_HIGHLIGHT_LIMIT = 2_000
"""Characters; longer lines stay plain, colouring them would make every key slow."""

_TARGET_MARK = "▎"
_HINT_MARK = "!"
_INVISIBLE_SIGN = "·"
_DRAWN_WHOLE = 5_000
"""Characters; of a longer line only what is in sight is drawn, and no marks but the cursor, selection and error."""
_PLAIN_LINES = 500
"""Lines whose look is kept."""

_COMPONENTS = {
    Kind.COMMENT: "editor--comment",
    Kind.STRING: "editor--string",
    Kind.IDENT: "editor--ident",
    Kind.NUMBER: "editor--number",
    Kind.PARAM: "editor--number",
    Kind.BACKSLASH: "editor--command",
}


class MarkedText(LineDiff, OpenTextArea, inherit_bindings=False):
    """The text of an editor and its marks, which whoever changes the text sets. Each line is drawn when it changes."""

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

    def __init__(self, text: str, *, id: str | None, max_checkpoints: int) -> None:  # noqa: A002 - Textual's name
        self._lexer = LineLexer(self._line_at)
        self._index = LineIndex(lambda: self.document.lines)
        self._ran_range: Range | None = None
        self._error_at: int | None = None
        self._hinted: frozenset[int] = frozenset()
        self._target: RunTarget | None = None
        self._changes_going_on = 0
        self._plain_lines: LRUCache[object, Strip] = LRUCache(_PLAIN_LINES)
        self._looks: dict[str, Style] = {}
        super().__init__(
            text,
            id=id,
            soft_wrap=False,
            tab_behavior="indent",
            show_line_numbers=True,
            highlight_cursor_line=False,
            compact=True,
            max_checkpoints=max_checkpoints,
        )

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

    def mark_ran(self, ran: Range | None) -> None:
        """Show which part of the text was sent last; forgotten at the next edit."""
        self._ran_range = ran
        self._error_at = None
        self.repaint()

    def mark_error(self, offset: int) -> None:
        """Show the character the server pointed at; forgotten at the next edit or run."""
        self._error_at = offset
        self.repaint()

    def mark_hints(self, rows: frozenset[int]) -> None:
        """Show in the gutter of which lines, from 0, a linter said something; forgotten at the next edit."""
        self._hinted = rows
        self.repaint()

    @property
    def error_offset(self) -> int | None:
        """The marked error."""
        return self._error_at

    @property
    def ran_range(self) -> Range | None:
        """The marked run."""
        return self._ran_range

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
        strip = self._with_target_mark(y, self.rendered_line(y, _DRAWN_WHOLE))
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

    def notify_style_update(self) -> None:
        """The styles changed."""
        self._looks = {}
        super().notify_style_update()

    def _component(self, name: str) -> Style:
        look = self._looks.get(name)
        if look is None:
            look = self._looks[name] = self.get_component_rich_style(name, partial=True)
        return look

    def _line_at(self, row: int) -> str:
        return self.document.get_line(row)

    def repaint(self) -> None:
        """Every line: something is marked that no edit tells of."""
        self.forget_painted_lines()
        self.refresh()
