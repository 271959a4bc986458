"""Plans recorded from PostgreSQL 16, rendered without it: golden lines, the documented examples, robustness."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsqltui.sim.explain.explain import ExplainRequest, PlanSchema, parse_explain, render
from dsqltui.sim.explain.plan_schema import IndexFacts, TableFacts, plan_schema

RECORDED = json.loads(Path(__file__).with_name("explain_goldens.json").read_text())
GOLDENS: list[dict[str, Any]] = RECORDED["goldens"]
TABLES = plan_schema(tuple(row) for row in RECORDED["tables"])

ACCOUNT = TableFacts(
    ("customer_id", "balance", "status", "created_at"),
    rows=100,
    indexes=(IndexFacts("idx1", False, ("customer_id",), ("customer_id", "balance", "status")),),
)
TRANSACTION = TableFacts(("account_id", "transaction_date", "description"), rows=100_000)
TRANSACTIONS = TableFacts(
    ("id", "payer_id", "payee_id", "amount", "created_at"),
    rows=6,
    indexes=(IndexFacts("transactions_pkey", True, ("id",), ("id",)),),
)
DOCUMENTED = PlanSchema(
    {
        ("public", "account"): ACCOUNT,
        ("public", "transaction"): TRANSACTION,
        ("public", "transactions"): TRANSACTIONS,
    }
)
CUSTOMER = "'4b18a761-5870-4d7c-95ce-0a48eca3fceb'::uuid"


def request_of(sql: str) -> ExplainRequest:
    request = parse_explain(sql)
    assert request is not None
    return request


def scan(kind: str, relation: str, rows: int = 1, **properties: Any) -> dict[str, Any]:
    """A scan as PostgreSQL's JSON has it; spaces in names of properties are written as underscores."""
    return {
        "Node Type": kind,
        "Relation Name": relation,
        "Schema": "public",
        "Alias": relation,
        "Startup Cost": 0.0,
        "Total Cost": 4.0,
        "Plan Rows": rows,
        "Plan Width": 36,
        **{name.replace("_", " "): value for name, value in properties.items()},
    }


def shapes(plan: dict[str, Any], sql: str = "EXPLAIN SELECT", *, schema: PlanSchema = DOCUMENTED) -> list[str]:
    """The lines without their costs."""
    lines = render(json.dumps([{"Plan": plan}]), request_of(f"{sql} 1"), schema)
    return [re.sub(r"  \(cost=\S+ rows=\d+ width=\d+( loops=1)?\)", "", line) for line in lines]


class TestGoldens:
    @pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden["sql"][:60])
    def test_lines(self, golden: dict[str, Any]) -> None:
        assert render(json.dumps(golden["plan"]), request_of(golden["sql"]), TABLES) == golden["lines"]


