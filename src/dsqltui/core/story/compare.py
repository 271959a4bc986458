"""Two results held against each other: identical, or which rows were added, are missing, or have changed cells.

Rows are matched by key columns where there is a key, else by their order. Both sides are read once, side by side: rows
that match at once cost nothing, only those waiting for their partner are kept, and of them no more than MOST_WAITING.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest

from dsqltui.core.journal.journal import Entry, Journal
from dsqltui.core.language import _, counted, ngettext
from dsqltui.core.results.outcome import Column, Row
from dsqltui.core.scripts.statement import StatementKind

MOST_WAITING = 100_000
"""Rows without partner that are kept, of both sides together."""
MOST_DIFFERENCES = 10_000
"""Differences that are kept to be shown; all are counted."""


class NotComparable(Exception):
    """These results cannot be compared. The message is one sentence that may be shown."""


class Change(Enum):
    """What is different, seen from the first result."""

    ADDED = "added"
    """Only the second result has the row."""
    MISSING = "missing"
    """Only the first result has it."""
    CHANGED = "changed"
    """Both have it, with different cells."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that differs. Places are those of the rows in their results, from 0; None where there is no such row."""

    change: Change
    place_a: int | None
    place_b: int | None
    columns: tuple[str, ...] = ()
    """Names of the columns whose cells differ; empty unless CHANGED."""
    key: Row = ()
    """Values of the key columns; empty when rows are matched by order."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out."""

    key: tuple[str, ...]
    """The columns by which rows were matched; empty: by their order."""
    row_count_a: int
    row_count_b: int
    same_count: int
    """Rows that are the same in both."""
    counts: tuple[tuple[Change, int], ...]
    """How many rows of each change there are."""
    cell_count: int
    """Changed cells."""
    differences: tuple[Difference, ...]
    """The first MOST_DIFFERENCES, in the order of the rows."""
    columns_only_a: tuple[str, ...] = ()
    columns_only_b: tuple[str, ...] = ()

    @property
    def is_identical(self) -> bool:
        """Same columns, same rows; in the same order where there is no key."""
        return not (self.difference_count or self.columns_only_a or self.columns_only_b)

    @property
    def difference_count(self) -> int:
        """Rows that differ, also those that are not kept."""
        return sum(count for _unused, count in self.counts)

    def count(self, change: Change) -> int:
        """Rows of one change."""
        return dict(self.counts).get(change, 0)

    def sentence(self, apart_s: float | None = None) -> str:
        """All of it in one line. `apart_s`: seconds between the two snapshots, where that is known."""
        by = _("by key {key}").format(key=", ".join(self.key)) if self.key else _("by order of rows")
        apart = "" if apart_s is None else _("; snapshots {shown_s} apart").format(shown_s=_shown_s(apart_s))
        if self.is_identical:
            return _("Identical: {rows}, compared {by}{apart}.").format(
                rows=counted(self.same_count, "row"), by=by, apart=apart
            )
        parts = []
        if changed := self.count(Change.CHANGED):
            parts.append(
                _("{changed_cells} in {rows}").format(
                    changed_cells=counted(self.cell_count, "changed cell"), rows=counted(changed, "row")
                )
            )
        if added := self.count(Change.ADDED):
            parts.append(_("{rows} only in B").format(rows=counted(added, "row")))
        if missing := self.count(Change.MISSING):
            parts.append(_("{rows} only in A").format(rows=counted(missing, "row")))
        for names, side in ((self.columns_only_a, "A"), (self.columns_only_b, "B")):
            if names:
                parts.append(
                    ngettext("column {names} only in {side}", "columns {names} only in {side}", len(names)).format(
                        names=", ".join(names), side=side
                    )
                )
        return _("Different: {parts}; {same_count:,} the same, compared {by}{apart}.").format(
            parts=", ".join(parts), same_count=self.same_count, by=by, apart=apart
        )

    def short_sentence(self, apart_s: float | None = None) -> str:
        """The same for a narrow screen, what matters most in front."""
        by = _("key {key}").format(key=", ".join(self.key)) if self.key else _("by order")
        apart = "" if apart_s is None else _("; {shown_s} apart").format(shown_s=_shown_s(apart_s))
        if self.is_identical:
            return _("Identical: {rows}{apart}; {by}.").format(rows=counted(self.same_count, "row"), apart=apart, by=by)
        parts = []
        if changed := self.count(Change.CHANGED):
            parts.append(
                _("{cells} in {rows}").format(cells=counted(self.cell_count, "cell"), rows=counted(changed, "row"))
            )
        for change, side in ((Change.ADDED, "B"), (Change.MISSING, "A")):
            if count := self.count(change):
                parts.append(_("{count:,} only {side}").format(count=count, side=side))
        if count := len(self.columns_only_a) + len(self.columns_only_b):
            parts.append(_("{columns} only in one").format(columns=counted(count, "column")))
        return _("Different: {parts}; {same_count:,} same{apart}; {by}.").format(
            parts=", ".join(parts), same_count=self.same_count, apart=apart, by=by
        )


