"""Costs as Aurora DSQL's planner tells them, from PostgreSQL's: a round trip to the storage is dear.

Simulated. Plans of real clusters published in 2026 start a scan at 100 + rows/8 above nothing, and twice that where
rows are looked up in the table; what comes after the start is near PostgreSQL's own. So each scan is moved up by that,
and the nodes above it by what is moved below them.
"""

from dataclasses import replace

from dsqltui.sim.explain.plan import ServedPlanNode

ROUND_TRIP = 100.0
PER_ROW = 0.125

_WAITS_FOR_ALL = frozenset({"Sort", "Incremental Sort", "Hash", "Aggregate", "SetOp", "WindowAgg"})
_READ_AGAIN = frozenset({"Materialize", "Memoize", "CTE Scan", "WorkTable Scan", "Hash"})
"""Inner sides of a nested loop whose input is not read again for each outer row."""


def with_storage_costs(root: ServedPlanNode) -> ServedPlanNode:
    """The tree with all costs moved."""
    return _moved(root)[0]


def _moved(node: ServedPlanNode) -> tuple[ServedPlanNode, float, float]:
    """The node, and by how much its start-up and its total cost went up."""
    startup = total = sum(ROUND_TRIP + PER_ROW * layer.bottom.rows for layer in node.layers)
    children: list[ServedPlanNode] = []
    for child in node.children:
        moved, child_startup, child_total = _moved(child)
        startup_share, total_share = _share(node, child, child_startup, child_total)
        if node.kind == "Append" and children:
            startup_share = 0.0
        startup += startup_share
        total += total_share
        children.append(moved)
    if node.kind == "Limit" and children:
        total = startup + (total - startup) * min(1.0, node.cost.rows / max(node.children[-1].cost.rows, 1.0))
    total = max(total, startup)
    return replace(node, cost=node.cost.shifted(startup, total), children=tuple(children)), startup, total


def _share(node: ServedPlanNode, child: ServedPlanNode, startup: float, total: float) -> tuple[float, float]:
    """By how much the node goes up for its child: before its first row, and in all."""
    relationship = child.text("Parent Relationship")
    if relationship == "InitPlan":
        return total, total
    if relationship == "SubPlan":
        is_hashed = any(f"hashed {child.text('Subplan Name')}" in str(value) for value in node.properties.values())
        return (total, total) if is_hashed else (0.0, total * max(node.cost.rows, 1.0))
    if node.kind in _WAITS_FOR_ALL:
        return total, total
    if relationship == "Inner" and node.kind == "Nested Loop" and child.kind not in _READ_AGAIN:
        return startup, total * max(node.children[0].cost.rows, 1.0)
    return startup, total
