"""The one SQL lexer: highlighting, statement splitting and the simulator's rules all read its tokens.

It follows PostgreSQL's scanner (quotes, E'' escapes, dollar quotes, nested comments) and is resumable: `scan` takes any
piece of text - one line or a whole script - and the state left by the piece before it, so an editor re-lexes only the
lines after an edit.
"""

import re
import string
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import NamedTuple


class Kind(Enum):
    """What a token is. SPACE is never produced: white space separates tokens."""

    COMMENT = "comment"
    STRING = "string"
    IDENT = "ident"
    """A double-quoted identifier."""
    WORD = "word"
    """A keyword or an unquoted identifier."""
    NUMBER = "number"
    PARAM = "param"
    """$1"""
    SEMICOLON = "semicolon"
    BACKSLASH = "backslash"
    r"""A psql backslash command with its arguments, up to the next one, or through the `\\` that separates them."""
    OP = "op"


class Token(NamedTuple):
    """A piece of the scanned text; `start` and `end` are character offsets, end exclusive."""

    kind: Kind
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Inside:
    """The piece ended inside a comment or a quoted text.

    `opener` is "/*", "'", "e'", '"' or the whole dollar quote; `depth` counts nested comments.
    """

    opener: str
    depth: int = 1


State = Inside | None
"""None: between tokens."""

# Said by what they are not: a set that goes up to U+10FFFF takes milliseconds to compile.
LETTER = r"[^\x00-@\[-^`{-\x7f]"
"""In a pattern: begins a name. Every character beyond ASCII is a letter to PostgreSQL, also a no-break space."""
NAME_CHARACTER = r"[^\x00-/:-@\[-^`{-\x7f]"
"""In a pattern: letter, digit or underscore."""
_WORD_CHARACTER = r"[^\x00-#%-/:-@\[-^`{-\x7f]"
"""Those, and the dollar sign."""

_WHOLE_LINE = (
    r"(?:copy|batch|!|h|help|ef|ev|sf\+?|sv\+?)(?![^\s])[^\n]*"
    r"|(?:g|gx|o|out|w|write)[^\S\n]*(?:\([^)\n]*\))?[^\S\n]*\|[^\n]*"
)
"""Commands whose arguments go to the end of the line, backslashes included; a pipe to a program too."""
_ARGUMENTS = r"""(?:'(?:[^'\\\n]|''|\\[^\n])*'?|"[^"\n]*"?|`[^`\n]*`?|[^\\'"`\n])*"""
_COMMAND = rf"\\(?:{_WHOLE_LINE}|;|(?!:)[^\s\\'\"`]*{_ARGUMENTS}(?:\\\\)?)"
r"""As psqlscanslash.l reads it. `\;` and `\:` are no commands to psql, but `\;` is one here, to be refused."""

