"""Snapshot isolation with first-committer-wins in plain Python: what the simulator must do, for one table (k, v).

A transaction loses at COMMIT when a key it wrote or flagged was written or flagged by a transaction that committed
after its snapshot.
"""

from dataclasses import dataclass, field
from enum import Enum

Contents = dict[int, int]
Rows = tuple[tuple[str | None, ...], ...]

UNIQUE_VIOLATION = "23505"
FAILED_TRANSACTION = "25P02"
CONFLICT = "40001"


class Verb(Enum):
    """What a step does. `{t}` is the table, `{k}` a key, `{o}` another key, `{v}` a value."""

    BEGIN = "BEGIN"
    COMMIT = "COMMIT"
    ROLLBACK = "ROLLBACK"
    READ = "SELECT k, v FROM {t} ORDER BY k"
    READ_BESIDE_CATALOG = "SELECT k, v FROM {t}, pg_class c WHERE c.oid = '{t}'::regclass ORDER BY k"
    """Names mean the tables in such a query, and the rows are still the transaction's own."""
    INSERT = "INSERT INTO {t} VALUES ({k}, {v})"
    INSERT_BY_WITH = "WITH new AS (INSERT INTO {t} VALUES ({k}, {v}) RETURNING k, v) SELECT k, v FROM new"
    UPSERT = "INSERT INTO {t} VALUES ({k}, {v}) ON CONFLICT (k) DO UPDATE SET v = excluded.v"
    UPDATE = "UPDATE {t} SET v = {v} WHERE k = {k}"
    UPDATE_ALL = "UPDATE {t} SET v = v + 1"
    MOVE = "UPDATE {t} SET k = {o} WHERE k = {k}"
    DELETE = "DELETE FROM {t} WHERE k = {k}"
    FOR_UPDATE = "SELECT k, v FROM {t} WHERE k = {k} FOR UPDATE"
    FOR_UPDATE_ALL = "SELECT k, v FROM {t} ORDER BY k FOR UPDATE"


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of one session."""

    session: int
    verb: Verb
    key: int = 0
    other: int = 0
    value: int = 0

    def sql(self, table: str) -> str:
        return self.verb.value.format(t=table, k=self.key, o=self.other, v=self.value)


@dataclass(frozen=True, slots=True)
class Expected:
    """The SQLSTATE or command tag, and the rows."""

    says: str
    rows: Rows = ()


@dataclass(slots=True)
class _Transaction:
    snapshot: Contents
    number: int
    """The number of the last commit it sees."""
    view: Contents
    written: set[int] = field(default_factory=set)
    flagged: set[int] = field(default_factory=set)
    has_failed: bool = False

    def touched(self) -> set[int]:
        """Keys that count at COMMIT: not those that were inserted and deleted again."""
        return {k for k in self.written | self.flagged if k in self.snapshot or k in self.view}


class SnapshotModel:
    """The committed table and the open transactions of numbered sessions."""

    def __init__(self, contents: Contents) -> None:
        self.contents = dict(contents)
        self._number = 0
        self._touched_at: dict[int, int] = {}
        self._open: dict[int, _Transaction] = {}

    def is_open(self, session: int) -> bool:
        return session in self._open

    def run(self, step: Step) -> Expected:
        """What the step gives; the model changes accordingly."""
        transaction = self._open.get(step.session)
        if step.verb is Verb.BEGIN:
            if transaction is None:
                self._open[step.session] = self._begin()
            elif transaction.has_failed:
                return Expected(FAILED_TRANSACTION)
            return Expected("BEGIN")
        if step.verb in (Verb.COMMIT, Verb.ROLLBACK):
            self._open.pop(step.session, None)
            if transaction is None:
                return Expected(step.verb.value)
            if step.verb is Verb.ROLLBACK or transaction.has_failed:
                return Expected("ROLLBACK")
            return Expected("COMMIT") if self._commit(transaction) else Expected(CONFLICT)
        if transaction is not None:
            return _apply(transaction, step)
        alone = self._begin()
        expected = _apply(alone, step)
        if not alone.has_failed:
            assert self._commit(alone), "autocommit lost, with nothing in between"
        return expected

    def _begin(self) -> _Transaction:
        return _Transaction(dict(self.contents), self._number, dict(self.contents))

    def _commit(self, transaction: _Transaction) -> bool:
        touched = transaction.touched()
        if any(self._touched_at.get(key, 0) > transaction.number for key in touched):
            return False
        self._number += 1
        for key in touched:
            self._touched_at[key] = self._number
            self.contents.pop(key, None)
            if key in transaction.view:
                self.contents[key] = transaction.view[key]
        return True


def _apply(transaction: _Transaction, step: Step) -> Expected:
    if transaction.has_failed:
        return Expected(FAILED_TRANSACTION)
    view, key = transaction.view, step.key
    match step.verb:
        case Verb.READ | Verb.READ_BESIDE_CATALOG:
            return Expected(f"SELECT {len(view)}", _rows(view, sorted(view)))
        case Verb.FOR_UPDATE | Verb.FOR_UPDATE_ALL:
            keys = sorted(view) if step.verb is Verb.FOR_UPDATE_ALL else [k for k in view if k == key]
            transaction.flagged |= set(keys)
            return Expected(f"SELECT {len(keys)}", _rows(view, keys))
        case Verb.INSERT | Verb.UPSERT | Verb.INSERT_BY_WITH:
            if step.verb is not Verb.UPSERT and key in view:
                transaction.has_failed = True
                return Expected(UNIQUE_VIOLATION)
            _write(transaction, key, step.value)
            if step.verb is Verb.INSERT_BY_WITH:
                return Expected("SELECT 1", _rows(view, [key]))
            return Expected("INSERT 0 1")
        case Verb.UPDATE_ALL:
            for each in view:
                _write(transaction, each, view[each] + 1)
            return Expected(f"UPDATE {len(view)}")
        case Verb.UPDATE if key in view:
            _write(transaction, key, step.value)
            return Expected("UPDATE 1")
        case Verb.MOVE if key in view:
            if step.other != key and step.other in view:
                transaction.has_failed = True
                return Expected(UNIQUE_VIOLATION)
            transaction.written.add(key)
            _write(transaction, step.other, view.pop(key))
            return Expected("UPDATE 1")
        case Verb.DELETE if key in view:
            del view[key]
            transaction.written.add(key)
            return Expected("DELETE 1")
        case Verb.DELETE:
            return Expected("DELETE 0")
    return Expected("UPDATE 0")


def _write(transaction: _Transaction, key: int, value: int) -> None:
    transaction.view[key] = value
    transaction.written.add(key)


def _rows(view: Contents, keys: list[int]) -> Rows:
    return tuple((str(key), str(view[key])) for key in keys)
