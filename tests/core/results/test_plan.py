"""EXPLAIN's text as a tree, on plans as recorded on real clusters and as the simulator shapes them."""

import json
from pathlib import Path

import pytest

from dsqltui.core.results.plan import Plan, is_plan, parse_plan
from dsqltui.core.results.plan_lines import plan_lines

GOLDENS = json.loads((Path(__file__).parents[2] / "sim" / "explain" / "explain_goldens.json").read_text())["goldens"]

# AWS User Guide, "Reading EXPLAIN plans": its three layers of filters
GUIDE = """\
 Full Scan (btree-table) on transaction  (cost=125100.05..177933.38 rows=33333 width=16)
   Filter: (description ~~ '%external%'::text)
   -> Storage Scan on transaction (cost=12510.05..17793.38 rows=66666 width=16)
        Projections: account_id, description
        Filters: (transaction_date > '2025-01-01 00:00:00'::timestamp without time zone)
        -> B-Tree Scan on transaction (cost=12510.05..17793.38 rows=100000 width=30)
""".splitlines()


def plan_of(sql_part: str) -> Plan:
    plan = parse_plan(next(g["lines"] for g in GOLDENS if sql_part in g["sql"]))
    assert plan is not None
    return plan


def shown(plan: Plan, price: float | None = None) -> str:
    return "\n".join(line.text.rstrip() for line in plan_lines(plan, price))


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden["sql"][:40])
def test_every_line_of_a_recorded_plan_is_understood(golden: dict[str, list[str]]) -> None:
    plan = parse_plan(golden["lines"])
    assert plan is not None
    arrows = sum("->" in line for line in golden["lines"])
    nodes = list(plan.root.walk())
    assert len(nodes) == arrows + 1
    assert not any("(cost" in node.title or "(actual" in node.title for node in nodes)
    details = sum(len(node.details) for node in nodes)
    below = len(plan.summary) + (5 + bool(plan.dpu.write) if plan.dpu else 0)
    # "Sort Method: quicksort  Memory: 33kB" and the like are one detail a line
    assert len(nodes) + details + below == len(golden["lines"])


def test_the_guide_s_three_layers() -> None:
    plan = parse_plan(GUIDE)
    assert plan is not None
    (storage,) = plan.root.layers
    (tree,) = storage.layers
    assert (plan.root.detail("Filter"), storage.detail("Filters")[:17], tree.rows) == (
        "(description ~~ '%external%'::text)",
        "(transaction_date",
        100_000,
    )
    assert "storage filter (transaction_date" in shown(plan)
    assert "filter after   (description" in shown(plan)


def test_the_costly_node_is_marked_by_its_own_time() -> None:
    plan = plan_of("sum(unit_cnt)")
    costly = plan.costly
    assert costly is not None
    assert costly.title == "Hash Right Join"
    assert costly.own_ms == pytest.approx(1.081 - 0.255 - 0.051)
    lines = shown(plan).splitlines()
    (marked,) = (at for at, line in enumerate(lines) if "◀" in line)
    assert lines[marked].endswith("│ ◀ 41% of the time")
    assert lines[marked - 1].endswith("└ Hash Right Join")


def test_loops_count() -> None:
    plan = plan_of("LEFT JOIN transactions")
    inner = plan.root.nodes[1]
    assert (inner.title, inner.all_rows) == ("Index Scan using transactions_customer_id_idx on transactions t", 20)
    assert [layer.title.split()[1] for layer in inner.layers] == ["Scan", "Lookup"]


def test_dpu_and_its_price() -> None:
    plan = plan_of("UPDATE customers")
    assert plan.dpu is not None
    assert (plan.dpu.compute, plan.dpu.read, plan.dpu.write, plan.dpu.total) == (0.00035, 0.00082, 0.03535, 0.07187)
    assert plan.dpu.multi_region_write == 0.03535
    assert plan.dpu.minimums == (("Read", 0.00375), ("Write", 0.05), ("Multi-Region Write", 0.05))
    assert plan.dpu.price(8.0) == pytest.approx(0.00000057496)
    assert "$0.57 for a million runs" in shown(plan, 8.0)
    assert "multi-Region write 0.03535" in shown(plan)
    assert "results.price_per_million_dpu" in shown(plan)
    assert "$" not in shown(plan)


def test_an_estimate_far_off_is_told() -> None:
    plan = parse_plan(["Seq Scan on t  (cost=0.00..1.00 rows=5 width=4) (actual time=0.1..2.0 rows=700 loops=1)"])
    assert plan is not None
    assert "estimated 5, came 700" in shown(plan)


def test_subplans_keep_their_name_and_never_run_nodes_say_so() -> None:
    plan = parse_plan(
        [
            "Result  (cost=1.00..2.00 rows=1 width=4) (actual time=0.010..0.011 rows=1 loops=1)",
            "  InitPlan 1 (returns $0)",
            "    ->  Limit  (cost=0.00..1.00 rows=1 width=4) (never executed)",
            "          ->  Result  (cost=0.00..1.00 rows=1 width=4) (never executed)",
        ]
    )
    assert plan is not None
    (limit,) = plan.root.children
    assert (limit.subplan, limit.was_never_run, limit.children[0].title) == ("InitPlan 1 (returns $0)", True, "Result")
    assert "not run" in shown(plan)


@pytest.mark.parametrize(
    "lines", [[], [""], ["Utility statements have no plan structure"], ["[", '  {"Plan": {}}', "]"]]
)
def test_what_is_no_plan(lines: list[str]) -> None:
    assert parse_plan(lines) is None


def test_a_plan_s_column() -> None:
    assert is_plan(["QUERY PLAN"])
    assert not is_plan(["id"])