class TestDocumentedExamples:
    """The plans in the AWS User Guide, "Reading Aurora DSQL EXPLAIN plans", with its tables."""

    def test_full_scan(self) -> None:
        plan = scan(
            "Seq Scan",
            "transaction",
            Output=["account_id"],
            Filter="((transaction.description ~~ '%external%'::text) AND "
            "(transaction.transaction_date > '2025-01-01 00:00:00'::timestamp without time zone))",
        )
        assert shapes(plan) == [
            "Full Scan (btree-table) on transaction",
            "  Filter: (description ~~ '%external%'::text)",
            "  -> Storage Scan on transaction",
            "      Projections: account_id, description",
            "      Filters: (transaction_date > '2025-01-01 00:00:00'::timestamp without time zone)",
            "      -> B-Tree Scan on transaction",
        ]

    def test_row_estimates_fall_from_layer_to_layer(self) -> None:
        plan = scan(
            "Seq Scan",
            "transaction",
            rows=33333,
            Output=["account_id"],
            Filter="((transaction.description ~~ 'x'::text) AND (transaction.account_id = $1))",
        )
        lines = render(json.dumps([{"Plan": plan}]), request_of("EXPLAIN SELECT 1"), DOCUMENTED)
        assert [int(found) for line in lines for found in re.findall(r"rows=(\d+)", line)] == [33333, 66666, 100000]

    def test_index_only_scan(self) -> None:
        plan = scan(
            "Index Only Scan",
            "account",
            Index_Name="idx1",
            Output=["balance"],
            Index_Cond=f"(account.customer_id = {CUSTOMER})",
            Filter="((account.balance > '100'::numeric) AND ((account.status)::text = 'pending'::text))",
        )
        assert shapes(plan) == [
            "Index Only Scan using idx1 on account",
            f"  Index Cond: (customer_id = {CUSTOMER})",
            "  Filter: (balance > '100'::numeric)",
            "  -> Storage Scan on idx1",
            "      Projections: balance",
            "      Filters: ((status)::text = 'pending'::text)",
            "      -> B-Tree Scan on idx1",
            f"          Index Cond: (customer_id = {CUSTOMER})",
        ]

    def test_index_scan(self) -> None:
        plan = scan(
            "Index Scan",
            "account",
            Index_Name="idx1",
            Output=["balance"],
            Index_Cond=f"(account.customer_id = {CUSTOMER})",
            Filter="((account.balance > '100'::numeric) AND ((account.status)::text = 'pending'::text) "
            "AND (account.created_at > '2025-01-01 00:00:00'::timestamp without time zone))",
        )
        assert shapes(plan) == [
            "Index Scan using idx1 on account",
            f"  Index Cond: (customer_id = {CUSTOMER})",
            "  Filter: (balance > '100'::numeric)",
            "  -> Storage Scan on idx1",
            "      Filters: ((status)::text = 'pending'::text)",
            "      -> B-Tree Scan on idx1",
            f"          Index Cond: (customer_id = {CUSTOMER})",
            "  -> Storage Lookup on account",
            "      Projections: balance",
            "      Filters: (created_at > '2025-01-01 00:00:00'::timestamp without time zone)",
            "      -> B-Tree Lookup on account",
        ]

    def test_select_1_keeps_postgresqls_costs(self) -> None:
        plan = {"Node Type": "Result", "Startup Cost": 0, "Total Cost": 0.01, "Plan Rows": 1, "Plan Width": 4}
        lines = render(json.dumps([{"Plan": plan}]), request_of("EXPLAIN SELECT 1"), PlanSchema())
        assert lines == ["Result  (cost=0.00..0.01 rows=1 width=4)"]


