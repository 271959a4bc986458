"""What a statement reads and writes, by its words."""

import pytest

from dsqltui.core.sql.touches import same_relation, shared_relations, touches_of


@pytest.mark.parametrize(
    ("sql", "reads", "writes", "where"),
    [
        ("select * from accounts where id = 1", ["accounts"], [], "id = 1"),
        ("SELECT 1", [], [], ""),
        ("update bank.accounts set n = n - 1\n  where id = 1 returning n", [], ["bank.accounts"], "id = 1"),
        ('update only "Odd Name" as o set n = 1', [], ["Odd Name"], ""),
        ("delete from a using b where a.id = b.id", ["b"], ["a"], "a.id = b.id"),
        ("insert into t (a, b) values (1, 'from x where y')", [], ["t"], ""),
        ("insert into t select * from s where k > 5 order by k", ["s"], ["t"], "k > 5"),
        ("insert into t values (1) on conflict (id) do update set n = 2", [], ["t"], ""),
        (
            "select * from a, b.c join d on a.x = d.x left join (e cross join f) on true",
            ["a", "b.c", "d", "e", "f"],
            [],
            "",
        ),
        ("select extract(year from ts), trim(both from name) from logs", ["logs"], [], ""),
        ("select a is distinct from b from t", ["t"], [], ""),
        ("select * from generate_series(1, 3) g, t", ["t"], [], ""),
        (
            "select (select max(n) from u) from t where id in (select id from v where n = 1)",
            ["u", "t", "v"],
            [],
            "id in (select id from v where n = 1)",
        ),
        ("with x as (select * from t) select * from x", ["t"], [], ""),
        ("with x (a) as (delete from t returning a) insert into u select a from x", [], ["t", "u"], ""),
        ("select * from t where id = 7 for update", [], ["t"], "id = 7"),
        ("copy t (a, b) from stdin", [], ["t"], ""),
        ("copy t to stdout", ["t"], [], ""),
        ("table t", ["t"], [], ""),
        (
            "select * from t -- from comment\nwhere /* where */ a = 'it''s' limit 3",
            ["t"],
            [],
            "/* where */ a = 'it''s'",
        ),
        ("merge into t using s on t.id = s.id when matched then update set n = 1", ["s"], ["t"], ""),
        ("commit", [], [], ""),
    ],
)
def test_dml(sql: str, reads: list[str], writes: list[str], where: str) -> None:
    found = touches_of(sql)
    assert (sorted(found.reads), sorted(found.writes), found.where) == (sorted(reads), sorted(writes), where)
    assert not found.is_ddl


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("create table if not exists s.t (id int)", ["s.t"]),
        ("alter table t add column x int", ["t"]),
        ("drop table if exists t", ["t"]),
        ("create unique index async i on t (a)", ["i", "t"]),
        ("create index async on s.t (a)", ["s.t"]),
        ("grant select on t to someone", ["t"]),
        ("grant select on table t to someone", ["t"]),
    ],
)
def test_ddl(sql: str, names: list[str]) -> None:
    found = touches_of(sql)
    assert found.is_ddl
    assert sorted(found.writes) == names


@pytest.mark.parametrize(
    "sql", ["with x as (select 1) select * from x", "call p()", "select f(x) from t where a in (select 1)"]
)
def test_it_says_when_it_guesses(sql: str) -> None:
    assert touches_of(sql).is_guess


def test_it_does_not_call_plain_statements_guesses() -> None:
    assert not touches_of("update t set n = 1 where id = 2").is_guess
    assert not touches_of("select * from t").is_guess


def test_a_name_without_schema_can_be_that_of_any() -> None:
    assert same_relation("t", "s.t")
    assert not same_relation("r.t", "s.t")
    assert not same_relation("t", "u")
    assert shared_relations(["t", "u"], ["s.t", "v"]) == ("s.t",)


def test_a_long_insert_is_looked_at_where_its_table_stands() -> None:
    found = touches_of("insert into t values " + ", ".join(f"({n}, 'x')" for n in range(20_000)))
    assert found.writes == ("t",)
    assert not found.is_guess
