"""What is known about the data after a statement: one table for screen, exec, --plain and labs."""

import pytest

from dsqltui.core.answers.fate import Fate, fate_of, may_save, sentence, while_on_its_way
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState

IDLE, OPEN, FAILED = TransactionState.IDLE, TransactionState.OPEN, TransactionState.FAILED
NONE = TransactionState.NONE
UNAVAILABLE = Refused(ServerError("XX000", "server unavailable"), 0.1)
CONFLICT = Refused(ServerError("40001", "change conflicts with another transaction (OC000)"), 0.1)


def lost(before: TransactionState, *, was_sent: bool = True) -> Lost:
    return Lost("gone", before, was_sent, 0.1)


@pytest.mark.parametrize(
    ("sql", "outcome", "before", "after", "fate"),
    [
        ("commit", Done("COMMIT", 0), OPEN, IDLE, Fate.SAVED),
        ("END", Done("COMMIT", 0), OPEN, IDLE, Fate.SAVED),
        ("commit and chain", Done("COMMIT", 0), OPEN, OPEN, Fate.SAVED),
        ("commit", Done("ROLLBACK", 0), FAILED, IDLE, Fate.NOT_SAVED),
        ("commit", Done("COMMIT", 0), IDLE, IDLE, Fate.SESSION),
        ("rollback", Done("ROLLBACK", 0), OPEN, IDLE, Fate.ENDED),
        ("begin", Done("BEGIN", 0), IDLE, OPEN, Fate.PENDING),
        ("update t set a = 1", Done("UPDATE 1", 0), OPEN, OPEN, Fate.PENDING),
        ("update t set a = 1", Done("UPDATE 1", 0), IDLE, IDLE, Fate.SAVED),
        ("create table t (a int)", Done("CREATE TABLE", 0), IDLE, IDLE, Fate.SAVED),
        ("update t set a = 1; commit", Done("COMMIT", 0), OPEN, IDLE, Fate.SAVED),
        ("set search_path = x", Done("SET", 0), IDLE, IDLE, Fate.SESSION),
        ("call sys.wait_for_job('x')", Done("CALL", 0), IDLE, IDLE, Fate.SAVED),
        ("select 1", Rows((), (), "SELECT 1", False, 0), OPEN, OPEN, Fate.READ),
        ("commit", CONFLICT, OPEN, IDLE, Fate.NOT_SAVED),
        ("commit", UNAVAILABLE, OPEN, IDLE, Fate.UNKNOWN),
        ("update t set a = 1", UNAVAILABLE, IDLE, IDLE, Fate.UNKNOWN),
        ("update t set a = 1", UNAVAILABLE, OPEN, FAILED, Fate.NOT_SAVED),
        ("begin", UNAVAILABLE, IDLE, IDLE, Fate.NOT_SAVED),
        ("commit", lost(OPEN), OPEN, NONE, Fate.UNKNOWN),
        ("/* now */ Commit Work", lost(OPEN), OPEN, NONE, Fate.UNKNOWN),
        ("update t set a = 1; commit", lost(OPEN), OPEN, NONE, Fate.UNKNOWN),
        ("rollback; update t set a = 1", lost(OPEN), OPEN, NONE, Fate.UNKNOWN),
        ("commit", lost(FAILED), FAILED, NONE, Fate.NOT_SAVED),
        ("commit", lost(OPEN, was_sent=False), OPEN, NONE, Fate.NOT_SAVED),
        ("update t set a = 1", lost(OPEN), OPEN, NONE, Fate.NOT_SAVED),
        ("update t set a = 1", lost(IDLE), IDLE, NONE, Fate.UNKNOWN),
        ("copy t from stdin", lost(IDLE), IDLE, NONE, Fate.UNKNOWN),
        ("create table t (a int)", lost(IDLE), IDLE, NONE, Fate.UNKNOWN),
        ("rollback", lost(OPEN), OPEN, NONE, Fate.NOT_SAVED),
        ("set role x", lost(IDLE), IDLE, NONE, Fate.NOT_SAVED),
    ],
)
def test_the_table(sql: str, outcome: Outcome, before: TransactionState, after: TransactionState, fate: Fate) -> None:
    assert fate_of(sql, outcome, before, after) is fate


@pytest.mark.parametrize(
    ("state", "was_sent", "sql", "said"),
    [
        (
            OPEN,
            True,
            "COMMIT",
            "COMMIT was sent, and nobody said how it ended: the transaction may or may not have been",
        ),
        (OPEN, False, "COMMIT", "The open transaction was rolled back; this statement was not run."),
        (FAILED, True, "COMMIT", "The open transaction was rolled back."),
        (OPEN, True, "UPDATE t SET a = 1", "The open transaction was rolled back."),
        (IDLE, True, "UPDATE t SET a = 1", "This statement was sent, and nobody said how it ended: it may or may not"),
        (IDLE, False, "UPDATE t SET a = 1", "This statement was not run."),
        (IDLE, False, "", ""),
        (OPEN, False, "", "The open transaction was rolled back."),
    ],
)
def test_what_a_loss_cost(state: TransactionState, was_sent: bool, sql: str, said: str) -> None:
    told = sentence(sql, lost(state, was_sent=was_sent), state)
    assert told.startswith(said)
    assert bool(told) == bool(said)


def test_a_commit_answered_with_rollback_saved_nothing() -> None:
    assert "nothing of it was saved" in sentence("commit", Done("ROLLBACK", 0.1), FAILED)
    assert sentence("rollback", Done("ROLLBACK", 0.1), OPEN) == ""
    assert sentence("commit", Done("COMMIT", 0.1), OPEN) == ""


def test_who_leaves_while_commit_is_on_its_way_is_told_that_it_may_be_done() -> None:
    assert "may or may not have been committed" in while_on_its_way("commit", OPEN)
    assert while_on_its_way("update t set a = 1", OPEN) == "The open transaction is rolled back."
    assert while_on_its_way("set datestyle = iso", IDLE) == ""
    assert may_save("insert into t values (1)", IDLE)
