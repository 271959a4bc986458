"""A plan for the eye: what each node took by itself and how many rows it gave, then the tree with its conditions.

Each line is a sequence of parts, a text and a look; the looks are NAMES, which the screen gives colours.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dsqltui.core.language import _, ngettext
from dsqltui.core.results.plan import DpuEstimate, Plan, PlanNode
from dsqltui.core.text.wrapping import cells

Part = tuple[str, str]
"""Text and look."""
LOOKS = ("text", "quiet", "head", "node", "costly", "index", "storage", "after")

_SHOWN_DETAILS = (
    "Sort Key",
    "Group Key",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "Join Type",
    "Recheck Cond",
    "One-Time Filter",
    "Sort Method",
    "Conflict Resolution",
)
_ESTIMATE_IS_OFF = 10
"""Times by which an estimate must miss to be shown beside the count."""
_TIME_WIDTH, _ROWS_WIDTH = 9, 9
_MARGIN = " " * (_TIME_WIDTH + _ROWS_WIDTH + 2)


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One line of the view."""

    parts: tuple[Part, ...]
    is_costly: bool = False

    @property
    def text(self) -> str:
        """Without looks."""
        return "".join(text for text, _unused in self.parts)


def plan_lines(plan: Plan, price_per_million: float | None = None, currency: str = "$") -> list[PlanLine]:
    """The view of a plan. `price_per_million` is of DPU; None leaves the price out and says how to set one."""
    unit = _("own time") if plan.is_timed else _("own cost")
    rows = _("rows") if plan.was_run else _("est. rows")
    heading = f"{unit:>{_TIME_WIDTH}} {_right(rows, _ROWS_WIDTH)} "
    lines = [PlanLine(((heading, "head"), ("node", "head")))]
    lines += _tree(plan, plan.root, "", "")
    lines.append(PlanLine((("", "text"),)))
    told = [f"{name} {text}" for name, text in plan.summary if name in ("Planning Time", "Execution Time")]
    if told:
        lines.append(PlanLine((("   ".join(told).replace(" Time", ""), "text"),)))
    if plan.dpu is not None:
        lines += _dpu(plan.dpu, price_per_million, currency)
    elif plan.was_run:
        lines.append(PlanLine(((_("EXPLAIN ANALYZE VERBOSE also estimates the DPU."), "quiet"),)))
    else:
        hint = _("Estimates only. EXPLAIN ANALYZE VERBOSE runs the statement and measures; it also estimates the DPU.")
        lines.append(PlanLine(((hint, "quiet"),)))
    return lines


def _tree(plan: Plan, node: PlanNode, lead: str, below: str) -> Iterator[PlanLine]:
    """The node's line, what belongs to it, its children; `lead` draws its branch, `below` those of what follows."""
    is_costly = node is plan.costly
    if node.subplan:
        yield PlanLine(((_MARGIN + below, "quiet"), (node.subplan, "quiet")))
    look = "costly" if is_costly else "node"
    numbers = f"{_own(plan, node):>{_TIME_WIDTH}} {_rows(node):>{_ROWS_WIDTH}} "
    yield PlanLine(((numbers, look if is_costly else "text"), (lead, "quiet"), (node.title, look)), is_costly)
    last = node.nodes[-1] if node.nodes else None
    rail = below + ("│ " if last is not None else "  ")
    share = plan.share(node)
    if is_costly and share is not None:
        told = _("◀ {share:.0%} of the {value}").format(share=share, value=_("time") if plan.is_timed else _("cost"))
        yield PlanLine(((_MARGIN + rail, "quiet"), (told, "costly")), is_costly)
    for parts in _belongings(node):
        yield PlanLine(((_MARGIN + rail, "quiet"), *parts))
    for child in node.nodes:
        is_last = child is last
        yield from _tree(plan, child, below + ("└ " if is_last else "├ "), below + ("  " if is_last else "│ "))


def _own(plan: Plan, node: PlanNode) -> str:
    if node.was_never_run:
        return _("not run")
    if plan.is_timed:
        return "" if node.own_ms is None else _("{own_ms:,.2f} ms").format(own_ms=node.own_ms)
    return "" if node.own_cost is None else f"{node.own_cost:,.0f}"


def _rows(node: PlanNode) -> str:
    if node.all_rows is not None:
        return f"{node.all_rows:,.0f}"
    return "" if node.rows is None else f"{node.rows:,.0f}"


