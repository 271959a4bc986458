"""Backslash commands, psql's names for what is not SQL: text in, a value out; nothing is done here.

Command = Include | Quit | Help | ShowConnection | UnknownCommand | BadArguments
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Include:
    r"""`\i FILE` or `\ir FILE`: run a script."""

    path: str
    """As written, unquoted; `~` is not expanded."""
    is_relative: bool
    r"""`\ir`: relative to the script that says so, instead of to the working directory."""


@dataclass(frozen=True, slots=True)
class Quit:
    r"""`\q`: end the program, or the script that says so."""


@dataclass(frozen=True, slots=True)
class Help:
    r"""`\?`: show the commands."""


@dataclass(frozen=True, slots=True)
class ShowConnection:
    r"""`\conninfo`: show to what and as whom the pane is connected."""


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """No command of this console."""

    name: str
    """Without the backslash."""
    nearest: tuple[str, ...]
    """Known names that look like it, the likeliest first."""


@dataclass(frozen=True, slots=True)
class BadArguments:
    """A known command that cannot be understood."""

    name: str
    problem: str
    """A sentence for the person, with the right form."""


Command = Include | Quit | Help | ShowConnection | UnknownCommand | BadArguments

COMMANDS: tuple[tuple[str, str], ...] = (
    (r"\i FILE", "run the statements of a file; also \\include"),
    (r"\ir FILE", "the same, relative to the script that says so; also \\include_relative"),
    (r"\conninfo", "show endpoint, user and session of this pane"),
    (r"\?", "show these commands"),
    (r"\q", "quit"),
)
"""Usage and meaning of each command, in the order to show them."""

_INCLUDES = {"i": False, "include": False, "ir": True, "include_relative": True}
_WITHOUT_ARGUMENTS: dict[str, Command] = {"q": Quit(), "?": Help(), "conninfo": ShowConnection()}
_NAMES = (*_INCLUDES, *_WITHOUT_ARGUMENTS)

_NAME = re.compile(r"\\([^\s;\\]*)")
_ARGUMENT_PIECE = re.compile(
    r"""
    '(?P<single>(?:[^'\\]|''|\\.)*)'
   |"(?P<double>(?:[^"]|"")*)"
   |(?P<bare>[^\s'"]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"''|\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_LETTER_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", "r": "\r", "f": "\f"}


def parse_command(text: str) -> Command:
    """The command in `text`, which starts with a backslash: the text of a statement of kind COMMAND.

    Arguments are quoted as in psql: within single quotes, '' is a quote and backslash escapes are C's; double quotes
    protect spaces, and "" is one of them. A semicolon at the end is let pass. Backquotes run nothing here.
    Raises ValueError when `text` does not start with a backslash.
    """
    found = _NAME.match(text)
    if found is None:
        raise ValueError(f"no backslash command: {text!r}")
    name = found[1]
    if name in _WITHOUT_ARGUMENTS:
        return _WITHOUT_ARGUMENTS[name]
    if name not in _INCLUDES:
        return UnknownCommand(name, tuple(difflib.get_close_matches(name, _NAMES, n=3)))
    try:
        arguments = list(_arguments(text[found.end() :]))
    except _UnterminatedQuote:
        return BadArguments(name, f"A quote is not closed; write \\{name} 'FILE'.")
    if not arguments:
        return BadArguments(name, f"The file is missing; write \\{name} FILE.")
    if len(arguments) > 1:
        return BadArguments(name, f"More than one file; quote a name that has spaces: \\{name} 'my file.sql'.")
    return Include(arguments[0], _INCLUDES[name])


class _UnterminatedQuote(ValueError):
    pass


def _arguments(text: str) -> Iterator[str]:
    """The arguments, unquoted. An argument may mix pieces: a' 'b is one."""
    rest = text.rstrip("; \t\r\n")
    position = 0
    pending: str | None = None
    while position < len(rest):
        if rest[position].isspace():
            if pending is not None:
                yield pending
            position, pending = position + 1, None
            continue
        piece = _ARGUMENT_PIECE.match(rest, position)
        if piece is None:
            raise _UnterminatedQuote
        pending, position = (pending or "") + _unquoted(piece), piece.end()
    if pending is not None:
        yield pending


def _unquoted(piece: re.Match[str]) -> str:
    if piece["single"] is not None:
        return _ESCAPE.sub(_escaped, piece["single"])
    if piece["double"] is not None:
        return piece["double"].replace('""', '"')
    return piece["bare"]


def _escaped(found: re.Match[str]) -> str:
    octal, hexadecimal, letter = found.groups()
    if octal:
        return chr(int(octal, 8))
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    return _LETTER_ESCAPES.get(letter, letter) if letter else "'"
