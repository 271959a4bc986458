"""Journals as two panes leave them, with times that are laid out by the test."""

from dsqltui.core.journal.journal import Entry, Event, Journal
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Done, Outcome, Refused, Row, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind, kind_of

START_S = 1_700_000_000.0
CONFLICT = ServerError("40001", "change conflicts with another transaction, please retry: (OC000)")


class Recorder:
    """Writes a journal statement by statement; keeps each pane's transaction state."""

    def __init__(self) -> None:
        self.journal = Journal()
        self._states = {"A": TransactionState.IDLE, "B": TransactionState.IDLE}

    def connected(self, pane: str, at_s: float) -> Entry:
        """The pane's session was opened."""
        moment = START_S + at_s
        return self.journal.connection(
            pane, _region(pane), "admin", Event.CONNECTED, started_s=moment - 0.2, ended_s=moment
        )

    def ran(self, pane: str, at_s: float, sql: str, outcome: Outcome | None = None, *, took_s: float = 0.004) -> Entry:
        """A statement that began at `at_s` seconds after START_S."""
        kind, before = kind_of(sql), self._states[pane]
        done = outcome or Done({"update": "UPDATE 1"}.get(sql.split()[0].lower(), sql.split()[0].upper()), took_s)
        after = _after(kind, before, done)
        self._states[pane] = after
        ended_s = START_S + at_s + done.duration_s
        return self.journal.statement(
            pane, _region(pane), "admin", sql, kind, done, before=before, after=after, ended_s=ended_s
        )


def rows(names: str, *values: Row) -> Rows:
    """A result of text columns."""
    return Rows(tuple(Column(name, 25) for name in names.split()), values, f"SELECT {len(values)}", False, 0.004)


def first_conflict() -> Journal:
    """Both update one row; B commits first, A's COMMIT is refused."""
    pen = Recorder()
    pen.connected("A", 0)
    pen.connected("B", 0.1)
    address = "update customers set address = '{}' where username = 'carlos'"
    pen.ran("A", 10, "begin")
    pen.ran("A", 11, "select * from customers where username = 'carlos'", rows("id address", ("1", "Old | Street")))
    pen.ran("A", 12, address.format("123 Main Street"))
    pen.ran("B", 40, "begin")
    pen.ran("B", 41, address.format("201 Rocky Blvd"))
    pen.ran("B", 42, "commit", took_s=0.03)
    pen.ran("A", 50, "commit", Refused(CONFLICT, 0.02))
    return pen.journal


def _after(kind: StatementKind, before: TransactionState, outcome: Outcome) -> TransactionState:
    if kind is StatementKind.BEGIN:
        return TransactionState.OPEN
    if kind in (StatementKind.COMMIT, StatementKind.ROLLBACK):
        return TransactionState.IDLE
    return TransactionState.FAILED if isinstance(outcome, Refused) and before.is_open else before


def _region(pane: str) -> str:
    return "us-east-1" if pane == "A" else "us-east-2"
