"""Every rule of the plan doctor on fixture plans; the cures are SQL as it must go into the editor."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from dsqltui.core.plans.doctor import RULES, examine
from dsqltui.core.plans.finding import GUESS, ExaminedPlan, Finding
from dsqltui.core.plans.work_rules import set_columns
from dsqltui.core.results.plan import parse_plan
from dsqltui.core.scripts.statement import StatementKind, split
from support.servers.shop_tables import TABLES

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "cases.toml").read_text())["case"]


def found_in(case: dict[str, Any]) -> list[Finding]:
    plan = parse_plan(case["plan"].splitlines())
    assert plan is not None
    return [f for f in examine(plan, case["sql"], TABLES[case["tables"]]) if f.rule == case["rule"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rule']}: {case['sql'][:40]}")
def test_rule(case: dict[str, Any]) -> None:
    found = found_in(case)
    if not case["cause"]:
        assert found == []
        return
    assert len(found) == 1
    assert case["cause"] in found[0].cause
    assert case.get("proof", "") in found[0].proof
    if "cure" in case:
        assert found[0].cure == case["cure"]
    assert all(statement.kind is not StatementKind.COMMAND for statement in split(found[0].cure))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_plan_and_its_evidence(rule: Any) -> None:
    assert any(case["rule"] == rule.id and case["cause"] for case in CASES)
    assert rule.evidence
    guesses = {r.id for r in RULES if r.evidence == GUESS}
    assert guesses == {"index-not-chosen"}


def test_the_worst_comes_first_and_each_cause_once() -> None:
    case = next(c for c in CASES if c["rule"] == "late-filter")
    plan = parse_plan(case["plan"].splitlines())
    assert plan is not None
    found = examine(plan, case["sql"], TABLES["shop"])
    assert [f.rows for f in found] == sorted((f.rows for f in found), reverse=True)
    assert len({f.cause for f in found}) == len(found) >= 2


def test_without_a_catalog_nothing_is_made_up() -> None:
    for case in CASES:
        plan = parse_plan(case["plan"].splitlines())
        assert plan is not None
        assert all(
            f.rule in ("lookup", "large-sort", "estimate-off", "batched-join") for f in examine(plan, case["sql"])
        )


def test_where_each_condition_is_tested() -> None:
    case = next(c for c in CASES if c["rule"] == "late-filter")
    plan = parse_plan(case["plan"].splitlines())
    assert plan is not None
    (scan,) = ExaminedPlan(plan, case["sql"], TABLES["shop"]).scans
    assert [(c.text, c.where.value) for c in scan.conditions] == [
        ("(status = 'new'::text)", "index"),
        ("(customer_id = 5)", "storage"),
    ]
    assert (scan.rows_read, scan.rows_looked_up, scan.rows_passed, scan.projected) == (1875, 1875, 1, ("id",))


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("update t set a = 1, b = (select x = y from z) where c = 2", {"a", "b"}),
        ("update t set (a, b) = (1, 2)", {"a", "b"}),
        ('update t set "A" = d', {"A"}),
        ("delete from t", set()),
    ],
)
def test_set_columns(sql: str, columns: set[str]) -> None:
    assert set_columns(sql) == columns
