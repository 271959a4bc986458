"""Statements that inserted or deleted rows by the hundred, as a load does: their keys as sets, looked at as a whole.

Row by row, what COMMIT needs to know of 3,000 rows costs more than writing them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dsqltui.sim.pg.commit_log import Key

FEWEST_ROWS = 200


@dataclass(frozen=True, slots=True)
class BulkChanges:
    """Rows of tables with a primary key, all of which came or all of which went."""

    are_inserted: bool = True
    keys: dict[str, frozenset[int]] = field(default_factory=dict)
    """By space: of the primary key, and of unique indexes."""
    shared: frozenset[Key] = frozenset()
    """Rows that they refer to."""
    size: int = 0
    """Bytes of the rows that came."""
    is_whole: bool = True
    """Every row's image is known."""

    @classmethod
    def of(cls, messages: Sequence[dict[str, Any]]) -> "BulkChanges | None":
        """What a statement's messages say; None when it is to be looked at row by row."""
        found = [_read(message) for message in messages]
        if not found or len({bulk.are_inserted for bulk in found if bulk is not None}) != 1:
            return None
        return cls.joined(found) if None not in found else None

    @classmethod
    def joined(cls, parts: "Iterable[BulkChanges | None]") -> "BulkChanges":
        """Several as one. No row is in two of them: it would have come, or gone, twice."""
        bulks = [part for part in parts if part is not None]
        if len(bulks) == 1:
            return bulks[0]
        spaces = {space for bulk in bulks for space in bulk.keys}
        return cls(
            all(bulk.are_inserted for bulk in bulks),
            {space: _NONE.union(*(bulk.keys.get(space, _NONE) for bulk in bulks)) for space in spaces},
            frozenset[Key]().union(*(bulk.shared for bulk in bulks)),
            sum(bulk.size for bulk in bulks),
            all(bulk.is_whole for bulk in bulks),
        )

    def goes_with(self, other: "BulkChanges | None") -> bool:
        """Whether both can stay in bulk in one transaction."""
        return other is not None and other.are_inserted is self.are_inserted


_NONE: frozenset[int] = frozenset()


def _read(message: dict[str, Any]) -> BulkChanges | None:
    table, spaces = message["table"], message["spaces"]
    old, new = message["old"], message["new"]
    columns = new if old is None else old
    is_one_way = old is None or new is None
    if not is_one_way or isinstance(columns, int) or [table, False] not in spaces:
        return None
    if len(columns[1]) < FEWEST_ROWS:
        return None
    keys: dict[str, frozenset[int]] = {}
    shared: set[Key] = set()
    for column, (space, is_shared) in zip(columns[1:], spaces, strict=True):
        found = frozenset(column) - {None}
        if not is_shared:
            keys[space] = found
        elif old is None:
            shared |= {(space, str(key)) for key in found}
    images = columns[0]
    size = 0 if new is None or images is None else len("".join(images).encode())
    return BulkChanges(new is not None, keys, frozenset(shared), size, images is not None)
