"""Both panes on one strip: what began when, how long it took, what committed, what lost, and to whom.

`timeline` lays the newest entries of the journal out on a width in cells; the screen only paints the result.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dsqltui.core.answers.fate import UNKNOWN_SIGN, Fate
from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.language import N_, _, ngettext
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Done, Lost, Refused, Rows
from dsqltui.core.scripts.statement import StatementKind
from dsqltui.core.story.timescale import Timescale, timescale
from dsqltui.core.transactions.conflict import explain

PANES = ("A", "B")
LOOKS = ("rule", "quiet", "begin", "commit", "rollback", "conflict", "refused", "read", "write", "ddl", "event")

_GLYPHS = {
    StatementKind.BEGIN: ("[", "begin"),
    StatementKind.COMMIT: ("]", "commit"),
    StatementKind.ROLLBACK: (")", "rollback"),
    StatementKind.READ: ("r", "read"),
    StatementKind.WRITE: ("w", "write"),
    StatementKind.DDL: ("d", "ddl"),
}
LEGEND = N_("[ begin  ] commit  ) rollback  r read  w write  d DDL  ✗ conflict  ! refused  ^ connected  v lost")
_LABEL_ROOM = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """Where an entry stands."""

    entry: Entry
    place: int
    """Cell of its start."""
    end: int
    """Cell of its end; `place` when it was too short to see."""
    glyph: str
    look: str


@dataclass(frozen=True, slots=True)
class Span:
    """A transaction, from the start of its first statement to the end of its last."""

    pane: str
    place: int
    end: int
    is_open: bool
    """Whether it still was at the end of the journal."""


@dataclass(frozen=True, slots=True)
class Join:
    """A conflict: who committed first and whose work was lost because of it."""

    winner: Mark
    loser: Mark


@dataclass(frozen=True, slots=True)
class Timeline:
    """The strip. Cells are counted from 0."""

    width: int
    scale: Timescale | None
    """None when there are no entries."""
    marks: tuple[Mark, ...]
    """In the order of their starts."""
    spans: tuple[Span, ...]
    joins: tuple[Join, ...]
    left_out: int
    """Older entries for which there is no place."""

    def lane(self, pane: str) -> list[tuple[str, str]]:
        """A pane's line: character and look of each cell."""
        cells = [(" ", "quiet")] * self.width
        for span in self.spans:
            if span.pane == pane:
                end = self.width if span.is_open else span.end + 1
                cells[span.place : end] = [("─", "rule")] * (end - span.place)
        for mark in self.marks:
            if mark.entry.pane == pane:
                for at in range(mark.place + 1, mark.end + 1):
                    cells[at] = ("━", mark.look)
        for mark in self.marks:
            if mark.entry.pane == pane:
                cells[mark.place] = (mark.glyph, mark.look)
        return cells

    def between(self) -> list[tuple[str, str]]:
        """The line between the lanes, with what joins winners and losers."""
        cells = [(" ", "quiet")] * self.width
        for join in self.joins:
            winner, loser = join.winner.place, join.loser.place
            if winner == loser:
                cells[loser] = ("│", "conflict")
                continue
            low, high = sorted((winner, loser))
            cells[low : high + 1] = [("─", "conflict")] * (high - low + 1)
            from_above = join.winner.entry.pane == PANES[0]
            for place, is_above in ((winner, from_above), (loser, not from_above)):
                is_left = place == low
                corner = ("╰" if is_left else "╯") if is_above else ("╭" if is_left else "╮")
                cells[place] = (corner, "conflict")
        return cells

    def ruler(self) -> list[tuple[str, str]]:
        """Times of day where there is room, and how long the gaps are that were cut."""
        cells = [(" ", "quiet")] * self.width
        if self.scale is None:
            return cells
        for gap in self.scale.gaps:
            label = f"╌{_narrow(gap.seconds)}╌"
            at = gap.first + max(1, (gap.last - gap.first - len(label) + 1) // 2)
            if len(label) < gap.last - gap.first:
                _put(cells, at, label, "quiet")
        previous_s = None
        for mark in self.marks:
            second = int(mark.entry.started_s)
            if second == previous_s:
                continue
            label = clock(mark.entry.started_s, is_whole=previous_s is None or previous_s // 60 != second // 60)
            if _put(cells, mark.place, label, "rule"):
                previous_s = second
        return cells


def timeline(entries: Iterable[Entry], width: int, *, last: int | None = None) -> Timeline:
    """Lay out the newest entries that fit into `width` cells; `last` is the number of the newest to be shown."""
    known = sorted(entries, key=lambda entry: (entry.started_s, entry.number))
    if last is not None:
        at = next((place for place, entry in enumerate(known) if entry.number == last), len(known) - 1)
        known = known[: at + 1]
    shown = known[-max(1, width // 2) :]
    if not shown or width < 4:
        return Timeline(width, None, (), (), (), len(known))
    starts = _apart([entry.started_s for entry in shown])
    end_s = max(entry.ended_s for entry in shown)
    moments = [*starts, *([end_s] if end_s > starts[-1] else [])]
    scale = timescale(moments, width)
    marks = tuple(_mark(entry, start_s, scale) for entry, start_s in zip(shown, starts, strict=True))
    return Timeline(width, scale, marks, _spans(marks), _joins(marks, known), len(known) - len(shown))


def _apart(starts: list[float]) -> list[float]:
    """Two entries that began in one moment get places beside each other all the same."""
    apart: list[float] = []
    for start in starts:
        apart.append(start if not apart or start > apart[-1] else apart[-1] + 1e-6)
    return apart


def _mark(entry: Entry, start_s: float, scale: Timescale) -> Mark:
    place = scale.place(start_s)
    return Mark(entry, place, max(place, scale.place(entry.ended_s)), *_glyph(entry))


def _glyph(entry: Entry) -> tuple[str, str]:
    if entry.event is not Event.STATEMENT:
        return ("^", "event") if entry.event is Event.CONNECTED else ("v", "refused")
    match entry.outcome:
        case Refused(error=error):
            return ("✗", "conflict") if conflict_of(error) is not None else ("!", "refused")
        case Lost():
            return ("?" if entry.fate is Fate.UNKNOWN else "!"), "refused"
        case Done(tag="ROLLBACK"):  # also what COMMIT of a failed transaction answers
            return _GLYPHS[StatementKind.ROLLBACK]
    return _GLYPHS.get(entry.kind, ("·", "quiet"))


def _spans(marks: Sequence[Mark]) -> tuple[Span, ...]:
    first: dict[int, Mark] = {}
    final: dict[int, Mark] = {}
    for mark in marks:
        if mark.entry.transaction is not None:
            first.setdefault(mark.entry.transaction, mark)
            final[mark.entry.transaction] = mark
    newest_of_pane = {mark.entry.pane: mark.entry.number for mark in marks}
    return tuple(
        Span(
            begun.entry.pane,
            begun.place,
            final[number].end,
            final[number].entry.state_after.is_open and newest_of_pane[begun.entry.pane] == final[number].entry.number,
        )
        for number, begun in first.items()
    )


def _joins(marks: Sequence[Mark], entries: Sequence[Entry]) -> tuple[Join, ...]:
    by_number = {mark.entry.number: mark for mark in marks}
    in_order = sorted(entries, key=lambda entry: entry.number)
    joins = []
    for mark in marks:
        if mark.glyph != "✗" or mark.look != "conflict":
            continue
        suspects = explain(in_order, mark.entry).suspects
        if not suspects:
            continue
        winner = _committing(by_number, suspects[0].pane, suspects[0].committed_s)
        if winner is not None:
            joins.append(Join(winner, mark))
    return tuple(joins)


def _committing(by_number: dict[int, Mark], pane: str, committed_s: float) -> Mark | None:
    """The mark of what committed then."""
    return next((m for m in by_number.values() if m.entry.pane == pane and m.entry.ended_s == committed_s), None)


def entry_line(entry: Entry, *, is_short: bool = False) -> str:
    """`A 10:41:03.120  COMMIT 12 ms`: pane, time, what came of it, how long that took."""
    took = shown_s(entry.duration_s)
    match entry.outcome:
        case Rows():
            told = ngettext("{row_count:,} row, {took}", "{row_count:,} rows, {took}", entry.row_count).format(
                row_count=entry.row_count, took=took
            )
        case Done(tag=tag):
            told = f"{tag}, {took}"
        case Refused(error=error):
            unknown = _(UNKNOWN_SIGN) if entry.fate is Fate.UNKNOWN else ""
            told = f"{error.sqlstate} {error.message}{unknown}, {took}"
        case Lost(reason=reason):
            told = _("connection lost{unknown_sign}: {reason}").format(
                unknown_sign=_(UNKNOWN_SIGN) if entry.fate is Fate.UNKNOWN else "", reason=reason
            )
        case None:
            told = _("{value} as {user}, {took}").format(value=_(entry.event.value), user=entry.user, took=took)
    if is_short:
        return _("{told} at {clock_ms}").format(told=told, clock_ms=clock_ms(entry.started_s))
    inside = (
        _("  transaction {transaction}").format(transaction=entry.transaction) if entry.transaction is not None else ""
    )
    return f"{entry.pane} {clock_ms(entry.started_s)}  {told}{inside}"


def _put(cells: list[tuple[str, str]], at: int, label: str, look: str) -> bool:
    """Write a label where all its cells, and one on each side, are blank."""
    end = at + len(label)
    if end > len(cells) or any(char != " " for char, _unused in cells[max(0, at - 1) : end + 1]):
        return False
    cells[at:end] = [(char, look) for char in label]
    return True


def clock(moment_s: float, *, is_whole: bool = True) -> str:
    """`10:41:03`, or `:03` within the same minute; local time."""
    return datetime.fromtimestamp(moment_s).strftime("%H:%M:%S" if is_whole else ":%S")


def clock_ms(moment_s: float) -> str:
    """`10:41:03.120`, local time."""
    return datetime.fromtimestamp(moment_s).strftime("%H:%M:%S.%f")[:-3]


def shown_s(seconds: float) -> str:
    """`4 ms`, `1.2 s`, `2 min`, `3 h`."""
    if seconds < 1:
        return _("{seconds:.0f} ms").format(seconds=seconds * 1000)
    if seconds < 10:
        return _("{seconds:.1f} s").format(seconds=seconds)
    if seconds < 120:
        return _("{seconds:.0f} s").format(seconds=seconds)
    if seconds < 7200:
        return _("{seconds:.0f} min").format(seconds=seconds / 60)
    return _("{hours:.0f} h").format(hours=seconds / 3600)


def _narrow(seconds: float) -> str:
    """The same where each letter has one cell: in every language."""
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