_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
   |(?P<line_comment>--[^\n\r]*)
   |(?P<comment>/\*)
   |(?P<escaped>[eE]')
   |(?P<string>(?:[bBxXnN]|[uU]&)?')
   |(?P<ident>(?:[uU]&)?")
   |(?P<dollar>\$(?:{LETTER}{NAME_CHARACTER}*)?\$)
   |(?P<param>\$\d+)
   |(?P<word>{LETTER}{_WORD_CHARACTER}*)
   |(?P<number>(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?))
   |(?P<semicolon>;)
   |(?P<backslash>{_COMMAND})
   |(?P<op>\\:|::|:=|=>|<=|>=|<>|!=|\|\||.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_CLOSED_LINE = re.compile(r"""(?:[^'"$/\\-]++|/(?!\*)|-(?!-)|'[^'\\]*+'|"[^"]*+")*+(?:--[^\r\n]*)?""")
"""Most lines: nothing that they begin goes on in the next one. Says it thirty times faster than the tokens do."""
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_CLOSERS = {
    "'": re.compile(r"''|'"),
    '"': re.compile(r'""|"'),
    "e'": re.compile(r"\\.|''|'", re.DOTALL),
}
_LOWER_CASE = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_SIMPLE = {
    "line_comment": Kind.COMMENT,
    "param": Kind.PARAM,
    "word": Kind.WORD,
    "number": Kind.NUMBER,
    "semicolon": Kind.SEMICOLON,
    "backslash": Kind.BACKSLASH,
    "op": Kind.OP,
}


def _close(text: str, position: int, inside: Inside) -> tuple[int, State]:
    """Where the comment or quoted text that is open at `position` ends, and the state there."""
    if inside.opener == "/*":
        depth = inside.depth
        for edge in _COMMENT_EDGE.finditer(text, position):
            depth += 1 if edge[0] == "/*" else -1
            if depth == 0:
                return edge.end(), None
        return len(text), Inside("/*", depth)
    if inside.opener.startswith("$"):
        found = text.find(inside.opener, position)
        return (len(text), inside) if found < 0 else (found + len(inside.opener), None)
    for edge in _CLOSERS[inside.opener].finditer(text, position):
        if len(edge[0]) == 1:
            return edge.end(), None
    return len(text), inside


def _kind_inside(inside: Inside) -> Kind:
    if inside.opener == "/*":
        return Kind.COMMENT
    return Kind.IDENT if inside.opener == '"' else Kind.STRING


def scan(text: str, state: State = None) -> tuple[tuple[Token, ...], State]:
    """Tokens of `text`, which begins in `state`, and the state at its end. Never fails: odd characters are OP."""
    out: list[Token] = []
    position, length = 0, len(text)
    if state is not None:
        kind = _kind_inside(state)
        position, state = _close(text, 0, state)
        if position:
            out.append(Token(kind, 0, position, text[:position]))
    while position < length and state is None:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:  # cannot happen: the last alternative takes any character
            raise AssertionError(f"lexer stuck at {position}")
        group, start, position = match.lastgroup, position, match.end()
        if group == "space":
            continue
        if group in _SIMPLE:
            out.append(Token(_SIMPLE[group], start, position, match[0]))
            continue
        opener = {"comment": "/*", "escaped": "e'", "string": "'", "ident": '"'}.get(group, match[0])
        opened = Inside(opener)
        position, state = _close(text, position, opened)
        out.append(Token(_kind_inside(opened), start, position, text[start:position]))
    return tuple(out), state


_NAME = re.compile(r"\\([^\s;\\]*)")
_IS_WHOLE_LINE = re.compile(rf"\\(?:{_WHOLE_LINE})")


def command_text(token: str) -> str:
    r"""A BACKSLASH token's command without the separator behind it, and without blanks there."""
    text = token.rstrip()
    if text.endswith("\\\\") and len(text) > 2 and not _IS_WHOLE_LINE.match(text):
        text = text[:-2].rstrip()
    return text


def command_name(text: str) -> str:
    """The name in the text of a backslash command, without the backslash; `;` for the one that joins statements."""
    found = _NAME.match(text)
    return ";" if text == "\\;" else found[1] if found is not None else ""


_LONGEST_LINE = 10_000
_scan_line = lru_cache(maxsize=16384)(scan)
_REMEMBERED = 1_000
_scan_remembered = lru_cache(maxsize=1_024)(scan)


def scan_again(line: str, state: State = None) -> tuple[tuple[Token, ...], State]:
    """As `scan`, for who reads the same lines at every key."""
    return _scan_remembered(line, state) if len(line) <= _REMEMBERED else scan(line, state)


class LineLexer:
    """Tokens of a document line by line; remembers the state at the start of each line up to the last edit.

    A line of more than 10,000 characters has no tokens, and what follows is read as if it ended all that it began:
    to read it would take longer than a key may, at every key.
    """

    def __init__(self, line_at: Callable[[int], str]) -> None:
        self._line_at = line_at
        self._states: list[State] = [None]

    def changed_from(self, row: int) -> None:
        """The document changed at `row` or below it; forget the states after that row."""
        del self._states[row + 1 :]

    def tokens(self, row: int) -> tuple[Token, ...]:
        """Tokens of one line, offsets within the line."""
        line = self._line_at(row)
        return _scan_line(line, self.state(row))[0] if len(line) <= _LONGEST_LINE else ()

    def state(self, row: int) -> State:
        """What the line begins in."""
        states, line_at = self._states, self._line_at
        while len(states) <= row:
            line, state = line_at(len(states) - 1), states[-1]
            is_closed = len(line) > _LONGEST_LINE or (state is None and _CLOSED_LINE.fullmatch(line) is not None)
            states.append(None if is_closed else _scan_line(line, state)[1])
        return states[row]


def identifier(token: Token) -> str:
    """The name a WORD or IDENT token stands for: A to Z of unquoted names become lower case, as in PostgreSQL."""
    if token.kind is Kind.IDENT:
        body = token.text[token.text.index('"') + 1 :].removesuffix('"').replace('""', '"')
        return body if token.text[0] == '"' else _UNICODE_ESCAPE.sub(_character, body)
    return token.text.translate(_LOWER_CASE)


_UNICODE_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{4})|\+([0-9a-fA-F]{6})|\\)")
r"""Of U&"...", with the backslash: what a UESCAPE behind it says is not looked at."""


def _character(escape: re.Match[str]) -> str:
    number = int(escape[1] or escape[2] or "5c", 16)
    return chr(number) if number <= sys.maxunicode else escape[0]


def quote_identifier(name: str) -> str:
    """`name` as a double-quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str) -> str:
    """`value` as a SQL string literal (standard_conforming_strings is on)."""
    return "'" + value.replace("'", "''") + "'"
