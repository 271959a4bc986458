"""Who may commit: the rows touched while other transactions were open. First committer wins is decided here.

PostgreSQL's own 40001 is not enough: A inserts key k, B inserts k and commits, deletes k and commits; A would commit.
"""

import asyncio
from collections import deque
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import takewhile

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


class Touched(dict[Key, Touch]):
    """The rows a transaction touched, one by one, and in bulk those that statements inserted or deleted by the hundred:
    sets of them are compared as a whole, where a look at each took most of the time of a load."""

    def __init__(
        self, touches: Mapping[Key, Touch] | None = None, bulk: Mapping[str, frozenset[int]] | None = None
    ) -> None:
        super().__init__(touches or {})
        self.bulk = bulk or {}
        """By space; each is touched as EXCLUSIVE."""

    def __bool__(self) -> bool:
        return bool(len(self) or self.bulk)


@dataclass(slots=True, eq=False)
class _Commit:
    """One transaction's."""

    number: int
    touched: Touched

    def excludes(self, ours: Touched) -> bool:
        """Whether what it touched excludes one of our touches."""
        return (
            any(
                self.touched.get(found) in _CONFLICTING[touch]
                for (space, row), touch in ours.items()
                for found in ((space, row), (space, WHOLE_TABLE))
            )
            or any(row == WHOLE_TABLE and space in self._spaces for space, row in ours)
            or self.meets_in_bulk(ours)
            or self.meets_bulk_of(ours)
        )

    @property
    def _spaces(self) -> set[str]:
        return {space for space, _ in self.touched}

    def meets_in_bulk(self, ours: Touched) -> bool:
        """Whether ours touched what it did in bulk, which excludes every other touch."""
        bulk = self.touched.bulk
        return any(not keys.isdisjoint(ours.bulk.get(space, _NOTHING)) for space, keys in bulk.items()) or any(
            _is_among(key, bulk) for key in ours
        )

    def meets_bulk_of(self, ours: Touched) -> bool:
        """Whether it touched what ours did in bulk."""
        return bool(ours.bulk) and any(_is_among(key, ours.bulk) for key in self.touched)


@dataclass(frozen=True, slots=True)
class _Opened:
    """Where a transaction's snapshot stands among the commits."""

    sequence: int
    """The last commit before it; all up to here are in the snapshot but those under way."""
    under_way: tuple[_Commit, ...]
    """Sent to PostgreSQL and not answered: the snapshot may have them or not."""


class CommitLog:
    """Commit numbers of touched rows, kept only as long as some open transaction may have to look at them."""

    def __init__(self) -> None:
        self.sequence = 0
        """Number of the last commit of a writing transaction."""
        self._open: dict[Hashable, _Opened] = {}
        """In the order of opening, and so in that of the numbers."""
        self._touched: dict[tuple[Key, Touch], int] = {}
        """All that was touched one by one, with the newest number."""
        self._commits: deque[_Commit] = deque()
        """Those that somebody may have to look at, oldest first."""
        self._bulk: deque[_Commit] = deque()
        """Those among them that touched rows in bulk."""
        self._under_way: dict[int, _Commit] = {}
        """Commits that PostgreSQL was sent and has not answered, by number."""
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()

    def opened(self, transaction: Hashable) -> None:
        """A transaction is about to take its snapshot. Before, not after: a commit in between, or under way, is then
        at worst a conflict too many, never one missed. One that was answered is none."""
        self._open.pop(transaction, None)
        self._open[transaction] = _Opened(self.sequence, tuple(self._under_way.values()))

    def closed(self, transaction: Hashable) -> None:
        self._open.pop(transaction, None)
        first = next(iter(self._open.values()), None)
        oldest = self.sequence if first is None else first.sequence
        while self._commits and self._commits[0].number <= oldest:
            commit = self._commits.popleft()
            if commit.touched.bulk:
                self._bulk.popleft()
            for touch in commit.touched.items():
                if self._touched.get(touch) == commit.number:
                    del self._touched[touch]

    @property
    def size(self) -> int:
        """Commits that it remembers."""
        return len(self._commits)

    def is_alone(self, transaction: Hashable = None) -> bool:
        """Whether no other transaction is open."""
        return not self._open or (len(self._open) == 1 and transaction in self._open)

    def must_check(self, transaction: Hashable) -> bool:
        """Whether somebody committed since the transaction's snapshot, or was just doing so."""
        opened = self._open[transaction]
        return self.sequence > opened.sequence or bool(opened.under_way)

    def is_conflicting(self, transaction: Hashable, touched: Touched) -> bool:
        """Whether a transaction that committed after this one's snapshot touched one of the rows in a way that
        excludes this one's."""
        opened = self._open[transaction]
        snapshot = opened.sequence
        return (
            any(
                self._touched.get((found, theirs), 0) > snapshot
                for (space, row), ours in touched.items()
                for theirs in _CONFLICTING[ours]
                for found in ((space, row), (space, WHOLE_TABLE))
            )
            or self._meets_whole_table(snapshot, {space for space, row in touched if row == WHOLE_TABLE})
            or any(theirs.meets_in_bulk(touched) for theirs in _since(snapshot, self._bulk))
            or (bool(touched.bulk) and any(theirs.meets_bulk_of(touched) for theirs in _since(snapshot, self._commits)))
            or any(theirs.excludes(touched) for theirs in opened.under_way)
        )

    def _meets_whole_table(self, snapshot: int, tables: set[str]) -> bool:
        """Whether somebody touched a row of one of the tables since then."""
        return bool(tables) and any(
            number > snapshot and space in tables for ((space, _), _), number in self._touched.items()
        )

    def committing(self, transaction: Hashable, touched: Touched) -> int:
        """PostgreSQL is about to be sent the COMMIT of a transaction that touched these rows; its number, for `landed`.
        Whoever is checked from now on comes after it, also if it fails: that is a conflict too many."""
        self.sequence += 1
        commit = self._under_way[self.sequence] = _Commit(self.sequence, touched)
        self._is_quiet.clear()
        if not self.is_alone(transaction):
            self._remember(commit)
        return self.sequence

    def landed(self, number: int) -> None:
        """PostgreSQL has answered, or nobody waits for its answer any more."""
        self._under_way.pop(number, None)
        if not self._under_way:
            self._is_quiet.set()

    async def all_landed(self) -> None:
        """Wait for the commits under way."""
        await self._is_quiet.wait()

    def _remember(self, commit: _Commit) -> None:
        self._touched.update(dict.fromkeys(commit.touched.items(), commit.number))
        self._commits.append(commit)
        if commit.touched.bulk:
            self._bulk.append(commit)


def _since(snapshot: int, commits: deque[_Commit]) -> Iterable[_Commit]:
    """Those after it, newest first."""
    return takewhile(lambda commit: commit.number > snapshot, reversed(commits))


_NOTHING: frozenset[int] = frozenset()


def _is_among(key: Key, bulk: Mapping[str, frozenset[int]]) -> bool:
    space, row = key
    keys = bulk.get(space, _NOTHING)
    return bool(keys) and (row == WHOLE_TABLE or int(row) in keys)


def strongest(touches: Iterable[tuple[Key, Touch]]) -> Touched:
    """One touch per row: what excludes most wins."""
    found = Touched()
    for key, touch in touches:
        if touch < found.get(key, _NONE):
            found[key] = touch
    return found


_NONE = len(Touch)
