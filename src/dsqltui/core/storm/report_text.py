"""The report as text: a table for people, Markdown, CSV by second, JSON."""

import json
from collections.abc import Iterator, Sequence

from dsqltui.core.formats import Encoder, Format, encoded, encoder
from dsqltui.core.formats.table import Table
from dsqltui.core.language import _
from dsqltui.core.results.outcome import Column
from dsqltui.core.storm.report import (
    SIMULATOR_NOTE,
    StormReport,
    as_json,
    attempts_of_commits,
    design_lines,
    designs_as_json,
    endpoint_lines,
    error_lines,
)
from dsqltui.core.text.safe_text import one_line

_TEXT, _NUMBER = 25, 1700
_BAR = 40
REPORT_FORMATS = ("table", "json", "csv", "markdown")


def report_text(form: str, reports: Sequence[StormReport]) -> str:
    """One report, or two designs side by side, in one of REPORT_FORMATS."""
    match form:
        case "json":
            found = as_json(reports[0]) if len(reports) == 1 else designs_as_json(reports[0], reports[1])
            return json.dumps(found, ensure_ascii=False, indent=2) + "\n"
        case "csv":
            return _csv(reports)
        case "markdown":
            return "\n".join(_markdown(reports))
        case _:
            return "\n".join(_lines(reports)) + "\n"


def _csv(reports: Sequence[StormReport]) -> str:
    latencies = [f"{what}_{p}_ms" for what in ("transaction", "commit") for p in ("p50", "p95", "p99")]
    names = ["design", "second", "endpoint", "commits", "conflicts", *latencies]
    rows = [
        (
            report.name,
            str(second.second),
            one.name,
            str(second.commits),
            str(second.conflicts),
            *(str(value) for value in (*second.transaction.in_ms.values(), *second.commit.in_ms.values())),
        )
        for report in reports
        for one in report.tally.endpoints
        for second in one.seconds
    ]
    return "".join(encoded(encoder(Format.CSV, [Column(name, _TEXT) for name in names]), rows))


def _heading(report: StormReport) -> str:
    name = f"{report.name}: " if report.name else ""
    scripts = ", ".join(one_line(script, 60) for script in report.scripts)
    return _("{name}{scripts}, {sessions} sessions, {elapsed_s:.1f} s").format(
        name=name, scripts=scripts, sessions=report.sessions, elapsed_s=report.elapsed_s
    )


def _columns(reports: Sequence[StormReport]) -> list[Column]:
    if len(reports) == 2:
        names = [f"{report.name} {'+'.join(report.scripts)}"[:30] for report in reports] + ["B : A"]
    else:
        names = [one.name for one in reports[0].tally.endpoints]
        names += [_("both")] if len(names) > 1 else []
    return [Column("", _TEXT), *(Column(name, _NUMBER) for name in names)]


def _rows(reports: Sequence[StormReport]) -> Sequence[tuple[str, ...]]:
    return endpoint_lines(reports[0]) if len(reports) == 1 else design_lines(reports[0], reports[1])


def _lines(reports: Sequence[StormReport]) -> Iterator[str]:
    yield from map(_heading, reports)
    columns = _columns(reports)
    yield from _table(Table(columns, has_footer=False), _rows(reports))
    for report in reports:
        title = _(", design {name}").format(name=report.name) if report.name else ""
        yield from _attempts(report, title)
        yield from _hot(report, title)
        yield from (one_line(line, 200) for line in error_lines(report))
        if report.tally.not_begun:
            yield _("{not_begun:,} transactions were due and never began{title}: the rate is too high.").format(
                not_begun=report.tally.not_begun, title=title
            )
        if report.tally.late_s.count:
            late = report.tally.late_s.percentiles()
            yield _("Began later than due{title}: p50 {p50_s:.1f} ms, p99 {p99_s:.1f} ms.").format(
                title=title, p50_s=late.p50_s * 1000.0, p99_s=late.p99_s * 1000.0
            )
    yield from dict.fromkeys(one_line(_(report.ended_early), 300) for report in reports if report.ended_early)
    if any(report.is_simulator for report in reports):
        yield _(SIMULATOR_NOTE)


