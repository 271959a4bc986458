"""Checks: what the server answered in, passed or not yet out, whatever way the student took."""

from collections.abc import Mapping
from typing import Any

import pytest

from dsqltui.core.results.outcome import Lost, Outcome
from dsqltui.labs.judging.checks import judge, queries_of
from dsqltui.labs.judging.evidence import StepEvidence
from dsqltui.labs.judging.standing import trouble_before
from dsqltui.labs.judging.verdict import NotYet, Passed
from support.labs import FAILED, IDLE, NONE, OPEN, Record, lab_with_steps
from support.screens.fake_session import CONFLICT, refused, rows

OC001 = refused("40001", "schema has been updated by another transaction (OC001)")
CONFLICTED = refused(CONFLICT.sqlstate, CONFLICT.message)


def said(
    record: Record, check: Mapping[str, Any], *, sql: str = "select 1;", pane: str = "a", answers: Any = None
) -> str:
    """ "passed", or the English reason."""
    end = {"pane": pane, "sql": "rollback;", "expect": [{"check": "ran", "of": "rollback"}]}
    step = lab_with_steps({"pane": pane, "sql": sql, "expect": [dict(check)]}, end).steps[0]
    verdict = judge(
        step, StepEvidence(tuple(record.journal), record.states, record.users, answers or {}), {"n": "it's"}
    )
    if isinstance(verdict, NotYet):
        assert verdict.reason.ja, "both languages"
        return verdict.reason.en
    return "passed"


UPDATED = {"check": "ran", "of": "update t set", "tag": "UPDATE 1"}
THREE = {"check": "rows", "of": "select from t", "count": 3}


@pytest.mark.parametrize(
    "sql", ["update t set x = 1", "UPDATE\n  t\nSET x = 1 -- once", "update /* t */ t set x=1 where y"]
)
def test_a_statement_counts_however_it_is_written(sql: str) -> None:
    record = Record()
    record.ran("A", sql, "UPDATE 1")
    assert said(record, UPDATED) == "passed"


def test_what_is_missing_is_said() -> None:
    record = Record()
    assert said(record, UPDATED) == "Pane A: `update t set` has not been run yet."
    record.ran("A", "update t set x = 1", "UPDATE 0")
    assert said(record, UPDATED) == "Pane A: `update t set` answered UPDATE 0, not UPDATE 1."
    record.ran("A", "update t set x = 1", "UPDATE 1")
    assert said(record, UPDATED) == "passed"


def test_the_wrong_pane_is_named() -> None:
    record = Record()
    record.ran("B", "update t set x = 1", "UPDATE 1")
    assert said(record, UPDATED) == "`update t set` ran in pane B; this step is for pane A."


def test_refusals_are_told_with_the_servers_words() -> None:
    record = Record()
    record.ran("A", "update t set x = 1", refused("42P01", 'relation "t" does not exist\x1b[2J'))
    told = said(record, UPDATED)
    assert "refused (42P01" in told
    assert "\x1b" not in told


def test_a_schema_conflict_is_explained_outside_and_inside_a_transaction() -> None:
    record = Record()
    record.ran("A", "update t set x = 1", OC001)
    assert "(OC001). n runs the step again" in said(record, UPDATED)
    record.ran("A", "begin", "BEGIN", OPEN)
    record.ran("A", "update t set x = 1", OC001, FAILED)
    assert "n rolls back" in said(record, UPDATED)


@pytest.mark.parametrize(
    ("result", "check", "wanted"),
    [
        (rows("a", ("1",), ("2",), ("3",)), {"count": 3}, "passed"),
        (rows("a", ("1",)), {"count": 3}, "returned 1 row(s), 3 expected"),
        (rows("a", ("1",)), {"at_least": 2}, "returned 1 row(s), 2+ expected"),
        (rows("a", ("65",)), {"value": "65"}, "passed"),
        (rows("a", ("99",)), {"value": "65"}, "shows 99, expected 65"),
        (rows("a", (None,)), {"value": "65"}, "shows NULL, expected 65"),
        (rows("a"), {"value": "65"}, "shows NULL, expected 65"),
        (rows("a b", ("x", "1"), ("y", "2")), {"has": [["2", "y"]]}, "passed"),
        (rows("a b", ("x", "1"), ("y", "2")), {"has": [["x", "2"]]}, "does not hold x, 2"),
        (rows("plan", ("Index Only Scan using i",)), {"text": ["Index Only", "using i"]}, "passed"),
        (rows("plan", ("Full Scan",)), {"text": ["Index Only"]}, "does not hold Index Only"),
        (rows("a", ("it's",)), {"value": "{n}"}, "passed"),
    ],
)
def test_rows(result: Outcome, check: dict[str, Any], wanted: str) -> None:
    record = Record()
    record.ran("A", "select * from t", result)
    assert wanted in said(record, {"check": "rows", "of": "select from t"} | check)


LOSES = {"check": "refused", "of": "commit", "sqlstate": "40001", "token": "OC000"}


@pytest.mark.parametrize("sql", ["commit", "END", "commit work"])
def test_a_conflict_that_is_wanted(sql: str) -> None:
    record = Record()
    record.ran("A", sql, CONFLICTED, IDLE)
    assert said(record, LOSES, sql="commit;") == "passed"


def test_a_commit_that_should_have_lost() -> None:
    record = Record()
    record.ran("A", "commit", "COMMIT")
    assert "succeeded, but this step shows how it fails with 40001" in said(record, LOSES, sql="commit;")
    record.ran("A", "commit", refused("54000", "transaction age limit of 300s exceeded"))
    assert "failed with 54000" in said(record, LOSES, sql="commit;")
    record.ran("A", "commit", OC001)
    assert "OC001" in said(record, LOSES, sql="commit;")


