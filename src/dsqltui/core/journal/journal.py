"""The record of both panes on one clock: every statement and connection event, with its outcome.

Timeline, transcript, conflict explanation, whole-transaction retry and the labs' checks are views of it. It never
holds a token, and of results only the first rows.
"""

import dataclasses
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.answers.fate import Fate, fate_of
from dsqltui.core.language import N_
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Row, Rows
from dsqltui.core.results.plan import DpuEstimate, is_plan, parse_plan
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind

KEPT_ENTRIES = 5_000
"""Older entries are forgotten; the journal on disk, where there is one, keeps them."""
KEPT_ROWS = 20
"""Rows of a result that an entry holds."""
KEPT_VALUE = 200
"""Characters of a value, KEPT_SQL of a statement, that an entry holds."""
KEPT_SQL = 100_000


class Event(Enum):
    """What an entry tells of."""

    STATEMENT = "statement"
    CONNECTED = "connected"
    CONNECT_FAILED = N_("connect failed")
    LOST = N_("connection lost")
    """Also when the person dropped or closed it; a statement under way then has an entry of its own with a Lost."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of one pane."""

    number: int
    """1 for the first entry of the journal; grows in the order in which things ended."""
    pane: str
    """A or B."""
    region: str
    user: str
    """Database role."""
    event: Event
    started_s: float
    """Unix time, seconds; of both panes on this machine's clock."""
    ended_s: float
    sql: str = ""
    """As sent, but cut to KEPT_SQL characters; empty for connection events."""
    sql_length: int = 0
    """Characters that were sent; more than `sql` has when it was cut."""
    copy_bytes: int = 0
    """Bytes of data sent with a COPY FROM STDIN; the data themselves are not kept."""
    kind: StatementKind = StatementKind.OTHER
    outcome: Outcome | None = None
    """None for connection events. Rows are cut to KEPT_ROWS rows of KEPT_VALUE characters a value."""
    row_count: int = 0
    """Rows that came back, also those cut off here."""
    dpu: DpuEstimate | None = None
    """What EXPLAIN ANALYZE VERBOSE estimated for what it ran; None for any other statement."""
    rows_print: int = 0
    """A fingerprint of the rows that came back, good within this process: equal rows have equal ones; 0 without."""
    state_before: TransactionState = TransactionState.NONE
    state_after: TransactionState = TransactionState.NONE
    transaction: int | None = None
    """Number of the explicit transaction the statement belongs to, BEGIN and COMMIT included; None in autocommit."""
    note: str = ""
    """Why a connection failed or ended: one safe sentence."""

    @property
    def duration_s(self) -> float:
        """From sending to the answer."""
        return self.ended_s - self.started_s

    @property
    def is_cut(self) -> bool:
        """Whether `sql` is not all that was sent."""
        return self.sql_length > len(self.sql)

    @property
    def fate(self) -> Fate | None:
        """What is known of the data after it; None for connection events."""
        if self.outcome is None:
            return None
        return fate_of(self.sql, self.outcome, self.state_before, self.state_after)

    @property
    def is_conflict(self) -> bool:
        """Whether the server refused it with 40001."""
        return isinstance(self.outcome, Refused) and conflict_of(self.outcome.error) is not None


class Journal:
    """Entries in memory, oldest first. To be used on one event loop."""

    def __init__(self, kept: int = KEPT_ENTRIES) -> None:
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._listeners: list[Callable[[Entry], object]] = []
        self._count = 0
        self._transactions = 0
        self._open: dict[str, int] = {}
        """The number of each pane's open transaction."""

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __reversed__(self) -> Iterator[Entry]:
        """The newest first; before anything else is recorded."""
        return reversed(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def listen(self, listener: Callable[[Entry], object]) -> None:
        """Have `listener` called with each new entry."""
        self._listeners.append(listener)

    def open_transaction(self, pane: str) -> int | None:
        """Number of the pane's open transaction."""
        return self._open.get(pane)

    def of_transaction(self, number: int) -> tuple[Entry, ...]:
        """Its statements in order, as far as they are still kept."""
        return tuple(entry for entry in self._entries if entry.transaction == number)

    def statement(
        self,
        pane: str,
        region: str,
        user: str,
        sql: str,
        kind: StatementKind,
        outcome: Outcome,
        *,
        before: TransactionState,
        after: TransactionState,
        ended_s: float,
        copy_bytes: int = 0,
    ) -> Entry:
        """Record a statement that ended at `ended_s` (Unix time) with this outcome."""
        return self._add(
            Entry(
                self._count + 1,
                pane,
                region,
                user,
                Event.STATEMENT,
                started_s=ended_s - outcome.duration_s,
                ended_s=ended_s,
                sql=sql[:KEPT_SQL],
                sql_length=len(sql),
                copy_bytes=copy_bytes,
                kind=kind,
                outcome=_preview(outcome),
                row_count=len(outcome.rows) if isinstance(outcome, Rows) else 0,
                rows_print=rows_print(outcome),
                dpu=_dpu_of(outcome),
                state_before=before,
                state_after=after,
                transaction=self._transaction_of(pane, before, after),
            )
        )

    def connection(
        self, pane: str, region: str, user: str, event: Event, *, started_s: float, ended_s: float, note: str = ""
    ) -> Entry:
        """Record that a connection was opened, failed or ended."""
        if event is not Event.STATEMENT:
            self._open.pop(pane, None)
        return self._add(
            Entry(self._count + 1, pane, region, user, event, started_s=started_s, ended_s=ended_s, note=note)
        )

    def _transaction_of(self, pane: str, before: TransactionState, after: TransactionState) -> int | None:
        number = self._open.get(pane)
        if number is None and (before.is_open or after.is_open):
            self._transactions += 1
            number = self._transactions
        if after.is_open and number is not None:
            self._open[pane] = number
        else:
            self._open.pop(pane, None)
        return number

    def _add(self, entry: Entry) -> Entry:
        self._count += 1
        self._entries.append(entry)
        for listener in self._listeners:
            listener(entry)
        return entry


def rows_print(outcome: Outcome) -> int:
    """The fingerprint of the rows of an outcome; 0 for an outcome without."""
    return hash(outcome.rows) or 1 if isinstance(outcome, Rows) else 0


def _dpu_of(outcome: Outcome) -> DpuEstimate | None:
    """The block below a plan."""
    if not isinstance(outcome, Rows) or not is_plan([column.name for column in outcome.columns]):
        return None
    plan = parse_plan([row[0] or "" for row in outcome.rows])
    return plan.dpu if plan is not None else None


def _preview(outcome: Outcome) -> Outcome:
    match outcome:
        case Rows(rows=rows):
            return dataclasses.replace(outcome, rows=tuple(_cut(row) for row in rows[:KEPT_ROWS]))
        case Done() | Refused() | Lost():
            return outcome


def _cut(row: Row) -> Row:
    return tuple(value if value is None or len(value) <= KEPT_VALUE else value[:KEPT_VALUE] + "…" for value in row)