class TestRecordedExamples:
    """Plans of real clusters, published by their owners in 2026."""

    def test_analyze_of_a_sorted_full_scan(self) -> None:
        columns = ["id", "payer_id", "payee_id", "amount", "created_at"]
        actual = {"Actual Rows": 6, "Actual Loops": 1, "Actual Startup Time": 0.578, "Actual Total Time": 0.637}
        child = scan(
            "Seq Scan", "transactions", 6, Parent_Relationship="Outer", Output=columns, **actual,
            Filter="(transactions.payer_id = 1)", Rows_Removed_by_Filter=0,
        )  # fmt: skip
        plan = {
            "Node Type": "Sort", "Startup Cost": 4.1, "Total Cost": 4.2, "Plan Rows": 6, "Plan Width": 36,
            **actual, "Output": columns, "Sort Key": ["transactions.created_at DESC"], "Sort Method": "quicksort",
            "Sort Space Used": 25, "Sort Space Type": "Memory", "Plans": [child],
        }  # fmt: skip
        assert shapes(plan, "EXPLAIN ANALYZE SELECT") == [
            "Sort (actual time=0.578..0.637 rows=6 loops=1)",
            "  Sort Key: created_at DESC",
            "  Sort Method: quicksort  Memory: 25kB",
            "  ->  Full Scan (btree-table) on transactions (actual time=0.578..0.637 rows=6 loops=1)",
            "        -> Storage Scan on transactions (actual rows=6 loops=1)",
            "            Projections: id, payer_id, payee_id, amount, created_at",
            "            Filters: (payer_id = 1)",
            "            Rows Filtered: 0",
            "            -> B-Tree Scan on transactions (actual rows=6 loops=1)",
        ]

    @pytest.mark.parametrize(("rows", "startup"), [(1, "100.16"), (204, "125.53"), (448, "156.03"), (869, "208.66")])
    def test_start_up_cost_of_an_index_only_scan(self, rows: int, startup: str) -> None:
        plan = scan("Index Only Scan", "account", rows, Index_Name="idx1", Index_Cond="(account.customer_id = $1)")
        plan["Startup Cost"] = 0.031
        lines = render(json.dumps([{"Plan": plan}]), request_of("EXPLAIN SELECT 1"), DOCUMENTED)
        assert f"(cost={startup}.." in lines[0]

    @pytest.mark.parametrize(("rows", "startup"), [(4, "201.03"), (6, "201.53"), (850, "412.53"), (869, "417.28")])
    def test_start_up_cost_of_an_index_scan(self, rows: int, startup: str) -> None:
        plan = scan("Index Scan", "account", rows, Index_Name="idx1", Output=["created_at"],
                    Index_Cond="(account.customer_id = $1)")  # fmt: skip
        plan["Startup Cost"] = 0.031
        lines = render(json.dumps([{"Plan": plan}]), request_of("EXPLAIN SELECT 1"), DOCUMENTED)
        assert f"(cost={startup}.." in lines[0]


class TestBitmaps:
    def bitmap(self, kind: str, *conditions: str) -> dict[str, Any]:
        scans = [
            {"Node Type": "Bitmap Index Scan", "Index Name": f"index{n}", "Index Cond": condition, "Plan Rows": 5}
            for n, condition in enumerate(conditions)
        ]
        below = scans if kind == "" else [{"Node Type": kind, "Plans": scans}]
        return scan(
            "Bitmap Heap Scan", "account", Output=["created_at"], Recheck_Cond="(ignored)",
            Filter="(status ~~ 'x'::text)", Plans=below,
        )  # fmt: skip

    def test_one_index(self) -> None:
        lines = shapes(self.bitmap("", "(account.balance = 1)"))
        assert lines[:3] == [
            "Index Scan using index0 on account",
            "  Index Cond: (balance = 1)",
            "  Filter: (status ~~ 'x'::text)",
        ]
        assert not any("Bitmap" in line or "Recheck" in line for line in lines)

    def test_and_uses_the_first(self) -> None:
        lines = shapes(self.bitmap("BitmapAnd", "(account.balance = 1)", "(account.created_at = $1)"))
        assert lines[0] == "Index Scan using index0 on account"
        assert "      Filters: (created_at = $1)" in lines

    def test_or_is_a_full_scan(self) -> None:
        lines = shapes(self.bitmap("BitmapOr", "(account.balance = 1)", "(account.created_at = $1)"))
        assert lines[:2] == [
            "Full Scan (btree-table) on account",
            "  Filter: (((balance = 1) OR (created_at = $1)) AND (status ~~ 'x'::text))",
        ]


class TestUnknownTables:
    def test_are_shown_without_facts(self) -> None:
        plan = scan("Index Scan", "stranger", Index_Name="stranger_pkey", Output=["a", "b", "(c + 1)"])
        assert shapes(plan)[0] == "Index Only Scan using stranger_pkey on stranger"
        assert "      Projections: a, b" in shapes(plan)
        assert shapes(scan("Seq Scan", "stranger"))[0] == "Full Scan (btree-table) on stranger"

    def test_catalogs_are_postgresqls(self) -> None:
        plan = scan("Seq Scan", "pg_class", Filter="(pg_class.relname = 'a'::name)") | {"Schema": "pg_catalog"}
        assert shapes(plan) == ["Seq Scan on pg_class", "  Filter: (relname = 'a'::name)"]


