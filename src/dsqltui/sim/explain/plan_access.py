"""What PostgreSQL's plan has and Aurora DSQL's has not: shadows, bitmaps, one index search for each outer row."""

from dataclasses import replace

from dsqltui.sim.explain import conditions
from dsqltui.sim.explain.plan import Actual, ServedPlanNode
from dsqltui.sim.explain.plan_schema import PlanSchema

BATCHED_JOIN = "Nested Loop (Batched Join)"

_SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema", "pg_toast", "sys", "pg_dsqltui"})
_REMOVED = ("Rows Removed by Filter", "Rows Removed by Index Recheck")


def without_postgres_ways(root: ServedPlanNode, schema: PlanSchema) -> ServedPlanNode:
    """The tree with the real tables' names, without bitmap scans, and with batched joins."""
    root = root.mapped(lambda node: _renamed(node, schema))
    return root.mapped(lambda node: _without_bitmap(node, schema)).mapped(_batched)


def is_of_system(node: ServedPlanNode) -> bool:
    """Whether it reads a catalog, which is shown as PostgreSQL shows it."""
    return node.text("Schema") in _SYSTEM_SCHEMAS


def _renamed(node: ServedPlanNode, schema: PlanSchema) -> ServedPlanNode:
    written = (node.text("Schema"), node.text("Relation Name"))
    real = schema.real_table(*written)
    if real == written:
        return node

    def with_real_index(scan: ServedPlanNode) -> ServedPlanNode:
        index = scan.text("Index Name")
        return scan.changed(Index_Name=schema.real_index(*written, index)) if index else scan

    arbiters = [schema.real_index(*written, name) for name in node.texts("Conflict Arbiter Indexes")]
    node = with_real_index(node.changed(Schema=real[0], Relation_Name=real[1]))
    if arbiters:
        node = node.changed(Conflict_Arbiter_Indexes=list(arbiters))
    if node.kind == "Bitmap Heap Scan":  # the scans below it do not tell their table
        node = replace(node, children=tuple(child.mapped(with_real_index) for child in node.children))
    return node


def _without_bitmap(node: ServedPlanNode, schema: PlanSchema) -> ServedPlanNode:
    """A bitmap scan as an index scan. Of an AND the first index is used; an OR over indexes becomes a full scan."""
    if node.kind != "Bitmap Heap Scan" or is_of_system(node) or not node.children:
        return node
    bitmap, *others = node.children
    filters = conditions.conjuncts(node.text("Filter"))
    if bitmap.kind == "BitmapAnd" and bitmap.children:
        bitmap, *unused = bitmap.children
        filters = (*(part for scan in unused for part in conditions.conjuncts(_bitmap_condition(scan))), *filters)
    removed = sum(node.number(name) for name in _REMOVED)
    node = replace(node, children=tuple(others)).changed(
        Recheck_Cond=None, Rows_Removed_by_Index_Recheck=None, Exact_Heap_Blocks=None, Lossy_Heap_Blocks=None
    )
    if bitmap.kind == "Bitmap Index Scan":
        node = replace(node, kind="Index Scan").changed(
            Scan_Direction="Forward",
            Index_Name=bitmap.text("Index Name"),
            Index_Cond=bitmap.text("Index Cond") or None,
        )
    else:
        filters = (*conditions.conjuncts(_bitmap_condition(bitmap)), *filters)
        node = replace(node, kind="Seq Scan")
        table = schema.tables.get((node.text("Schema"), node.text("Relation Name")))
        if table is not None and node.actual is not None:
            removed = max(removed, table.rows - node.actual.rows)
    if node.actual is not None:
        node = node.changed(Rows_Removed_by_Filter=removed)
    return node.changed(Filter=conditions.conjunction(dict.fromkeys(filters)) or None)


def _bitmap_condition(scan: ServedPlanNode) -> str:
    if scan.kind == "Bitmap Index Scan":
        return scan.text("Index Cond")
    parts = [_bitmap_condition(child) for child in scan.children]
    return conditions.conjunction(parts) if scan.kind == "BitmapAnd" else f"({' OR '.join(parts)})"


def _batched(node: ServedPlanNode) -> ServedPlanNode:
    """A nested loop that searches an index for each outer row: Aurora DSQL searches for a batch of outer rows at once.

    Source: AWS User Guide, "Batched nested-loop joins in Aurora DSQL EXPLAIN plans". All outer rows are taken for one
    batch; the size of a real one is not known.
    """
    if node.kind != "Nested Loop" or len(node.children) < 2:
        return node
    outer, inner, *others = node.children
    if inner.kind == "Memoize" and inner.children:
        inner = inner.children[0]  # a cache for the single searches
    if inner.kind not in ("Index Scan", "Index Only Scan") or is_of_system(inner):
        return node
    outside = {below.text("Alias") for below in outer.walk()} - {"", inner.text("Alias")}
    index_cond = conditions.conjuncts(inner.text("Index Cond"))
    probes = [part for part in index_cond if conditions.without_prefix(part, outside) != part]
    if not probes:
        return node
    join = replace(node, kind=BATCHED_JOIN, children=(outer, _in_one_batch(inner, outer.cost.rows), *others))
    return join.changed(Recheck_Cond=conditions.conjunction(probes))


def _in_one_batch(scan: ServedPlanNode, outer_rows: float) -> ServedPlanNode:
    searches = max(outer_rows, 1.0)
    cost = replace(
        scan.cost,
        rows=scan.cost.rows * searches,
        total=scan.cost.startup + (scan.cost.total - scan.cost.startup) * searches,
    )
    actual = scan.actual
    if actual is None or actual.loops <= 1:
        return replace(scan, cost=cost)
    once = Actual(
        rows=actual.all_rows,
        loops=1,
        startup_ms=actual.startup_ms,
        total_ms=None if actual.total_ms is None else actual.total_ms * actual.loops,
    )
    counts = {name: scan.number(name) * actual.loops for name in _REMOVED if name in scan.properties}
    return replace(scan, cost=cost, actual=once, properties={**scan.properties, **counts})
