"""What stands at the cursor: the word being written, what qualifies it, the words before it, the statement around."""

from dataclasses import dataclass

from dsqltui.core.completion.scope import stored_name
from dsqltui.core.scripts.statement import StatementKind, after_line, at_offset
from dsqltui.core.sql.lexer import Kind, State, Token, scan_again


@dataclass(frozen=True, slots=True)
class CompletionPlace:
    """Where a completion is wanted. Offsets are characters of the whole text."""

    start: int
    """Where the word begins; the cursor when there is none."""
    word: str
    """The word up to the cursor, as written."""
    is_quoted: bool
    """Whether it begins with a double quote."""
    qualifiers: tuple[str, ...]
    """Stored names before it, each followed by a dot."""
    tokens: tuple[Token, ...]
    """The whole statement without comments, and without the word and its qualifiers."""
    before: tuple[Token, ...]
    """Those of them that stand before the word."""
    command: str | None = None
    """A backslash command up to the cursor, instead of all this."""

    @property
    def said(self) -> tuple[str, ...]:
        """Lower-case text of `before`."""
        return tuple(token.text.lower() for token in self.before)

    @property
    def bare_word(self) -> str:
        """The word in lower case, without the quote."""
        return self.word.lstrip('"').lower()


def word_before(text: str, cursor: int) -> int | None:
    """Where the word at the cursor begins, without reading the statement; None where that takes more than a look."""
    line = text.rfind("\n", 0, cursor) + 1
    if text.find("\\", line, cursor) >= 0 or text.find('"', line, cursor) >= 0:
        return None
    start = cursor
    while start > line and (text[start - 1].isalnum() or text[start - 1] in "_$" or not text[start - 1].isascii()):
        start -= 1
    return start


def place_at(text: str, cursor: int, start: int = 0) -> CompletionPlace | None:
    """The place at the cursor; None within strings, comments, numbers and parameters, where nothing is completed."""
    base, end = _statement(text, cursor, start)
    tokens = _tokens(text[base:end])
    at = cursor - base
    here = next((token for token in tokens if token.start < at <= token.end), None)
    if here is not None:
        if here.kind is Kind.BACKSLASH:
            command = text[base + here.start : cursor]
            return CompletionPlace(base + here.start, "", False, (), (), (), command)
        if here.kind is Kind.COMMENT and (at < here.end or not here.text.endswith("*/")):
            return None
        if here.kind in (Kind.STRING, Kind.NUMBER, Kind.PARAM):
            return None
        if here.kind is Kind.IDENT and at == here.end and here.text.endswith('"') and len(here.text) > 1:
            return None
    is_word = here is not None and here.kind in (Kind.WORD, Kind.IDENT)
    begin = here.start if here is not None and is_word else at
    sql = [token for token in tokens if token.kind is not Kind.COMMENT]
    before = [token for token in sql if token.end <= begin]
    after = [token for token in sql if token.start >= at]
    qualifiers: list[str] = []
    behind = begin
    while len(before) >= 2 and _is_dot(before[-1], behind) and before[-2].end == before[-1].start:
        if before[-2].kind not in (Kind.WORD, Kind.IDENT):
            break
        behind = before[-2].start
        qualifiers.insert(0, stored_name(before[-2]))
        del before[-2:]
    word = text[base + begin : cursor]
    is_quoted = word.startswith('"')
    return CompletionPlace(base + begin, word, is_quoted, tuple(qualifiers), (*before, *after), tuple(before))


def _tokens(text: str) -> list[Token]:
    """Line by line, because most lines are as they were at the last key."""
    found: list[Token] = []
    position = 0
    state: State = None
    while position < len(text):
        base, position = position, after_line(text, position)
        tokens, state = scan_again(text[base:position], state)
        found += tokens if base == 0 else (Token(kind, base + s, base + e, word) for kind, s, e, word in tokens)
    return found


def _is_dot(token: Token, end: int) -> bool:
    return token.kind is Kind.OP and token.text == "." and token.end == end


def _statement(text: str, cursor: int, start: int) -> tuple[int, int]:
    """The range of the statement that is being written at the cursor."""
    statement = at_offset(text, cursor, start, tells_kinds=False)
    if statement is None or statement.start > cursor:
        return min(text.rfind("\n", 0, cursor) + 1, cursor), cursor
    if statement.kind is StatementKind.COMMAND:
        is_on_its_line = "\n" not in text[statement.start : cursor]
        return (statement.start, max(statement.end, cursor)) if is_on_its_line else (statement.end, cursor)
    if cursor <= statement.end - (1 if statement.is_terminated else 0):
        return statement.start, max(statement.end, cursor)
    if statement.is_terminated:
        return statement.end, cursor
    return statement.start, cursor