def test_the_same_in_both_panes() -> None:
    record, same = Record(), {"check": "same", "of": "select from t"}
    record.ran("A", "select * from t", rows("a", ("1",)))
    assert "Pane B: `select from t` has not" in said(record, same, pane="both")
    record.ran("B", "select * from t", rows("a", ("2",)))
    assert "different results" in said(record, same, pane="both")
    record.ran("B", "select * from t", rows("a", ("1",)))
    assert said(record, same, pane="both") == "passed"


def test_one_of_is_satisfied_by_either() -> None:
    check = {"check": "one-of", "checks": [UPDATED, {"check": "refused", "of": "update t", "sqlstate": "40001"}]}
    for outcome in ("UPDATE 1", OC001):
        record = Record()
        record.ran("A", "update t set x = 1", outcome)
        assert (
            said(
                record,
                {
                    "check": "one-of",
                    "checks": [UPDATED, {"check": "refused", "of": "update t", "sqlstate": "40001", "token": "OC001"}],
                },
            )
            == "passed"
        )
    record = Record()
    record.ran("A", "update t set x = 1", refused("42P01", "no"))
    assert "42P01" in said(record, check)


def test_the_database_is_asked_beside_the_panes() -> None:
    check = {"check": "database", "query": "select count(*) from t where n = '{n}'", "value": "9", "say": {"en": "Nine are missing.", "ja": "9行ありません。"}}  # fmt: skip
    step = lab_with_steps({"pane": "a", "sql": "select 1;", "expect": [check]}, simulator_only=False).steps[0]
    ((pane, query),) = queries_of(step, {"n": "it's"})
    assert (pane, query) == ("A", "select count(*) from t where n = 'it''s'")
    assert said(Record(), check) == "Asking the database …"
    assert said(Record(), check, answers={query: rows("count", ("8",))}) == "Nine are missing."
    record = Record()
    assert said(record, check, answers={query: rows("count", ("9",))}) == "passed"


def test_the_transaction_must_be_left_as_the_steps_sql_leaves_it() -> None:
    record, sql = Record(), "begin; update t set x = 1;"
    record.ran("A", "update t set x = 1", "UPDATE 1")
    assert "there should be an open transaction; there is no open transaction" in said(record, UPDATED, sql=sql)
    record.ran("A", "begin", "BEGIN", OPEN)
    record.ran("A", "update t set x = 1", "UPDATE 1")
    assert said(record, UPDATED, sql=sql) == "passed"


def test_an_open_transaction_of_something_else_stands_in_the_way() -> None:
    record = Record()
    record.ran("A", "begin", "BEGIN", OPEN)
    assert "open transaction that does not belong to this step" in said(record, UPDATED)


def test_a_transaction_that_is_gone_is_explained() -> None:
    step = lab_with_steps(
        {"pane": "a", "sql": "begin; select 1;", "expect": [{"check": "ran", "of": "select"}]},
        {"pane": "a", "sql": "commit;", "expect": [{"check": "ran", "of": "commit"}]},
    ).steps[1]
    trouble = trouble_before(step, {"A": IDLE, "B": IDLE})
    assert trouble is not None
    assert "n or b goes back" in trouble.reason.en
    assert trouble_before(step, {"A": OPEN, "B": IDLE}) is None
    failed = trouble_before(step, {"A": FAILED, "B": IDLE})
    assert failed is not None
    assert "goes back to the step that begins it" in failed.reason.en


def test_a_lost_connection_is_named_and_nothing_is_replayed() -> None:
    record = Record()
    record.ran("A", "update t set x = 1", Lost("gone", IDLE, True, 0.1))
    assert "lost its connection; F9 reconnects" in said(record, UPDATED)
    record = Record()
    record.lost("A")
    assert "lost its connection" in said(record, UPDATED)
    record = Record()
    record.states["A"] = NONE
    assert "Pane A is not connected" in said(record, UPDATED)


def test_users_connections_and_losses() -> None:
    record = Record()
    assert (
        said(record, {"check": "user", "user": "reports"})
        == "Pane A is connected as admin, not as reports; n brings the role back."
    )
    record.users["A"] = "reports"
    assert said(record, {"check": "user", "user": "reports"}) == "passed"
    assert "still has its connection" in said(record, {"check": "lost"})
    record.lost("A")
    lost = lab_with_steps({"do": "read", "expect": [{"check": "lost", "pane": "a"}]}).steps[0]
    assert isinstance(judge(lost, StepEvidence(tuple(record.journal), record.states), {}), Passed)
    step = lab_with_steps({"pane": "a", "do": "connect"}).steps[0]
    assert isinstance(judge(step, StepEvidence(states=record.states), {}), NotYet)
    assert isinstance(judge(step, StepEvidence(states={"A": IDLE}), {}), Passed)


def test_a_value_is_captured_by_its_columns_name() -> None:
    capture = [{"name": "job", "of": "create index", "column": "job_id"}]
    step = lab_with_steps(
        {"pane": "a", "sql": "create index async on t (x);", "expect": [{"check": "ran", "of": "create index"}], "capture": capture}
    ).steps[0]  # fmt: skip
    record = Record()
    record.ran("A", "create index async on t (x)", rows("job_id", ("abc",)))
    assert judge(step, StepEvidence(tuple(record.journal), record.states), {}) == Passed(1, {"job": "abc"})
    record.ran("A", "create index async on t (x)", rows("other", ("abc",)))
    assert isinstance(judge(step, StepEvidence(tuple(record.journal), record.states), {}), NotYet)
