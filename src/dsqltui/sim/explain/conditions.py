"""The conditions in a plan, as PostgreSQL prints them: judge who evaluates them. How they are cut is core's."""

import re

from dsqltui.core.plans.conditions import columns_in, conjunction, conjuncts, plain_column, without_prefix

__all__ = [
    "columns_in",
    "conjunction",
    "conjuncts",
    "is_done_by_storage",
    "is_key_comparison",
    "plain_column",
    "without_prefix",
]

_NAME = r'(?:"(?:[^"]|"")+"|[a-z_][\w$]*)'
_COLUMN = rf"(?:{_NAME}\.)?{_NAME}"
_TYPE = rf"::{_NAME}(?: [a-z]+)*(?:\(\d+(?:,-?\d+)?\))?(?: [a-z]+)*(?:\[\])?"
_OPERAND = rf"(?:{_COLUMN}|\({_COLUMN}\){_TYPE})"
_CONSTANT = rf"(?:E?'(?:[^']|'')*'(?:{_TYPE})?|\(?-?\d+(?:\.\d+)?\)?(?:{_TYPE})?|\$\d+|true|false)"
_COMPARISON = re.compile(rf"\((?P<column>{_OPERAND}) (?P<operator>=|<=|>=|<|>) (?P<constant>{_CONSTANT})\)")
_RELABELLED = ("::text", "::character varying")
"""Casts between texts of varying length, which keep the bytes."""
_IN_LIST = re.compile(rf"\((?P<column>{_OPERAND}) = ANY \({_CONSTANT}\)\)")
_NULL_TEST = re.compile(rf"\({_OPERAND} IS (?:NOT )?NULL\)")
_BOOLEAN = re.compile(rf"{_COLUMN}|\(NOT {_COLUMN}\)")


def is_done_by_storage(condition: str) -> bool:
    """Whether the storage can filter by it: a column compared with a constant, a list of constants or NULL.

    LIKE, expressions, OR, row comparisons, subqueries, columns of other relations and, as documented, comparisons of
    numeric are left to the query processor. Source: AWS User Guide, "Reading Aurora DSQL EXPLAIN plans".
    """
    if "::numeric" in condition:
        return False
    patterns = (_COMPARISON, _IN_LIST, _NULL_TEST, _BOOLEAN)
    return any(pattern.fullmatch(condition) for pattern in patterns)


def is_key_comparison(condition: str, *, with_relabelling: bool = True) -> bool:
    """Whether a B-tree whose first key is the condition's column can be searched by it: the column without a cast.

    `with_relabelling`: a varchar that is compared as text is no cast.
    """
    found = _COMPARISON.fullmatch(condition) or _IN_LIST.fullmatch(condition)
    if found is None:
        return False
    column = found["column"]
    return "::" not in column or (with_relabelling and column.endswith(_RELABELLED))
