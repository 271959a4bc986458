"""Two plans held against each other: what each reads, looks up, takes and costs, and how much less that is."""

from collections.abc import Iterator
from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.core.plans.scans import TableScan
from dsqltui.core.results.plan import Plan
from dsqltui.core.text.wrapping import padded


@dataclass(frozen=True, slots=True)
class PlanFigure:
    """One number of both plans; None where a plan does not tell it."""

    name: str
    before: float | None
    after: float | None
    form: str
    """Of the number, for format()."""
    unit: str = ""

    def shown(self, value: float | None) -> str:
        """A value with its unit; `not told` for None."""
        return _("not told") if value is None else f"{value:{self.form}}{self.unit}"

    @property
    def is_better(self) -> bool:
        """Whether it became less."""
        return self.before is not None and self.after is not None and self.after < self.before


def plan_figures(
    before: Plan, before_scans: tuple[TableScan, ...], after: Plan, after_scans: tuple[TableScan, ...]
) -> tuple[PlanFigure, ...]:
    """Rows read, rows looked up, time, DPU, cost; estimated rows where a plan was not run."""
    plans = (before, before_scans), (after, after_scans)
    read = [sum(scan.rows_read or 0.0 for scan in scans) for _unused, scans in plans]
    looked_up = [sum(scan.rows_looked_up for scan in scans) for _unused, scans in plans]
    word = _("rows read") if before.was_run and after.was_run else _("est. rows")
    return (
        PlanFigure(word, read[0], read[1], ",.0f"),
        PlanFigure(_("looked up"), looked_up[0], looked_up[1], ",.0f"),
        PlanFigure(_("time"), _execution_ms(before), _execution_ms(after), ",.2f", " ms"),
        PlanFigure("DPU", _dpu(before), _dpu(after), ".5f"),
        PlanFigure(_("cost"), before.root.total_cost, after.root.total_cost, ",.2f"),
    )


def figure_lines(figures: tuple[PlanFigure, ...], *, is_after: bool) -> Iterator[tuple[str, str]]:
    """Text and look of the lines above one of the two plans."""
    yield (_("AFTER") if is_after else _("BEFORE")), "head"
    for figure in figures:
        if figure.before is None and figure.after is None:
            continue
        if is_after:
            look = "index" if figure.is_better else "text"
            yield (
                _("{name} {after}   was {before}").format(
                    name=padded(figure.name, 10), after=figure.shown(figure.after), before=figure.shown(figure.before)
                ),
                look,
            )
        else:
            yield f"{padded(figure.name, 10)} {figure.shown(figure.before)}", "text"


def _dpu(plan: Plan) -> float | None:
    return plan.dpu.total if plan.dpu is not None else None


def _execution_ms(plan: Plan) -> float | None:
    text = dict(plan.summary).get("Execution Time", "").removesuffix(" ms")
    return float(text) if text.replace(".", "", 1).isdigit() else None
