"""The text of EXPLAIN as a tree: PostgreSQL's nodes, Aurora DSQL's storage layers under its scans, the DPU estimate.

Shapes as recorded on real clusters (2026-02 to 2026-10) and in the AWS User Guide, "Reading EXPLAIN plans". A condition
is tested in one of three places, from cheap to dear: in the B-tree (`Index Cond`), in the storage nodes (`Filters`), in
the query processor (`Filter`), to which the row has then travelled.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

PLAN_COLUMN = "QUERY PLAN"

_ARROW = re.compile(r"^(\s*)->\s+(.*)$")
_NUMBERS = re.compile(
    r"\s*\((?:cost=(?P<startup>[\d.]+)\.\.(?P<total>[\d.]+) rows=(?P<rows>\d+) width=(?P<width>\d+)(?: loops=\d+)?"
    r"|actual (?:time=(?P<first_ms>[\d.]+)\.\.(?P<total_ms>[\d.]+) )?rows=(?P<actual_rows>[\d.]+) loops=(?P<loops>\d+)"
    r"|(?P<never>never executed)|actual rows=0 loops=0)\)\s*$"
)
_DPU = re.compile(
    r"^\s*(Compute|Read|Write|Multi-Region Write|Total):\s*([\d.]+)\s*DPU"
    r"(?:\s*\(Transaction minimum:\s*([\d.]+)\))?\s*$",
    re.I,
)
_DETAIL = re.compile(r"^([A-Z][\w .'-]*?):\s+(.*)$")
_STORAGE = ("Storage Scan on ", "Storage Lookup on ", "B-Tree Scan on ", "B-Tree Lookup on ")


@dataclass(slots=True)
class PlanNode:
    """A node or storage layer. Costs are PostgreSQL's units, times milliseconds a loop; None: not told."""

    title: str
    """`Index Scan using idx1 on account`."""
    subplan: str = ""
    """`InitPlan 1 (returns $0)` and the like, above the node."""
    startup_cost: float | None = None
    total_cost: float | None = None
    rows: float | None = None
    """Estimated."""
    total_ms: float | None = None
    actual_rows: float | None = None
    """A loop."""
    loops: int = 1
    was_never_run: bool = False
    details: list[tuple[str, str]] = field(default_factory=list)
    """Name and text, in the order given: `("Index Cond", "(id = 7)")`."""
    children: list["PlanNode"] = field(default_factory=list)

    @property
    def is_storage(self) -> bool:
        """Whether it is a layer of storage below a scan."""
        return self.title.startswith(_STORAGE)

    @property
    def nodes(self) -> list["PlanNode"]:
        """The children that are nodes of the query processor."""
        return [child for child in self.children if not child.is_storage]

    @property
    def layers(self) -> list["PlanNode"]:
        """The children that are layers of storage."""
        return [child for child in self.children if child.is_storage]

    def detail(self, name: str) -> str:
        """The text of a detail; empty when there is none."""
        return next((text for told, text in self.details if told == name), "")

    def walk(self) -> Iterator["PlanNode"]:
        """This node and all below it, from the top."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def all_rows(self) -> float | None:
        """Rows of all loops."""
        return None if self.actual_rows is None else self.actual_rows * self.loops

    @property
    def own_ms(self) -> float | None:
        """Milliseconds of all loops, without those of the nodes below."""
        if self.total_ms is None:
            return None
        return max(0.0, self.total_ms * self.loops - sum((c.total_ms or 0.0) * c.loops for c in self.nodes))

    @property
    def own_cost(self) -> float | None:
        """Cost without that of the nodes below; a Limit costs less than what it stops."""
        if self.total_cost is None:
            return None
        return max(0.0, self.total_cost - sum(c.total_cost or 0.0 for c in self.nodes))


@dataclass(frozen=True, slots=True)
class DpuEstimate:
    """What one run is estimated to cost, in Distributed Processing Units."""

    compute: float
    read: float
    write: float
    total: float
    minimums: tuple[tuple[str, float], ...] = ()
    """`("Read", 0.00375)`: a transaction is billed at least that much of it."""
    multi_region_write: float = 0.0
    """The write again, for the other Region of a pair."""

    def price(self, per_million: float) -> float:
        """Of one run, in the currency of the price per 1,000,000 DPU."""
        return self.total * per_million / 1_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan."""

    root: PlanNode
    summary: tuple[tuple[str, str], ...]
    """`("Planning Time", "0.443 ms")` and what else stands below the tree, but not the DPU."""
    dpu: DpuEstimate | None = None

    @property
    def was_run(self) -> bool:
        """Whether ANALYZE measured it."""
        return self.root.actual_rows is not None

    @property
    def is_timed(self) -> bool:
        """Whether nodes have times."""
        return self.root.total_ms is not None

    def share(self, node: PlanNode) -> float | None:
        """The node's own part of all time, or of all cost where there are no times: 0 to 1."""
        own = [n.own_ms if self.is_timed else n.own_cost for n in self.root.walk() if not n.is_storage]
        mine = node.own_ms if self.is_timed else node.own_cost
        whole = sum(value or 0.0 for value in own)
        return None if mine is None or node.is_storage or not whole else mine / whole

    @property
    def costly(self) -> PlanNode | None:
        """The node with the largest part of its own; None for a plan of one node or without numbers."""
        nodes = [node for node in self.root.walk() if not node.is_storage]
        if len(nodes) < 2:
            return None
        best = max(nodes, key=lambda node: self.share(node) or 0.0)
        return best if (self.share(best) or 0.0) > 0 else None


