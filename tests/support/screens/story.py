"""A journal told statement by statement, with a clock that a test sets; states follow from the statements."""

from dsqltui.core.journal.journal import Entry, Event, Journal
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Done, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind, kind_of

OC000 = Refused(ServerError("40001", "change conflicts with another transaction (OC000)"), 0.01)
OC001 = Refused(ServerError("40001", "schema has been updated by another transaction (OC001)"), 0.01)
_TAGS = {StatementKind.BEGIN: "BEGIN", StatementKind.COMMIT: "COMMIT", StatementKind.ROLLBACK: "ROLLBACK"}


class Story:
    """One second passes between statements."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.now = 1_000.0
        self._states = {"A": TransactionState.IDLE, "B": TransactionState.IDLE}

    def connect(self, pane: str) -> Entry:
        self.now += 1
        self._states[pane] = TransactionState.IDLE
        return self.journal.connection(
            pane, "us-east-1", "admin", Event.CONNECTED, started_s=self.now - 0.1, ended_s=self.now
        )

    def run(self, pane: str, sql: str, outcome: Outcome | str = "", *, copy_bytes: int = 0) -> Entry:
        """`outcome`: one, or a command tag; by default what the statement gives when all is well."""
        self.now += 1
        kind = kind_of(sql)
        if isinstance(outcome, str):
            outcome = Done(outcome or _TAGS.get(kind, sql.split()[0].upper()), 0.01)
        before = self._states[pane]
        after = before
        if isinstance(outcome, Refused):
            is_over = kind is StatementKind.COMMIT or before is TransactionState.IDLE
            after = TransactionState.IDLE if is_over else TransactionState.FAILED
        elif kind is StatementKind.BEGIN:
            after = TransactionState.OPEN
        elif kind in (StatementKind.COMMIT, StatementKind.ROLLBACK):
            after = TransactionState.IDLE
        self._states[pane] = after
        return self.journal.statement(
            pane,
            "us-east-1" if pane == "A" else "us-east-2",
            "admin",
            sql,
            kind,
            outcome,
            before=before,
            after=after,
            ended_s=self.now,
            copy_bytes=copy_bytes,
        )

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self.journal)


def selected(*values: str, name: str = "n") -> Rows:
    """A result of one column."""
    return Rows((Column(name, 23),), tuple((value,) for value in values), f"SELECT {len(values)}", False, 0.01)
