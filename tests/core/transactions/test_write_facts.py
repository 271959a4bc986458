"""What a write says of single rows, and what is said not to be readable."""

import pytest

from dsqltui.core.results.single_table import TableName
from dsqltui.core.transactions.write_facts import ChangeFacts, InsertFacts, WriteUnreadable, write_facts


def literals(sql: str) -> list[str | None]:
    facts = write_facts(sql)
    assert isinstance(facts, InsertFacts)
    return [value.literal if value is not None else "DEFAULT" for value in facts.rows[0]]


def test_insert() -> None:
    facts = write_facts("insert into s.t as x (a, \"B\") values (1, 'x;y'), (2, default) on conflict do nothing;")
    assert isinstance(facts, InsertFacts)
    assert (facts.table, facts.columns, len(facts.rows), facts.has_conflict_clause) == (
        TableName("t", "s"),
        ("a", "B"),
        2,
        True,
    )
    values = "insert into t values (-5, +1.5, 'it''s', 'a'::text, date '2026-01-01', true, null, 1 + 1, f(1), default)"
    assert literals(values) == ["-5", "1.5", "it's", "a", "2026-01-01", "true", None, None, None, "DEFAULT"]


def test_change() -> None:
    facts = write_facts(
        "UPDATE only t AS x SET n = x.n + f(1, 2), v = 'a and b' WHERE (x.id = 5) and k in ('a', 'b') and n > 3 RETURNING *"
    )
    assert isinstance(facts, ChangeFacts)
    assert (facts.alias, list(facts.assignments), facts.is_delete, facts.problem) == ("x", ["n", "v"], False, "")
    assert {name: [value.literal for value in values] for name, values in facts.equal.items()} == {
        "id": ["5"],
        "k": ["a", "b"],
    }
    assigned = facts.assignments["n"]
    assert assigned is not None
    assert (assigned.sql, "f" in assigned.calls, "n" in assigned.names) == ("x.n + f(1, 2)", True, True)
    delete = write_facts("delete from t where id = 1 or id = 2")
    assert isinstance(delete, ChangeFacts)
    assert delete.problem == "its WHERE has an OR"


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("insert into t select * from u", "its rows come from a query"),
        ("update t set a = u.a from u where t.id = u.id", "depend on another table"),
        ("update t set (a, b) = (1, 2) where id = 1", "its SET cannot be read"),
        ("insert into t values ($1)", "parameters"),
        ("merge into t using u on t.id = u.id when matched then delete", "no plain INSERT"),
        ("copy t from stdin", "no plain INSERT"),
    ],
)
def test_not_readable(sql: str, reason: str) -> None:
    with pytest.raises(WriteUnreadable, match=reason):
        write_facts(sql)
