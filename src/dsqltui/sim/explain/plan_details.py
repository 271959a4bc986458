"""The lines under a plan's node: conditions, keys, and what ANALYZE measured, as PostgreSQL's text format has them.

PostgreSQL's JSON tells the same properties in the same order; some of them share a line of text.
"""

from collections.abc import Callable, Iterator, Mapping

from dsqltui.sim.explain import conditions
from dsqltui.sim.explain.plan import ServedPlanNode, Value
from dsqltui.sim.explain.plan_access import BATCHED_JOIN


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split("|"))


_IN_TITLE = _names(
    """
    Strategy|Partial Mode|Operation|Parent Relationship|Subplan Name|Parallel Aware|Async Capable|Scan Direction|
    Index Name|Relation Name|Schema|Alias|Function Name|Table Function Name|CTE Name|Tuplestore Name|
    Custom Plan Provider|Command|Startup Cost|Total Cost|Plan Rows|Plan Width|Actual Startup Time|Actual Total Time|
    Actual Rows|Actual Loops|Join Type|Single Copy|Workers|Target Tables
    """
)
_HEAP_ONLY = frozenset({"Heap Fetches"})
_VERBOSE_ONLY = frozenset({"Output", "Inner Unique", "Function Call", "Table Function Call"})
_COUNTS = frozenset(
    {
        "Rows Removed by Filter",
        "Rows Removed by Join Filter",
        "Rows Removed by Index Recheck",
        "Rows Removed by Conflict Filter",
        "Subplans Removed",
    }
)
"""Shown when they are not zero."""


def details(node: ServedPlanNode, *, verbose: bool, hidden: frozenset[str]) -> Iterator[str]:
    """The lines, without indentation but for what belongs to the line before.

    `hidden` are the relations whose columns are shown without their relation.
    """
    order = [name for name in node.properties if name not in _IN_TITLE and name not in _HEAP_ONLY]
    if node.kind == BATCHED_JOIN:
        order = _batched_order(order, node)
    for name in order:
        if name in _VERBOSE_ONLY and not verbose:
            continue
        special = _SPECIAL.get(name)
        if special is not None:
            for line in special(node.properties):
                yield conditions.without_prefix(line, hidden)
        elif name not in _SHARED:
            yield from _plain(name, node.properties[name], hidden)


def _batched_order(names: list[str], node: ServedPlanNode) -> list[str]:
    """A batched join's own order; which join it is stands on a line of its own unless it is an inner one."""
    first: list[str] = [name for name in ("Output", "Filter", "Rows Removed by Filter") if name in names]
    if node.text("Join Type") not in ("", "Inner"):
        first.append("Join Type")
    first.append("Recheck Cond")
    return first + [name for name in names if name not in first]


def _plain(name: str, value: Value, hidden: frozenset[str]) -> Iterator[str]:
    if value is None:
        return
    if isinstance(value, bool):
        if value:
            yield f"{name}: true"
    elif isinstance(value, (int, float)):
        if value > 0 or name not in _COUNTS:
            yield f"{name}: {value:.0f}"
    elif isinstance(value, str):
        yield f"{name}: {conditions.without_prefix(value, hidden)}"
    elif isinstance(value, list):
        texts = [conditions.without_prefix(text, hidden) for text in value if isinstance(text, str)]
        if texts:
            yield f"{name}: {', '.join(texts)}"


Properties = Mapping[str, Value]


def _number(properties: Properties, name: str) -> float:
    value = properties.get(name)
    return value if isinstance(value, (int, float)) else 0


def _texts(value: Value) -> str:
    return ", ".join(text for text in value if isinstance(text, str)) if isinstance(value, list) else ""


def _sort_method(properties: Properties) -> Iterator[str]:
    space = _number(properties, "Sort Space Used")
    yield f"Sort Method: {properties['Sort Method']}  {properties.get('Sort Space Type', 'Memory')}: {space:.0f}kB"


def _originally(properties: Properties, name: str) -> str:
    now, before = _number(properties, name), _number(properties, f"Original {name}")
    return f"{now:.0f}" if now == before or not before else f"{now:.0f} (originally {before:.0f})"


def _hash(properties: Properties) -> Iterator[str]:
    yield (
        f"Buckets: {_originally(properties, 'Hash Buckets')}  Batches: {_originally(properties, 'Hash Batches')}  "
        f"Memory Usage: {_number(properties, 'Peak Memory Usage'):.0f}kB"
    )


