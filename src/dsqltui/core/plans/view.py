"""What the doctor found, as lines of a pane: causes first, each with its cure, broken to the pane's width."""

from collections.abc import Iterator

from dsqltui.core.language import _, ngettext
from dsqltui.core.plans.report import PlanReport, finding_lines
from dsqltui.core.results.plan_lines import Part
from dsqltui.core.text.wrapping import wrapped


def doctor_lines(report: PlanReport, width: int, cure_key: str) -> Iterator[tuple[Part, ...]]:
    """Lines of parts for above the tree, none without a finding. `cure_key` puts a cure into the editor."""
    if not report.findings:
        return
    count = len(report.findings)
    heading = ngettext("{count} cause", "{count} causes", count).format(count=count)
    if any(finding.cure for finding in report.findings):
        heading += _("; {key} puts a cure into the editor").format(key=cure_key)
    yield ((heading, "head"),)
    for number, finding in enumerate(report.findings, 1):
        for text, look in finding_lines(finding, number):
            yield from _broken(text, look, width)
    yield (("", "text"),)


def doctor_notes(report: PlanReport, width: int) -> Iterator[tuple[Part, ...]]:
    """Lines for below the tree: that nothing was found, or why not much could be."""
    if not report.findings:
        yield from _broken(
            _("No cause of slowness found.") if not report.trouble else _("No cause found."), "quiet", width
        )
    if report.trouble:
        yield from _broken(report.trouble, "quiet", width)


def _broken(text: str, look: str, width: int) -> Iterator[tuple[Part, ...]]:
    for line in wrapped(text, max(20, width)):
        yield ((line, look),)
