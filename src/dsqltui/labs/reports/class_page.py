"""The results of a class: a table for the terminal, and one HTML page that needs nothing beside itself.

Names come from files that others wrote: everything is escaped, and the page runs no script and loads nothing.
"""

from collections.abc import Sequence

from dsqltui.core.text.markup import html_text
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import cells
from dsqltui.labs.reports.results import StudentResult

_HEAD = ("student", "lab", "steps", "done", "minutes", "attempts", "hints", "right")
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem;color:#1b1f24;background:#fff}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #c5ccd3;padding:.25rem .6rem;text-align:left}"
    "td.n{text-align:right}.done{background:#d8f0dc}.part{background:#fdf0cc}.none{color:#6b747d}"
    "@media(prefers-color-scheme:dark){body{color:#e6e9ec;background:#15181b}th,td{border-color:#3b434b}"
    ".done{background:#1f4a2a}.part{background:#574614}}"
)


def class_table(results: Sequence[StudentResult]) -> str:
    """Lines with aligned columns, one for each student and lab."""
    rows = [_HEAD, *(_row(result) for result in sorted(results, key=_order))]
    widths = [max(cells(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(value + " " * (width - cells(value)) for value, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def class_page(results: Sequence[StudentResult], title: str) -> str:
    """The page: who is where, then every figure."""
    labs = sorted({(result.number, result.lab) for result in results})
    students = sorted({result.student for result in results})
    by_place = {(result.student, result.lab): result for result in results}
    lines = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width">',
        f"<title>{_safe(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_safe(title)}</h1><p>{len(students)} students, {len(labs)} labs.</p>",
        "<table><thead><tr><th>student</th>",
        *(f"<th>{number} {_safe(lab)}</th>" for number, lab in labs),
        "</tr></thead><tbody>",
    ]
    for student in students:
        lines.append(f"<tr><th>{_safe(student)}</th>")
        lines += [_cell(by_place.get((student, lab))) for _, lab in labs]
        lines.append("</tr>")
    lines += ["</tbody></table><h2>All figures</h2><table><thead><tr>", *(f"<th>{name}</th>" for name in _HEAD)]
    lines.append("</tr></thead><tbody>")
    for result in sorted(results, key=_order):
        first, second, *figures = _row(result)
        cells_ = "".join(f'<td class="n">{_safe(value)}</td>' for value in figures)
        lines.append(f"<tr><td>{_safe(first)}</td><td>{_safe(second)}</td>{cells_}</tr>")
    lines.append("</tbody></table></body></html>")
    return "\n".join(lines) + "\n"


def _cell(result: StudentResult | None) -> str:
    if result is None:
        return '<td class="none">-</td>'
    look = "done" if result.is_done else "part"
    return f'<td class="{look}">{result.passed}/{result.total}</td>'


def _row(result: StudentResult) -> tuple[str, ...]:
    return (
        one_line(result.student, 40),
        f"{result.number:02} {one_line(result.lab, 40)}",
        f"{result.passed}/{result.total}",
        "yes" if result.is_done else "no",
        f"{result.seconds / 60:.1f}",
        str(result.attempts),
        str(result.hints),
        f"{result.right}/{result.asked}",
    )


def _order(result: StudentResult) -> tuple[str, int]:
    return result.student, result.number


def _safe(text: str) -> str:
    return html_text(one_line(text, 200))