class TestOddities:
    def test_no_plans(self) -> None:
        assert render("[]", request_of("EXPLAIN SELECT 1"), PlanSchema()) == ["Query rewrites to nothing"]
        assert render('["Utility Statement"]', request_of("EXPLAIN SELECT 1"), PlanSchema()) == [
            "Utility statements have no plan structure"
        ]

    def test_several_plans(self) -> None:
        plans = json.dumps([{"Plan": {"Node Type": "Result"}}, {"Plan": {"Node Type": "Result"}}])
        lines = render(plans, request_of("EXPLAIN (COSTS off) SELECT 1"), PlanSchema())
        assert lines == ["Result", "", "Result"]

    def test_not_a_plan(self) -> None:
        with pytest.raises(ValueError, match="not the JSON of EXPLAIN"):
            render("{}", request_of("EXPLAIN SELECT 1"), PlanSchema())


_SCALARS = st.none() | st.booleans() | st.integers(-2, 10**9) | st.floats(0, 1e12) | st.text(max_size=12)


def _property_names() -> list[str]:
    names = {"Recheck Cond", "Grouping Sets", "Full-sort Groups", "Cache Hits", "Planned Partitions", "Sampling Method"}
    todo: list[Any] = [golden["plan"] for golden in GOLDENS]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            names |= value.keys()
            todo += value.values()
        elif isinstance(value, list):
            todo += value
    return sorted(names - {"Plans", "Plan"})


_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_property_names()), inner)
)
_KINDS = st.sampled_from(
    """
    Seq Scan|Index Scan|Index Only Scan|Bitmap Heap Scan|Bitmap Index Scan|BitmapAnd|BitmapOr|Nested Loop|Hash Join|
    Merge Join|Hash|Sort|Incremental Sort|Aggregate|WindowAgg|SetOp|Append|Merge Append|Recursive Union|Limit|LockRows|
    ModifyTable|CTE Scan|Subquery Scan|Function Scan|Values Scan|Memoize|Materialize|Unique|ProjectSet|Result|Gather|
    Tid Scan|Sample Scan|WorkTable Scan|Table Function Scan|Named Tuplestore Scan|Custom Scan|Something New
    """.replace("\n", "")
    .replace("    ", "")
    .strip("|")
    .split("|")
)
_NODES = st.recursive(
    st.dictionaries(st.sampled_from(_property_names()), _VALUES, max_size=8),
    lambda plans: st.builds(
        lambda node, kind, below: {**node, "Node Type": kind, "Plans": below},
        st.dictionaries(st.sampled_from(_property_names()), _VALUES, max_size=6),
        _KINDS,
        st.lists(plans, max_size=3),
    ),
    max_leaves=6,
)


class TestNothingBreaksIt:
    @settings(max_examples=80, deadline=None)
    @given(_NODES, st.sampled_from(["", "ANALYZE ", "VERBOSE ", "ANALYZE VERBOSE "]))
    def test_any_tree(self, node: dict[str, Any], options: str) -> None:
        request = request_of(f"EXPLAIN {options}SELECT 1")
        lines = render(json.dumps([{"Plan": node, "Planning Time": 0.1, "Execution Time": 0.2}]), request, TABLES)
        assert lines
        assert ("Statement DPU Estimate:" in lines) == (options == "ANALYZE VERBOSE ")

    @settings(max_examples=50, deadline=None)
    @given(st.sampled_from(GOLDENS), st.randoms(use_true_random=False))
    def test_plans_with_properties_missing(self, golden: dict[str, Any], random: Any) -> None:
        def thinned(value: Any) -> Any:
            if isinstance(value, dict):
                return {k: thinned(v) for k, v in value.items() if k in ("Plan", "Plans") or random.random() > 0.2}
            return [thinned(v) for v in value] if isinstance(value, list) else value

        assert render(json.dumps(thinned(golden["plan"])), request_of(golden["sql"]), TABLES)
