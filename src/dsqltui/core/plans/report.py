"""What the doctor says of one statement, as lines for people and as values for JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dsqltui.core.language import _
from dsqltui.core.plans.doctor import examine
from dsqltui.core.plans.finding import ExaminedPlan, Finding
from dsqltui.core.plans.known_tables import UNKNOWN, KnownTables
from dsqltui.core.plans.scans import TableScan
from dsqltui.core.results.plan import Plan

FULL_SCAN = "full-scan"
"""What a check may ask for beside the ids of the rules: a table of which all rows are read."""
ANY_CAUSE = "any-cause"
_OF_THE_SYSTEM = frozenset({"pg_catalog", "information_schema", "sys", "pg_toast"})


@dataclass(frozen=True, slots=True)
class PlanReport:
    """A statement, its plan, and why that is slow. Texts are the server's and the person's: not safe to paint."""

    sql: str
    """Without EXPLAIN."""
    lines: tuple[str, ...]
    """EXPLAIN's own."""
    plan: Plan | None
    """None when the lines are no plan."""
    scans: tuple[TableScan, ...] = ()
    findings: tuple[Finding, ...] = ()
    trouble: str = ""
    """Why the catalog was not asked, or gave no answer: then most rules can find nothing."""

    @property
    def full_scans(self) -> tuple[TableScan, ...]:
        """Scans of all rows of a table of yours."""
        return tuple(scan for scan in self.scans if scan.is_full and scan.schema not in _OF_THE_SYSTEM)

    def has(self, what: str) -> bool:
        """Whether it has a finding of that rule, a full scan, or any cause."""
        if what == FULL_SCAN:
            return bool(self.full_scans)
        return any(what in (ANY_CAUSE, finding.rule) for finding in self.findings)


def plan_report(
    sql: str, lines: tuple[str, ...], plan: Plan | None, known: KnownTables = UNKNOWN, trouble: str = ""
) -> PlanReport:
    """The report on a plan that was parsed already."""
    if plan is None:
        return PlanReport(sql, lines, None, trouble=trouble)
    scans = ExaminedPlan(plan, sql, known).scans
    return PlanReport(sql, lines, plan, scans, examine(plan, sql, known), trouble)


def finding_lines(finding: Finding, number: int, *, with_evidence: bool = True) -> Iterator[tuple[str, str]]:
    """Text and look of each line of one finding; the looks are those of `core.results.plan_lines`."""
    yield f"{number}. {finding.cause}", "costly"
    if finding.proof:
        yield f"   {finding.proof}", "text"
    for line in finding.cure.splitlines():
        yield f"     {line}", "index"
    if finding.price:
        yield f"   {finding.price}", "quiet"
    if with_evidence:
        yield f"   {finding.rule} · {finding.evidence}", "quiet"


def report_text(report: PlanReport) -> str:
    """The report as text for a file or a terminal, with a line end."""
    out = [" ".join(report.sql.split()), "", *(f"  {line}" for line in report.lines), ""]
    if report.plan is None:
        out.append(_("This is no plan that can be read here."))
    elif not report.findings:
        out.append(_("No cause found.") if not report.trouble else _("No cause found without the catalog."))
    for number, finding in enumerate(report.findings, 1):
        out += [text for text, _unused in finding_lines(finding, number)]
    if report.trouble:
        out.append(report.trouble)
    return "\n".join(out) + "\n\n"


def report_values(report: PlanReport, *, place: str = "") -> dict[str, Any]:
    """The report for JSON. Rows are of all loops, estimated unless `was_run`; DPU is null unless ANALYZE ran."""
    plan = report.plan
    summary = dict(plan.summary) if plan is not None else {}
    dpu = plan.dpu if plan is not None else None
    return {
        "statement": report.sql,
        "place": place,
        "was_run": plan is not None and plan.was_run,
        "full_scans": [scan.shown_name for scan in report.full_scans],
        "scans": [_scan_values(scan) for scan in report.scans],
        "findings": [
            {
                "rule": finding.rule,
                "cause": finding.cause,
                "proof": finding.proof,
                "cure": finding.cure,
                "price": finding.price,
                "evidence": finding.evidence,
                "rows": finding.rows,
            }
            for finding in report.findings
        ],
        "dpu": None
        if dpu is None
        else {
            "compute": dpu.compute,
            "read": dpu.read,
            "write": dpu.write,
            "multi_region_write": dpu.multi_region_write,
            "total": dpu.total,
        },
        "planning_ms": _milliseconds(summary.get("Planning Time", "")),
        "execution_ms": _milliseconds(summary.get("Execution Time", "")),
        "trouble": report.trouble,
        "plan": list(report.lines),
    }


def _scan_values(scan: TableScan) -> dict[str, Any]:
    return {
        "table": scan.shown_name,
        "kind": scan.kind,
        "index": scan.index_name,
        "is_full": scan.is_full,
        "rows_read": scan.rows_read,
        "rows_passed": scan.rows_passed,
        "rows_looked_up": scan.rows_looked_up,
        "conditions": [{"text": each.text, "tested_in": each.where.value} for each in scan.conditions],
    }


def _milliseconds(text: str) -> float | None:
    number = text.removesuffix(" ms")
    return float(number) if number.replace(".", "", 1).isdigit() else None
