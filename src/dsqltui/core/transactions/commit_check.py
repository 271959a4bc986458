"""Did it commit? The statements of a transaction whose COMMIT had no answer, turned into looks at single rows.

For each row that a write names by its primary key: as what the transaction found it, and as what it left it. Both are
known from the statements themselves (literals), from what they returned, and from what was read in the same
transaction, whose snapshot is that of its writes. A row of which one of the two is not known proves nothing, and that
is said.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dsqltui.core.answers.fate import Fate
from dsqltui.core.journal.journal import KEPT_VALUE, Entry
from dsqltui.core.language import _
from dsqltui.core.results.outcome import Done, Row, Rows
from dsqltui.core.results.single_table import TableName, table_of
from dsqltui.core.scripts.statement import StatementKind
from dsqltui.core.sql.lexer import quote_identifier, quote_literal
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.transactions.commit_verdict import RowEvidence
from dsqltui.core.transactions.write_facts import (
    MOST_KEYS,
    ChangeFacts,
    InsertFacts,
    WriteUnreadable,
    Written,
    write_facts,
)

MOST_ROWS = 50
"""Rows that are looked at: a transaction is in as a whole or not at all."""
_SAME_EACH_TIME = frozenset(
    "abs ceil ceiling coalesce concat date floor greatest least left length lower lpad ltrim md5 mod nullif power "
    "repeat replace right round rpad rtrim sqrt substr substring trim trunc upper cast numeric varchar char".split()
)
"""Functions that give the same for the same arguments, whenever they are called."""


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """What the catalog says of a table."""

    name: TableName
    types: Mapping[str, str]
    """Type by column, in the table's order."""
    key: tuple[str, ...]
    """Of the primary key; empty without one."""


@dataclass(frozen=True, slots=True)
class RowLook:
    """One row to look at."""

    row: str
    """`accounts, id = 1`."""
    sql: str
    """SELECT of two booleans, NULL where it is not known: as the transaction left it, as it found it; no row: none."""
    was_there: bool | None
    """When the transaction found it."""
    is_to_be_there: bool
    expected: str
    """How the transaction left it, in words."""

    def evidence(self, found: Row | None) -> RowEvidence:
        """From the row of the answer; None: there is no such row."""
        if found is None:
            before = None if self.was_there is None else not self.was_there
            return RowEvidence(before, not self.is_to_be_there)
        is_after, is_before = (None if value is None else value == "t" for value in found[:2])
        after = is_after if self.is_to_be_there else False
        return RowEvidence(is_before if self.was_there is not False else False, after)


@dataclass(slots=True)
class _Tracked:
    """What is known of one row; values are SQL expressions of the column's type."""

    table: CheckedTable
    key: tuple[str, ...]
    was_there: bool | None = None
    is_there: bool = True
    is_written: bool = False
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str | None] = field(default_factory=dict)
    """Columns that were written; None: to what is not known."""


def lost_commit(entries: Sequence[Entry], pane: str) -> Entry | None:
    """The newest statement whose fate nobody knows: of that pane, else of the other one."""
    unknown = [entry for entry in entries if entry.fate is Fate.UNKNOWN]
    return next((entry for entry in reversed(unknown) if entry.pane == pane), unknown[-1] if unknown else None)


def statements_of(entries: Sequence[Entry], lost: Entry) -> tuple[Entry, ...]:
    """The statements of the transaction that ended there; the statement alone in autocommit."""
    if lost.transaction is None:
        return (lost,)
    return tuple(entry for entry in entries if entry.transaction == lost.transaction)


def tables_to_know(statements: Sequence[Entry]) -> tuple[TableName, ...]:
    """Tables that the writes change."""
    found: dict[TableName, None] = {}
    for entry in statements:
        if entry.kind is StatementKind.WRITE:
            try:
                found[write_facts(entry.sql).table] = None
            except WriteUnreadable:
                continue
    return tuple(found)


@dataclass(frozen=True, slots=True)
class CommitCheck:
    """What to look at, and of which statements nothing can be told."""

    looks: tuple[RowLook, ...]
    reasons: tuple[str, ...]
    """`UPDATE t SET ...: it changes every row, and none is named by its key`."""


