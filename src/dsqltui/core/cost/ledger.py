"""What a session has cost so far, from the journal: measured where EXPLAIN ANALYZE VERBOSE ran, else a lower bound.

A statement that was not measured costs what the same text cost when it was; else at least what is documented: 128
bytes for each row written, one read where it names a table, the minimums of its transaction. CPU time and the bytes
that were scanned are then not known, so the sum is said to be at least that much.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dsqltui.core.answers.fate import Fate
from dsqltui.core.aws.dpu_rates import MINIMUM_ACCESS_BYTES, READ_DPU_PER_BYTE, WRITE_DPU_PER_BYTE
from dsqltui.core.cost.billing import NOTHING, Dpu, billed, of_estimate, summed
from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.results.outcome import Done, Rows
from dsqltui.core.sql.classify import StatementKind, classify, said_words
from dsqltui.core.sql.explaining import without_explain
from dsqltui.core.sql.lexer import Kind, scan
from dsqltui.core.sql.relation_places import relation_places

_CONTROL = (StatementKind.BEGIN, StatementKind.COMMIT, StatementKind.ROLLBACK)


@dataclass(frozen=True, slots=True)
class StatementCost:
    """One statement."""

    sql: str
    """Without EXPLAIN."""
    dpu: Dpu
    """Before its transaction's minimums."""
    is_measured: bool
    """EXPLAIN measured this run, or an earlier one of the same text; else it is a lower bound."""


@dataclass(frozen=True, slots=True)
class TransactionCost:
    """One transaction, or a statement in autocommit, which is one."""

    statements: tuple[StatementCost, ...]
    is_open: bool
    is_committed: bool
    """Rolled back or unknown: what it wrote is not counted."""

    @property
    def dpu(self) -> Dpu:
        """As it is billed: the minimums once. Of an open one: as if it were committed now."""
        counted = self.is_committed or self.is_open
        return billed(s.dpu if counted else s.dpu.without_writes for s in self.statements)

    @property
    def is_measured(self) -> bool:
        """Whether no part of it is a mere lower bound."""
        return all(statement.is_measured for statement in self.statements)


@dataclass(frozen=True, slots=True)
class SessionCost:
    """What one pane, or both, did so far."""

    transactions: tuple[TransactionCost, ...] = ()

    @property
    def dpu(self) -> Dpu:
        """All transactions."""
        return summed(transaction.dpu for transaction in self.transactions)

    @property
    def statements(self) -> tuple[StatementCost, ...]:
        """All that cost anything, in their order."""
        return tuple(statement for transaction in self.transactions for statement in transaction.statements)

    @property
    def measured_count(self) -> int:
        """Statements of which EXPLAIN told the cost."""
        return sum(statement.is_measured for statement in self.statements)

    @property
    def open_transaction(self) -> TransactionCost | None:
        """The one that is open now."""
        return next((t for t in reversed(self.transactions) if t.is_open), None)


def session_cost(entries: Iterable[Entry], *, is_multi_region: bool) -> SessionCost:
    """From the journal's entries of one pane or both, in their order. Refused statements are not counted."""
    known: dict[str, Dpu] = {}
    groups: dict[tuple[str, int], list[Entry]] = {}
    for entry in entries:
        if entry.event is Event.STATEMENT and isinstance(entry.outcome, Rows | Done):
            if entry.dpu is not None:
                known[_normal(without_explain(entry.sql))] = of_estimate(entry.dpu)
            key = (entry.pane, entry.transaction) if entry.transaction is not None else ("", -entry.number)
            groups.setdefault(key, []).append(entry)
    found = (_transaction(group, known, is_multi_region=is_multi_region) for group in groups.values())
    return SessionCost(tuple(transaction for transaction in found if transaction.statements))


def _transaction(entries: Sequence[Entry], known: dict[str, Dpu], *, is_multi_region: bool) -> TransactionCost:
    statements = tuple(
        _statement(entry, known, is_multi_region=is_multi_region)
        for entry in entries
        if entry.kind not in _CONTROL and _costs(entry)
    )
    last = entries[-1]
    is_open = last.transaction is not None and last.state_after.is_open
    return TransactionCost(statements, is_open, last.fate in (Fate.SAVED, Fate.READ))


def _costs(entry: Entry) -> bool:
    what = classify(entry.sql)
    if what.is_explain and not what.is_analyzed:
        return False
    return entry.kind in (StatementKind.READ, StatementKind.WRITE) and what.verb != "show"


def _statement(entry: Entry, known: dict[str, Dpu], *, is_multi_region: bool) -> StatementCost:
    sql = without_explain(entry.sql)
    if entry.dpu is not None:
        return StatementCost(sql, of_estimate(entry.dpu), True)
    if (same := known.get(_normal(sql))) is not None:
        return StatementCost(sql, same, True)
    return StatementCost(sql, lower_bound(sql, _rows_changed(entry), is_multi_region=is_multi_region), False)


def lower_bound(sql: str, rows_changed: int, *, is_multi_region: bool) -> Dpu:
    """What a statement costs at least, before its transaction's minimums."""
    tokens = tuple(token for token in scan(sql)[0] if token.kind is not Kind.COMMENT)
    names_table = bool(relation_places(tokens, tuple(said_words(tokens))))
    read = MINIMUM_ACCESS_BYTES * READ_DPU_PER_BYTE if names_table else 0.0
    write = rows_changed * MINIMUM_ACCESS_BYTES * WRITE_DPU_PER_BYTE
    return Dpu(0.0, read, write, write if is_multi_region else 0.0) if read or write else NOTHING


def _rows_changed(entry: Entry) -> int:
    """From the command tag of a write: `UPDATE 3`, `INSERT 0 3`, `COPY 3`."""
    tag = getattr(entry.outcome, "tag", "")
    last = tag.rpartition(" ")[2]
    return int(last) if entry.kind is StatementKind.WRITE and last.isdecimal() and not tag.startswith("SELECT") else 0


def _normal(sql: str) -> str:
    return " ".join(token.text for token in scan(sql)[0] if token.kind not in (Kind.COMMENT, Kind.SEMICOLON))
