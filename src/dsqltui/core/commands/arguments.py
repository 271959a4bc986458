"""The arguments of backslash commands, quoted and with variables as in psql."""

import re
from collections.abc import Mapping

from dsqltui.core.lexer import NAME_CHARACTER, quote_identifier, quote_literal

_PIECE = re.compile(
    rf"""
    '(?P<single>(?:[^'\\]|''|\\.)*)'
   |"(?P<double>(?:[^"]|"")*)"
   |:(?P<variable>{NAME_CHARACTER}+)
   |:'(?P<as_literal>{NAME_CHARACTER}+)'
   |:"(?P<as_identifier>{NAME_CHARACTER}+)"
   |(?P<bare>[^\s'":]+|:)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"''|\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_LETTER_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", "r": "\r", "f": "\f"}


class UnterminatedQuote(ValueError):
    """A quote is not closed."""


def read_arguments(
    text: str,
    variables: Mapping[str, str] | None = None,
    *,
    keeps_double_quotes: bool = False,
    drops_semicolons: bool = True,
) -> list[str]:
    """The arguments, unquoted. An argument may mix pieces: a' 'b is one.

    Within single quotes, '' is a quote and backslash escapes are C's; double quotes protect spaces and stay only where
    asked for (patterns need them). `:name`, `:'name'` and `:"name"` outside quotes give a variable's value, when there
    is one. Backquotes run nothing. Raises UnterminatedQuote.
    """
    rest = text.rstrip("; \t\r\n") if drops_semicolons else text.rstrip()
    found: list[str] = []
    position = 0
    pending: str | None = None
    while position < len(rest):
        if rest[position].isspace():
            if pending is not None:
                found.append(pending)
            position, pending = position + 1, None
            continue
        piece = _PIECE.match(rest, position)
        if piece is None:
            raise UnterminatedQuote
        pending, position = (pending or "") + _value(piece, variables or {}, keeps_double_quotes), piece.end()
    if pending is not None:
        found.append(pending)
    return found


def _value(piece: re.Match[str], variables: Mapping[str, str], keeps_double_quotes: bool) -> str:
    if piece["single"] is not None:
        return unescaped(piece["single"])
    if piece["double"] is not None:
        return piece[0] if keeps_double_quotes else piece["double"].replace('""', '"')
    if piece["variable"] is not None:
        return variables.get(piece["variable"], piece[0])
    if piece["as_literal"] is not None:
        name = piece["as_literal"]
        return quote_literal(variables[name]) if name in variables else piece[0]
    if piece["as_identifier"] is not None:
        name = piece["as_identifier"]
        return quote_identifier(variables[name]) if name in variables else piece[0]
    return piece["bare"]


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
