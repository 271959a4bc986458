"""Scripts cut into statements, as psql cuts them: the statement under the cursor, a whole file, COPY data, \\commands.

A statement ends at a semicolon outside quotes, comments, parentheses and the BEGIN ATOMIC ... END body of a SQL
function, or at a command that says so (`\\g`, `\\gx`, `\\watch` ...). A backslash outside quotes begins a command; one
in the middle of a statement is a part of it, done when it is reached, and the statement goes on behind it: a block.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dsqltui.core.sql.classify import StatementKind, classify_tokens, kind_of, kind_of_tokens
from dsqltui.core.sql.classify import said_words as words
from dsqltui.core.sql.lexer import Kind, State, Token, command_name, command_text, scan, scan_again

__all__ = ["Statement", "StatementKind", "at_offset", "iterate", "kind_of", "nearer", "split", "words"]


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
    before: str = ""
    """Comments and blanks before the text that are sent with it, from a /* comment */ on."""
    after: str = ""
    """The same behind it, before the semicolon."""
    is_block: bool = False
    r"""Whether backslash commands stand within it, as after `select` in `select \echo x` or between `\if` and `\endif`.
    The text then is all of it, with the semicolon: what is sent is known when it is run."""
    comment: str = field(default="", compare=False)
    """The first line of the comment directly above it, without its signs: what a person calls it."""


ENDINGS = frozenset({"g", "gx", "gset", "gexec", "gdesc", "crosstabview", "watch", "plan"})
"""Names of the commands that end a statement."""
_GRAVITY = (
    StatementKind.DDL,
    StatementKind.WRITE,
    StatementKind.BEGIN,
    StatementKind.COMMIT,
    StatementKind.ROLLBACK,
    StatementKind.OTHER,
)


def _worst(kinds: list[StatementKind]) -> StatementKind:
    """What stands for several statements: the one that may change most."""
    return next((kind for kind in _GRAVITY if kind in kinds), kinds[0] if kinds else StatementKind.COMMAND)


def _said_in(comment: str) -> str:
    """A comment's first line with letters, without its signs."""
    lines = (line.strip("-/* \t\r") for line in comment[:1_000].splitlines())
    return next((line[:100] for line in lines if any(map(str.isalnum, line))), "")


class Cutter:
    r"""Finds where statements end, token by token. Follows psql's psqlscan.l: parentheses and BEGIN ATOMIC nesting.

    With backslash commands in its middle, or within `\if`, what is cut is a block: it ends where psql's query buffer is
    empty again and every `\if` closed.
    """

    def __init__(self, script: str, *, tells_kinds: bool = True) -> None:
        self._script = script
        self._tells_kinds = tells_kinds
        self.restart()

    def restart(self) -> None:
        self.tokens: list[Token] = []
        self.start = self.end = 0
        """Offsets in the script of the first token and behind the last."""
        self.block_start: int | None = None
        """Where the block begins; None while there is no command in it."""
        self._block_kinds: list[StatementKind] = []
        self._parens = 0
        self._begins = 0
        self._leading: list[str] = []
        self._comment_start: int | None = None
        """Of the first /* comment */ before the statement: psql sends it, unlike a -- comment there."""
        self._comment_end = 0
        self._named: tuple[str, int] | None = None
        """The first line of the paragraph of comments before the statement, and where the paragraph ends."""
        self._branches: list[int] = []
        r"""Parentheses open at each `\if`."""

    @property
    def is_empty(self) -> bool:
        """Whether a command that comes now stands on its own."""
        return not self.tokens and self.block_start is None

    @property
    def is_block_over(self) -> bool:
        """Whether nothing of a block is left open."""
        return not self.tokens and not self._branches

    @property
    def end_of_text(self) -> int:
        """Where what was cut ends when the script ends with it: a block with the comments behind it."""
        return self.end if self.block_start is None else max(self.end, self._comment_end)

    def add(self, token: Token, base: int) -> bool:
        """Take one token of the piece that starts at `base`; True when it ends the statement."""
        if token.kind is Kind.COMMENT:
            if self._comment_start is None and not self.tokens and token.text.startswith("/*"):
                self._comment_start = base + token.start
            self._comment_end = base + token.end
            if not self.tokens:
                self._read_name(token, base)
            return False
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

    def _read_name(self, token: Token, base: int) -> None:
        """A comment above the statement; one behind the statement before it is not about this one."""
        script, start = self._script, base + token.start
        if script[script.rfind("\n", 0, start) + 1 : start].strip():
            return
        goes_on = self._named is not None and "\n\n" not in script[self._named[1] : start]
        name = self._named[0] if self._named is not None and goes_on else ""
        self._named = (name or _said_in(token.text), base + token.end)

    def take_command(self, name: str, start: int, end: int) -> None:
        """A command of a block, which may send or forget the statement before it."""
        if self.block_start is None:
            self.block_start = self.start if self.tokens else start
        if name == "if":
            self._branches.append(self._parens)
        elif self._branches and name in ("elif", "else"):
            self._parens = self._branches[-1]
        elif self._branches and name == "endif":
            self._branches.pop()
        elif name in ENDINGS or name in ("r", "reset"):
            self.end_inner()
        self.end = end

    def end_inner(self) -> None:
        """A statement within a block is over."""
        self._block_kinds.append(self._kind())
        self.tokens = []
        self._parens = self._begins = 0
        self._leading = []

    def reads_copy_data(self) -> bool:
        """Whether the statement is a COPY ... FROM STDIN."""
        if self.tokens[0].text.lower() != "copy":
            return False
        copy = classify_tokens(self.tokens).copy
        return copy is not None and copy.other_end == "stdin"

    def made(
        self, end: int, *, copy_data: str | None = None, is_terminated: bool = True, ending: str = ""
    ) -> Statement:
        """What was cut, which ends at `end`; a block in full, with its semicolon."""
        script = self._script
        name = self._named[0] if self._named is not None else ""
        if self.block_start is not None:
            if self.tokens:
                self.end_inner()
            text, kind = script[self.block_start : end], _worst(self._block_kinds)
            return Statement(text, self.block_start, end, kind, copy_data, is_terminated, is_block=True, comment=name)
        kind = self._kind()
        before = "" if self._comment_start is None else script[self._comment_start : self.start]
        after = script[self.end : self._comment_end] if self._comment_end > self.end else ""
        text = script[self.start : self.end]
        return Statement(text, self.start, end, kind, copy_data, is_terminated, ending, before, after, comment=name)

    def _kind(self) -> StatementKind:
        return kind_of_tokens(self.tokens) if self._tells_kinds else StatementKind.OTHER

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


