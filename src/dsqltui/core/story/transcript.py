"""What both panes did, as Markdown: side by side in the order of time, then the rows that came back."""

from collections.abc import Iterable, Iterator

from dsqltui.core.answers.fate import UNKNOWN_SIGN, Fate
from dsqltui.core.formats import Format, encoded, encoder
from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.journal.kept_entry import kept_entry
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Done, Lost, Refused, Rows
from dsqltui.core.results.plan import is_plan
from dsqltui.core.story.timeline import PANES, clock_ms, shown_s
from dsqltui.core.text.markup import markdown_code, markdown_text
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.transactions.conflict import explain

_SQL_LIMIT = 2_000
"""Characters of a statement."""
DEFAULT_ROWS = 10


def transcript(entries: Iterable[Entry], *, rows: int = DEFAULT_ROWS, title: str = "Transcript") -> Iterator[str]:
    """The document in pieces. Of each result the first `rows` rows are written, no more than the journal keeps."""
    known = sorted(map(kept_entry, entries), key=lambda entry: (entry.started_s, entry.number))
    yield f"# {markdown_text(title)}\n\n"
    if not known:
        yield "Nothing was run.\n"
        return
    heads = [f"{pane} {markdown_text(_region_of(known, pane))}".strip() for pane in PANES]
    yield f"{len(known)} entries, {clock_ms(known[0].started_s)} to {clock_ms(known[-1].ended_s)}, local time.\n\n"
    yield f"| time | {heads[0]} | {heads[1]} |\n| --- | --- | --- |\n"
    for entry in known:
        cell = _cell(entry)
        both = (cell, "") if entry.pane == PANES[0] else ("", cell)
        yield f"| {clock_ms(entry.started_s)} | {both[0]} | {both[1]} |\n"
    for entry in known:
        if isinstance(entry.outcome, Rows) and entry.outcome.columns and entry.outcome.rows:
            yield from _result(entry, entry.outcome, rows)
        if entry.is_conflict:
            yield from _conflict(entry, known)


def _region_of(entries: list[Entry], pane: str) -> str:
    return next((entry.region for entry in entries if entry.pane == pane), "")


def _cell(entry: Entry) -> str:
    """Number, SQL, outcome."""
    if entry.event is not Event.STATEMENT:
        note = f": {markdown_text(one_line(entry.note, 300))}" if entry.note else ""
        return f"**{entry.number}** *{entry.event.value} as {markdown_text(one_line(entry.user, 64))}*{note}"
    return f"**{entry.number}** {_code(entry.sql)}<br>{_outcome(entry)}"


def _code(sql: str) -> str:
    text = sql.strip()
    return markdown_code(text[:_SQL_LIMIT] + ("…" if len(text) > _SQL_LIMIT else ""))


def _outcome(entry: Entry) -> str:
    took = shown_s(entry.duration_s)
    match entry.outcome:
        case Rows(has_more=has_more):
            more = ", more exist" if has_more else ""
            return f"→ {entry.row_count:,} row{'' if entry.row_count == 1 else 's'}{more}, {took}"
        case Done(tag=tag):
            return f"→ {markdown_text(one_line(tag, 80))}, {took}"
        case Refused(error=error):
            sign = "✗" if conflict_of(error) is not None else "!"
            unknown = UNKNOWN_SIGN if entry.fate is Fate.UNKNOWN else ""
            code, message = markdown_text(one_line(error.sqlstate, 20)), markdown_text(one_line(error.message, 300))
            return f"→ **{sign} {code}{unknown}** {message}, {took}"
        case Lost(reason=reason):
            unknown = UNKNOWN_SIGN if entry.fate is Fate.UNKNOWN else ""
            return f"→ **! connection lost{unknown}** {markdown_text(one_line(reason, 300))}, {took}"
        case None:
            return ""


def _result(entry: Entry, outcome: Rows, rows: int) -> Iterator[str]:
    is_explain = is_plan([column.name for column in outcome.columns])
    shown = outcome.rows if is_explain else outcome.rows[:rows]
    rest = entry.row_count - len(shown)
    yield f"\n**{entry.number}** in {entry.pane}"
    yield f", the first {len(shown):,} of {entry.row_count:,} rows fetched:\n\n" if rest > 0 else ":\n\n"
    if is_explain:  # its indentation is what it says; in a table that would be lost
        yield from (f"    {one_line(row[0] or '', _SQL_LIMIT)}\n" for row in shown)
    else:
        yield from encoded(encoder(Format.MARKDOWN, outcome.columns), shown)


def _conflict(entry: Entry, entries: list[Entry]) -> Iterator[str]:
    suspects = explain(sorted(entries, key=lambda it: it.number), entry).suspects
    if suspects:
        winner = next(
            (it for it in entries if it.pane == suspects[0].pane and it.ended_s == suspects[0].committed_s), None
        )
        if winner is not None:
            yield f"\n**{entry.number}** in {entry.pane} lost to **{winner.number}** in {winner.pane}, "
            yield f"which was answered at {clock_ms(winner.ended_s)}.\n"
