"""The conditions in a plan, as PostgreSQL prints them: split them, find their columns, tell column from value.

A plan's `((a = 1) AND (b < 2))` is cut into its parts; a part that compares one column with something else is a
`ConditionComparison`. What cannot be read is left out, never guessed.
"""

import itertools
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.sql.lexer import Kind, Token, identifier, scan

_NAME = r'(?:"(?:[^"]|"")+"|[a-z_][\w$]*)'
_BARE_COLUMN = re.compile(rf"(?:{_NAME}\.)?{_NAME}")
_OPERATOR_CHARACTERS = frozenset("=<>!~*+-/%|&^@#?")
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_WORDS_OF_TYPES = frozenset("without with time zone varying precision".split())


class Wrap(Enum):
    """What stands around the column of a comparison."""

    NONE = "none"
    CAST = "cast"
    FUNCTION = "function"
    COLLATE = "collate"
    EXPRESSION = "expression"


@dataclass(frozen=True, slots=True)
class ConditionComparison:
    """`column operator other`, as if the column stood on the left."""

    text: str
    """As the plan prints it."""
    column: str
    operator: str
    """`=`, `<`, `~~` (LIKE), `= ANY` (IN), `IS NULL`, ..."""
    side: str
    """The column with what stands around it: `(id)::numeric`, `lower(email)`."""
    other: str
    """The other side; empty for IS NULL."""
    wrap: Wrap = Wrap.NONE
    cast_to: str = ""
    """The type of a CAST, without length."""

    @property
    def is_equality(self) -> bool:
        """Whether an index may be searched by it and still be searched by its next key."""
        return self.operator in ("=", "= ANY", "IS NULL")

    @property
    def is_range(self) -> bool:
        """Whether it is one end of a range, as a LIKE with a known beginning is where the collation is C."""
        return self.operator in ("<", ">", "<=", ">=") or (self.operator == "~~" and bool(self.pattern_prefix))

    @property
    def pattern(self) -> str:
        """The text of a LIKE or ILIKE pattern; empty for anything else, and for one that is no constant."""
        tokens = scan(self.other)[0] if self.operator in ("~~", "~~*") else ()
        if not tokens or tokens[0].kind is not Kind.STRING or not tokens[0].text.startswith("'"):
            return ""
        return tokens[0].text[1:-1].replace("''", "'")

    @property
    def pattern_prefix(self) -> str:
        """What a LIKE pattern begins with, before its first wildcard."""
        return re.split(r"[%_\\]", self.pattern, maxsplit=1)[0]

    @property
    def constant_type(self) -> str:
        """The type of a constant on the other side, without length; empty when it is none, or a parameter."""
        return type_of_constant(self.other)


def conjuncts(condition: str) -> tuple[str, ...]:
    """The parts of a condition that all must hold: `((a = 1) AND (b = 2))` gives two."""
    if not condition:
        return ()
    tokens = scan(condition)[0]
    depth = 0
    cuts: list[Token] = []
    for place, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and place < len(tokens) - 1:
            return (condition,)  # the outer parentheses do not belong together
        if depth == 1 and token.kind is Kind.WORD and token.text == "AND":
            cuts.append(token)
    if not cuts:
        return (condition,)
    starts = [tokens[0].end, *(cut.end for cut in cuts)]
    ends = [*(cut.start for cut in cuts), tokens[-1].start]
    return tuple(condition[start:end].strip() for start, end in zip(starts, ends, strict=True))


def conjunction(parts: Iterable[str]) -> str:
    """One condition of several; empty for none."""
    found = tuple(parts)
    return found[0] if len(found) == 1 else f"({' AND '.join(found)})" if found else ""


def columns_in(text: str, alias: str, columns: Collection[str], *, are_bare: bool = False) -> frozenset[str]:
    """Which of the relation's columns an expression names, as `alias.column` or (`are_bare`) as `column` alone."""
    tokens = [t for t in scan(text)[0] if t.kind is not Kind.COMMENT]
    found: set[str] = set()
    for place, token in enumerate(tokens):
        if token.kind not in (Kind.WORD, Kind.IDENT):
            continue
        before = tokens[place - 1].text if place else ""
        after = tokens[place + 1].text if place + 1 < len(tokens) else ""
        if before == ".":
            belongs = place >= 2 and identifier(tokens[place - 2]) == alias
        else:
            belongs = are_bare and before != "::" and after not in (".", "(")
        name = identifier(token)
        if belongs and name in columns:
            found.add(name)
    return frozenset(found)


def without_prefix(text: str, aliases: Collection[str]) -> str:
    """The expression with `alias.column` written as `column`, as PostgreSQL does without VERBOSE."""
    pieces: list[str] = []
    position = 0
    tokens = scan(text)[0]
    for token, dot in itertools.pairwise(tokens):
        is_name = token.kind in (Kind.WORD, Kind.IDENT)
        if is_name and dot.text == "." and dot.start == token.end and identifier(token) in aliases:
            pieces.append(text[position : token.start])
            position = dot.end
    return "".join(pieces) + text[position:]


def plain_column(expression: str) -> str | None:
    """The column's name when the expression is `column` or `relation.column`, and nothing else."""
    if _BARE_COLUMN.fullmatch(expression) is None:
        return None
    return identifier(scan(expression)[0][-1])


