"""The timeline below the panes: a ruler, a lane for each pane, what joins them, and the entry one looks at."""

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.strip import Strip
from textual.widget import Widget

from dsqltui.core.journal.journal import Entry
from dsqltui.core.language import _
from dsqltui.core.story.timeline import LOOKS, PANES, Mark, Timeline, entry_line, timeline
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import break_places, cells, shortened
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.results.grid_cells import fitted
from dsqltui.ui.state.messages import TimelineAsked, ask
from dsqltui.ui.textual_patches.ordered import Ordered

_LEFT = 2
"""Cells of the letters at the left."""
_WORD_LINES = 3
"""Lines below the lanes: what came of the chosen entry, and its statement."""
_LONGEST = 2_000
_CUT_SUMMARY = 60
"""Cells in which a summary that is longer is cut; in fewer a shorter one is shown, or none."""


class TimelineStrip(Ordered, Widget, can_focus=True):
    """Shows entries of the journal; the newest, unless the person walked to an older one."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.TIMELINE)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"timeline--{look}" for look in LOOKS),
        "timeline--pane-a",
        "timeline--pane-b",
        "timeline--chosen",
        "timeline--text",
    }

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._entries: Sequence[Entry] = ()
        self._summaries: Sequence[str] = ()
        self._chosen: int | None = None
        """Number of the entry the person walked to; None: the newest."""
        self._last: int | None = None
        """The newest entry in sight, when that is not the newest of all."""
        self._strip = Timeline(0, None, (), (), (), 0)
        self._rows: list[list[Segment]] = []
        self._styles: dict[str, Style] | None = None

    @property
    def chosen(self) -> Mark | None:
        """What the cursor is on."""
        marks = self._strip.marks
        return next((mark for mark in marks if mark.entry.number == self._chosen), marks[-1] if marks else None)

    @property
    def text(self) -> str:
        """What is painted."""
        return "\n".join("".join(segment.text for segment in row).rstrip() for row in self._rows)

    def show(self, entries: Sequence[Entry], summaries: Sequence[str] = ()) -> None:
        """The journal as it is now, and how often transactions lost: safe texts, the longest first, or none."""
        self._entries, self._summaries = entries, summaries
        self._lay_out()

    def on_resize(self, _event: events.Resize) -> None:
        """Another width."""
        self._lay_out()

    def notify_style_update(self) -> None:
        """The styles changed."""
        self._styles = None
        super().notify_style_update()
        if self.is_mounted:
            self._draw()

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor is shown only with the focus."""
        super().watch_has_focus(has_focus)
        self._draw()

    def _lay_out(self) -> None:
        self._strip = timeline(self._entries, max(0, self.size.width - _LEFT), last=self._last)
        self._draw()

    def _look(self, name: str) -> Style:
        if self._styles is None:
            names = (*LOOKS, "pane-a", "pane-b", "chosen", "text")
            self._styles = {name: self.get_component_rich_style(f"timeline--{name}", partial=True) for name in names}
        return self._styles[name]

    def _draw(self) -> None:
        base, chosen, strip = self.rich_style, self.chosen, self._strip
        lanes = [(" ", "quiet", strip.ruler()), *((p, f"pane-{p.lower()}", strip.lane(p)) for p in PANES)]
        lanes.insert(2, (" ", "quiet", strip.between()))
        self._rows = []
        for letter, look, row_cells in lanes:
            row = [Segment(f"{letter} ", base + self._look(look))]
            for place, (char, name) in enumerate(row_cells):
                style = base + self._look(name)
                if chosen is not None and letter == chosen.entry.pane and place == chosen.place and self.has_focus:
                    style += self._look("chosen")
                row.append(Segment(char, style))
            self._rows.append(row)
        width = max(1, self.size.width)
        said, sql = self._words(chosen)
        told = _lines(said[0], width, _WORD_LINES - 1)
        lines = [(line, said[1]) for line in told]
        lines += [(line, sql[1]) for line in _lines(sql[0], width, _WORD_LINES - len(told))]
        lines += [("", "text")] * (_WORD_LINES - len(lines))
        self._rows += [[Segment(fitted(f" {line}", width, False), base + self._look(look))] for line, look in lines]
        self._add_summary(width)
        self.refresh()

    def _add_summary(self, width: int) -> None:
        """At the right of the lowest line that has room for it, else of the line that has the most."""
        last = len(self._rows) - 1
        rooms = [(width - cells(self._rows[at][0].text.rstrip()) - 1, at) for at in range(last, last - _WORD_LINES, -1)]
        for summary in self._summaries:
            room, at = next((one for one in rooms if one[0] > cells(summary)), max(rooms))
            if room > min(cells(summary), _CUT_SUMMARY):
                break
        else:
            return
        (line,) = self._rows[at]
        shown = fitted(f" {summary}", min(room, cells(summary) + 1), False)
        left = fitted(line.text.rstrip(), width - cells(shown), False)
        self._rows[at] = [Segment(left, line.style), Segment(shown, self.rich_style + self._look("conflict"))]

    def _words(self, chosen: Mark | None) -> list[tuple[str, str]]:
        """What came of the entry under the cursor, and its statement."""
        if chosen is None:
            return [(_("Nothing has been run yet."), "quiet"), ("", "quiet")]
        entry = chosen.entry
        first = entry_line(entry)
        for join in self._strip.joins:
            if join.loser is chosen:
                first += _("  lost to {pane} {entry_line}").format(
                    pane=join.winner.entry.pane, entry_line=entry_line(join.winner.entry, is_short=True)
                )
        if self._strip.left_out and chosen is self._strip.marks[0]:
            first += _("  ({left_out:,} before)").format(left_out=self._strip.left_out)
        return [(first, chosen.look), (" ".join(entry.sql[:2_000].split()) or entry.note, "text")]

    def render_line(self, y: int) -> Strip:
        """One of the lines."""
        if y >= len(self._rows):
            return Strip.blank(self.size.width, self.rich_style)
        return Strip(self._rows[y]).simplify().adjust_cell_length(self.size.width, self.rich_style)

    # -- walking -------------------------------------------------------------------------------------------------------

    def choose(self, number: int | None) -> None:
        """Put the cursor on an entry, and bring it into sight; None: on the newest."""
        self._chosen = number
        if number is None:
            self._last = None
        elif not any(mark.entry.number == number for mark in self._strip.marks):
            self._last = number
            newer = [entry.number for entry in self._in_order() if entry.number >= number]
            self._last = newer[min(len(newer) - 1, len(self._strip.marks) // 2)] if newer else None
        self._lay_out()

    def _in_order(self) -> list[Entry]:
        return sorted(self._entries, key=lambda entry: (entry.started_s, entry.number))

    def _step(self, by: int) -> None:
        entries, chosen = self._in_order(), self.chosen
        if chosen is None:
            return
        at = next(place for place, entry in enumerate(entries) if entry.number == chosen.entry.number)
        self.choose(entries[max(0, min(len(entries) - 1, at + by))].number)

    def _to_lane(self, pane: str) -> None:
        chosen = self.chosen
        if chosen is None or chosen.entry.pane == pane:
            return
        marks = [mark for mark in self._strip.marks if mark.entry.pane == pane]
        if marks:
            self.choose(min(marks, key=lambda mark: abs(mark.place - chosen.place)).entry.number)

    def on_click(self, event: events.Click) -> None:
        """The cursor goes to the nearest entry of the lane clicked."""
        pane = {1: PANES[0], 3: PANES[1]}.get(event.y)
        marks = [mark for mark in self._strip.marks if mark.entry.pane == pane]
        if marks:
            self.choose(min(marks, key=lambda mark: abs(mark.place - (event.x - _LEFT))).entry.number)

    def action_earlier(self) -> None:
        """The entry before."""
        self._step(-1)

    def action_later(self) -> None:
        """The next entry."""
        self._step(1)

    def action_to_lane_a(self) -> None:
        """To pane A's lane."""
        self._to_lane(PANES[0])

    def action_to_lane_b(self) -> None:
        """To pane B's lane."""
        self._to_lane(PANES[1])

    def action_to_first(self) -> None:
        """The first entry that is kept."""
        entries = self._in_order()
        if entries:
            self.choose(entries[0].number)

    def action_to_last(self) -> None:
        """The newest entry."""
        self.choose(None)

    def action_conflict(self) -> None:
        """The conflict before this entry; from the first one around to the last."""
        conflicts = [entry.number for entry in self._in_order() if entry.is_conflict]
        chosen = self.chosen
        if conflicts and chosen is not None:
            before = [number for number in conflicts if number < chosen.entry.number]
            self.choose((before or conflicts)[-1])

    def action_put_back(self) -> None:
        """The SQL into its pane's editor."""
        ask(self, TimelineAsked("put_back"))

    def action_close_timeline(self) -> None:
        """Back to the editor."""
        ask(self, TimelineAsked("leave"))


def _lines(text: str, width: int, most: int) -> list[str]:
    """The text in so many lines at most, with a cell free on each side; what is too much is left out before its end,
    where a statement says which row it is about.
    """
    room = max(2, width - 2)
    line = one_line(text, _LONGEST)
    places = [0, *break_places(line, room), len(line)]
    lines = [line[start:end].rstrip() for start, end in pairwise(places)]
    return lines if len(lines) <= most else [*lines[: most - 1], _without_middle(line[places[most - 1] :], room)]


def _without_middle(text: str, room: int) -> str:
    head = shortened(text, max(1, room * 2 // 5)).rstrip()
    left = room - cells(head) - 1
    tail = ""
    for char in reversed(text):
        left -= cells(char)
        if left < 0:
            break
        tail = char + tail
    return f"{head}…{tail.lstrip()}"
