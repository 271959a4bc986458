"""A plan as lines of text, in the form and with the indentation Aurora DSQL uses.

PostgreSQL's nodes keep PostgreSQL's form. The layers under a scan begin with `-> ` at the indentation of the scan's own
lines, and each level moves four columns to the right. Recorded on real clusters, 2026-02 to 2026-10: two spaces before
the costs and `loops=1` among them; the AWS User Guide, older, shows one space and no loops.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dsqltui.sim.explain.options import ExplainRequest
from dsqltui.sim.explain.plan import Actual, Cost, Layer, QueryPlan, ServedPlanNode, TriggerTime
from dsqltui.sim.explain.plan_access import BATCHED_JOIN
from dsqltui.sim.explain.plan_details import details
from dsqltui.sim.explain.plan_titles import layer_title, node_title, quoted

_LAYER_INDENT = " " * 4


def plan_lines(root: ServedPlanNode, request: ExplainRequest, *, one_relation: bool) -> Iterator[str]:
    """The tree's lines. `one_relation`: see storage_plan.is_one_relation, to be asked of PostgreSQL's own tree."""
    aliases = frozenset(node.text("Alias") for node in root.walk()) - {""}
    yield from _Renderer(request, aliases, one_relation).node(root, 0)


def summary_lines(plan: QueryPlan, request: ExplainRequest) -> Iterator[str]:
    """What stands below the tree, up to the times."""
    if request.settings and plan.settings:
        yield "Settings: " + ", ".join(f"{name} = '{value}'" for name, value in plan.settings.items())
    if request.verbose:
        yield f"Query Identifier: {request.query_identifier}"
    if request.shows_summary and plan.planning_ms is not None:
        yield f"Planning Time: {plan.planning_ms:.3f} ms"
    triggers = [trigger for trigger in plan.triggers if trigger.constraint]  # Aurora DSQL has no others: they are ours
    on_several = len({trigger.relation for trigger in triggers}) > 1
    for trigger in triggers:
        yield _trigger_line(trigger, with_name=request.verbose, with_relation=on_several)
    if request.shows_summary and plan.execution_ms is not None:
        yield f"Execution Time: {plan.execution_ms:.3f} ms"


def _trigger_line(trigger: TriggerTime, *, with_name: bool, with_relation: bool) -> str:
    title = "Trigger"
    if with_name or not trigger.constraint:
        title += f" {trigger.name}"
    if trigger.constraint:
        title += f" for constraint {trigger.constraint}"
    if with_relation:
        title += f" on {trigger.relation}"
    took = f"time={trigger.milliseconds:.3f} " if trigger.milliseconds is not None else ""
    return f"{title}: {took}calls={trigger.calls:.0f}"


@dataclass(frozen=True, slots=True)
class _Renderer:
    request: ExplainRequest
    aliases: frozenset[str]
    one_relation: bool

    def node(self, node: ServedPlanNode, level: int, above: str = "") -> Iterator[str]:
        """A node's lines; `level` counts PostgreSQL's steps of two columns, `above` is the relation it belongs to."""
        subplan = node.text("Subplan Name")
        if subplan:
            yield f"{'  ' * level}{subplan}"
            level += 1
        arrow = f"{'  ' * level}->  " if level else ""
        title = node_title(node, verbose=self.request.verbose)
        yield f"{arrow}{title}{self._costs(node.cost)}{self._actual(node.actual)}"
        level += 3 if level else 1
        indent = "  " * level
        for line in details(node, verbose=self.request.verbose, hidden=self._hidden(node, above)):
            yield f"{indent}{line}"
        for layer in node.layers:
            yield from self._layer(layer, node, indent)
        for child in node.children:
            yield from self.node(child, level, node.text("Alias") or above)

    def _hidden(self, node: ServedPlanNode, above: str) -> frozenset[str]:
        """Relations left out before columns: in a scan its own, where there is only one relation that, else none."""
        if self.request.verbose or node.kind == "Subquery Scan":
            return frozenset()
        if self.one_relation:
            return self.aliases
        alias = node.text("Alias")
        if node.kind == "Bitmap Index Scan":
            alias = above
        elif node.kind == BATCHED_JOIN:
            alias = node.children[1].text("Alias")  # its conditions are about the scan on the inner side
        return frozenset({alias}) - {""}

    def _layer(self, layer: Layer, node: ServedPlanNode, indent: str) -> Iterator[str]:
        title = layer_title(layer, node, verbose=self.request.verbose)
        yield f"{indent}-> {title}{self._layer_numbers(layer, node)}"
        indent += _LAYER_INDENT
        if layer.projections:
            yield f"{indent}Projections: {', '.join(map(quoted, layer.projections))}"
        if layer.limit is not None:
            yield f"{indent}Limit: {layer.limit}"
        if layer.index_cond:
            yield f"{indent}Index Cond: {layer.qualified_index_cond if self.request.verbose else layer.index_cond}"
        if layer.filters:
            yield f"{indent}Filters: {layer.filters}"
        if layer.rows_filtered is not None:
            yield f"{indent}Rows Filtered: {layer.rows_filtered:.0f}"
        if layer.child is not None:
            yield from self._layer(layer.child, node, indent)

    def _layer_numbers(self, layer: Layer, node: ServedPlanNode) -> str:
        cost, actual = node.cost, node.actual
        numbers = ""
        if self.request.costs:
            numbers = f"  (cost={cost.startup:.2f}..{cost.total:.2f} rows={layer.rows:.0f} width={cost.width} loops=1)"
        if actual is None:
            return numbers
        if actual.loops == 0:
            return f"{numbers} (never executed)"
        return f"{numbers} (actual rows={layer.actual_rows or 0:.0f} loops={actual.loops:.0f})"

    def _costs(self, cost: Cost) -> str:
        if not self.request.costs:
            return ""
        return f"  (cost={cost.startup:.2f}..{cost.total:.2f} rows={cost.rows:.0f} width={cost.width})"

    def _actual(self, actual: Actual | None) -> str:
        if actual is None:
            return ""
        if actual.loops == 0:
            return " (never executed)"
        times = ""
        if actual.startup_ms is not None and actual.total_ms is not None:
            times = f"time={actual.startup_ms:.3f}..{actual.total_ms:.3f} "
        return f" (actual {times}rows={actual.rows:.0f} loops={actual.loops:.0f})"
