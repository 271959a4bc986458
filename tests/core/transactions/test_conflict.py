"""A conflict explained from the journal of both panes."""

import pytest

from dsqltui.core.results.errors import Conflict
from dsqltui.core.transactions.conflict import Explanation, Moment, explain
from dsqltui.core.transactions.conflict_words import other_lines, own_lines, title
from support.screens.story import OC000, OC001, Story, selected

UPDATE = "update accounts set n = {} where id = 1"


def words(explained: Explanation) -> str:
    return "\n".join((title(explained), *own_lines(explained), *other_lines(explained)))


def test_the_other_pane_committed_a_write_to_the_same_rows() -> None:
    story = Story()
    story.run("A", "begin")
    story.run("A", "select n from accounts where id = 1", selected("5"))
    story.run("A", UPDATE.format(6), "UPDATE 1")
    story.run("B", "begin")
    story.run("B", UPDATE.format(7), "UPDATE 1")
    story.run("B", "commit")
    refused = story.run("A", "commit", OC000)
    explained = explain(story.entries, refused)
    assert explained.conflict is Conflict.DATA
    assert explained.moment is Moment.COMMIT
    assert [(act.verb, act.target, act.rows) for act in explained.own] == [
        ("read", "accounts WHERE id = 1", 1),
        ("wrote", "accounts WHERE id = 1", 1),
    ]
    (suspect,) = explained.suspects
    assert (suspect.pane, suspect.shared, suspect.has_same_where) == ("B", ("accounts",), True)
    assert not explained.is_guess
    said = words(explained)
    assert "pane B committed first" in said
    assert "B wrote 1 row of accounts WHERE id = 1" in said
    assert "committed 1.0 s before A was refused: the same rows of accounts" in said


def test_another_where_is_the_same_table_but_maybe_other_rows() -> None:
    story = Story()
    story.run("A", "begin")
    story.run("A", UPDATE.format(6), "UPDATE 1")
    story.run("B", "update public.accounts set n = 0 where owner = 'x'", "UPDATE 3")
    said = words(explain(story.entries, story.run("A", "commit", OC000)))
    assert "the same table, public.accounts; whether the same rows, words do not tell" in said


@pytest.mark.parametrize(
    "innocent",
    [
        [("select n from accounts where id = 1", selected("5"))],
        [(UPDATE.format(7), "UPDATE 0")],
        [("begin", ""), (UPDATE.format(7), "UPDATE 1")],
        [("begin", ""), (UPDATE.format(7), "UPDATE 1"), ("rollback", "")],
        [("begin", ""), (UPDATE.format(7), "UPDATE 1"), ("commit", OC000)],
        [("begin", ""), (UPDATE.format(7), "UPDATE 1"), ("commit", "ROLLBACK")],
        [("create table other (id int)", "CREATE TABLE")],
    ],
    ids=["read", "changed nothing", "still open", "rolled back", "lost too", "commit of a failed one", "ddl"],
)
def test_who_wrote_nothing_is_not_blamed(innocent: list[tuple[str, object]]) -> None:
    story = Story()
    story.run("A", "begin")
    story.run("A", UPDATE.format(6), "UPDATE 1")
    for sql, outcome in innocent:
        story.run("B", sql, outcome)  # type: ignore[arg-type]
    explained = explain(story.entries, story.run("A", "commit", OC000))
    assert explained.suspects == ()
    assert explained.is_guess
    assert "someone else committed first" in words(explained)
    assert "the other pane committed no write to these tables" in words(explained)


def test_what_was_committed_before_ours_began_is_no_cause() -> None:
    story = Story()
    story.run("B", UPDATE.format(7), "UPDATE 1")
    story.run("A", "begin")
    story.run("A", UPDATE.format(6), "UPDATE 1")
    assert explain(story.entries, story.run("A", "commit", OC000)).suspects == ()


def test_a_transaction_that_began_before_ours_and_was_committed_during_it_is_one() -> None:
    story = Story()
    story.run("B", "begin")
    story.run("B", UPDATE.format(7), "UPDATE 1")
    story.run("A", "begin")
    story.run("A", UPDATE.format(6), "UPDATE 1")
    story.run("B", "commit")
    (suspect,) = explain(story.entries, story.run("A", "commit", OC000)).suspects
    assert suspect.shared == ("accounts",)