def comparison(part: str, columns: Collection[str]) -> ConditionComparison | None:
    """A part of a condition as a comparison of one of `columns`; None for anything else.

    The relation's own columns must stand there without its alias (see `without_prefix`).
    """
    inner = _inner(part)
    tokens = scan(inner)[0]
    found = _operator(tokens)
    if found is None:
        return None
    first, last, operator = found
    left, right = inner[: tokens[first].start].strip(), inner[tokens[last].end :].strip()
    if operator.startswith("IS "):
        sides = [(left, "", operator)]
    elif right.startswith("ANY "):
        sides = [(left, right[4:], f"{operator} ANY")]
    else:
        sides = [(left, right, operator), (right, left, _FLIPPED.get(operator, operator))]
    for side, other, said in sides:
        read = _column_side(side, columns)
        if read is not None:
            column, wrap, cast_to = read
            return ConditionComparison(part, column, said, side, other, wrap, cast_to)
    return None


def comparisons(condition: str, alias: str, columns: Collection[str]) -> tuple[ConditionComparison, ...]:
    """Those of a whole condition, in its order."""
    parts = conjuncts(without_prefix(condition, {alias} if alias else ()))
    return tuple(read for part in parts if (read := comparison(part, columns)) is not None)


def type_of_constant(text: str) -> str:
    """The type of a constant as the plan prints it, without length and brackets; empty when it is none."""
    text = _inner(text.strip())
    tokens = scan(text)[0]
    if not tokens:
        return ""
    if tokens[0].kind is Kind.STRING and [t.text for t in tokens[1:2]] == ["::"]:
        return plain_type(text[tokens[1].end :])
    digits = text.removeprefix("-")
    if len(tokens) <= 2 and tokens[-1].kind is Kind.NUMBER and digits == tokens[-1].text:
        if not digits.isdigit():
            return "numeric"
        return "integer" if int(digits) < 2**31 else "bigint"
    return "boolean" if text in ("true", "false") else ""


def plain_type(name: str) -> str:
    """A type without length, array brackets and quotes: `character varying(20)` gives `character varying`."""
    return re.sub(r"\([^)]*\)", "", name).replace("[]", "").replace('"', "").strip()


def has_same_type(column_type: str, other: str) -> bool:
    """Whether an index on a column of the first type may be searched by a value of the second.

    Source: AWS's plan interpretation guide (read 2026-11): only smallint, integer and bigint may be mixed.
    """
    return _family(plain_type(column_type)) == _family(plain_type(other))


def _family(name: str) -> str:
    if name in ("smallint", "integer", "bigint"):
        return "integer"
    if name in ("text", "character varying", "varchar"):  # the same bytes; PostgreSQL relabels them
        return "text"
    return {"bpchar": "character", "decimal": "numeric", "timestamp": "timestamp without time zone"}.get(name, name)


def _inner(text: str) -> str:
    """Without the parentheses around all of it."""
    while text.startswith("(") and text.endswith(")"):
        depth = 0
        tokens = scan(text)[0]
        for place, token in enumerate(tokens):
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0 and place < len(tokens) - 1:
                return text
        text = text[1:-1].strip()
    return text


def _operator(tokens: Sequence[Token]) -> tuple[int, int, str] | None:
    """First and last token of the only operator outside parentheses, and its text; None when there are others too."""
    depth = 0
    found: list[tuple[int, int, str]] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.kind is Kind.OP and set(token.text) <= _OPERATOR_CHARACTERS:
            last = place
            while (
                last + 1 < len(tokens) and tokens[last + 1].start == tokens[last].end and _continues(tokens[last + 1])
            ):
                last += 1
            found.append((place, last, "".join(t.text for t in tokens[place : last + 1])))
            place = last
        elif depth == 0 and token.kind is Kind.WORD and token.text == "IS":
            return (place, place, " ".join(t.text for t in tokens[place:])) if not found else None
        elif depth == 0 and token.kind is Kind.WORD and token.text in ("OR", "AND", "NOT", "CASE"):
            return None
        place += 1
    signs = [each for each in found if each[2] != "-" or each[0] not in (0, len(tokens) - 2)]
    return signs[0] if len(signs) == 1 else None


def _continues(token: Token) -> bool:
    return token.kind is Kind.OP and set(token.text) <= _OPERATOR_CHARACTERS


def _column_side(text: str, columns: Collection[str]) -> tuple[str, Wrap, str] | None:
    """Column, what is around it, and the type of a cast; None where not exactly one of the columns is named."""
    text = _inner(text)
    name = plain_column(text)
    if name is not None and "." not in text:
        return (name, Wrap.NONE, "") if name in columns else None
    named = columns_in(text, "", columns, are_bare=True)
    if len(named) != 1:
        return None
    (column,) = named
    tokens = scan(text)[0]
    cast = next((at for at in range(len(tokens) - 1, 0, -1) if tokens[at].text == "::"), None)
    if cast is not None and _is_type(tokens[cast + 1 :]):
        inside = _inner(text[: tokens[cast].start].strip())
        if plain_column(inside) == column:
            return column, Wrap.CAST, plain_type(text[tokens[cast].end :])
    collate = next((at for at, t in enumerate(tokens) if t.kind is Kind.WORD and t.text == "COLLATE"), None)
    if collate is not None:
        return column, Wrap.COLLATE, ""
    is_call = len(tokens) > 2 and tokens[0].kind in (Kind.WORD, Kind.IDENT) and tokens[1].text == "("
    return column, Wrap.FUNCTION if is_call and tokens[-1].text == ")" else Wrap.EXPRESSION, ""


def _is_type(tokens: Sequence[Token]) -> bool:
    """Whether nothing but a type's name follows."""
    if not tokens or tokens[0].kind not in (Kind.WORD, Kind.IDENT):
        return False
    rest = [t for t in tokens[1:] if t.text not in ("(", ")", ",", "[", "]") and t.kind is not Kind.NUMBER]
    return all(token.text.lower() in _WORDS_OF_TYPES for token in rest)
