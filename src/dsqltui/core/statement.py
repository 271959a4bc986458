"""Scripts cut into statements, as psql cuts them: the statement under the cursor, a whole file, COPY data, \\commands.

A statement ends at a semicolon outside quotes, comments, parentheses and the BEGIN ATOMIC ... END body of a SQL
function. A backslash outside quotes begins a command that ends with its line.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.lexer import Kind, Token, scan


class StatementKind(Enum):
    """The coarse kind, by the first words. The server decides what a statement may do; this only routes it."""

    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    READ = "read"
    """SELECT, VALUES, TABLE, SHOW, EXPLAIN without writing words."""
    WRITE = "write"
    """INSERT, UPDATE, DELETE, MERGE, COPY FROM, WITH ... that writes, SELECT ... FOR UPDATE."""
    DDL = "ddl"
    COMMAND = "command"
    """A backslash command such as \\i; not SQL."""
    OTHER = "other"
    """SET, RESET, CALL and the like, and what nobody knows."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a script. Offsets are characters of the script."""

    text: str
    """The statement without its semicolon."""
    start: int
    end: int
    """Just after the semicolon, or after the last token when there is none."""
    kind: StatementKind
    copy_data: str | None = None
    """What follows COPY ... FROM STDIN in a script, up to the line `\\.`; None for every other statement."""
    is_terminated: bool = True
    """False when the script ended before the semicolon."""


_CONTROL = {
    "begin": StatementKind.BEGIN,
    "start": StatementKind.BEGIN,
    "commit": StatementKind.COMMIT,
    "end": StatementKind.COMMIT,
    "rollback": StatementKind.ROLLBACK,
    "abort": StatementKind.ROLLBACK,
}
_READERS = frozenset({"select", "values", "table", "with", "show", "explain", "("})
_WRITERS = frozenset({"insert", "update", "delete", "merge"})
_DDL = frozenset(
    {"create", "alter", "drop", "grant", "revoke", "comment", "truncate", "reindex", "aws", "security", "reassign"}
)


def words(tokens: tuple[Token, ...]) -> list[str]:
    """Lower-case text of the tokens that are not comments; quoted identifiers and strings keep their quotes."""
    return [t.text.lower() if t.kind is Kind.WORD else t.text for t in tokens if t.kind is not Kind.COMMENT]


def kind_of(text: str) -> StatementKind:
    """The coarse kind of one statement."""
    return _kind(scan(text)[0])


def _kind(tokens: tuple[Token, ...]) -> StatementKind:
    said = words(tokens)
    if not said:
        return StatementKind.OTHER
    first = said[0]
    if first.startswith("\\"):
        return StatementKind.COMMAND
    if first in _CONTROL:
        is_partial = first in ("rollback", "abort") and "to" in said[1:4]
        return StatementKind.OTHER if is_partial else _CONTROL[first]
    if first in _WRITERS or (first == "copy" and "from" in said):
        return StatementKind.WRITE
    if first in _DDL:
        return StatementKind.DDL
    if first == "copy":
        return StatementKind.READ
    if first in _READERS:
        return StatementKind.WRITE if _writes(first, said) else StatementKind.READ
    return StatementKind.OTHER


def _writes(first: str, said: list[str]) -> bool:
    """Whether a WITH or EXPLAIN carries a writing statement, or a SELECT locks rows."""
    if first == "explain" and not {"analyze", "analyse"} & set(said[:4]):
        return False
    pairs = list(zip(["", *said], said, strict=False))
    if ("for", "update") in pairs or ("for", "key") in pairs:
        return True
    return first in ("with", "explain") and any(
        word in _WRITERS and before in ("(", ")", "as", "analyze", "verbose", "") for before, word in pairs
    )