def is_plan(column_names: Sequence[str]) -> bool:
    """Whether a result with these columns is EXPLAIN's."""
    return tuple(column_names) == (PLAN_COLUMN,)


def parse_plan(lines: Sequence[str]) -> Plan | None:
    """The plan in EXPLAIN's lines; None when they are not EXPLAIN's text (JSON, a utility statement).

    What stands after a blank line, the plans of a rewritten statement's other parts, is left out.
    """
    lines = _first_plan(lines)
    if not lines or (not _NUMBERS.search(lines[0]) and not any(_ARROW.match(line) for line in lines)):
        return None
    margin = len(lines[0]) - len(lines[0].lstrip())
    root = _node(lines[0].strip())
    open_nodes: list[tuple[int, PlanNode]] = [(-1, root)]
    summary: list[tuple[str, str]] = []
    dpus: dict[str, tuple[float, float | None]] = {}
    subplan = ""
    for line in lines[1:]:
        indent = len(line) - len(line.lstrip()) - margin
        if found := _DPU.match(line):
            dpus[found[1].title()] = (float(found[2]), float(found[3]) if found[3] else None)
        elif arrow := _ARROW.match(line):
            column = len(arrow[1])
            while open_nodes[-1][0] >= column:
                open_nodes.pop()
            node = _node(arrow[2])
            node.subplan, subplan = subplan, ""
            open_nodes[-1][1].children.append(node)
            open_nodes.append((column, node))
        elif indent <= 0:
            name, _, text = line.strip().partition(":")
            if text.strip():
                summary.append((name, text.strip()))
        elif detail := _DETAIL.match(line.strip()):
            open_nodes[-1][1].details.append((detail[1], detail[2]))
        else:
            subplan = line.strip()
    return Plan(root, tuple(summary), _estimate(dpus))


def _first_plan(lines: Sequence[str]) -> list[str]:
    plan: list[str] = []
    for line in lines:
        if line.strip():
            plan.append(line.rstrip())
        elif plan:
            break
    return plan


def _node(text: str) -> PlanNode:
    node = PlanNode(text)
    while found := _NUMBERS.search(node.title):
        node.title = node.title[: found.start()].rstrip()
        if found["total"]:
            node.startup_cost, node.total_cost = float(found["startup"]), float(found["total"])
            node.rows = float(found["rows"])
        elif found["actual_rows"]:
            node.actual_rows, node.loops = float(found["actual_rows"]), int(found["loops"])
            node.total_ms = float(found["total_ms"]) if found["total_ms"] else None
        else:
            node.was_never_run, node.actual_rows, node.loops = True, 0.0, 0
    return node


def _estimate(dpus: dict[str, tuple[float, float | None]]) -> DpuEstimate | None:
    if "Total" not in dpus:
        return None
    compute, read, write, again, total = (
        dpus.get(name, (0.0, None))[0] for name in ("Compute", "Read", "Write", "Multi-Region Write", "Total")
    )
    minimums = tuple((name, least) for name, (_, least) in dpus.items() if least is not None)
    return DpuEstimate(compute, read, write, total, minimums, again)