def compare(
    columns_a: Sequence[Column],
    rows_a: Iterable[Row],
    columns_b: Sequence[Column],
    rows_b: Iterable[Row],
    key: Sequence[str] = (),
) -> Comparison:
    """Hold two results against each other. Raises NotComparable.

    `key` are names of columns that both have; rows of one key are matched in their order. Columns are matched by name.
    """
    names_a, names_b = ([column.name for column in columns] for columns in (columns_a, columns_b))
    for names in (names_a, names_b):
        if len(set(names)) < len(names):
            return _compared_by_place(columns_a, rows_a, columns_b, rows_b)
    shared = [name for name in names_a if name in names_b]
    if not shared:
        raise NotComparable(_("The two results have no column in common."))
    if absent := [name for name in key if name not in shared]:
        raise NotComparable(_("The key column {absent} is not in both results.").format(absent=absent[0]))
    matcher = _Matcher(
        [(name, names_a.index(name), names_b.index(name)) for name in shared],
        tuple(key),
        tuple(names_a.index(name) for name in key),
        tuple(names_b.index(name) for name in key),
    )
    matcher.match(rows_a, rows_b)
    return matcher.comparison(
        tuple(name for name in names_a if name not in names_b), tuple(name for name in names_b if name not in names_a)
    )


def _compared_by_place(
    columns_a: Sequence[Column], rows_a: Iterable[Row], columns_b: Sequence[Column], rows_b: Iterable[Row]
) -> Comparison:
    """For results with two columns of one name: they must have the same columns, which are matched by place."""
    if [column.name for column in columns_a] != [column.name for column in columns_b]:
        raise NotComparable(
            _("A result has two columns of one name, and the other not the same columns; name them apart.")
        )
    matcher = _Matcher([(column.name, at, at) for at, column in enumerate(columns_a)], (), (), ())
    matcher.match(rows_a, rows_b)
    return matcher.comparison((), ())


