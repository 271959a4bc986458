"""Scripts cut into statements, as psql cuts them: the statement under the cursor, a whole file, COPY data, \\commands.

A statement ends at a semicolon outside quotes, comments, parentheses and the BEGIN ATOMIC ... END body of a SQL
function, or at a command that says so (`\\g`, `\\gx`, `\\watch`). A backslash outside quotes begins a command that ends
with its line.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dsqltui.core.lexer import Kind, State, Token, scan
from dsqltui.core.sql.classify import StatementKind, classify_tokens, kind_of, kind_of_tokens
from dsqltui.core.sql.classify import said_words as words

__all__ = ["Statement", "StatementKind", "at_offset", "iterate", "kind_of", "split", "words"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a script. Offsets are characters of the script."""

    text: str
    """The statement without its semicolon."""
    start: int
    end: int
    """Just after the semicolon or the command that ends it, or after the last token when there is neither."""
    kind: StatementKind
    copy_data: str | None = None
    """What follows COPY ... FROM STDIN, or `\\copy ... from stdin`, in a script, up to the line `\\.`; else None."""
    is_terminated: bool = True
    """False when the script ended before the semicolon."""
    ending: str = ""
    r"""The command that ends the statement in a semicolon's place, as written: `\gx`, `\g FILE`, `\watch 5`."""


class _Cutter:
    """Finds where statements end, token by token. Follows psql's psqlscan.l: parentheses and BEGIN ATOMIC nesting."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.tokens: list[Token] = []
        self.start = self.end = 0
        """Offsets in the script of the first token and behind the last."""
        self._parens = 0
        self._begins = 0
        self._leading: list[str] = []

    def add(self, token: Token, base: int) -> bool:
        """Take one token of the piece that starts at `base`; True when it ends the statement."""
        if token.kind is Kind.SEMICOLON and self._parens == 0 and self._begins == 0:
            return True
        if not self.tokens:
            self.start = base + token.start
        self.tokens.append(token)
        self.end = base + token.end
        if token.kind is Kind.OP:
            self._parens = max(0, self._parens + (token.text == "(") - (token.text == ")"))
        elif token.kind is Kind.WORD:
            self._count_bodies(token.text.lower())
        return False

    def reads_copy_data(self) -> bool:
        """Whether the statement is a COPY ... FROM STDIN."""
        if self.tokens[0].text.lower() != "copy":
            return False
        copy = classify_tokens(self.tokens).copy
        return copy is not None and copy.other_end == "stdin"

    def made(
        self, script: str, end: int, *, copy_data: str | None = None, is_terminated: bool = True, ending: str = ""
    ) -> Statement:
        """The statement of the tokens taken, which ends at `end`."""
        kind = kind_of_tokens(self.tokens)
        return Statement(script[self.start : self.end], self.start, end, kind, copy_data, is_terminated, ending)

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


def iterate(script: str, start: int = 0) -> Iterator[Statement]:
    """The statements of a script one after the other; a big script is not cut before it is needed.

    `start` is 0, or where a statement is known to start.

    Read line by line, as psql does: the data of a COPY FROM STDIN are the lines after the one with its semicolon, and
    are not lexed; what stands behind the semicolon comes after them.
    """
    cutter = _Cutter()
    state: State = None
    position = start
    while position < len(script):
        base, position = position, _after_line(script, position)
        tokens, state = scan(script[base:position], state)
        for token in tokens:
            if token.kind is Kind.COMMENT:
                continue
            if token.kind is Kind.BACKSLASH:
                from dsqltui.core.commands.copying import reads_script_lines  # all commands: not needed at the start
                from dsqltui.core.commands.parsing import ending_name

                text = token.text.rstrip()
                end = base + token.start + len(text)
                if cutter.tokens and ending_name(text):
                    yield cutter.made(script, end, ending=text)
                    cutter.restart()
                    continue
                if cutter.tokens:  # another command in the middle of a statement ends it, unsent text first
                    yield cutter.made(script, cutter.end, is_terminated=False)
                lines: str | None = None
                if reads_script_lines(text):
                    lines, position = _copy_data(script, position)
                yield Statement(text, base + token.start, end, StatementKind.COMMAND, lines)
                cutter.restart()
            elif cutter.add(token, base) and cutter.tokens:
                data: str | None = None
                if cutter.reads_copy_data():
                    data, position = _copy_data(script, position)
                yield cutter.made(script, base + token.end, copy_data=data)
                cutter.restart()
    if cutter.tokens:
        yield cutter.made(script, cutter.end, is_terminated=False)


def _after_line(script: str, position: int) -> int:
    """Where the line after the one at `position` begins, or the end of the script."""
    return script.find("\n", position) + 1 or len(script)


def _copy_data(script: str, start: int) -> tuple[str, int]:
    """The data lines of a COPY FROM STDIN from `start` on, and where the script goes on."""
    position = start
    while position < len(script):
        line, position = position, _after_line(script, position)
        if script[line:position].rstrip("\r\n") == "\\.":
            return script[start:line], position
    return script[start:], len(script)


def at_offset(script: str, offset: int, start: int = 0) -> Statement | None:
    """The statement the cursor is in: the last one that starts at or before `offset`, or the one whose line it is on.

    With the cursor in the white space before the first statement, that first one. None for an empty script. `start` is
    0, or where a statement before it is known to start.
    """
    best: Statement | None = None
    for statement in iterate(script, start):
        if statement.start > offset:
            starts_on_cursor_line = "\n" not in script[offset : statement.start]
            ended_above = best is None or "\n" in script[best.end : offset]
            return statement if best is None or (starts_on_cursor_line and ended_above) else best
        best = statement
    return best
