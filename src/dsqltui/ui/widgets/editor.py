"""The SQL editor: highlighting by the one SQL lexer, the statement that ran, the place of an error."""

from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.document._document import EditResult
from textual.document._edit import Edit
from textual.widgets import TextArea

from dsqltui.core.keywords import KEYWORDS, TYPES
from dsqltui.core.lexer import Kind, LineLexer, Token
from dsqltui.core.safetext import typed_text
from dsqltui.ui.keymap import Scope, actions
from dsqltui.ui.widgets.line_diff import LineDiff
from dsqltui.ui.widgets.ordered import Ordered

Range = tuple[int, int]
"""Character offsets in the editor's text, end exclusive."""

_HIGHLIGHT_LIMIT = 2_000
"""Characters; longer lines stay plain, colouring them would make every key slow."""

_COMPONENTS = {
    Kind.COMMENT: "editor--comment",
    Kind.STRING: "editor--string",
    Kind.IDENT: "editor--ident",
    Kind.NUMBER: "editor--number",
    Kind.PARAM: "editor--number",
    Kind.BACKSLASH: "editor--command",
}

_OURS = {key for action in actions(Scope.CONSOLE) for key in action.keys} - {"ctrl+c"}


def _textual_bindings() -> list[BindingType]:
    """TextArea's keys without those the console uses; Ctrl+C stays, it passes on when nothing is selected."""
    return [
        binding
        for binding in TextArea.BINDINGS
        if isinstance(binding, Binding) and not _OURS & {*binding.key.split(",")}
    ]


class Editor(Ordered, LineDiff, TextArea, inherit_bindings=False):
    """Where a pane's SQL is written. Its text never holds control characters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_textual_bindings(),
        Binding("ctrl+home", "document_start", show=False),
        Binding("ctrl+end", "document_end", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "editor--keyword",
        "editor--type",
        "editor--command",
        "editor--ran",
        "editor--error",
        *_COMPONENTS.values(),
    }

    def __init__(self, text: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        self._lexer = LineLexer(self._line_at)
        self._ran_range: Range | None = None
        self._error_at: int | None = None
        super().__init__(
            typed_text(text),
            id=id,
            soft_wrap=False,
            tab_behavior="indent",
            show_line_numbers=True,
            highlight_cursor_line=False,
            compact=True,
        )
        self.cursor_blink = False

    @property
    def cursor_offset(self) -> int:
        """The cursor as a character offset in the text."""
        return self.offset_at(self.cursor_location)

    @property
    def selected_range(self) -> Range | None:
        """The selection as offsets; None when nothing is selected."""
        start, end = sorted(self.selection)
        return (self.offset_at(start), self.offset_at(end)) if start != end else None

    def offset_at(self, location: tuple[int, int]) -> int:
        """Character offset of a (row, column)."""
        row, column = location
        return sum(len(line) + 1 for line in self.document.lines[:row]) + column

    def location_at(self, offset: int) -> tuple[int, int]:
        """(row, column) of a character offset; offsets past the end give the end."""
        for row, line in enumerate(self.document.lines):
            if offset <= len(line):
                return row, max(0, offset)
            offset -= len(line) + 1
        return self.document.end

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

    @property
    def error_offset(self) -> int | None:
        """The marked error."""
        return self._error_at

    @property
    def ran_range(self) -> Range | None:
        """The marked run."""
        return self._ran_range

    def edit(self, edit: Edit) -> EditResult:
        """Every change passes here: typing, pasting, prefilling. Control characters do not."""
        clean = typed_text(edit.text)
        if clean != edit.text:
            edit = Edit(clean, edit.from_location, edit.to_location, edit.maintain_selection_offset)
        self._text_changes(edit.top[0])
        return super().edit(edit)

    def load_text(self, text: str) -> None:
        """Replace everything and forget the history."""
        self._text_changes(0)
        super().load_text(typed_text(text))

    def undo(self) -> None:
        """Take the last batch of edits back."""
        self._text_changes(0)
        super().undo()

    def redo(self) -> None:
        """Do the batch again that was taken back."""
        self._text_changes(0)
        super().redo()

    def get_line(self, line_index: int) -> Text:
        """One line, coloured."""
        line = super().get_line(line_index)
        tokens = self._lexer.tokens(line_index)
        if len(line) <= _HIGHLIGHT_LIMIT:
            for token in tokens:
                if style := self._style_of(token):
                    line.stylize(style, token.start, token.end)
        if self._ran_range is not None or self._error_at is not None:
            self._stylize_marks(line, line_index)
        return line

    def _stylize_marks(self, line: Text, row: int) -> None:
        start = self.offset_at((row, 0))
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

    def _text_changes(self, row: int) -> None:
        self._lexer.changed_from(row)
        if self._ran_range is not None or self._error_at is not None:
            self._ran_range = self._error_at = None
            self._repaint()

    def _repaint(self) -> None:
        self._line_cache.clear()
        self.refresh()
