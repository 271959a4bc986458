"""The tables that a statement names, under the names it gives them."""

from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.sql.lexer import Kind, Token

_BEFORE = frozenset({"from", "join", "update", "into", "using"})
_NO_ALIAS = frozenset(
    """
    and as between by case conflict cross default do else end except fetch for from full group having in inner intersect
    into is join lateral left like limit natural not null offset on only or order returning right select set then union
    using values when where window with
    """.split()
)
"""Words that go on with the statement instead of naming a relation."""


@dataclass(frozen=True, slots=True)
class Named:
    """A relation in a statement. Names as the server stores them."""

    name: str
    schema: str | None = None
    alias: str | None = None

    @property
    def called(self) -> str:
        """What its columns are qualified with."""
        return self.alias or self.name


def stored_name(token: Token) -> str:
    """The name a word or a quoted identifier stands for; an identifier that is still open counts as well."""
    if token.kind is not Kind.IDENT:
        return token.text.lower()
    body = token.text[1:]
    if body.endswith('"'):
        body = body[:-1]
    return body.replace('""', '"')


def relations_named(tokens: Sequence[Token]) -> tuple[Named, ...]:
    """Relations after FROM, JOIN, UPDATE, INTO, USING and the commas of a FROM list; in the order of the statement."""
    found: list[Named] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token.kind is not Kind.WORD or token.text.lower() not in _BEFORE:
            continue
        while True:
            named, position = _one(tokens, position)
            if named is None:
                break
            if named not in found:
                found.append(named)
            if not _is_op(tokens, position, ","):
                break
            position += 1
    return tuple(found)


def _one(tokens: Sequence[Token], position: int) -> tuple[Named | None, int]:
    """The relation at `position` with its alias, and where it ends."""
    while position < len(tokens) and _word(tokens, position) in ("only", "lateral"):
        position += 1
    if not _is_name(tokens, position) or _word(tokens, position) in _NO_ALIAS:
        return None, position
    names = [stored_name(tokens[position])]
    position += 1
    while _is_op(tokens, position, ".") and _is_name(tokens, position + 1):
        names.append(stored_name(tokens[position + 1]))
        position += 2
    if _is_op(tokens, position, "."):  # the name is still being written
        return None, position + 1
    alias = None
    if _word(tokens, position) == "as":
        position += 1
    if _is_name(tokens, position) and _word(tokens, position) not in _NO_ALIAS:
        alias = stored_name(tokens[position])
        position += 1
    return Named(names[-1], names[-2] if len(names) > 1 else None, alias), position


def _is_name(tokens: Sequence[Token], position: int) -> bool:
    return position < len(tokens) and tokens[position].kind in (Kind.WORD, Kind.IDENT)


def _word(tokens: Sequence[Token], position: int) -> str:
    if position < len(tokens) and tokens[position].kind is Kind.WORD:
        return tokens[position].text.lower()
    return ""


def _is_op(tokens: Sequence[Token], position: int, text: str) -> bool:
    return position < len(tokens) and tokens[position].kind is Kind.OP and tokens[position].text == text
