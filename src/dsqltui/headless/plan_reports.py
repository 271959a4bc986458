"""Reports of the plan doctor without a screen: made with the catalog, written as text or JSON, checked for a build."""

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dsqltui.core.formats import Format
from dsqltui.core.language import _
from dsqltui.core.plans.known_tables import UNKNOWN
from dsqltui.core.plans.report import FULL_SCAN, PlanReport, plan_report, report_text, report_values
from dsqltui.core.plans.scans import table_names
from dsqltui.core.results.outcome import Rows
from dsqltui.core.results.plan import parse_plan
from dsqltui.core.sessions.asking import reason_of
from dsqltui.core.sessions.session import Session
from dsqltui.core.text.safe_text import one_line
from dsqltui.headless.results import Ending, pages_of
from dsqltui.runner.results.held_result import HeldResult
from dsqltui.runner.statements.describing import NotAnswered, tables_of_plan


@dataclass(frozen=True, slots=True)
class PlacedReport:
    """A report, and where its statement stands."""

    report: PlanReport
    place: str
    """`FILE, line 3`; empty for what was typed."""


async def plan_lines_of(held: HeldResult | None, rows: Rows) -> tuple[str, ...]:
    """All lines of an EXPLAIN, also those that the session still holds."""
    lines: list[str] = []
    async with contextlib.aclosing(pages_of(held, rows, Ending())) as pages:
        async for page in pages:
            lines += [row[0] or "" for row in page]
    return tuple(lines)


async def examined(session: Session, sql: str, lines: tuple[str, ...]) -> PlanReport:
    """The report on EXPLAIN's lines; the catalog is asked on the same session."""
    plan = parse_plan(lines)
    known, trouble = UNKNOWN, ""
    if plan is not None:
        try:
            known = await tables_of_plan(session, table_names(plan))
        except NotAnswered as problem:
            trouble = _("The catalog was not read, so most causes cannot be found: {reason}.").format(
                reason=reason_of(problem.outcome)
            )
    return plan_report(sql, lines, plan, known, trouble)


def plan_text(placed: PlacedReport, form: Format) -> str:
    """One report: an object a line for JSON and JSONL, text for everything else."""
    if form in (Format.JSON, Format.JSONL):
        return json.dumps(report_values(placed.report, place=placed.place), ensure_ascii=False) + "\n"
    where = f"{placed.place}: " if placed.place else ""
    return where + report_text(placed.report)


def all_plans_text(plans: Sequence[PlacedReport], form: Format) -> str:
    """All reports of a run: one array for JSON."""
    if form is Format.JSON:
        values = [report_values(placed.report, place=placed.place) for placed in plans]
        return json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    return "".join(plan_text(placed, form) for placed in plans)


def failing(plans: Sequence[PlacedReport], fail_on: Sequence[str], say: Callable[[str], object]) -> bool:
    """Whether a plan has what a build must not have; each is said."""
    is_failing = False
    for placed in plans:
        for what in fail_on:
            if placed.report.has(what):
                is_failing = True
                where = f"{placed.place}: " if placed.place else ""
                tables = ", ".join(scan.shown_name for scan in placed.report.full_scans)
                told = _(" of {tables}").format(tables=tables) if what == FULL_SCAN else ""
                say(
                    _("dsqltui: {where}{what}{told} in: {sql}").format(
                        where=where, what=what, told=one_line(told), sql=one_line(placed.report.sql, 100)
                    )
                )
    return is_failing
