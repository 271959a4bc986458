"""The results of both panes held against each other, and the differences as a table."""

from collections.abc import Callable, Sequence

from dsqltui.core.formats import Format, encoded, encoder
from dsqltui.core.language import _
from dsqltui.core.results.outcome import Column, Row
from dsqltui.core.story.compare import Change, NotComparable, compare
from dsqltui.headless.exits import Exit
from dsqltui.headless.script_run import Kept
from dsqltui.store.rows import RowStore

_BIGINT, _TEXT = 20, 25
COLUMNS = (
    Column("statement", _BIGINT),
    Column("change", _TEXT),
    Column("key", _TEXT),
    Column("column", _TEXT),
    Column("a", _TEXT),
    Column("b", _TEXT),
)
"""One row for each changed cell; for a row that only one side has, a single row without column."""


def compare_all(
    kept_a: Sequence[Kept],
    kept_b: Sequence[Kept],
    keys: Sequence[Sequence[str]],
    *,
    form: Format,
    write: Callable[[str], None],
    say: Callable[[str], None],
) -> Exit:
    """Compare results pairwise: a sentence each, differences as data. DIFFERENT when one differs.

    `keys` are the key columns for each pair; empty: rows are compared in their order.
    """
    rows: list[Row] = []
    is_same = len(kept_a) == len(kept_b)
    if not is_same:
        say(_("Different: A gave {count} results, B gave {count_2}.").format(count=len(kept_a), count_2=len(kept_b)))
    for number, (a, b, key) in enumerate(zip(kept_a, kept_b, keys, strict=False), 1):
        try:
            found = compare(a.columns, a.rows.rows(), b.columns, b.rows.rows(), key)
        except NotComparable as problem:
            say(_("Statement {number}: {problem}").format(number=number, problem=problem))
            is_same = False
            continue
        say(
            _("Statement {number}: {sentence}").format(
                number=number, sentence=found.sentence(abs(b.ended_s - a.ended_s))
            )
        )
        if found.is_identical:
            continue
        is_same = False
        for it in found.differences:
            row_a, row_b = _row(a.rows, it.place_a), _row(b.rows, it.place_b)
            place = it.place_a if it.place_a is not None else it.place_b
            shown_key = (
                ", ".join(value or "" for value in it.key)
                if it.key
                else _("row {place}").format(place=(place or 0) + 1)
            )
            if it.change is Change.CHANGED:
                for name in it.columns:
                    values = (_cell(a.columns, row_a, name), _cell(b.columns, row_b, name))
                    rows.append((str(number), it.change.value, shown_key, name, *values))
            else:
                rows.append((str(number), it.change.value, shown_key, None, _line(row_a), _line(row_b)))
    if rows:
        for text in encoded(encoder(form, COLUMNS), rows):
            write(text)
    return Exit.OK if is_same else Exit.DIFFERENT


def _row(store: RowStore, place: int | None) -> Row | None:
    if place is None:
        return None
    for number in store.missing((place,)):
        store.keep(number, store.read(number))
    return store.get(place)


def _cell(columns: Sequence[Column], row: Row | None, name: str) -> str | None:
    names = [column.name for column in columns]
    return row[names.index(name)] if row is not None else None


def _line(row: Row | None) -> str | None:
    return None if row is None else ", ".join("NULL" if value is None else value for value in row)
