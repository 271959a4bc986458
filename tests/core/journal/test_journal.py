"""The journal: transactions are numbered, results are cut, listeners hear."""

from dsqltui.core.journal.journal import KEPT_ROWS, KEPT_VALUE, Entry, Event, Journal
from dsqltui.core.results.outcome import Column, Done, Outcome, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind

IDLE, OPEN = TransactionState.IDLE, TransactionState.OPEN


def said(journal: Journal, pane: str, sql: str, before: TransactionState, after: TransactionState) -> Entry:
    return ran(journal, pane, sql, Done("OK", 0.5), before, after)


def ran(
    journal: Journal, pane: str, sql: str, outcome: Outcome, before: TransactionState, after: TransactionState
) -> Entry:
    kind = StatementKind.OTHER
    return journal.statement(pane, "us-east-1", "admin", sql, kind, outcome, before=before, after=after, ended_s=100.0)


def test_the_statements_of_a_transaction_share_its_number_and_autocommit_has_none() -> None:
    journal = Journal()
    assert said(journal, "A", "select 1", IDLE, IDLE).transaction is None
    begin = said(journal, "A", "begin", IDLE, OPEN)
    other = said(journal, "B", "begin", IDLE, OPEN)
    update = said(journal, "A", "update t", OPEN, OPEN)
    assert journal.open_transaction("A") == begin.transaction
    commit = said(journal, "A", "commit", OPEN, IDLE)
    assert begin.transaction == update.transaction == commit.transaction
    assert other.transaction != begin.transaction
    assert journal.of_transaction(begin.transaction or 0) == (begin, update, commit)
    assert said(journal, "A", "select 1", IDLE, IDLE).transaction is None


def test_a_lost_connection_ends_the_transaction() -> None:
    journal = Journal()
    said(journal, "A", "begin", IDLE, OPEN)
    journal.connection("A", "us-east-1", "admin", Event.LOST, started_s=1.0, ended_s=1.0)
    assert journal.open_transaction("A") is None


def test_of_a_result_only_the_first_rows_are_kept() -> None:
    rows = tuple(("x" * 1_000, None) for _ in range(KEPT_ROWS + 5))
    columns = (Column("a", 25), Column("b", 25))
    entry = ran(Journal(), "A", "table t", Rows(columns, rows, "SELECT", False, 0.5), IDLE, IDLE)
    assert entry.row_count == KEPT_ROWS + 5
    assert isinstance(entry.outcome, Rows)
    assert len(entry.outcome.rows) == KEPT_ROWS
    assert len(entry.outcome.rows[0][0] or "") == KEPT_VALUE + 1


def test_times_and_listeners() -> None:
    journal = Journal()
    heard: list[int] = []
    journal.listen(lambda entry: heard.append(entry.number))
    entry = said(journal, "A", "select 1", IDLE, IDLE)
    assert (entry.started_s, entry.ended_s, entry.duration_s) == (99.5, 100.0, 0.5)
    assert heard == [1]
