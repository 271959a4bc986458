"""The conditions in a plan, as PostgreSQL prints them: split them, find their columns, judge who evaluates them."""

import itertools
import re
from collections.abc import Collection, Iterable

from dsqltui.core.lexer import Kind, Token, identifier, scan

_NAME = r'(?:"(?:[^"]|"")+"|[a-z_][\w$]*)'
_COLUMN = rf"(?:{_NAME}\.)?{_NAME}"
_TYPE = rf"::{_NAME}(?: [a-z]+)*(?:\(\d+(?:,-?\d+)?\))?(?: [a-z]+)*(?:\[\])?"
_BARE_COLUMN = re.compile(_COLUMN)
_OPERAND = rf"(?:{_COLUMN}|\({_COLUMN}\){_TYPE})"
_CONSTANT = rf"(?:E?'(?:[^']|'')*'(?:{_TYPE})?|\(?-?\d+(?:\.\d+)?\)?(?:{_TYPE})?|\$\d+|true|false)"
_COMPARISON = re.compile(rf"\((?P<column>{_OPERAND}) (?P<operator>=|<=|>=|<|>) (?P<constant>{_CONSTANT})\)")
_IN_LIST = re.compile(rf"\((?P<column>{_OPERAND}) = ANY \({_CONSTANT}\)\)")
_NULL_TEST = re.compile(rf"\({_OPERAND} IS (?:NOT )?NULL\)")
_BOOLEAN = re.compile(rf"{_COLUMN}|\(NOT {_COLUMN}\)")


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


def is_done_by_storage(condition: str) -> bool:
    """Whether the storage can filter by it: a column compared with a constant, a list of constants or NULL.

    LIKE, expressions, OR, row comparisons, subqueries, columns of other relations and, as documented, comparisons of
    numeric are left to the query processor. Source: AWS User Guide, "Reading Aurora DSQL EXPLAIN plans".
    """
    if "::numeric" in condition:
        return False
    patterns = (_COMPARISON, _IN_LIST, _NULL_TEST, _BOOLEAN)
    return any(pattern.fullmatch(condition) for pattern in patterns)


def is_key_comparison(condition: str) -> bool:
    """Whether a B-tree whose first key is the condition's column can be searched by it."""
    return _COMPARISON.fullmatch(condition) is not None or _IN_LIST.fullmatch(condition) is not None


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
