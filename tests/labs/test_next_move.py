"""What n does as the panes stand: it always leads somewhere."""

from dsqltui.core.scripts.statement import split
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.judging.evidence import StepEvidence
from dsqltui.labs.judging.next_move import MoveKind, next_move, rest_of
from dsqltui.labs.judging.verdict import NotYet
from support.labs import FAILED, IDLE, NONE, OPEN, Record, lab_with_steps
from support.screens.fake_session import refused

OC001 = refused("40001", "schema has been updated by another transaction (OC001)")
TWO = lab_with_steps(
    {"pane": "a", "sql": "begin; select 1;", "expect": [{"check": "ran", "of": "select"}]},
    {"pane": "b", "sql": "begin; select 2; commit;", "expect": [{"check": "ran", "of": "commit"}]},
    {"pane": "a", "sql": "commit;", "expect": [{"check": "ran", "of": "commit"}]},
)


def evidence(record: Record, since: int = 0) -> StepEvidence:
    return StepEvidence(tuple(record.journal), record.states, record.users, since=since, start_user="admin")


def test_a_step_that_can_run_runs() -> None:
    assert next_move(TWO, 0, evidence(Record())).kind is MoveKind.RUN


def test_a_transaction_that_the_step_began_and_that_failed_runs_again() -> None:
    record = Record()
    record.ran("A", "begin", "BEGIN", OPEN)
    record.ran("A", "select 1", OC001, FAILED)
    move = next_move(TWO, 0, evidence(record))
    assert (move.kind, move.panes, move.is_asked_first) == (MoveKind.RUN_AGAIN, ("A",), False)


def test_a_transaction_of_something_else_is_explained_before_it_is_rolled_back() -> None:
    record = Record()
    record.ran("B", "begin", "BEGIN", OPEN)
    record.states["A"] = OPEN
    move = next_move(TWO, 1, evidence(record, since=1))
    assert (move.kind, move.panes, move.is_asked_first) == (MoveKind.RUN_AGAIN, ("B",), True)


def test_one_that_the_step_began_itself_is_its_own() -> None:
    record = Record()
    record.ran("A", "begin", "BEGIN", OPEN)
    assert next_move(TWO, 0, evidence(record)).kind is MoveKind.RUN
    rest = rest_of(split("begin; select 1;"), evidence(record), "A")
    assert [statement.text for statement in rest] == ["select 1"]


def test_a_transaction_that_is_over_leads_back_to_its_begin() -> None:
    for step in (1, 2):
        move = next_move(TWO, step, evidence(Record()))
        assert (move.kind, move.position, move.is_asked_first) == (MoveKind.GO_BACK, 0, True)
    record = Record()
    record.states["A"] = FAILED
    move = next_move(TWO, 2, evidence(record))
    assert (move.kind, move.position, move.panes) == (MoveKind.GO_BACK, 0, ("A",))


def test_a_pane_without_connection_is_connected() -> None:
    record = Record()
    record.states["A"] = NONE
    assert next_move(TWO, 0, evidence(record)).kind is MoveKind.CONNECT


def test_what_was_done_is_not_run_twice_and_a_rollback_begins_anew() -> None:
    statements = split("create table t (a int); insert into t values (1);")
    record = Record()
    record.ran("A", "create table t (a int)", "CREATE TABLE")
    record.ran("A", "insert into t values (1)", OC001)
    assert [s.text for s in rest_of(statements, evidence(record), "A")] == ["insert into t values (1)"]
    record = Record()
    record.ran("A", "begin", "BEGIN", OPEN)
    record.ran("A", "rollback", "ROLLBACK", IDLE)
    assert len(rest_of(split("begin; select 1;"), evidence(record), "A")) == 2


def test_what_ran_before_a_step_can_pass_it_but_not_fail_it() -> None:
    lab = lab_with_steps(
        {"pane": "a", "sql": "select 1;", "expect": [{"check": "ran", "of": "select 1"}]},
        {"pane": "a", "sql": "select 2;", "expect": [{"check": "rows", "of": "select 2", "value": "2"}]},
    )
    record = Record()
    attempt = LabAttempt(lab, {}, mark=0, now_s=1.0)
    record.ran("A", "select 2", refused("42601", "syntax error"))
    record.ran("A", "select 1", "SELECT 1")
    attempt.judge(attempt.evidence(record.journal, record.states, record.users))
    attempt.go_on(newest=2)
    said = attempt.judge(attempt.evidence(record.journal, record.states, record.users))
    assert isinstance(said, NotYet)
    assert "has not been run yet" in said.reason.en