def check_of(statements: Sequence[Entry], tables: Mapping[TableName, CheckedTable]) -> CommitCheck:
    """The looks for the statements of a transaction, in order."""
    maker = _Maker(tables)
    for entry in statements:
        maker.hear(entry)
    looks = [look for row in maker.rows.values() if row.is_written and (look := _look(row)) is not None]
    return CommitCheck(tuple(looks[:MOST_ROWS]), tuple(dict.fromkeys(maker.reasons)))


class _Maker:
    def __init__(self, tables: Mapping[TableName, CheckedTable]) -> None:
        self.rows: dict[tuple[TableName, tuple[str, ...]], _Tracked] = {}
        self.reasons: list[str] = []
        self._tables = tables

    def hear(self, entry: Entry) -> None:
        if entry.kind is StatementKind.READ:
            self._hear_rows(entry, table_of(entry.sql), is_after_write=False)
            return
        if entry.kind is not StatementKind.WRITE:
            return
        try:
            if entry.is_cut:
                raise WriteUnreadable(_("the journal holds only its beginning"))
            facts = write_facts(entry.sql)
            table = self._tables.get(facts.table)
            if table is None or not table.types:
                raise WriteUnreadable(_("there is no table {name} on the search path").format(name=facts.table.name))
            if not table.key:
                raise WriteUnreadable(_("{name} has no primary key").format(name=table.name.name))
            if _count(entry) == 0:
                return
            if isinstance(facts, InsertFacts):
                self._insert(entry, facts, table)
            else:
                self._change(entry, facts, table)
        except WriteUnreadable as reason:
            self.reasons.append(f"{one_line(' '.join(entry.sql.split()), 70)}: {reason}")

    def _insert(self, entry: Entry, facts: InsertFacts, table: CheckedTable) -> None:
        if facts.has_conflict_clause:
            raise WriteUnreadable(_("ON CONFLICT may have left the rows as they were"))
        names = facts.columns or tuple(table.types)
        for row in facts.rows[:MOST_KEYS]:
            values = dict(zip(names, row, strict=False))
            key = [values.get(name) for name in table.key]
            if not all(value is not None and value.literal is not None for value in key):
                if not self._hear_rows(entry, table.name, is_after_write=True, is_new=True):
                    raise WriteUnreadable(_("its key was made by the server and not returned"))
                return
            tracked = self._row(table, tuple(v.literal or "" for v in key if v is not None))
            tracked.was_there = False if not tracked.is_written else tracked.was_there
            tracked.is_written = tracked.is_there = True
            for name, value in values.items():
                tracked.after[name] = self._value(table, tracked, name, value, "")

    def _change(self, entry: Entry, facts: ChangeFacts, table: CheckedTable) -> None:
        is_returned = self._hear_rows(entry, table.name, is_after_write=True, is_gone=facts.is_delete)
        if is_returned:
            return
        if set(facts.assignments) & set(table.key):
            raise WriteUnreadable(_("it changes the primary key"))
        if facts.problem:
            raise WriteUnreadable(facts.problem)
        missing = [name for name in table.key if name not in facts.equal]
        if missing:
            raise WriteUnreadable(
                _("its WHERE does not name the rows by their key ({key})").format(key=", ".join(table.key))
            )
        keys = list(itertools.product(*(facts.equal[name] for name in table.key)))
        count = _count(entry)
        if len(keys) > 1 and count is not None and count != len(keys):
            raise WriteUnreadable(
                _("it named {count} rows and changed {count_2} of them").format(count=len(keys), count_2=count)
            )
        for key in keys[:MOST_KEYS]:
            tracked = self._row(table, tuple(value.literal or "" for value in key))
            if not tracked.is_written:
                tracked.was_there = True if count else tracked.was_there
                for name, values in facts.equal.items():
                    if len(values) == 1 and name in table.types:
                        tracked.before.setdefault(name, _typed(values[0].sql, table.types[name]))
            tracked.is_written = True
            tracked.is_there = not facts.is_delete
            new = {n: self._value(table, tracked, n, v, facts.alias) for n, v in facts.assignments.items()}
            tracked.after |= new

    def _value(self, table: CheckedTable, row: _Tracked, name: str, value: Written | None, alias: str) -> str | None:
        """The expression for what a column was set to; None: it cannot be told."""
        if value is None or name not in table.types or not value.calls <= _SAME_EACH_TIME:
            return None
        used = [column for column in table.types if column in value.names]
        if not used or not alias:
            return _typed(value.sql, table.types[name])
        known = {column: row.after.get(column, row.before.get(column)) for column in used}
        if any(expression is None for expression in known.values()):
            return None
        inner = ", ".join(f"{expression} AS {quote_identifier(column)}" for column, expression in known.items())
        return _typed(f"(SELECT {value.sql} FROM (SELECT {inner}) AS {quote_identifier(alias)})", table.types[name])

    def _hear_rows(
        self,
        entry: Entry,
        name: TableName | None,
        *,
        is_after_write: bool,
        is_new: bool = False,
        is_gone: bool = False,
    ) -> bool:
        """Learn from rows that came back, when they have their key among them."""
        table = self._tables.get(name) if name is not None else None
        if table is None or not table.key or not isinstance(entry.outcome, Rows):
            return False
        names = [column.name for column in entry.outcome.columns]
        if not set(table.key) <= set(names) or len(set(names)) != len(names):
            return False
        for values in entry.outcome.rows:
            row = dict(zip(names, values, strict=True))
            key = tuple(row[column] or "" for column in table.key)
            tracked = self._row(table, key)
            if is_after_write:
                tracked.was_there = tracked.was_there if tracked.is_written else not is_new
                tracked.is_written, tracked.is_there = True, not is_gone
            known = {
                column: _typed(quote_literal(value) if value is not None else "NULL", table.types[column])
                for column, value in row.items()
                if column in table.types and (value is None or len(value) <= KEPT_VALUE)
            }
            if is_after_write and not is_gone:
                tracked.after |= known
            elif tracked.is_written and not is_gone:
                tracked.after |= {c: v for c, v in known.items() if c in tracked.after}
            else:
                tracked.was_there = True
                tracked.before |= known
        return bool(entry.outcome.rows)

    def _row(self, table: CheckedTable, key: tuple[str, ...]) -> _Tracked:
        return self.rows.setdefault((table.name, key), _Tracked(table, key))