class _Cutter:
    """Finds where statements end, token by token. Follows psql's psqlscan.l: parentheses and BEGIN ATOMIC nesting."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.tokens: list[Token] = []
        self._parens = 0
        self._begins = 0
        self._leading: list[str] = []

    def add(self, token: Token) -> bool:
        """Take one token; True when it ends the statement."""
        if token.kind is Kind.SEMICOLON and self._parens == 0 and self._begins == 0:
            return True
        self.tokens.append(token)
        if token.kind is Kind.OP:
            self._parens = max(0, self._parens + (token.text == "(") - (token.text == ")"))
        elif token.kind is Kind.WORD:
            self._count_bodies(token.text.lower())
        return False

    def _count_bodies(self, word: str) -> None:
        if len(self._leading) < 4:
            self._leading.append(word)
        makes_routine = self._leading[:1] == ["create"] and (
            self._leading[1:2] in (["function"], ["procedure"])
            or (self._leading[1:3] == ["or", "replace"] and self._leading[3:4] in (["function"], ["procedure"]))
        )
        if not makes_routine or self._parens:
            return
        if word == "begin" or (word == "case" and self._begins):
            self._begins += 1
        elif word == "end" and self._begins:
            self._begins -= 1


def split(script: str) -> list[Statement]:
    """All statements of a script, in order. Empty statements are dropped."""
    return list(iterate(script))


def iterate(script: str) -> Iterator[Statement]:
    """The statements of a script one after the other; a big script is not cut before it is needed.

    The text of a COPY FROM STDIN's data is not lexed.
    """
    cutter = _Cutter()
    base = 0
    while base < len(script):
        tokens, _ = scan(script[base:])
        resume: int | None = None
        for token in tokens:
            if token.kind is Kind.COMMENT:
                continue
            if token.kind is Kind.BACKSLASH:
                if cutter.tokens:  # a command in the middle of a statement ends it, unsent text first
                    yield _made(script, base, cutter, cutter.tokens[-1].end, is_terminated=False)
                text = token.text.rstrip()
                yield Statement(text, base + token.start, base + token.start + len(text), StatementKind.COMMAND)
                cutter.restart()
                continue
            if not cutter.add(token):
                continue
            if not cutter.tokens:
                continue
            statement = _made(script, base, cutter, token.end, is_terminated=True)
            if _reads_copy_data(cutter.tokens):
                data, resume = _copy_data(script, base + token.end)
                statement = Statement(statement.text, statement.start, statement.end, statement.kind, data)
            yield statement
            cutter.restart()
            if resume is not None:
                break
        if resume is None:
            break
        base = resume
    if cutter.tokens:
        yield _made(script, base, cutter, cutter.tokens[-1].end, is_terminated=False)


def _made(script: str, base: int, cutter: _Cutter, end: int, *, is_terminated: bool) -> Statement:
    start = base + cutter.tokens[0].start
    text = script[start : base + cutter.tokens[-1].end]
    return Statement(text, start, base + end, _kind(tuple(cutter.tokens)), is_terminated=is_terminated)


def _reads_copy_data(tokens: list[Token]) -> bool:
    said = words(tuple(tokens))
    return said[:1] == ["copy"] and any(pair == ("from", "stdin") for pair in itertools.pairwise(said))


def _copy_data(script: str, after: int) -> tuple[str, int]:
    """The data lines that follow a COPY ... FROM STDIN; and where the script goes on."""
    newline = script.find("\n", after)
    if newline < 0:
        return "", len(script)
    start = newline + 1
    position = start
    while position < len(script):
        line_end = script.find("\n", position)
        line_end = len(script) if line_end < 0 else line_end
        if script[position:line_end].rstrip("\r") == "\\.":
            return script[start:position], min(line_end + 1, len(script))
        position = line_end + 1
    return script[start:], len(script)


def at_offset(script: str, offset: int) -> Statement | None:
    """The statement the cursor is in: the last one that starts at or before `offset`, or the one whose line it is on.

    With the cursor in the white space before the first statement, that first one. None for an empty script.
    """
    best: Statement | None = None
    for statement in iterate(script):
        if statement.start > offset:
            starts_on_cursor_line = "\n" not in script[offset : statement.start]
            ended_above = best is None or "\n" in script[best.end : offset]
            return statement if best is None or (starts_on_cursor_line and ended_above) else best
        best = statement
    return best
