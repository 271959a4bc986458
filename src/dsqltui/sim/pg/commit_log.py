"""Who may commit: the rows touched while other transactions were open. First committer wins is decided here.

PostgreSQL's own 40001 is not enough: A inserts key k, B inserts k and commits, deletes k and commits; A would commit.
"""

from collections.abc import Hashable, Iterable
from enum import IntEnum

Key = tuple[str, str]
"""(oid of the table or of its unique index, hash of the key's values; WHOLE_TABLE stands for every row)"""
WHOLE_TABLE = "*"


class Touch(IntEnum):
    """How a transaction touched a row; the first one excludes most.

    Two touches of one row conflict unless both are KEY_SHARE, or one is KEY_SHARE and the other CHANGE.
    Source: AWS User Guide, "Working with concurrency control", conflict matrix, read 2026-10.
    """

    EXCLUSIVE = 0
    """Inserted, deleted, key changed, or FOR UPDATE."""
    CHANGE = 1
    """Other columns updated."""
    KEY_SHARE = 2
    """FOR KEY SHARE, as a foreign key's check of its parent."""


_CONFLICTING = {
    Touch.EXCLUSIVE: (Touch.EXCLUSIVE, Touch.CHANGE, Touch.KEY_SHARE),
    Touch.CHANGE: (Touch.EXCLUSIVE, Touch.CHANGE),
    Touch.KEY_SHARE: (Touch.EXCLUSIVE,),
}
Touched = dict[Key, Touch]


class CommitLog:
    """Commit numbers of touched rows, kept only as long as some open transaction may have to look at them."""

    def __init__(self) -> None:
        self.sequence = 0
        """Number of the last commit of a writing transaction."""
        self._open: dict[Hashable, int] = {}
        self._touched: dict[tuple[Key, Touch], int] = {}

    def opened(self, transaction: Hashable) -> None:
        """A transaction is about to take its snapshot. Before, not after: a commit in between is then at worst a
        conflict too many, never one missed."""
        self._open[transaction] = self.sequence

    def closed(self, transaction: Hashable) -> None:
        self._open.pop(transaction, None)
        if not self._open:
            self._touched.clear()

    def is_alone(self, transaction: Hashable = None) -> bool:
        """Whether no other transaction is open."""
        return not self._open or (len(self._open) == 1 and transaction in self._open)

    def must_check(self, transaction: Hashable) -> bool:
        """Whether somebody committed since the transaction's snapshot."""
        return self.sequence > self._open[transaction]

    def is_conflicting(self, transaction: Hashable, touched: Touched) -> bool:
        """Whether a transaction that committed after this one's snapshot touched one of the rows in a way that
        excludes this one's."""
        snapshot = self._open[transaction]
        return any(
            self._touched.get((found, theirs), 0) > snapshot
            for (space, row), ours in touched.items()
            for theirs in _CONFLICTING[ours]
            for found in ((space, row), (space, WHOLE_TABLE))
        ) or self._meets_whole_table(snapshot, {space for space, row in touched if row == WHOLE_TABLE})

    def _meets_whole_table(self, snapshot: int, tables: set[str]) -> bool:
        """Whether somebody touched a row of one of the tables since then."""
        return bool(tables) and any(
            number > snapshot and space in tables for ((space, _), _), number in self._touched.items()
        )

    def committed(self, transaction: Hashable, touched: Touched) -> None:
        """The transaction committed; these are the rows it touched."""
        self.sequence += 1
        if not self.is_alone(transaction):
            self._touched.update(dict.fromkeys(touched.items(), self.sequence))


def strongest(touches: Iterable[tuple[Key, Touch]]) -> Touched:
    """One touch per row: what excludes most wins."""
    found: Touched = {}
    for key, touch in touches:
        if touch < found.get(key, _NONE):
            found[key] = touch
    return found


_NONE = len(Touch)
