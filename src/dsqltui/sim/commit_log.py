"""Who may commit: the keys written while other transactions were open. First committer wins is decided here.

PostgreSQL's own 40001 is not enough: A inserts key k, B inserts k and commits, deletes k and commits; A would commit.
"""

from collections.abc import Collection, Hashable, Iterable

Key = tuple[str, str]
"""(table oid, the primary key in a form that equal keys share)"""


class CommitLog:
    """Commit numbers of written keys, kept only as long as some open transaction may have to look at them."""

    def __init__(self) -> None:
        self._sequence = 0
        self._open: dict[Hashable, int] = {}
        self._written: dict[Key, int] = {}

    def opened(self, transaction: Hashable) -> None:
        """A transaction is about to take its snapshot. Before, not after: a commit in between is then at worst a
        conflict too many, never one missed."""
        self._open[transaction] = self._sequence

    def closed(self, transaction: Hashable) -> None:
        self._open.pop(transaction, None)
        if not self._open:
            self._written.clear()

    def is_alone(self, transaction: Hashable = None) -> bool:
        """Whether no other transaction is open."""
        return not self._open or (len(self._open) == 1 and transaction in self._open)

    def must_check(self, transaction: Hashable) -> bool:
        """Whether somebody committed since the transaction's snapshot."""
        return self._sequence > self._open[transaction]

    def is_conflicting(self, transaction: Hashable, keys: Iterable[Key]) -> bool:
        """Whether a transaction that committed after this one's snapshot touched one of the keys."""
        snapshot = self._open[transaction]
        return any(self._written.get(key, 0) > snapshot for key in keys)

    def has_touched(self, transaction: Hashable, tables: Collection[str]) -> bool:
        """Whether a transaction that committed after this one's snapshot touched a row of one of the tables (oids)."""
        snapshot = self._open[transaction]
        return any(number > snapshot and table in tables for (table, _), number in self._written.items())

    def committed(self, transaction: Hashable, keys: Iterable[Key]) -> None:
        """The transaction committed; it wrote or flagged these keys."""
        self._sequence += 1
        if not self.is_alone(transaction):
            self._written.update(dict.fromkeys(keys, self._sequence))
