"""CREATE and ALTER FUNCTION: SQL only, and nothing that changes parameters or who the session is."""

import re
import sys

from dsqltui.core.scripts.statement import split
from dsqltui.core.sql.lexer import Kind, Token, identifier
from dsqltui.sim.rules.messages import FUNCTION_SET, LANGUAGE
from dsqltui.sim.rules.parameters import refuse_parameter
from dsqltui.sim.rules.reading import TokenReader, is_name, read
from dsqltui.sim.rules.statements import refuse_statement

_ESCAPE = re.compile(r"''|\\(?:([0-7]{1,3})|(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U00[0-9a-fA-F]{6})|(.))", re.DOTALL)
_UNICODE = re.compile(r"\\(?:([0-9a-fA-F]{4})|\+(0[0-9a-fA-F]{5}))")
_LETTERS = {"n": "\n", "t": "\t", "b": "\b", "r": "\r", "f": "\f"}
"""Source: PostgreSQL 16 documentation, String Constants with C-Style Escapes, with Unicode Escapes."""
_BODY = ("begin", "return")
"""A body that is no string begins here; PostgreSQL parses it, and it can hold queries only."""


def refuse_function(reader: TokenReader) -> None:
    """Raise PgError for another language than SQL, a SET clause, or a body that locks tables or sets what it may not.

    The reader stands behind CREATE or ALTER FUNCTION.
    """
    reader.names()
    reader.parenthesised()
    while reader.token is not None and reader.word not in _BODY:
        if reader.take("language"):
            _refuse_language(reader.skip())
        elif reader.take("set", "schema"):
            reader.skip()
        elif reader.at("set") or reader.at("reset"):
            raise FUNCTION_SET.error()
        elif reader.take("as"):
            _refuse_body(reader.skip())
        elif reader.parenthesised() is None:
            reader.skip()


def _refuse_language(token: Token | None) -> None:
    if token is None:
        return
    name = identifier(token) if is_name(token) else token.text.strip("'").lower()
    if name != "sql":
        raise LANGUAGE.error(language=name)


def _refuse_body(token: Token | None) -> None:
    if token is None or token.kind is not Kind.STRING:
        return
    for statement in split(_content(token.text)):
        body = read(statement.text)
        if body.word == "lock":  # everybody else would wait for it
            refuse_statement(("lock",))
        if body.word in ("set", "reset"):
            refuse_parameter(body)


def _content(literal: str) -> str:
    """The text in a string or dollar quote."""
    if literal.startswith("$"):
        tag = literal[: literal.index("$", 1) + 1]
        return literal.removeprefix(tag).removesuffix(tag)
    content = literal[literal.index("'") + 1 :].removesuffix("'")
    if literal[:1] in "eE":
        return _ESCAPE.sub(_escaped, content)
    if literal[:2].lower() == "u&":
        content = _UNICODE.sub(lambda found: chr(int(found[1] or found[2], 16)), content)
    return content.replace("''", "'")


def _escaped(found: re.Match[str]) -> str:
    octal, hexadecimal, letter = found.groups()
    if octal or hexadecimal:
        return chr(int(octal, 8) & 0xFF if octal else min(int(hexadecimal[1:], 16), sys.maxunicode))
    return _LETTERS.get(letter, letter) if letter else "'"
