"""Who has to hear of a committed change of the schema: OC001.

Aurora DSQL's sessions work with a copy of the catalog; the storage refuses the first access by an outdated one. Newest
evidence (AWS, limits and error codes, 2026-10): one committed ALTER, GRANT or REVOKE is enough, and it is told at the
session's next statement against the changed table, or at COMMIT. Older evidence is told of any table (`Scope.CLUSTER`).
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from dsqltui.sim.sql.analysis import Name

_KEPT = 1_000
"""Changes; a session that is further behind hears of the newest ones only."""

QualifiedName = tuple[str, str]
"""(schema, relation)"""


class ChangeScope(Enum):
    """Which statements another session's DDL reaches."""

    RELATION = "relation"
    """Those that touch a relation it changed."""
    CLUSTER = "cluster"
    """Those that touch any table."""


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """What one committed DDL, or a job, changed."""

    changed: frozenset[QualifiedName] = frozenset()
    """Relations that existed before, by their old and new names, and the views that read them."""
    created: frozenset[QualifiedName] = frozenset()
    """New relations: no session has an outdated copy of them."""
    is_real: bool = False
    """Something in the catalog is not as it was."""
    is_told_in_transactions_only: bool = False
    """Only transactions that were open at that time hear of it."""


class SchemaHistory:
    """The committed changes of a cluster, numbered from 1."""

    def __init__(self) -> None:
        self.sequence = 0
        """Number of the last one."""
        self._changes: deque[tuple[int, SchemaChange]] = deque(maxlen=_KEPT)
        self._landing: list[SchemaChange] = []
        """Sent to PostgreSQL for good, and not answered."""

    def committed(self, change: SchemaChange) -> None:
        """Remember it; one that changed nothing reaches nobody."""
        if change.is_real:
            self.sequence += 1
            self._changes.append((self.sequence, change))

    @contextmanager
    def landing(self, change: SchemaChange) -> Iterator[None]:
        """While PostgreSQL commits it: others may meet it before it is known whether it is done."""
        self._landing.append(change)
        try:
            yield
        finally:
            self._landing.remove(change)

    def changed_since(self, number: int) -> set[QualifiedName]:
        """What was changed for everybody after that number, or is just being changed."""
        changes = [*(change for _, change in self.since(number)), *self._landing]
        return {
            name
            for change in changes
            if change.is_real and not change.is_told_in_transactions_only
            for name in change.changed
        }

    def since(self, number: int) -> Iterable[tuple[int, SchemaChange]]:
        """Those after that number."""
        return () if number == self.sequence else [entry for entry in self._changes if entry[0] > number]


class SessionSchema:
    """How new one session's copy of the catalog is, and what its transaction has to be told at COMMIT."""

    def __init__(self, history: SchemaHistory, scope: ChangeScope, *, tells_idle: bool) -> None:
        self._history = history
        self._scope = scope
        self._tells_idle = tells_idle
        self._known = history.sequence
        self._began: int | None = None
        self._touched: set[Name] = set()
        self._statement: Collection[Name] = ()
        self._started = history.sequence

    @property
    def is_behind(self) -> bool:
        """Whether anything was changed that the session has not heard of."""
        if not self._tells_idle and self._began is None:
            self.refresh()
        return self._known < self._history.sequence

    def refresh(self) -> None:
        """The session has the newest catalog: it was told, or has changed it itself."""
        self._known = self._history.sequence

    def begin(self) -> None:
        """A transaction begins."""
        if not self._tells_idle:
            self.refresh()
        self._began = self._history.sequence
        self._touched.clear()

    def end(self) -> None:
        """It is over."""
        self._began = None
        self._touched.clear()

    def touch(self, names: Iterable[Name]) -> None:
        """The transaction reads or writes these relations."""
        if self._began is not None:
            self._touched.update(names)

    @property
    def touched(self) -> frozenset[Name]:
        """What the transaction has read or written."""
        return frozenset(self._touched)

    def outdated(self, names: Collection[Name]) -> frozenset[str] | None:
        """The schemas in which a relation called like one of these has changed; None when none has.

        With an empty set it does not matter where names are looked up; else one that is written without its schema
        means the changed relation only if the session's search path leads there.
        """
        if not names or not self.is_behind:
            return None
        changes = [change for number, change in self._history.since(self._known) if self._is_told(number, change)]
        if self._scope is ChangeScope.CLUSTER:
            return frozenset() if changes else None
        return _matches(names, {name for change in changes for name in change.changed})

    def too_new(self, names: Collection[Name]) -> tuple[str, frozenset[str]] | None:
        """The first of the names that may mean a relation made after the transaction began, which does not see it, and
        the schemas that has been made in, as `outdated` says it."""
        if self._began is None or not self.is_behind:
            return None
        created = {name for _, change in self._history.since(self._began) for name in change.created}
        for schema, name in sorted(names, key=lambda each: (each[1], each[0] or "")):
            found = _matches([(schema, name)], created)
            if found is not None:
                return name if schema is None else f"{schema}.{name}", found
        return None

    def starts(self, names: Collection[Name]) -> None:
        """A statement that touches these relations is about to be checked, and then to be run."""
        self._statement = names
        self._started = self._history.sequence

    @property
    def is_overtaken(self) -> bool:
        """Whether a relation called like one of the statement's was changed after it started, or is just being changed:
        what PostgreSQL says of it is not what the session knows."""
        if not self._statement:
            return False
        return _matches(self._statement, self._history.changed_since(self._started)) is not None

    @property
    def is_amid_changes(self) -> bool:
        """Whether any relation was changed after the statement started, or is just being changed."""
        return bool(self._history.changed_since(self._started))

    def has_lost(self, change: SchemaChange) -> bool:
        """Whether others changed, since the transaction began, a relation that its own DDL changes."""
        theirs = self._history.since(self._began or 0)
        return any(change.changed & other.changed for _, other in theirs if not other.is_told_in_transactions_only)

    def _is_told(self, number: int, change: SchemaChange) -> bool:
        return not change.is_told_in_transactions_only or (self._began is not None and self._began < number)


def _matches(names: Iterable[Name], changed: Collection[QualifiedName]) -> frozenset[str] | None:
    found: set[str] = set()
    for schema, name in names:
        if schema is not None:
            if (schema, name) in changed:
                return frozenset()
        else:
            found.update(where for where, relation in changed if relation == name)
    return frozenset(found) if found else None
