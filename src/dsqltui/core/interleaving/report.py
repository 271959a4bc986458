"""What was found, for people: a table of the outcomes with a picture of each, and the same as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dsqltui.core.interleaving.comparing import OrderRun
from dsqltui.core.interleaving.cures import GUARD_SETUP, TriedCure, advice_on, ranked
from dsqltui.core.interleaving.findings import Coverage, Findings, OutcomeGroup
from dsqltui.core.interleaving.judging import OrderVerdict
from dsqltui.core.interleaving.orders import shown_order
from dsqltui.core.interleaving.picture import SIGNS, OrderStep, answer_text, final_text, picture_of, sql_text, steps_of
from dsqltui.core.interleaving.scripts import LETTERS
from dsqltui.core.language import _
from dsqltui.core.secrets import without_secrets
from dsqltui.core.text.markup import markdown_code
from dsqltui.core.text.markup import markdown_text as in_markdown
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import padded

_SHOWN_CURES = 3


@dataclass(frozen=True, slots=True)
class CaseReport:
    """A case with all that is to be told of it."""

    findings: Findings
    cures: tuple[TriedCure, ...] = ()
    failures: tuple[str, ...] = field(default=())
    """What is not as expected."""


def headline(findings: Findings) -> str:
    """`write-skew: 4 of 4 classes run (252 orders), 0.2 s`."""
    done, planned = len(findings.judged), findings.planned
    all_orders = _("{order_count:,} orders").format(order_count=findings.order_count)
    match findings.coverage:
        case Coverage.CLASSES:
            what = _("{done} of {planned} classes of {all_orders}").format(
                done=done, planned=planned, all_orders=all_orders
            )
        case Coverage.ALL:
            what = _("{done:,} of {all_orders}").format(done=done, all_orders=all_orders)
            what += (
                _(", {class_count} classes").format(class_count=findings.class_count)
                if findings.class_count is not None
                else ""
            )
        case Coverage.SAMPLE:
            what = _("a random sample of {done:,} of {all_orders} (seed {seed})").format(
                done=done, all_orders=all_orders, seed=findings.seed
            )
        case Coverage.LISTED:
            what = _("{done} of {planned} orders that the file lists").format(done=done, planned=planned)
    stopped = "" if findings.is_complete else _("; stopped before the end")
    return _("{name}: {what} run{stopped}, {duration_s:.1f} s").format(
        name=one_line(findings.spec.name), what=what, stopped=stopped, duration_s=findings.duration_s
    )


def table_text(report: CaseReport, width: int = 100) -> str:
    """The report as plain text, lines ended; safe for terminals."""
    findings = report.findings
    lines = [headline(findings), ""]
    has_covers = any(group.covers is not None for group in findings.groups) and findings.coverage is Coverage.CLASSES
    lines.append((_("  run    of all  ") if has_covers else "  run  ") + "outcome")
    for group in findings.groups:
        covers = f"{group.covers:>10,}" if has_covers and group.covers is not None else " " * (10 if has_covers else 0)
        lines.append(f"{len(group.members):>5,}{covers}  {group.title}")
    if findings.is_retrying:
        good = sum(one.is_serial_after_retry is True for one in findings.judged)
        lines += [
            "",
            _("With retry {good:,} of {count:,} orders end as a serial order does.").format(
                good=good, count=len(findings.judged)
            ),
        ]
    for group in findings.groups:
        if _is_worth_a_picture(group):
            lines += ["", *_pictured(findings, group, width)]
    if report.cures:
        lines += ["", _("The way out"), *(f"  {line}" for line in cure_lines(report.cures))]
    lines += (
        ["", *(_("Note: {note}").format(note=one_line(note, 300)) for note in findings.notes)] if findings.notes else []
    )
    lines += (
        ["", *(_("Not as expected: {failure}").format(failure=failure) for failure in report.failures)]
        if report.failures
        else []
    )
    return "\n".join(line.rstrip() for line in lines) + "\n"


def cure_lines(tried: Sequence[TriedCure]) -> list[str]:
    """What was tried, the best first, and what to do where nothing of it helps."""
    best = ranked(tried)
    lines = [one_line(without_secrets(one.sentence), 300) for one in best[:_SHOWN_CURES]]
    if best and best[0].works:
        setup = GUARD_SETUP if best[0].cure.needs_guard else ()
        written = [*(_("once: {sql}").format(sql=sql) for sql in setup), *best[0].cure.lines]
        lines[1:1] = [f"  {one_line(without_secrets(line), 300)}" for line in written]
    if len(best) > _SHOWN_CURES:
        more = len(best) - _SHOWN_CURES
        lines.append(_("(one more was tried)") if more == 1 else _("({count} more were tried)").format(count=more))
    advice = advice_on(tried)
    return [*lines, advice] if advice else lines


def final_lines(findings: Findings, run: OrderRun) -> list[str]:
    """The final state of a run beside those of the serial orders."""
    if not run.final:
        return [_("The final state was not looked at.")]
    lines = [_("final state     {final_text}").format(final_text=final_text(run, findings.check))]
    everybody = len(findings.scripts)
    for serial, own in findings.serials.items():
        if len(serial) == everybody:
            name = ", ".join(LETTERS[n] for n in serial)
            lines.append(
                _("  after {name} {final_text}").format(
                    name=padded(name, 9), final_text=final_text(own, findings.check)
                )
            )
    return lines


def step_lines(steps: Sequence[OrderStep], width: int = 100) -> list[str]:
    """One line for each step: session, statement, answer."""
    room = max(20, (width - 8) * 3 // 5)
    lines = []
    for number, step in enumerate(steps, 1):
        sql = sql_text(step.statement, room - 1)
        lines.append(f"{number:>3} {step.letter} {sql:<{room}} {answer_text(step.outcome, max(20, width - room - 8))}")
    return lines


def markdown_text(report: CaseReport) -> str:
    """The report as Markdown: a table of the outcomes, a picture and the steps of each, the scripts."""
    findings = report.findings
    lines = [f"# Interleavings: {one_line(findings.spec.name)}", "", headline(findings).partition(": ")[2] + ".", ""]
    lines += ["| orders run | of all orders | outcome | example |", "| ---: | ---: | --- | --- |"]
    for group in findings.groups:
        covers = "" if group.covers is None else f"{group.covers:,}"
        lines.append(
            f"| {len(group.members):,} | {covers} | {in_markdown(group.title)} | `{shown_order(group.example.order)}` |"
        )
    if findings.is_retrying:
        good = sum(one.is_serial_after_retry is True for one in findings.judged)
        lines += [
            "",
            _("With retry {good:,} of {count:,} orders end as a serial order does.").format(
                good=good, count=len(findings.judged)
            ),
        ]
    for group in findings.groups:
        steps = steps_of(findings.scripts, group.example.order, group.example.run)
        lines += ["", f"## {in_markdown(group.title)}", "", "```", *picture_of(findings.scripts, steps), "```", ""]
        lines += [_("| | session | statement | answer |"), "| ---: | --- | --- | --- |"]
        for number, step in enumerate(steps, 1):
            sql = without_secrets(sql_text(step.statement, 300))
            lines.append(
                f"| {number} | {step.letter} | {markdown_code(sql)} | {in_markdown(answer_text(step.outcome, 300))} |"
            )
        lines += ["", "```", *final_lines(findings, group.example.run), "```"]
    if report.cures:
        lines += [
            "",
            "## The way out",
            "",
            *(
                f"{'  ' if line.startswith(' ') else ''}- {in_markdown(line.strip())}"
                for line in cure_lines(report.cures)
            ),
        ]
    lines += ["", "## Scripts"]
    for letter, script in zip(LETTERS, findings.scripts, strict=False):
        lines += ["", f"{letter}:", "", "```sql", *(f"{without_secrets(s.sql)};" for s in script.statements), "```"]
    if findings.notes:
        lines += ["", "## Notes", "", *(f"- {in_markdown(one_line(note, 300))}" for note in findings.notes)]
    if report.failures:
        lines += ["", "## Not as expected", "", *(f"- {in_markdown(failure)}" for failure in report.failures)]
    lines += ["", _("Signs: {signs}").format(signs=_(SIGNS))]
    return "\n".join(lines) + "\n"


def _is_worth_a_picture(group: OutcomeGroup) -> bool:
    return group.is_odd or group.judgement.verdict not in (OrderVerdict.SERIALISABLE,)


def _pictured(findings: Findings, group: OutcomeGroup, width: int) -> list[str]:
    steps = steps_of(findings.scripts, group.example.order, group.example.run)
    name = f" ({one_line(group.example.name, 60)})" if group.example.name else ""
    lines = [f"{group.title}{name}", *(f"  {lane}" for lane in picture_of(findings.scripts, steps, width))]
    lines += [without_secrets(line) for line in step_lines(steps, width)]
    return lines + [f"    {line}" for line in final_lines(findings, group.example.run)]