def _look(row: _Tracked) -> RowLook | None:
    table = row.table
    if row.was_there is False and not row.is_there:  # made and removed again
        return None
    key = " AND ".join(
        f"{quote_identifier(name)} = {_typed(quote_literal(value), table.types[name])}"
        for name, value in zip(table.key, row.key, strict=True)
    )
    known = {name: value for name, value in row.after.items() if value is not None}
    after = _all_equal(table, known) if known or row.was_there is False else "NULL"
    written = {name: row.before[name] for name in row.after if name in row.before}
    is_before_known = not row.is_there or bool(written)
    before = _all_equal(table, written) if is_before_known else "NULL"
    words = ", ".join(f"{name} = {value}" for name, value in zip(table.key, row.key, strict=True))
    shown = (
        _("gone")
        if not row.is_there
        else _("there")
        if row.was_there is False
        else _("{after} set").format(after=", ".join(row.after))
    )
    named = (table.name.schema, table.name.name) if table.name.schema is not None else (table.name.name,)
    sql = f"SELECT {after}, {before} FROM {'.'.join(map(quote_identifier, named))} WHERE {key}"
    return RowLook(one_line(f"{table.name.name}, {words}", 60), sql, row.was_there, row.is_there, shown)


def _all_equal(table: CheckedTable, values: Mapping[str, str | None]) -> str:
    """Whether columns have values, compared as text: every type has one."""
    del table
    parts = [f"{quote_identifier(name)}::text IS NOT DISTINCT FROM ({value})::text" for name, value in values.items()]
    return f"({' AND '.join(parts)})" if parts else "true"


def _typed(expression: str, type_name: str) -> str:
    return f"CAST({expression} AS {type_name})"


def _count(entry: Entry) -> int | None:
    """Rows that the statement changed; None when its answer was lost."""
    if not isinstance(entry.outcome, Done | Rows):
        return None
    last = entry.outcome.tag.rpartition(" ")[2]
    return int(last) if last.isdecimal() else None
