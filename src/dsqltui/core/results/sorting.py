"""The order of rows by one column, as ORDER BY on Aurora DSQL gives it: NULL last, text by code point (collation C)."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from dsqltui.core.results.outcome import Column

MOST_ROWS = 200_000
"""Sorting holds the column in memory; for more rows, ORDER BY is the better way."""

_Key = tuple[int, int | float | Decimal | str]
_LAST: _Key = (2, "")
_NAN: _Key = (1, 0)


def _number(text: str) -> _Key:
    try:
        value = int(text) if text.lstrip("-").isdigit() else Decimal(text)
    except (InvalidOperation, ValueError):
        return 0, float("inf")  # none of PostgreSQL's numbers, but a value must have a place
    return _NAN if isinstance(value, Decimal) and value.is_nan() else (0, value)


def _text(text: str) -> _Key:
    return 0, text


def sort_order(values: Iterable[str | None], column: Column, *, descending: bool = False) -> list[int]:
    """The places of `values`, sorted; equal ones keep their order. Descending: NULL first, as in PostgreSQL."""
    key = _number if column.is_number else _text
    keys = [_LAST if value is None else key(value) for value in values]
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=descending)


def find_in(value: str | None, wanted: str) -> bool:
    """Whether a value holds `wanted`; capitals in it make capitals count."""
    if value is None:
        return False
    return wanted in value if wanted != wanted.lower() else wanted in value.lower()
