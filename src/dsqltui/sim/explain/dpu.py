"""What a statement costs in Distributed Processing Units, from its plan.

Rates and minimums: AWS User Guide, billing of Aurora DSQL. That the estimate of one statement is not raised to the
transaction's minimum, but tells it: AWS User Guide, "DPUs in EXPLAIN ANALYZE". Which bytes are counted is simulated.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dsqltui.core.aws.dpu_rates import (
    MINIMUM_ACCESS_BYTES,
    MINIMUM_READ_BYTES,
    MINIMUM_WRITE_BYTES,
    READ_DPU_PER_BYTE,
    WRITE_DPU_PER_BYTE,
)
from dsqltui.sim.explain.plan import QueryPlan, ServedPlanNode
from dsqltui.sim.explain.plan_schema import PlanSchema, TableFacts

_ENTRIES_PER_INDEX: Mapping[str, int] = {"Insert": 1, "Delete": 1, "Update": 2, "Merge": 1}
"""Index entries written for a row; an update removes one and adds one."""


@dataclass(frozen=True, slots=True)
class StatementDpu:
    """A statement's estimate, in DPU to five decimals."""

    compute: float
    read: float
    write: float

    @property
    def multi_region_write(self) -> float:
        """The same amount again for the other Region. Source: AWS User Guide, billing."""
        return self.write

    @property
    def total(self) -> float:
        return round(self.compute + self.read + self.write + self.multi_region_write, 5)

    def lines(self) -> tuple[str, ...]:
        """The block under EXPLAIN ANALYZE VERBOSE."""
        read_minimum = MINIMUM_READ_BYTES * READ_DPU_PER_BYTE
        write_minimum = MINIMUM_WRITE_BYTES * WRITE_DPU_PER_BYTE
        lines = [
            "Statement DPU Estimate:",
            f"  Compute: {self.compute:.5f} DPU",
            f"  Read: {self.read:.5f} DPU{_note(self.read, read_minimum)}",
            f"  Write: {self.write:.5f} DPU{_note(self.write, write_minimum)}",
        ]
        if self.write:  # of a multi-Region cluster, and not of a query (recorded 2026-05)
            note = _note(self.multi_region_write, write_minimum)
            lines.append(f"  Multi-Region Write: {self.multi_region_write:.5f} DPU{note}")
        return (*lines, f"  Total: {self.total:.5f} DPU")


def _note(value: float, minimum: float) -> str:
    return f" (Transaction minimum: {minimum:.5f})" if 0 < value < round(minimum, 5) else ""


def estimate(plan: QueryPlan, root: ServedPlanNode, schema: PlanSchema) -> StatementDpu:
    """The estimate for a plan that was run; `root` is the plan with its storage layers."""
    read = written = 0.0
    for node in root.walk():
        table = schema.tables.get((node.text("Schema"), node.text("Relation Name")))
        read += _bytes_read(node, table)
        written += _bytes_written(node, table)
    return StatementDpu(
        compute=round(((plan.planning_ms or 0.0) + (plan.execution_ms or 0.0)) / 1000, 5),
        read=round(read * READ_DPU_PER_BYTE, 5),
        write=round(written * WRITE_DPU_PER_BYTE, 5),
    )


def _bytes_read(node: ServedPlanNode, table: TableFacts | None) -> float:
    """All entries that the B-trees are read for, filtered or not; an INSERT looks each new key up."""
    if node.kind == "ModifyTable" and node.text("Operation") == "Insert":
        return _rows_written(node) * MINIMUM_ACCESS_BYTES
    if node.actual is None or node.actual.loops == 0:
        return 0
    found = 0.0
    for layer in node.layers:
        rows = (layer.bottom.actual_rows or 0.0) * node.actual.loops
        width = max(node.cost.width, table.entry_width(layer.index) if table is not None else 0)
        found += max(rows * width, MINIMUM_ACCESS_BYTES)
    return found


def _bytes_written(node: ServedPlanNode, table: TableFacts | None) -> float:
    if node.kind != "ModifyTable":
        return 0
    secondary = sum(not index.is_primary for index in table.indexes) if table is not None else 0
    entries = secondary * _ENTRIES_PER_INDEX.get(node.text("Operation"), 0)
    width = table.entry_width() if table is not None else max((c.cost.width for c in node.children), default=0)
    return _rows_written(node) * (max(width, MINIMUM_ACCESS_BYTES) + entries * MINIMUM_ACCESS_BYTES)


def _rows_written(node: ServedPlanNode) -> float:
    counts = [name for name in ("Tuples Inserted", "Tuples Updated", "Tuples Deleted") if name in node.properties]
    if counts:
        updated = node.number("Conflicting Tuples") if node.text("Conflict Resolution") == "UPDATE" else 0.0
        return sum(node.number(name) for name in counts) + updated
    source = next((child for child in node.children if child.text("Parent Relationship") == "Outer"), None)
    return source.actual.all_rows if source is not None and source.actual is not None else 0.0
