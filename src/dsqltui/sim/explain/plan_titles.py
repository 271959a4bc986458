"""The first line of a plan's node, as PostgreSQL's text format has it."""

import re

from dsqltui.core.sql.lexer import quote_identifier
from dsqltui.sim.explain.plan import Layer, ServedPlanNode
from dsqltui.sim.explain.storage_plan import FULL_SCAN, INDEX_ONLY_SCAN, INDEX_SCAN

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
_AGGREGATES = {"Plain": "Aggregate", "Sorted": "GroupAggregate", "Hashed": "HashAggregate", "Mixed": "MixedAggregate"}
_INDEX_SCANS = frozenset({INDEX_SCAN, INDEX_ONLY_SCAN})
_TARGETS = {
    "Function Scan": "Function Name",
    "Table Function Scan": "Table Function Name",
    "CTE Scan": "CTE Name",
    "WorkTable Scan": "CTE Name",
    "Named Tuplestore Scan": "Tuplestore Name",
}
_ON_RELATION = frozenset({"Seq Scan", "Sample Scan", "Bitmap Heap Scan", "Tid Scan", "Tid Range Scan", FULL_SCAN})
_ON_ALIAS = frozenset({"Subquery Scan", "Values Scan"})


def quoted(name: str) -> str:
    """The name as PostgreSQL prints it: in quotes where it needs them."""
    return name if _PLAIN.fullmatch(name) else quote_identifier(name)


def node_title(node: ServedPlanNode, *, verbose: bool) -> str:
    """What the node is and what it works on, without costs."""
    prefix = ("Parallel " if node.properties.get("Parallel Aware") is True else "") + (
        "Async " if node.properties.get("Async Capable") is True else ""
    )
    return prefix + _name(node) + _index(node) + _target(node, verbose=verbose)


def layer_title(layer: Layer, node: ServedPlanNode, *, verbose: bool) -> str:
    """The same for a layer of a scan."""
    if layer.index:
        return f"{layer.name} on {quoted(layer.index)}"
    return f"{layer.name} on {_relation(node, verbose=verbose)}"


def _name(node: ServedPlanNode) -> str:
    kind, strategy = node.kind, node.text("Strategy")
    if kind == "Aggregate":
        partial = node.text("Partial Mode")
        return ("" if partial in ("", "Simple") else f"{partial} ") + _AGGREGATES.get(strategy, kind)
    if kind == "SetOp":
        return f"{'HashSetOp' if strategy == 'Hashed' else kind} {node.text('Command')}".rstrip()
    if kind == "ModifyTable":
        return node.text("Operation") or kind
    if kind in ("Nested Loop", "Hash Join", "Merge Join") and node.text("Join Type") not in ("", "Inner"):
        return f"{kind.removesuffix(' Join')} {node.text('Join Type')} Join"
    if kind == "Custom Scan":
        return f"{kind} ({node.text('Custom Plan Provider')})"
    return kind


def _index(node: ServedPlanNode) -> str:
    name = node.text("Index Name")
    if node.kind == "Bitmap Index Scan":
        return f" on {quoted(name)}"
    if node.kind not in _INDEX_SCANS:
        return ""
    backward = " Backward" if node.text("Scan Direction") == "Backward" else ""
    return f"{backward} using {quoted(name)}"


def _target(node: ServedPlanNode, *, verbose: bool) -> str:
    if node.kind in _ON_RELATION or node.kind in _INDEX_SCANS or node.kind == "ModifyTable":
        return f" on {_relation(node, verbose=verbose)}" if node.text("Relation Name") else ""
    alias = node.text("Alias")
    if node.kind in _ON_ALIAS:
        return f" on {quoted(alias)}"
    source = node.text(_TARGETS.get(node.kind, ""))
    if not source:
        return f" on {quoted(alias)}" if node.kind in _TARGETS and alias else ""
    schema = f"{quoted(node.text('Schema'))}." if verbose and node.text("Schema") else ""
    return f" on {schema}{quoted(source)}" + (f" {quoted(alias)}" if alias and alias != source else "")


def _relation(node: ServedPlanNode, *, verbose: bool) -> str:
    relation, alias, schema = node.text("Relation Name"), node.text("Alias"), node.text("Schema")
    written = f"{quoted(schema)}.{quoted(relation)}" if verbose and schema else quoted(relation)
    return f"{written} {quoted(alias)}" if alias and alias != relation else written