class _Matcher:
    """Finds partners while both results are read."""

    def __init__(
        self,
        columns: list[tuple[str, int, int]],
        key: tuple[str, ...],
        key_a: tuple[int, ...],
        key_b: tuple[int, ...],
    ) -> None:
        self._columns = columns
        self._is_same_layout = all(at_a == at_b == place for place, (_unused, at_a, at_b) in enumerate(columns))
        self._key, self._key_a, self._key_b = key, key_a, key_b
        self._waiting_a: dict[Row, deque[tuple[int, Row]]] = defaultdict(deque)
        self._waiting_b: dict[Row, deque[tuple[int, Row]]] = defaultdict(deque)
        self._waiting_count = 0
        self._counts = dict.fromkeys(Change, 0)
        self._row_counts = [0, 0]
        self._same = self._cells = 0
        self._found: list[Difference] = []

    def match(self, rows_a: Iterable[Row], rows_b: Iterable[Row]) -> None:
        """Read both to their ends."""
        for place, (row_a, row_b) in enumerate(zip_longest(rows_a, rows_b)):
            self._row_counts[0] += row_a is not None
            self._row_counts[1] += row_b is not None
            if not self._key:
                self._by_order(place, row_a, row_b)
                continue
            key_a = None if row_a is None else tuple(row_a[at] for at in self._key_a)
            key_b = None if row_b is None else tuple(row_b[at] for at in self._key_b)
            is_pair = key_a == key_b and key_a not in self._waiting_a and key_b not in self._waiting_b
            if is_pair and row_a is not None and row_b is not None:
                self._pair(place, row_a, place, row_b, key_a or ())
                continue
            if row_a is not None and key_a is not None:
                self._arrive(key_a, place, row_a, is_a=True)
            if row_b is not None and key_b is not None:
                self._arrive(key_b, place, row_b, is_a=False)
        for key, place in self._left(self._waiting_a):
            self._add(Difference(Change.MISSING, place, None, key=key))
        for key, place in self._left(self._waiting_b):
            self._add(Difference(Change.ADDED, None, place, key=key))

    def comparison(self, only_a: tuple[str, ...], only_b: tuple[str, ...]) -> Comparison:
        """What was found."""
        self._found.sort(key=lambda it: (it.place_a if it.place_a is not None else it.place_b or 0, it.place_b or 0))
        return Comparison(
            self._key,
            self._row_counts[0],
            self._row_counts[1],
            self._same,
            tuple(self._counts.items()),
            self._cells,
            tuple(self._found),
            only_a,
            only_b,
        )

    def _by_order(self, place: int, row_a: Row | None, row_b: Row | None) -> None:
        if row_a is None:
            self._add(Difference(Change.ADDED, None, place))
        elif row_b is None:
            self._add(Difference(Change.MISSING, place, None))
        else:
            self._pair(place, row_a, place, row_b, ())

    def _arrive(self, key: Row, place: int, row: Row, *, is_a: bool) -> None:
        """Pair the row with one of the other side that waits for it, or let it wait."""
        own, others = (self._waiting_a, self._waiting_b) if is_a else (self._waiting_b, self._waiting_a)
        partners = others.get(key)
        if not partners:
            self._waiting_count += 1
            if self._waiting_count > MOST_WAITING:
                raise NotComparable(
                    _(
                        "More than {most_waiting:,} rows have no partner; order both queries by the key, or "
                        "compare a smaller part."
                    ).format(most_waiting=MOST_WAITING)
                )
            own[key].append((place, row))
            return
        other_place, other = partners.popleft()
        self._waiting_count -= 1
        if not partners:
            del others[key]
        if is_a:
            self._pair(place, row, other_place, other, key)
        else:
            self._pair(other_place, other, place, row, key)

    def _pair(self, place_a: int, row_a: Row, place_b: int, row_b: Row, key: Row) -> None:
        if self._is_same_layout and row_a == row_b:
            self._same += 1
            return
        changed = tuple(name for name, at_a, at_b in self._columns if row_a[at_a] != row_b[at_b])
        if not changed:
            self._same += 1
            return
        self._cells += len(changed)
        self._add(Difference(Change.CHANGED, place_a, place_b, changed, key))

    def _add(self, difference: Difference) -> None:
        self._counts[difference.change] += 1
        if len(self._found) < MOST_DIFFERENCES:
            self._found.append(difference)

    @staticmethod
    def _left(waiting: dict[Row, deque[tuple[int, Row]]]) -> Iterator[tuple[Row, int]]:
        for key, rows in waiting.items():
            for place, _unused in rows:
                yield key, place


def snapshot_s(journal: Journal, entry: Entry) -> float:
    """When the snapshot was taken that a statement read, Unix time: in a transaction (REPEATABLE READ) by its first
    statement, which BEGIN is not, as in PostgreSQL."""
    if entry.transaction is None:
        return entry.started_s
    work = (e for e in journal.of_transaction(entry.transaction) if e.kind is not StatementKind.BEGIN)
    return next(work, entry).started_s


def _shown_s(seconds: float) -> str:
    if seconds < 1:
        return _("{seconds:.0f} ms").format(seconds=seconds * 1000)
    if seconds < 120:
        return _("{seconds:.1f} s").format(seconds=seconds)
    return _("{seconds:.0f} min").format(seconds=seconds / 60)
