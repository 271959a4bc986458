"""What a transaction changed, row by row, as the triggers of the tables told it (`sql/sim/code/3-capture.sql`).

From it COMMIT knows which rows to compare with those of others, without reading a table; the limits of a transaction
are counted; and a transaction that was undone to let another one pass is done again (`redo.py`).
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dsqltui.sim.pg.bulk_changes import BulkChanges
from dsqltui.sim.pg.commit_log import WHOLE_TABLE, Key, Touch, Touched, strongest

NOTICE_SQLSTATE = "DSQLK"
"""Of the notices. No client can raise one: that takes PL/pgSQL, which is the simulator's alone."""


@dataclass(slots=True)
class RowState:
    """The net change of one row."""

    was_there: bool
    """In the transaction's snapshot."""
    is_there: bool
    image: str
    """The row as PostgreSQL prints it; of a deleted one as it was."""


@dataclass(slots=True)
class KeyState:
    """The net change of one value of a key."""

    was_there: bool
    is_there: bool
    is_row: bool
    """Of a primary key: other columns of its row count too."""


@dataclass(slots=True)
class TableChanges:
    """Of one table. Rows without a primary key are told apart by their images alone."""

    rows: dict[int, RowState] = field(default_factory=dict)
    """By the hash of the primary key."""
    inserted: Counter[str] = field(default_factory=Counter)
    deleted: Counter[str] = field(default_factory=Counter)
    is_whole: bool = True
    """Every row's image is known."""

    def images(self, *, was_there: bool, is_there: bool) -> list[str]:
        """Of the rows with such a net change."""
        return [
            state.image for state in self.rows.values() if state.was_there is was_there and state.is_there is is_there
        ]

    def images_before(self) -> list[str]:
        """Images with the keys of all rows that were there and were changed or went."""
        return [state.image for state in self.rows.values() if state.was_there]

    def images_after(self) -> list[str]:
        """Of the rows that are there now."""
        return [state.image for state in self.rows.values() if state.is_there]

    @property
    def size(self) -> int:
        """Bytes of the rows that are there now."""
        return sum(len(image.encode()) for image in (*self.images_after(), *self.inserted.elements()))


@dataclass(frozen=True, slots=True)
class Told:
    """One statement's changes."""

    messages: tuple[dict[str, Any], ...]
    bulk: BulkChanges | None = None
    """The same in bulk, where that can be said."""

    @classmethod
    def of(cls, notices: Iterable[str]) -> "Told":
        messages = tuple(json.loads(notice) for notice in notices)
        return cls(messages, BulkChanges.of(messages)) if messages else _NOTHING

    @property
    def row_count(self) -> int:
        """Rows inserted, updated or deleted."""
        return sum(max(_count(told["old"]), _count(told["new"])) for told in self.messages)

    def touched(self) -> Touched:
        """The keys it touched, and how."""
        if self.bulk is not None:
            return Touched(dict.fromkeys(self.bulk.shared, Touch.KEY_SHARE), self.bulk.keys)
        return strongest(touch for told in self.messages for touch in _touches(told))


_NOTHING = Told(())


