"""How values look in the grid: shown text, type glyphs, exact widths."""

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size

from dsqltui.core.results.outcome import Column
from dsqltui.core.text.safe_text import one_line

MIN_WIDTH, MAX_WIDTH = 4, 48
LONE_WIDTH = 400
"""Most cells of a column that is the only one: a line of `\\d` or of a plan."""
NULL = "NULL"
EDGE = " │"
VALUE_LIMIT = 256
"""Characters of a value that the grid looks at."""
NAME_LIMIT = 64

_GLYPHS = {
    **dict.fromkeys((20, 21, 23, 26, 700, 701, 790, 1700), "#"),
    **dict.fromkeys((18, 19, 25, 1042, 1043), "s"),
    **dict.fromkeys((114, 3802), "{}"),
    **dict.fromkeys((1082, 1083, 1114, 1184, 1186, 1266), "t"),
    16: "?",
    17: "b",
    2950: "u",
}
"""By type oid: numbers, text, JSON, dates and times, boolean, bytea, uuid."""
_OTHER_GLYPH = "·"
_ARRAY_OIDS = frozenset({1000, 1001, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022, 1115, 1185, 1231, 2951, 3807})


def glyph(column: Column) -> str:
    """What kind of values a column has, in one or two characters."""
    return "[]" if column.type_oid in _ARRAY_OIDS else _GLYPHS.get(column.type_oid, _OTHER_GLYPH)


def heading(column: Column, sort_mark: str = "") -> str:
    """`# id`, with an arrow when the rows are sorted by it."""
    return f"{glyph(column)} {one_line(column.name, NAME_LIMIT)}{sort_mark}"


def shown(value: str | None) -> str:
    """A value on one line, safe to paint."""
    return NULL if value is None else one_line(value, VALUE_LIMIT)


def cells(text: str) -> int:
    """How wide a safe text is."""
    return len(text) if text.isascii() else cell_len(text)


def widest(values: Iterable[str | None], *, are_numbers: bool = False) -> int:
    """Cells of the widest value; numbers, which are plain ASCII, are counted fast."""
    if are_numbers:
        known = list(values)
        return max(len(NULL) if None in known else 0, max(map(len, filter(None, known)), default=0))
    return max((cells(shown(value)) for value in values), default=0)


def most_cells(column_count: int) -> int:
    """The widest a column may be."""
    return LONE_WIDTH if column_count == 1 else MAX_WIDTH


def fitted(text: str, width: int, is_number: bool) -> str:
    """`text` in exactly `width` cells."""
    if text.isascii():
        if len(text) > width:
            return text[: width - 1] + "…"
        return text.rjust(width) if is_number else text.ljust(width)
    count = cell_len(text)
    if count > width:
        return set_cell_size(text, width - 1) + "…"
    padding = " " * (width - count)
    return padding + text if is_number else text + padding