def _belongings(node: PlanNode) -> Iterator[tuple[Part, ...]]:
    """Estimates that missed, conditions of the node, then its storage layers with theirs."""
    if node.actual_rows is not None and node.rows is not None and not node.was_never_run:
        larger, smaller = max(node.actual_rows, node.rows), max(1.0, min(node.actual_rows, node.rows))
        if larger / smaller >= _ESTIMATE_IS_OFF:
            came = f"{node.actual_rows:,.0f}" + (_(" a loop") if node.loops > 1 else "")
            yield ((_("estimated {rows:,.0f}, came {came}").format(rows=node.rows, came=came), "after"),)
    for name in _SHOWN_DETAILS:
        if text := node.detail(name):
            yield ((f"{name.lower()}  ", "quiet"), (text, "text"))
    has_index_cond = any(layer.detail("Index Cond") for child in node.layers for layer in child.walk())
    if (text := node.detail("Index Cond")) and not has_index_cond:
        yield _condition("index cond", text, "", "index")
    for layer in node.layers:
        yield from _layer(layer)
    if text := node.detail("Filter"):
        yield _condition("filter after", text, node.detail("Rows Removed by Filter"), "after")


def _layer(layer: PlanNode) -> Iterator[tuple[Part, ...]]:
    """A storage layer on one line, the conditions tested in it below."""
    tree = next((child for child in layer.children if child.title.startswith("B-Tree")), None)
    what = "lookup" if "Lookup" in layer.title else "storage"
    name = layer.title.partition(" on ")[2]
    rows = layer.all_rows if layer.all_rows is not None else layer.rows
    found = tree.all_rows if tree is not None and tree.all_rows is not None else None
    counts = "" if rows is None else ngettext("  {rows:,.0f} row", "  {rows:,.0f} rows", round(rows)).format(rows=rows)
    if found is not None and found != rows:
        counts = _("  {found:,.0f} rows read, {rows:,.0f} passed on").format(found=found, rows=rows)
    reads = layer.detail("Projections")
    yield (
        (f"{what} ", "quiet"),
        (name, "text"),
        (counts, "quiet"),
        (_("  reads {reads}").format(reads=reads) if reads else "", "quiet"),
    )
    if tree is not None and (text := tree.detail("Index Cond")):
        yield _condition("index cond", text, "", "index")
    if text := layer.detail("Filters"):
        yield _condition("storage filter", text, layer.detail("Rows Filtered"), "storage")


def _condition(where: str, text: str, removed: str, look: str) -> tuple[Part, ...]:
    gone = _("  −{removed:,} rows").format(removed=int(removed)) if removed.isdigit() else ""
    return ((f"{where:<15}", look), (text, "text"), (gone, "quiet"))


def _dpu(dpu: DpuEstimate, price_per_million: float | None, currency: str) -> Iterator[PlanLine]:
    parts = _("compute {compute:.5f} + read {read:.5f} + write {write:.5f}").format(
        compute=dpu.compute, read=dpu.read, write=dpu.write
    )
    if dpu.multi_region_write:
        parts += _(" + multi-Region write {multi_region_write:.5f}").format(multi_region_write=dpu.multi_region_write)
    yield PlanLine(((f"{dpu.total:.5f} DPU", "node"), (f"  = {parts}", "quiet")))
    for name, least in dpu.minimums:
        yield PlanLine(
            (
                (
                    _("A transaction is billed at least {least:.5f} DPU for {name}.").format(
                        least=least, name=name.lower()
                    ),
                    "quiet",
                ),
            )
        )
    if price_per_million is None:
        hint = _("Set results.price_per_million_dpu to your Region's price to see the cost.")
        yield PlanLine(((hint, "quiet"),))
        return
    each, million = dpu.price(price_per_million), dpu.total * price_per_million
    told = _("{currency}{million:,.2f} for a million runs, {currency}{each:.9f} each").format(
        currency=currency, million=million, each=each
    )
    yield PlanLine(
        (
            (told, "node"),
            (
                _("  at {currency}{price_per_million:,.2f} per million DPU").format(
                    currency=currency, price_per_million=price_per_million
                ),
                "quiet",
            ),
        )
    )


def _right(text: str, width: int) -> str:
    return " " * max(0, width - cells(text)) + text