class Changes:
    """Everything one transaction changed."""

    def __init__(self) -> None:
        self._tables: dict[str, TableChanges] = {}
        self._bulk: list[Told] = []
        """Statements that are not in `_tables` and `_keys` yet."""
        self._keys: dict[Key, KeyState] = {}
        self._shared: set[Key] = set()
        self._flagged: Touched = Touched()
        self.copied_bytes = 0
        """Of COPY data whose rows' images were not told."""

    def __bool__(self) -> bool:
        return bool(self._bulk or self._tables or self._flagged)

    @property
    def tables(self) -> dict[str, TableChanges]:
        """By oid."""
        self._look_closely()
        return self._tables

    @property
    def touched(self) -> Touched:
        """The keys it touched, and how. A row that was inserted and deleted again was not."""
        bulk = BulkChanges.joined(told.bulk for told in self._bulk)
        own = (
            (key, Touch.CHANGE if state.was_there and state.is_there else Touch.EXCLUSIVE)
            for key, state in self._keys.items()
            if (state.was_there or state.is_there) and (state.is_row or state.was_there is not state.is_there)
        )
        whole = (
            ((oid, image), Touch.EXCLUSIVE)
            for oid, table in self._tables.items()
            for image, count in table.deleted.items()
            if count
        )
        shared = ((key, Touch.KEY_SHARE) for key in self._shared | bulk.shared)
        flagged = (
            (key, touch)
            for key, touch in self._flagged.items()
            if (state := self._keys.get(key)) is None or state.was_there or state.is_there
        )
        return Touched(strongest([*own, *whole, *shared, *flagged]), bulk.keys)

    @property
    def is_whole(self) -> bool:
        """Whether it can be done again."""
        return all(table.is_whole for table in self._tables.values()) and all(
            told.bulk is None or told.bulk.is_whole for told in self._bulk
        )

    @property
    def size(self) -> int:
        """Bytes of the rows written."""
        in_bulk = sum(told.bulk.size for told in self._bulk if told.bulk is not None)
        return self.copied_bytes + in_bulk + sum(table.size for table in self._tables.values())

    def add(self, told: Told) -> None:
        """A statement has succeeded."""
        bulk = told.bulk
        if (
            bulk is not None
            and not (self._tables or self._flagged)
            and all(bulk.goes_with(one.bulk) for one in self._bulk)
        ):
            self._bulk.append(told)
            return
        self._look_closely()
        self._add_closely(told)

    def _look_closely(self) -> None:
        """Row by row from here on: a load never comes here unless somebody is in its way."""
        bulk, self._bulk = self._bulk, []
        for told in bulk:
            self._add_closely(told)

    def _add_closely(self, told: Told) -> None:
        for message in told.messages:
            self._add(message)
            self._add_keys(message)

    def flag(self, touched: Mapping[Key, Touch]) -> None:
        """Rows were touched without a change, by FOR UPDATE or FOR KEY SHARE."""
        self._flagged = strongest([*self._flagged.items(), *touched.items()])

    def _add_keys(self, told: dict[str, Any]) -> None:
        if _is_too_much(told):
            return
        old, new = told["old"] or (), told["new"] or ()
        for place, (space, is_shared) in enumerate(told["spaces"], 1):
            before, after = _keys(old, place), _keys(new, place)
            if is_shared:
                self._shared |= {(space, str(key)) for key in after}
                continue
            is_row = space == told["table"]
            for key in before | after:
                state = self._keys.setdefault((space, str(key)), KeyState(key in before, key in before, is_row))
                state.is_there = key in after

    def _add(self, told: dict[str, Any]) -> None:
        table = self._tables.setdefault(told["table"], TableChanges())
        if _is_too_much(told):
            table.is_whole = False
            self.flag(Touched({(told["table"], WHOLE_TABLE): Touch.EXCLUSIVE}))
            return
        place = _place_of_key(told)
        old, new = told["old"] or (), told["new"] or ()
        if None in (_column(old, 0), _column(new, 0)):
            table.is_whole = False
            return
        if place is None:
            for image in _column(old, 0):
                _take(table.inserted, table.deleted, image)
            for image in _column(new, 0):
                _take(table.deleted, table.inserted, image)
            return
        before, after = set(_column(old, place)), set(_column(new, place))
        for image, key in zip(_column(old, 0), _column(old, place), strict=True):
            if key not in after:
                _set(table, key, is_there=False, image=image, was_there=True)
        for image, key in zip(_column(new, 0), _column(new, place), strict=True):
            _set(table, key, is_there=True, image=image, was_there=key in before)


def _set(table: TableChanges, key: int, *, is_there: bool, image: str, was_there: bool) -> None:
    state = table.rows.get(key)
    if state is None:
        table.rows[key] = RowState(was_there, is_there, image)
    else:
        state.is_there, state.image = is_there, image


def _take(first: Counter[str], second: Counter[str], image: str) -> None:
    """Cancel the opposite change of an equal row, else note this one."""
    if first[image]:
        first[image] -= 1
    else:
        second[image] += 1


def _place_of_key(told: dict[str, Any]) -> int | None:
    """Where in a row the primary key's hash stands; None when the table has none."""
    for place, (space, is_shared) in enumerate(told["spaces"], 1):
        if space == told["table"] and not is_shared:
            return place
    return None


def _is_too_much(told: dict[str, Any]) -> bool:
    """Whether there were too many rows to tell each."""
    return isinstance(told["old"], int) or isinstance(told["new"], int)


def _count(columns: list[Any] | int | None) -> int:
    if columns is None or isinstance(columns, int):
        return columns or 0
    return len(columns[0] or columns[1])


def _column(columns: Sequence[Any], place: int) -> Sequence[Any]:
    """Of the rows told: 0 their images (None: not told), then their keys, space by space."""
    return columns[place] if columns else ()


def _keys(columns: Sequence[Any], place: int) -> set[int]:
    """Those there are: NULL is none."""
    return set(_column(columns, place)) - {None}


def _touches(told: dict[str, Any]) -> Iterable[tuple[Key, Touch]]:
    if _is_too_much(told):
        yield (told["table"], WHOLE_TABLE), Touch.EXCLUSIVE
        return
    old, new = told["old"] or (), told["new"] or ()
    if _place_of_key(told) is None:
        for image in _column(old, 0):
            yield (told["table"], image or ""), Touch.EXCLUSIVE
    for place, (space, is_shared) in enumerate(told["spaces"], 1):
        before, after = _keys(old, place), _keys(new, place)
        if is_shared:
            for key in after:
                yield (space, str(key)), Touch.KEY_SHARE
            continue
        for key in before ^ after:
            yield (space, str(key)), Touch.EXCLUSIVE
        if space == told["table"]:
            for key in before & after:
                yield (space, str(key)), Touch.CHANGE
