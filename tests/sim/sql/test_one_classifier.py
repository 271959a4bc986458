"""One table of statements, with what the console, the guards and the simulator make of each: they derive it from one
classifier, and this holds them to it."""

from dataclasses import replace
from pathlib import Path

import pytest

from dsqltui.core.scripts.statement import kind_of, split
from dsqltui.core.sessions.guards import destructive
from dsqltui.core.sql.classify import Classified, CopyDirection, StatementKind, Writes, classify
from dsqltui.sim.execution.statement_plan import StatementPlan
from dsqltui.sim.sql.analysis import Nature, analyse
from dsqltui.sim.sql.shapes import shape

TABLE = Path(__file__).parent / "statements_classified.txt"


def cases() -> list[tuple[str, str, str, str, frozenset[str]]]:
    """Statement, kind, nature, writes, facts. `⏎` stands for a line end, `⇥` for a tab."""
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        answers, sql = line.split(" ¦ ", 1)
        kind, nature, writes, *facts = answers.split()
        found.append((sql.replace("⏎", "\n").replace("⇥", "\t"), kind, nature, writes, frozenset(facts)))
    return found


def facts_of(what: Classified) -> frozenset[str]:
    found = set()
    if what.is_ddl:
        found.add("ddl")
    if what.control is not None and what.control.value not in ("begin", "commit", "rollback"):
        found.add(what.control.value.replace(" ", "-"))
    if what.chains:
        found.add("chain")
    if what.row_flag is not None:
        found.add(f"for-{what.row_flag.name.lower().replace('_', '-')}")
    if what.copy is not None:
        end = what.copy.other_end
        found.add(f"copy-{what.copy.direction.value}-{end}" + ("-query" if what.copy.is_query else ""))
    if what.is_explain:
        found.add("analyzed" if what.is_analyzed else "explain")
    if what.has_writing_with:
        found.add("writing-with")
    if what.setting is not None:
        local = "local-" if what.setting.is_local else ""
        found.add(
            f"{'re' if what.setting.is_reset else ''}set-{local}{what.setting.setting.value}:{what.setting.name}".replace(
                " ", "-"
            )
        )
    found |= {f"calls:{call}" for call in what.unknown_calls}
    return frozenset(found)


@pytest.mark.parametrize(("sql", "kind", "nature", "writes", "facts"), cases())
def test_console_and_simulator_agree(sql: str, kind: str, nature: str, writes: str, facts: frozenset[str]) -> None:
    what = classify(sql)
    seen = (what.kind.value, analyse(sql.strip().rstrip(";")).nature.value, what.writes.value, facts_of(what))
    assert seen == (kind, nature, writes, facts)
    assert kind_of(sql) is what.kind
    statements = split(sql)
    if len(statements) == 1:
        assert statements[0].kind is what.kind  # also what an editor's statement says
    if what.writes is Writes.NO:
        assert destructive(sql) == ""
    if what.only_reads:
        assert analyse(sql).nature is Nature.READ


def test_the_table_is_large_and_has_no_statement_twice() -> None:
    statements = [sql for sql, *_ in cases()]
    assert len(statements) >= 150
    assert len(set(statements)) == len(statements)


@pytest.mark.parametrize(
    ("sql", "kind", "writes"),
    [
        ("select 1; select 2", StatementKind.READ, Writes.NO),
        ("select 1; delete from t", StatementKind.WRITE, Writes.YES),
        ("begin; insert into t values (1); commit", StatementKind.WRITE, Writes.YES),
        ("set role a; select 1", StatementKind.OTHER, Writes.NO),
        ("create table t (a int); select 1", StatementKind.DDL, Writes.YES),
    ],
)
def test_several_in_one_message(sql: str, kind: StatementKind, writes: Writes) -> None:
    assert (classify(sql).kind, classify(sql).writes) == (kind, writes)


def test_what_a_copy_of_a_query_does_is_what_the_query_does() -> None:
    what = classify("copy (delete from t returning *) to stdout")
    assert what.copy is not None
    assert (what.copy.direction, what.changes_rows) == (CopyDirection.OUT, True)


@pytest.mark.parametrize(
    "sql",
    [
        "insert into t values (1)",
        "/* c */ delete from t where a",
        "create table t (a int",
        "with a as (select 1) select a",
    ],
)
def test_the_kind_of_a_long_statement_is_that_of_a_short_one(sql: str) -> None:
    for tail in (" -- x" * 1_000, " /*" + "y" * 5_000 + "*/", f" -- {'a;' * 2_000}"):
        assert kind_of(sql + tail) is kind_of(sql)
    assert kind_of("/*" + "c" * 5_000 + "*/ " + sql) is kind_of(sql)
    assert kind_of(sql + "; drop table t" + " " * 5_000) is StatementKind.DDL


def test_a_long_nest_of_parentheses_is_no_trouble() -> None:
    assert classify("(" * 50_000 + "select 1" + ")" * 50_000).kind is StatementKind.READ


def test_what_is_known_of_a_shape_holds_for_its_statements() -> None:
    for text, *_ in cases():
        known, own = analyse(shape(text)), analyse(text)
        assert replace(known, words=()) == replace(own, words=())
        assert [shape(word) for word in own.words if not word.isdecimal()] == [
            word for word in known.words if not word.isdecimal()
        ]


def test_both_protocols_see_the_same() -> None:
    for text, *_ in cases():
        plans = StatementPlan.all_of(text)
        if len(plans) == 1 and not text.lstrip().startswith(("--", "/*", "\\")):
            one = StatementPlan.of(text)
            assert (one.own, one.goes_directly, one.analysis.nature) == (
                plans[0].own,
                plans[0].goes_directly,
                plans[0].analysis.nature,
            ), text
