"""A query plan as a value: PostgreSQL's JSON, and the layers that Aurora DSQL's storage adds to it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What the planner expects. Cost units are arbitrary; width is in bytes."""

    startup: float
    total: float
    rows: float
    width: int

    def shifted(self, startup: float, total: float) -> "Cost":
        """The same with more of both."""
        return replace(self, startup=self.startup + startup, total=self.total + total)


@dataclass(frozen=True, slots=True)
class Actual:
    """What ANALYZE measured, per loop. Times are in milliseconds, None with TIMING OFF."""

    rows: float
    loops: float
    startup_ms: float | None = None
    total_ms: float | None = None

    @property
    def all_rows(self) -> float:
        return self.rows * self.loops


@dataclass(frozen=True, slots=True)
class Layer:
    """A node below a scan: what the storage does for it."""

    name: str
    """Storage Scan, Storage Lookup, B-Tree Scan or B-Tree Lookup."""
    index: str
    """The index that is read; empty for the scan's table."""
    rows: float
    actual_rows: float | None
    """Per loop of the scan; None without ANALYZE."""
    projections: tuple[str, ...] = ()
    index_cond: str = ""
    qualified_index_cond: str = ""
    """The same with relations before columns, as VERBOSE has it."""
    limit: int | None = None
    """Rows after which the storage stops."""
    filters: str = ""
    rows_filtered: float | None = None
    """Per loop of the scan; None without ANALYZE or without filters."""
    child: "Layer | None" = None

    @property
    def bottom(self) -> "Layer":
        """The B-tree access below."""
        return self if self.child is None else self.child.bottom


@dataclass(frozen=True, slots=True)
class ServedPlanNode:
    """A node of the tree."""

    kind: str
    """PostgreSQL's "Node Type", or the name of a scan of Aurora DSQL's."""
    properties: Mapping[str, Value]
    """The other properties, in the order PostgreSQL tells them."""
    cost: Cost
    actual: Actual | None
    children: tuple["ServedPlanNode", ...] = ()
    layers: tuple[Layer, ...] = ()
    """Storage Scan and perhaps Storage Lookup; only scans of the cluster's tables have some."""

    def text(self, name: str) -> str:
        """A text property; empty when there is none."""
        value = self.properties.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """A property that is a list of texts."""
        value = self.properties.get(name)
        return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()

    def number(self, name: str) -> float:
        """A numeric property; 0 when there is none."""
        value = self.properties.get(name)
        return value if isinstance(value, (int, float)) else 0

    def walk(self) -> Iterator["ServedPlanNode"]:
        """This node and all below."""
        yield self
        for child in self.children:
            yield from child.walk()

    def changed(self, **properties: Value) -> "ServedPlanNode":
        """The same with other properties; spaces in a name are written as underscores, None removes."""
        new = dict(self.properties)
        for key, value in properties.items():
            name = key.replace("_", " ")
            if value is None:
                new.pop(name, None)
            else:
                new[name] = value
        return replace(self, properties=new)

    def mapped(self, change: Callable[["ServedPlanNode"], "ServedPlanNode"]) -> "ServedPlanNode":
        """The tree with every node changed, children first."""
        return change(replace(self, children=tuple(child.mapped(change) for child in self.children)))


@dataclass(frozen=True, slots=True)
class TriggerTime:
    """What a trigger, such as a foreign key's check, took."""

    name: str
    constraint: str
    relation: str
    milliseconds: float | None
    calls: float


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """The plan of one query. A statement may have several, or none."""

    root: ServedPlanNode | None
    """None for a statement that has no plan."""
    planning_ms: float | None = None
    execution_ms: float | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    triggers: tuple[TriggerTime, ...] = ()


def parse_plans(text: str) -> tuple[QueryPlan, ...]:
    """The plans in what EXPLAIN (FORMAT JSON) returned. Raises ValueError when it is something else."""
    plans: Value = json.loads(text)
    if not isinstance(plans, list):
        raise ValueError("not the JSON of EXPLAIN")
    return tuple(_query_plan(plan) if isinstance(plan, dict) else QueryPlan(None) for plan in plans)


def _query_plan(plan: dict[str, Value]) -> QueryPlan:
    root = plan.get("Plan")
    settings = plan.get("Settings")
    triggers = plan.get("Triggers")
    return QueryPlan(
        root=_node(root) if isinstance(root, dict) else None,
        planning_ms=_optional(plan, "Planning Time"),
        execution_ms=_optional(plan, "Execution Time"),
        settings={name: str(value) for name, value in settings.items()} if isinstance(settings, dict) else {},
        triggers=tuple(_trigger(t) for t in triggers if isinstance(t, dict)) if isinstance(triggers, list) else (),
    )


def _node(properties: dict[str, Value]) -> ServedPlanNode:
    plans = properties.get("Plans")
    actual = None
    if "Actual Loops" in properties:
        actual = Actual(
            rows=_number(properties, "Actual Rows"),
            loops=_number(properties, "Actual Loops"),
            startup_ms=_optional(properties, "Actual Startup Time"),
            total_ms=_optional(properties, "Actual Total Time"),
        )
    return ServedPlanNode(
        kind=str(properties.get("Node Type", "")),
        properties={name: value for name, value in properties.items() if name not in ("Node Type", "Plans")},
        cost=Cost(
            startup=_number(properties, "Startup Cost"),
            total=_number(properties, "Total Cost"),
            rows=_number(properties, "Plan Rows"),
            width=int(_number(properties, "Plan Width")),
        ),
        actual=actual,
        children=tuple(_node(child) for child in plans if isinstance(child, dict)) if isinstance(plans, list) else (),
    )


def _trigger(trigger: dict[str, Value]) -> TriggerTime:
    return TriggerTime(
        name=str(trigger.get("Trigger Name", "")),
        constraint=str(trigger.get("Constraint Name", "")),
        relation=str(trigger.get("Relation", "")),
        milliseconds=_optional(trigger, "Time"),
        calls=_number(trigger, "Calls"),
    )


def _optional(properties: Mapping[str, Value], name: str) -> float | None:
    value = properties.get(name)
    return float(value) if isinstance(value, (int, float)) else None


def _number(properties: Mapping[str, Value], name: str) -> float:
    return _optional(properties, name) or 0.0