def iterate(script: str, start: int = 0, *, tells_kinds: bool = True) -> Iterator[Statement]:
    """The statements of a script one after the other; a big script is not cut before it is needed.

    `start` is 0, or where a statement is known to start. Without `tells_kinds` the kind of each but commands is OTHER,
    and lines read before are known: it takes a small part of the time, for who looks again at every key.

    Read line by line, as psql does: the data of a COPY FROM STDIN are the lines after the one with its semicolon, and
    are not lexed; what stands behind the semicolon comes after them.
    """
    cutter = Cutter(script, tells_kinds=tells_kinds)
    read = scan if tells_kinds else scan_again
    state: State = None
    position = start
    while position < len(script):
        base, position = position, after_line(script, position)
        tokens, state = read(script[base:position], state)
        for token in tokens:
            data: str | None = None
            if token.kind is Kind.BACKSLASH:
                text = command_text(token.text)
                name, end = command_name(text), base + token.start + len(text)
                if name == "copy":
                    data, position = command_data(text, script, position)
                if cutter.is_empty and name != "if":
                    yield Statement(text, base + token.start, end, StatementKind.COMMAND, data)
                    cutter.restart()
                elif cutter.block_start is None and name in ENDINGS:
                    yield cutter.made(end, ending=text)
                    cutter.restart()
                else:
                    cutter.take_command(name, base + token.start, end if data is None else position)
                    if cutter.is_block_over:
                        yield cutter.made(cutter.end)
                        cutter.restart()
            elif cutter.add(token, base):
                if cutter.tokens and cutter.reads_copy_data():
                    data, position = copy_data(script, position)
                if cutter.block_start is not None:
                    cutter.end_inner()
                    cutter.end = base + token.end
                    if not cutter.is_block_over:
                        continue
                elif not cutter.tokens:
                    cutter.restart()
                    continue
                yield cutter.made(base + token.end, copy_data=data)
                cutter.restart()
    if not cutter.is_empty:
        yield cutter.made(cutter.end_of_text, is_terminated=False)


def command_data(text: str, script: str, position: int) -> tuple[str | None, int]:
    r"""The lines that belong to a `\copy ... from stdin` before `position`, and where the script goes on; else None."""
    from dsqltui.core.psql.copying import reads_script_lines

    return copy_data(script, position) if reads_script_lines(text) else (None, position)


def after_line(script: str, position: int) -> int:
    """Where the line after the one at `position` begins, or the end of the script."""
    return script.find("\n", position) + 1 or len(script)


def copy_data(script: str, start: int) -> tuple[str, int]:
    """The data lines of a COPY FROM STDIN from `start` on, and where the script goes on."""
    position = start
    while position < len(script):
        line, position = position, after_line(script, position)
        if script[line:position].rstrip("\r\n") == "\\.":
            return script[start:line], position
    return script[start:], len(script)


def at_offset(script: str, offset: int, start: int = 0, *, tells_kinds: bool = True) -> Statement | None:
    """The statement the cursor is in: the last one that starts at or before `offset`, or the one whose line it is on.

    With the cursor in the white space before the first statement, that first one. None for an empty script. `start` is
    0, or where a statement before it is known to start. `tells_kinds`: see `iterate`.
    """
    best: Statement | None = None
    for statement in iterate(script, start, tells_kinds=tells_kinds):
        if statement.start > offset:
            return nearer(script, offset, best, statement)
        best = statement
    return best


def nearer(script: str, offset: int, before: Statement | None, behind: Statement) -> Statement:
    """Of two neighbours the one that a cursor between their starts is in, or whose line it is on."""
    starts_on_cursor_line = "\n" not in script[offset : behind.start]
    ended_above = before is None or "\n" in script[before.end : offset]
    return behind if before is None or (starts_on_cursor_line and ended_above) else before
