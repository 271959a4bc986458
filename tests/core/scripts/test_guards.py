"""The optional guards: what they ask about, refuse, wrap, and what they leave alone."""

import pytest

from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import split
from dsqltui.core.sessions.guards import Guards, Ruling, destructive, judge

IDLE, OPEN, FAILED = TransactionState.IDLE, TransactionState.OPEN, TransactionState.FAILED
ALL = Guards(True, True, True, True)


@pytest.mark.parametrize(
    "sql", ["drop table t", "delete from t", "commit", "begin read write", "\\i x.sql", "select 1"]
)
@pytest.mark.parametrize("state", list(TransactionState))
def test_without_guards_everything_is_sent_as_it_is(sql: str, state: TransactionState) -> None:
    verdict = judge(split(sql)[0], state, Guards())
    assert (verdict.ruling, verdict.text) == (Ruling.SEND, "")


@pytest.mark.parametrize(
    "sql",
    [
        "delete from t",
        "DELETE FROM t USING u",
        "delete from t using (select * from u where id = 1) v",
        "with gone as (delete from t returning *) select * from gone where id = 1",
        "update t set n = (1)",
        "truncate t",
        "drop table t",
        "drop view v",
        "alter table t drop column c",
        "with gone as (delete from t returning *) select * from gone",
        "explain analyze delete from t",
        "delete /* where */ from t -- where",
        "delete from t returning 'where'",
    ],
)
def test_destructive(sql: str) -> None:
    assert destructive(sql)
    assert judge(split(sql)[0], OPEN, Guards(destructive_asks=True)).ruling is Ruling.ASK


@pytest.mark.parametrize(
    "sql",
    [
        "delete from t where id = 1",
        "update t set n = 1 where id = 2",
        "update t set n = (select max(n) from u) where id = 2",
        "with gone as (delete from t where id = 1 returning *) select * from gone",
        "select * from t for update",
        "insert into t values (1) on conflict (id) do update set n = 2",
        "create table c (id int references p on delete cascade on update cascade)",
        "grant update, delete on t to someone",
        "select 'delete from t'",
        "comment on table t is 'update me'",
        "alter table t add column c int",
    ],
)
def test_not_destructive(sql: str) -> None:
    assert destructive(sql) == ""


def test_writes_need_a_transaction() -> None:
    guards = Guards(writes_need_transaction=True)
    write, read, ddl = split("update t set n = 1 where id = 1; select 1; create table t (id int)")
    assert judge(write, IDLE, guards).ruling is Ruling.REFUSE
    assert judge(write, OPEN, guards).ruling is Ruling.SEND
    assert judge(read, IDLE, guards).ruling is Ruling.SEND
    assert judge(ddl, IDLE, guards).ruling is Ruling.SEND


def test_the_commit_is_asked_about_with_its_rows() -> None:
    guards = Guards(commit_asks=True)
    (commit,) = split("commit")
    assert judge(commit, OPEN, guards, 1_200).reason == "Commit a transaction that changes 1,200 rows?"
    assert judge(commit, IDLE, guards).ruling is Ruling.SEND
    assert judge(commit, FAILED, guards).ruling is Ruling.SEND


def test_read_only_wraps_what_runs_outside_a_transaction() -> None:
    guards = Guards(read_only=True)
    select, write = split("select 1; delete from t where id = 1")
    assert judge(select, IDLE, guards).ruling is Ruling.WRAP
    assert judge(write, IDLE, guards).ruling is Ruling.WRAP
    assert judge(write, OPEN, guards).ruling is Ruling.SEND
    assert judge(write, FAILED, guards).ruling is Ruling.SEND


@pytest.mark.parametrize(
    ("begin", "text"),
    [
        ("begin", "begin READ ONLY"),
        ("start transaction isolation level repeatable read", None),
        ("begin read only", ""),
        ("begin isolation level repeatable read read only", ""),
    ],
)
def test_read_only_makes_every_transaction_read_only(begin: str, text: str | None) -> None:
    verdict = judge(split(begin)[0], IDLE, Guards(read_only=True))
    assert verdict.ruling is Ruling.SEND
    assert verdict.text == (f"{begin} READ ONLY" if text is None else text)


def test_read_only_refuses_read_write() -> None:
    assert judge(split("begin read write")[0], IDLE, Guards(read_only=True)).ruling is Ruling.REFUSE


def test_all_of_them_together_leave_commands_alone() -> None:
    assert judge(split("\\i x.sql")[0], IDLE, ALL).ruling is Ruling.SEND
