"""The arguments of backslash commands, quoted and with variables as in psql."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.core.sql.lexer import NAME_CHARACTER, quote_identifier, quote_literal

_PIECE = re.compile(
    rf"""
    '(?P<single>(?:[^'\\]|''|\\.)*)'
   |(?P<double>"(?:[^"]|"")*")
   |(?P<program>`)
   |:(?P<variable>{NAME_CHARACTER}+)
   |:'(?P<as_literal>{NAME_CHARACTER}+)'
   |:"(?P<as_identifier>{NAME_CHARACTER}+)"
   |:\{{\?(?P<exists>{NAME_CHARACTER}+)\}}
   |(?P<bare>[^\s'":`]+|:)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"''|\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_LETTER_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", "r": "\r", "f": "\f"}


class NotReadable(ValueError):
    """The arguments cannot be read; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument."""

    text: str
    """Single quotes resolved, variables replaced; double quotes stay, as in psql."""
    is_quoted: bool = False
    """Whether some of it stood within quotes."""
    name: str = ""
    """The same without the double quotes that were written around a piece: for names of files."""


def read_arguments(
    text: str, variables: Mapping[str, str] | None = None, *, drops_semicolons: bool = True
) -> list[Argument]:
    """The arguments. One may mix pieces: a' 'b is one.

    Within single quotes, '' is a quote and backslash escapes are C's; double quotes protect spaces. `:name`, `:'name'`
    and `:"name"` outside quotes give a variable's value, when there is one, and `:{?name}` TRUE or FALSE.
    Raises NotReadable for a quote that is not closed, and for backquotes, which would run a program.
    """
    rest = text.rstrip("; \t\r\n") if drops_semicolons else text.rstrip()
    found: list[Argument] = []
    position = 0
    pending: Argument | None = None
    while position < len(rest):
        if rest[position].isspace():
            if pending is not None:
                found.append(pending)
            position, pending = position + 1, None
            continue
        piece = _PIECE.match(rest, position)
        if piece is None:
            raise NotReadable(_("A quote is not closed; close it, or double it within quotes."))
        if piece["program"] is not None:
            raise NotReadable(_("Backquotes run a program, and programs are not run from here; write the text itself."))
        is_quoted = piece["single"] is not None or piece["double"] is not None
        before = pending or Argument("")
        value = _value(piece, variables or {})
        name = value if piece["double"] is None else value[1:-1].replace('""', '"')
        pending = Argument(before.text + value, before.is_quoted or is_quoted, before.name + name)
        position = piece.end()
    if pending is not None:
        found.append(pending)
    return found


def _value(piece: re.Match[str], variables: Mapping[str, str]) -> str:
    if piece["single"] is not None:
        return unescaped(piece["single"])
    if piece["variable"] is not None:
        return variables.get(piece["variable"], piece[0])
    if piece["as_literal"] is not None:
        name = piece["as_literal"]
        return quote_literal(variables[name]) if name in variables else piece[0]
    if piece["as_identifier"] is not None:
        name = piece["as_identifier"]
        return quote_identifier(variables[name]) if name in variables else piece[0]
    if piece["exists"] is not None:
        return "TRUE" if piece["exists"] in variables else "FALSE"
    return piece[0]


def unescaped(body: str) -> str:
    """The text that stands between single quotes, its escapes resolved."""
    return _ESCAPE.sub(_escaped, body)


def _escaped(found: re.Match[str]) -> str:
    octal, hexadecimal, letter = found.groups()
    if octal:
        return chr(int(octal, 8))
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    return _LETTER_ESCAPES.get(letter, letter) if letter else "'"