def _hash_aggregate(properties: Properties) -> Iterator[str]:
    parts = []
    if _number(properties, "Planned Partitions"):
        parts.append(f"Planned Partitions: {_number(properties, 'Planned Partitions'):.0f}")
    if "HashAgg Batches" in properties:
        parts.append(f"Batches: {_number(properties, 'HashAgg Batches'):.0f}")
        parts.append(f"Memory Usage: {_number(properties, 'Peak Memory Usage'):.0f}kB")
        if _number(properties, "Disk Usage"):
            parts.append(f"Disk Usage: {_number(properties, 'Disk Usage'):.0f}kB")
    if parts:
        yield "  ".join(parts)


def _memoize(properties: Properties) -> Iterator[str]:
    counts = "  ".join(
        f"{name}: {_number(properties, f'Cache {name}'):.0f}" for name in ("Hits", "Misses", "Evictions", "Overflows")
    )
    yield f"{counts}  Memory Usage: {_number(properties, 'Peak Memory Usage'):.0f}kB"


def _sort_groups(name: str) -> Callable[[Properties], Iterator[str]]:
    def lines(properties: Properties) -> Iterator[str]:
        groups = properties[name]
        if not isinstance(groups, dict):
            return
        methods = groups.get("Sort Methods Used")
        several = "s" if isinstance(methods, list) and len(methods) > 1 else ""
        line = f"{name}: {_number(groups, 'Group Count'):.0f}  Sort Method{several}: {_texts(methods)}"
        for place in ("Memory", "Disk"):
            space = groups.get(f"Sort Space {place}")
            if isinstance(space, dict):
                line += f"  Average {place}: {_number(space, 'Average Sort Space Used'):.0f}kB"
                line += f"  Peak {place}: {_number(space, 'Peak Sort Space Used'):.0f}kB"
        yield line

    return lines


def _grouping_sets(properties: Properties) -> Iterator[str]:
    sets = properties["Grouping Sets"]
    for grouping in sets if isinstance(sets, list) else ():
        if not isinstance(grouping, dict):
            continue
        indent = ""
        if "Sort Key" in grouping:
            yield f"Sort Key: {_texts(grouping['Sort Key'])}"
            indent = "  "
        for name in ("Group Key", "Hash Key"):
            keys = grouping.get(f"{name}s")
            for key in keys if isinstance(keys, list) else ():
                yield f"{indent}{name}: {_texts(key) or '()'}"


def _sampling(properties: Properties) -> Iterator[str]:
    line = f"Sampling: {properties['Sampling Method']} ({_texts(properties.get('Sampling Parameters'))})"
    yield line + (f" REPEATABLE ({properties['Repeatable Seed']})" if "Repeatable Seed" in properties else "")


def _tuples(properties: Properties) -> Iterator[str]:
    if properties.get("Operation") != "Merge":
        yield f"Tuples Inserted: {_number(properties, 'Tuples Inserted'):.0f}"
        return
    counts = [(name, _number(properties, f"Tuples {name}")) for name in ("Inserted", "Updated", "Deleted", "Skipped")]
    shown = " ".join(f"{name.lower()}={count:.0f}" for name, count in counts if count)
    if shown:
        yield f"Tuples: {shown}"


def _heap_blocks(properties: Properties) -> Iterator[str]:
    counts = [(name, _number(properties, f"{name} Heap Blocks")) for name in ("Exact", "Lossy")]
    shown = " ".join(f"{name.lower()}={count:.0f}" for name, count in counts if count)
    if shown:
        yield f"Heap Blocks: {shown}"


_SPECIAL: Mapping[str, Callable[[Properties], Iterator[str]]] = {
    "Sort Method": _sort_method,
    "Hash Buckets": _hash,
    "Planned Partitions": _hash_aggregate,
    "Cache Hits": _memoize,
    "Full-sort Groups": _sort_groups("Full-sort Groups"),
    "Pre-sorted Groups": _sort_groups("Pre-sorted Groups"),
    "Grouping Sets": _grouping_sets,
    "Sampling Method": _sampling,
    "Tuples Inserted": _tuples,
    "Exact Heap Blocks": _heap_blocks,
}
_SHARED = _names(
    """
    Sort Space Used|Sort Space Type|Original Hash Buckets|Hash Batches|Original Hash Batches|Peak Memory Usage|
    HashAgg Batches|Disk Usage|Cache Misses|Cache Evictions|Cache Overflows|Sampling Parameters|Repeatable Seed|
    Tuples Updated|Tuples Deleted|Tuples Skipped|Lossy Heap Blocks
    """
)
"""On the line of another property."""
