"""The results of a class: a table for the terminal, and one HTML page that needs nothing beside itself.

Names come from files that others wrote: everything is escaped, and the page runs no script and loads nothing.
"""

from collections.abc import Iterable, Sequence
from statistics import median

from dsqltui.core.language import N_, _, language
from dsqltui.core.text.markup import html_text
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import cells
from dsqltui.labs.reports.results import StudentResult

_HEAD = (
    *(N_("student"), N_("lab"), N_("steps"), N_("done"), N_("minutes"), N_("attempts"), N_("hints"), N_("right")),
    N_("at step"),
)
_LAB_HEAD = (
    *(N_("lab"), N_("begun"), N_("finished"), N_("minutes (median)"), N_("attempts a student"), N_("hints a student")),
    N_("answers right"),
)
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem;color:#1b1f24;background:#fff}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0}"
    "th,td{border:1px solid #c5ccd3;padding:.25rem .6rem;text-align:left;white-space:nowrap}"
    "thead th{background:#f0f2f4;white-space:normal;vertical-align:bottom}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".done{background:#d8f0dc}.part{background:#fdf0cc}.none{color:#6b747d}"
    "span.done,span.part{padding:0 .5rem;border:1px solid #c5ccd3}"
    "@media(prefers-color-scheme:dark){body{color:#e6e9ec;background:#15181b}"
    "th,td,span.done,span.part{border-color:#3b434b}thead th{background:#22272c}"
    ".done{background:#1f4a2a}.part{background:#574614}.none{color:#9aa3ab}}"
)


def class_table(results: Sequence[StudentResult]) -> str:
    """Lines with aligned columns, one for each student and lab."""
    rows = [_words(_HEAD), *(_row(result) for result in sorted(results, key=_order))]
    widths = [max(cells(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(value + " " * (width - cells(value)) for value, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def class_page(results: Sequence[StudentResult], title: str) -> str:
    """The page: who is where, how each lab went, then every figure."""
    labs = sorted({(result.number, result.lab) for result in results})
    students = sorted({result.student for result in results})
    by_place = {(result.student, result.lab): result for result in results}
    counts = _("{students} students, {labs} labs, {finished} of {begun} finished.").format(
        students=len(students),
        labs=len(labs),
        finished=sum(result.is_done for result in results),
        begun=len(results),
    )
    finished, begun = _safe(_("finished")), _safe(_("begun: steps passed, of all"))
    lines = [
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width">',
        f"<title>{_safe(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_safe(title)}</h1><p>{_safe(counts)}</p>",
        f'<p><span class="done">5/5</span> {finished} <span class="part">3/5</span> {begun}</p>',
    ]
    headings = (_("student"), *(f"{number} {lab}" for number, lab in labs))
    rows = (
        f"<th>{_safe(student)}</th>" + "".join(_cell(by_place.get((student, lab))) for _number, lab in labs)
        for student in students
    )
    lines += _table(headings, rows)
    lines += _title(_("Labs"))
    of_labs = (_of_lab([result for result in results if result.lab == lab]) for _number, lab in labs)
    lines += _table(_words(_LAB_HEAD), (_cells(row, texts=1) for row in of_labs))
    lines += _title(_("All figures"))
    all_figures = (_row(result) for result in sorted(results, key=_order))
    lines += _table(_words(_HEAD), (_cells(row, texts=2, last_text=True) for row in all_figures))
    lines.append("</body></html>")
    return "\n".join(lines) + "\n"


def _title(text: str) -> list[str]:
    return [f"<h2>{_safe(text)}</h2>"]


def _table(headings: Iterable[str], rows: Iterable[str]) -> list[str]:
    head = "".join(f"<th>{_safe(heading)}</th>" for heading in headings)
    return [
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>',
        *(f"<tr>{row}</tr>" for row in rows),
        "</tbody></table></div>",
    ]


def _cells(row: Sequence[str], *, texts: int, last_text: bool = False) -> str:
    """Cells of a row, of which the first are texts, and the others figures."""
    last = len(row) - 1
    return "".join(
        f"<td>{_safe(value)}</td>"
        if place < texts or (last_text and place == last)
        else f'<td class="n">{_safe(value)}</td>'
        for place, value in enumerate(row)
    )


def _cell(result: StudentResult | None) -> str:
    if result is None:
        return '<td class="none">-</td>'
    look = "done" if result.is_done else "part"
    return f'<td class="{look}">{result.passed}/{result.total}</td>'


def _of_lab(results: Sequence[StudentResult]) -> tuple[str, ...]:
    """How a lab went; the minutes are of those who finished it."""
    done = [result for result in results if result.is_done]
    asked = sum(result.asked for result in results)
    return (
        _lab_name(results[0]),
        str(len(results)),
        str(len(done)),
        f"{median(result.seconds for result in done) / 60:.1f}" if done else "-",
        f"{sum(result.attempts for result in results) / len(results):.1f}",
        f"{sum(result.hints for result in results) / len(results):.1f}",
        f"{sum(result.right for result in results) * 100 // asked} %" if asked else "-",
    )


def _row(result: StudentResult) -> tuple[str, ...]:
    return (
        one_line(result.student, 40),
        _lab_name(result),
        f"{result.passed}/{result.total}",
        _("yes") if result.is_done else _("no"),
        f"{result.seconds / 60:.1f}",
        str(result.attempts),
        str(result.hints),
        f"{result.right}/{result.asked}",
        one_line(result.at, 40),
    )


def _lab_name(result: StudentResult) -> str:
    return f"{result.number:02} {one_line(result.lab, 40)}"


def _words(headings: Iterable[str]) -> tuple[str, ...]:
    return tuple(_(heading) for heading in headings)


def _order(result: StudentResult) -> tuple[str, int]:
    return result.student, result.number


def _safe(text: str) -> str:
    return html_text(one_line(text, 200))