def test_a_write_to_other_tables_is_named_as_a_possible_link_only() -> None:
    story = Story()
    story.run("A", "begin")
    story.run("A", "insert into orders values (1, 1)", "INSERT 0 1")
    story.run("B", "delete from customers where id = 1", "DELETE 1")
    said = words(explain(story.entries, story.run("A", "commit", OC000)))
    assert "someone else committed first" in said
    assert "B wrote 1 row of customers WHERE id = 1" in said
    assert "a foreign key or a function may be the link" in said


def test_for_update_counts_as_ours_to_lose_but_is_nobodys_fault() -> None:
    story = Story()
    story.run("A", "begin")
    story.run("A", "select n from accounts where id = 1 for update", selected("5"))
    story.run("B", UPDATE.format(7), "UPDATE 1")
    explained = explain(story.entries, story.run("A", "commit", OC000))
    assert explained.own[0].verb == "locked"
    assert explained.suspects[0].shared == ("accounts",)


def test_the_other_panes_ddl_is_named_also_when_it_came_before_our_begin() -> None:
    story = Story()
    story.run("A", "select 1", selected("1"))
    story.run("B", "create table t (id int)", "CREATE TABLE")
    story.run("A", "begin")
    explained = explain(story.entries, story.run("A", "select * from accounts", OC001))
    assert explained.moment is Moment.IN_TRANSACTION
    said = words(explained)
    assert "the schema changed: DDL of pane B" in said
    assert "B changed the schema of t" in said
    assert "only ROLLBACK ends the transaction" in said


def test_a_statement_without_a_table_teaches_the_session_no_schema() -> None:
    story = Story()
    story.run("A", "select * from t", selected("1"))
    story.run("B", "create table u (id int)", "CREATE TABLE")
    story.run("A", "select 1", selected("1"))
    said = words(explain(story.entries, story.run("A", "select * from t", OC001)))
    assert "B changed the schema of u" in said


def test_ddl_that_the_session_has_seen_already_is_not_blamed() -> None:
    story = Story()
    story.run("B", "create table t (id int)", "CREATE TABLE")
    story.run("A", "select 1", selected("1"))
    explained = explain(story.entries, story.run("A", "select * from accounts", OC001))
    assert explained.moment is Moment.AUTOCOMMIT
    assert explained.suspects == ()
    assert "an index build ended" in words(explained)


def test_the_end_of_an_index_build_of_either_pane_is_thought_of() -> None:
    story = Story()
    story.run("B", "create index async on accounts (n)", selected("job1", name="job_id"))
    story.run("A", "select 1", selected("1"))
    explained = explain(story.entries, story.run("A", "select * from accounts", OC001))
    assert "Perhaps the end of the job that B began: create index async on accounts (n)" in words(explained)
    story.now += 3_600
    explained = explain(story.entries, story.run("A", "select * from accounts", OC001))
    assert explained.builds == ()


def test_in_autocommit_the_statement_is_its_own_transaction() -> None:
    story = Story()
    refused = story.run("A", UPDATE.format(6), OC000)
    explained = explain(story.entries, refused)
    assert explained.moment is Moment.AUTOCOMMIT
    assert [act.target for act in explained.own] == ["accounts WHERE id = 1"]
    assert "in autocommit the statement is its own COMMIT" in words(explained)


def test_only_conflicts_are_explained() -> None:
    story = Story()
    with pytest.raises(ValueError, match="no conflict"):
        explain(story.entries, story.run("A", "select 1", selected("1")))


def test_of_very_many_statements_only_some_are_looked_at() -> None:
    story = Story()
    story.run("A", "begin")
    for number in range(400):
        story.run("A", UPDATE.format(number), "UPDATE 1")
        story.run("B", UPDATE.format(number), "UPDATE 1")
    explained = explain(story.entries, story.run("A", "commit", OC000))
    assert len(explained.own) == len(explained.suspects) == 300
    assert explained.suspects[0].committed_s == max(e.ended_s for e in story.entries if e.pane == "B")
