"""Outcomes as short safe text: durations, one-line summaries, row counts."""

from datetime import datetime

from dsqltui.core.language import _, counted
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Done, Lost, Notice, Outcome, Refused, Rows
from dsqltui.core.text.safe_text import one_line

_LINE_LIMIT = 300
"""Characters of a message that a one-line summary keeps; lines of the screen are shorter anyway."""


def duration(seconds: float) -> str:
    """`4 ms`, `1.2 s`, `2 min 05 s`."""
    if seconds < 1:
        return _("{seconds:.0f} ms").format(seconds=seconds * 1000)
    if seconds < 60:
        return _("{seconds:.1f} s").format(seconds=seconds)
    minutes, rest = divmod(round(seconds), 60)
    return _("{minutes} min {rest:02d} s").format(minutes=minutes, rest=rest)


def day_and_time(moment: datetime) -> str:
    """`Nov 30 18:11`, `11/30 18:11`."""
    return moment.strftime(_("%b %d %H:%M"))


def headline(outcome: Outcome) -> str:
    """One line for the outcome log, without the duration."""
    match outcome:
        case Rows(has_more=True, rows=rows):
            return _("{rows}, more exist").format(rows=counted(len(rows), "row"))
        case Rows(tag=tag) | Done(tag=tag):
            return one_line(tag, 80)
        case Refused(error=error):
            conflict = conflict_of(error)
            code = f"{error.sqlstate} {conflict.value}" if conflict else error.sqlstate
            return one_line(f"{error.severity} {code}  {_first_line(error.message)}", _LINE_LIMIT)
        case Lost(reason=reason):
            return one_line(_("CONNECTION LOST  {first_line}").format(first_line=_first_line(reason)), _LINE_LIMIT)


def job_id_of(outcome: Outcome) -> str:
    """The asynchronous job that a statement began, when that is all it gave; else empty."""
    if isinstance(outcome, Rows) and [column.name for column in outcome.columns] == ["job_id"]:
        return (outcome.rows[0][0] or "") if len(outcome.rows) == 1 else ""
    return ""


def outcome_line(outcome: Outcome) -> str:
    """`headline` and how long it took; a refusal's message needs the room more than its duration."""
    if job := job_id_of(outcome):
        return _("job {job}… building  {time}").format(job=one_line(job[:4]), time=duration(outcome.duration_s))
    if isinstance(outcome, Rows | Done):
        return f"{headline(outcome)}  {duration(outcome.duration_s)}"
    return headline(outcome)


def notice_line(notice: Notice) -> str:
    """A server's NOTICE or WARNING on one line."""
    return one_line(f"{notice.severity} {_first_line(notice.message)}", _LINE_LIMIT)


def rows_shown(count: int, has_more: bool, *, is_held: bool = True) -> tuple[str, ...]:
    """How many rows are on the screen, longest wording first, for places of different width.

    `is_held`: the session still has those that were not fetched.
    """
    rows = counted(count, "row")
    if not has_more:
        return (rows,)
    if not is_held:
        return (_("{rows} shown, more existed").format(rows=rows), f"{count:,}+")
    return (
        _("{rows} shown, more exist (PgDn at the end: next page)").format(rows=rows),
        _("{rows} shown, more exist (PgDn)").format(rows=rows),
        _("{rows}, more exist").format(rows=rows),
        f"{count:,}+",
    )


def _first_line(text: str) -> str:
    return text[: _LINE_LIMIT * 2].strip().partition("\n")[0]
