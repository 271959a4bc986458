"""Answers in a form in which two runs of the same statements can be compared.

Rows count as a multiset unless the query orders them. Values that are new in every run (uuids, the time, ids of jobs)
become numbers in the order in which they appear, unless they are written in the scripts or the data themselves.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dsqltui.core.interleaving.orders import Order
from dsqltui.core.results.errors import Conflict, conflict_of
from dsqltui.core.results.outcome import Column, Done, Lost, Outcome, Refused, Row, Rows
from dsqltui.core.sql.classify import said_words
from dsqltui.core.sql.lexer import Kind, scan

Compared = tuple[object, ...]
"""One answer; equal answers are equal."""

_UUID_OID = 2950
_TIME_OIDS = frozenset({1083, 1114, 1184, 1266})
"""time, timestamp, timestamptz, timetz: what now() gives, with a fraction of a second."""
_JOB_ID = re.compile(r"[a-z0-9]{26}")


@dataclass(frozen=True, slots=True)
class OrderRun:
    """What an order gave."""

    order: Order
    outcomes: tuple[tuple[Outcome, ...], ...]
    """Of each session, in the order of its statements; of a session that took no part: empty."""
    final: tuple[Outcome, ...] = ()
    """What the check's queries gave in the end."""
    retried: tuple[int, ...] = ()
    """Sessions that lost and ran again when the order was through; `outcomes` holds the last run of them."""
    attempts: int = 0
    """Runs of lost sessions beyond the first."""


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """A run in comparable form."""

    sessions: tuple[tuple[Compared, ...], ...]
    final: tuple[Compared, ...]


class Comparer:
    """Makes runs of the same scripts comparable."""

    def __init__(
        self,
        statements: Sequence[Sequence[str]],
        check: Sequence[str],
        *,
        ignored: Iterable[str] = (),
        texts: Iterable[str] = (),
    ) -> None:
        """`statements` is each session's SQL, `ignored` columns that are left out, `texts` where a value that is
        written out stands for itself: reset, setup and data from before."""
        self._ordered = [tuple(map(is_ordered, own)) for own in statements]
        self._check = tuple(map(is_ordered, check))
        self._ignored = frozenset(name.lower() for name in ignored)
        self._known = "\n".join([*(sql for own in statements for sql in own), *check, *texts])

    def compared(self, run: OrderRun) -> ComparedRun:
        """The run in comparable form."""
        numbers: dict[str, str] = {}
        sessions = tuple(
            tuple(self._compared(outcome, flag, numbers) for outcome, flag in zip(own, flags, strict=False))
            for own, flags in zip(run.outcomes, self._ordered, strict=True)
        )
        final = tuple(self._compared(o, flag, numbers) for o, flag in zip(run.final, self._check, strict=False))
        return ComparedRun(sessions, final)

    def _compared(self, outcome: Outcome, is_in_order: bool, numbers: dict[str, str]) -> Compared:
        match outcome:
            case Rows(columns=columns, rows=rows, tag=tag):
                kept = [n for n, column in enumerate(columns) if column.name.lower() not in self._ignored]
                shown = self._rows(columns, rows, kept, numbers, is_in_order=is_in_order)
                return ("rows", tag, tuple(columns[n].name for n in kept), shown)
            case Done(tag=tag):
                return ("done", tag)
            case Refused(error=error):
                conflict = conflict_of(error)
                return ("refused", error.sqlstate, conflict.value if conflict else "")
            case Lost():
                return ("lost",)

    def _rows(
        self,
        columns: Sequence[Column],
        rows: Sequence[Row],
        kept: list[int],
        numbers: dict[str, str],
        *,
        is_in_order: bool,
    ) -> tuple[tuple[str | None, ...], ...]:
        natural = [n for n in kept if _may_be_new(columns[n])]
        if not natural:
            plain = [tuple(row[n] for n in kept) for row in rows]
            return tuple(plain if is_in_order else sorted(plain, key=_sort_key))

        def masked(row: Row) -> Row:
            return tuple("" if n in natural and self._is_new(columns[n], row[n]) else row[n] for n in kept)

        in_order = rows if is_in_order else sorted(rows, key=lambda row: _sort_key(masked(row)))
        return tuple(
            tuple(
                numbers.setdefault(value, f"#{len(numbers) + 1}")
                if n in natural and (value := row[n]) is not None and self._is_new(columns[n], value)
                else row[n]
                for n in kept
            )
            for row in in_order
        )

    def _is_new(self, column: Column, value: str | None) -> bool:
        if value is None or value in self._known:
            return False
        if column.type_oid in _TIME_OIDS:
            return "." in value  # 2026-11-29 is data, 10:41:03.120456 was asked for
        return column.type_oid == _UUID_OID or _JOB_ID.fullmatch(value) is not None


def conflict_in(outcomes: Iterable[Outcome]) -> Conflict | None:
    """The first conflict among a session's answers."""
    found = (conflict_of(outcome.error) for outcome in outcomes if isinstance(outcome, Refused))
    return next((conflict for conflict in found if conflict is not None), None)


def is_lost(outcomes: Iterable[Outcome]) -> bool:
    """Whether a connection ended among these answers."""
    return any(isinstance(outcome, Lost) for outcome in outcomes)


@lru_cache(maxsize=512)
def is_ordered(sql: str) -> bool:
    """Whether a query says ORDER BY outside of parentheses."""
    tokens = [token for token in scan(sql)[0] if token.kind is not Kind.COMMENT]
    depth, before = 0, ""
    for word in said_words(tokens):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word == "by" and before == "order":
            return True
        before = word
    return False


def _may_be_new(column: Column) -> bool:
    return column.type_oid == _UUID_OID or column.type_oid in _TIME_OIDS or column.name == "job_id"


def _sort_key(row: Row) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, value or "") for value in row)
