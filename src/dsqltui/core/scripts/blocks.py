r"""A block piece by piece: a statement with backslash commands in its middle, or what `\if` and `\endif` enclose."""

from collections.abc import Iterator
from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.core.scripts.statement import Cutter, after_line, command_data, copy_data
from dsqltui.core.sql.lexer import Kind, State, command_name, command_text, scan


@dataclass(frozen=True, slots=True)
class SqlPiece:
    """SQL for the query buffer, blanks and comments included."""

    text: str
    start: int
    """Offset in the block's text, as those of the other pieces."""


@dataclass(frozen=True, slots=True)
class CommandPiece:
    """A backslash command."""

    text: str
    start: int
    end: int
    copy_data: str | None = None
    r"""The rows of a `\copy ... from stdin`."""


@dataclass(frozen=True, slots=True)
class EndPiece:
    """A semicolon: the buffer is sent."""

    start: int
    copy_data: str | None = None


Piece = SqlPiece | CommandPiece | EndPiece


def pieces_of(block: str) -> Iterator[Piece]:
    """The pieces in order. As in psql, a line that begins with a command leaves no empty line in the buffer."""
    cutter = Cutter(block)
    state: State = None
    position = taken = 0
    while position < len(block):
        base, position = position, after_line(block, position)
        tokens, state = scan(block[base:position], state)
        for token in tokens:
            start = base + token.start
            data: str | None = None
            if token.kind is Kind.BACKSLASH:
                text = command_text(token.text)
                name = command_name(text)
                before = block[taken:start]
                if token.start == 0:
                    before = before.removesuffix("\n")
                if before:
                    yield SqlPiece(before, taken)
                taken = base + token.end
                if name == "copy":
                    data, position = command_data(text, block, position)
                    taken = taken if data is None else position
                cutter.take_command(name, start, taken)
                yield CommandPiece(text, start, start + len(text), data)
            elif cutter.add(token, base):
                if start > taken:
                    yield SqlPiece(block[taken:start], taken)
                taken = base + token.end
                if cutter.tokens and cutter.reads_copy_data() and position < len(block):
                    data, position = copy_data(block, position)
                    taken = position
                cutter.end_inner()
                yield EndPiece(start, data)
    if taken < len(block):
        yield SqlPiece(block[taken:], taken)


class QueryBuffer:
    """What was read of a statement and not sent yet."""

    def __init__(self) -> None:
        self.text = ""
        self.start: int | None = None
        """Where the first of it stands."""

    def add(self, text: str, start: int) -> None:
        """Blanks and -- comments before the first word are left out, as psql leaves them."""
        if not self.text:
            skipped = _skipped(text)
            text, start = text[skipped:], start + skipped
            if not text:
                return
            self.start = start
        self.text += text

    def clear(self) -> None:
        """Forget it."""
        self.text, self.start = "", None


def _skipped(text: str) -> int:
    """How many characters of blanks and -- comments a text begins with."""
    for token in scan(text)[0]:
        if not token.text.startswith("--"):
            return token.start
    return len(text)


class Conditions:
    r"""Which `\if` are open, and whether what is read now is done or skipped."""

    def __init__(self) -> None:
        self._open: list[_Condition] = []

    @property
    def is_active(self) -> bool:
        """Whether statements and commands are done."""
        return not self._open or self._open[-1].is_active

    @property
    def is_closed(self) -> bool:
        r"""Whether every `\if` has its `\endif`."""
        return not self._open

    def wants_value(self, word: str) -> bool:
        r"""Whether the condition of this `\if` or `\elif` counts, so that it has to be understood."""
        if word == "if":
            return self.is_active
        return bool(self._open) and not self._open[-1].is_settled and not self._open[-1].has_else

    def take(self, word: str, *, is_true: bool = False) -> str:
        """Go on with `if`, `elif`, `else` or `endif`; what is wrong with it there, or an empty text."""
        if word == "if":
            is_done = self.is_active
            self._open.append(_Condition(is_done and is_true, is_settled=not is_done or is_true))
            return ""
        if not self._open:
            return _("\\{word}: no matching \\if").format(word=word)
        condition = self._open[-1]
        if word == "endif":
            self._open.pop()
        elif condition.has_else:
            return _("\\{word}: cannot occur after \\else").format(word=word)
        else:
            is_true = is_true or word == "else"
            condition.is_active = is_true and not condition.is_settled
            condition.is_settled = condition.is_settled or is_true
            condition.has_else = word == "else"
        return ""


@dataclass(slots=True)
class _Condition:
    is_active: bool
    is_settled: bool
    """Whether a branch was taken, or none may be."""
    has_else: bool = False