def _table(writer: Encoder, rows: Sequence[tuple[str, ...]]) -> list[str]:
    text = "".join(encoded(writer, rows))
    return [line.rstrip() for line in text.splitlines()]


def attempt_bars(report: StormReport, width: int) -> list[tuple[int, int, str]]:
    """Attempts, commits that took so many, and a bar for them of at most `width` cells; from 8 attempts on together."""
    counts = attempts_of_commits(report)
    shown = [one for one in counts if one[0] < 8]
    more = sum(count for attempts, count in counts if attempts >= 8)
    shown += [(8, more)] if more else []
    most = max((count for _unused, count in shown), default=0)
    return [(attempts, count, "█" * max(1, round(width * count / most))) for attempts, count in shown]


def _attempts(report: StormReport, title: str) -> Iterator[str]:
    bars = attempt_bars(report, _BAR)
    if len(bars) < 2:
        return
    yield _("Commits by attempts{title}:").format(title=title)
    for attempts, count, bar in bars:
        yield f"  {attempts if attempts < 8 else '8+':>2} {count:>9,} {bar}"


def _hot(report: StormReport, title: str) -> Iterator[str]:
    heat = report.tally.heat.picture()
    if not heat.told and not heat.not_told:
        return
    yield _("Rows of losing transactions{title}:").format(title=title)
    for hot in heat.top:
        yield f"  {hot.lost:>9,}  {one_line(hot.row.shown, 100)}"
    yield from (
        _("  {count:>9,}  {table} (key not told)").format(count=count, table=one_line(table, 80))
        for table, count in heat.not_told.items()
    )
    if heat.keys > 1:
        yield _("  the hottest 1 % of {keys:,} keys: {hottest_share:.0f} % of them").format(
            keys=heat.keys, hottest_share=heat.hottest_share * 100
        )


def _markdown(reports: Sequence[StormReport]) -> Iterator[str]:
    yield "# Load and conflicts\n"
    for report in reports:
        yield f"- {_heading(report)}"
    yield ""
    yield from _table(encoder(Format.MARKDOWN, _columns(reports)), _rows(reports))
    for report in reports:
        title = _(", design {name}").format(name=report.name) if report.name else ""
        bars = attempt_bars(report, _BAR)
        if len(bars) > 1:
            yield _("\n## Commits by attempts{title}\n").format(title=title)
            columns = [Column(_("attempts"), _NUMBER), Column(_("commits"), _NUMBER), Column("", _TEXT)]
            rows = [(str(attempts) if attempts < 8 else "8+", f"{count:,}", bar) for attempts, count, bar in bars]
            yield from _table(encoder(Format.MARKDOWN, columns), rows)
        heat = report.tally.heat.picture()
        if heat.told or heat.not_told:
            yield _("\n## Rows of losing transactions{title}\n").format(title=title)
            columns = [Column(_("row"), _TEXT), Column(_("lost"), _NUMBER)]
            rows_ = [(one_line(hot.row.shown, 100), f"{hot.lost:,}") for hot in heat.top]
            rows_ += [
                (_("{table} (key not told)").format(table=one_line(table, 80)), f"{n:,}")
                for table, n in heat.not_told.items()
            ]
            yield from _table(encoder(Format.MARKDOWN, columns), rows_)
            yield _("\nThe hottest 1 % of {keys:,} keys: {hottest_share:.0f} % of them.").format(
                keys=heat.keys, hottest_share=heat.hottest_share * 100
            )
        for line in error_lines(report):
            yield f"\n- {one_line(line, 200)}"
        if report.ended_early:
            yield f"\n{one_line(_(report.ended_early), 300)}"
    if any(report.is_simulator for report in reports):
        yield f"\n{_(SIMULATOR_NOTE)}"
    yield ""
