"""The results of the two panes held against each other: marks in both grids, a line that says it, keys that walk it."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial

from textual.widget import Widget

from dsqltui.client.catalog_reader import CatalogUnreadable
from dsqltui.core.language import _
from dsqltui.core.results.outcome import Rows
from dsqltui.core.results.single_table import key_columns, table_of
from dsqltui.core.sessions.session import Session
from dsqltui.core.story.compare import Change, Comparison, NotComparable, compare, snapshot_s
from dsqltui.runner.events import ConnectionChanged, PageArrived, StatementFinished
from dsqltui.runner.fetching import fetch_rest
from dsqltui.runner.jobs import FetchPage, UseSession
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.features.compare.line import CompareLine
from dsqltui.ui.features.compare.watch import ComparisonWatch
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.panes.pane_state import PaneState
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.messages import GridAsked, GridMoved, ResultShown
from dsqltui.ui.state.result import PaneResult, RowMark

_MOST_ROWS = 100_000
"""Of each result; what a session still holds beyond that is not fetched for a comparison."""


class CompareFeature(Feature):
    """Leader d compares and ends it; the watch compares again until both are identical."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._line = CompareLine()
        self._pair: tuple[PaneResult, PaneResult] | None = None
        """What is compared, A first."""
        self._row_counts = (0, 0)
        """Rows of them that were compared."""
        self._comparison: Comparison | None = None
        self._said = ("", "")
        """The comparison in words, and shorter."""
        self._last_word = ""
        """Why the watch ended that gave the comparison."""
        self._told: tuple[str, str] | None = None
        """What the line says of the comparison's age, and of the watch."""
        self._at = -1
        """The difference last walked to."""
        self._is_locked = False
        self._watch = ComparisonWatch(console, self._sides, self._hold_together, self._say, self._watch_ended)

    def below(self) -> Iterable[Widget]:
        """The line."""
        return (self._line,)

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Compare, watch, lock."""
        return {"compare": self._compare, "compare_watch": self._watch.toggle, "results_lock": self._lock}

    def reactions(self) -> Mapping[type[object], Reaction]:
        """Walking, scrolling together, when a result's snapshot was taken."""
        return {
            GridAsked: self._grid_asked,
            GridMoved: self._grid_moved,
            StatementFinished: self._finished,
            ConnectionChanged: self._watch.connection_changed,
            ResultShown: self._shown,
            PageArrived: self._shown,
        }

    def started(self) -> None:
        """Hear of each grid's scrolling."""
        for side in self._sides():
            for axis in ("scroll_x", "scroll_y"):
                side.pane.grid.watch(side.pane.grid, axis, partial(self._scrolled, side), init=False)

    async def close(self) -> None:
        """Stop watching."""
        self._watch.stop()

    # -- comparing -----------------------------------------------------------------------------------------------------

    async def _compare(self) -> None:
        """Compare what the panes show; while there is a comparison, of whatever: end it."""
        sides = self._sides()
        shown = [side.pane.result for side in sides]
        if self._line.has_class("-open") or self._watch.is_on:
            self.end()
            return
        a, b = shown
        if a is None or b is None:
            self.console.tell(
                _("Both panes must show rows to compare; {key} runs a query in both.").format(key=key_of("run_both"))
            )
            return
        for side in sides:
            if isinstance(side.queue.running, FetchPage | UseSession):
                doing = side.queue.progress.rstrip("…") or _("fetching rows")
                self.console.tell(
                    _("Pane {letter} is busy ({doing}); compare when that is done.").format(
                        letter=side.letter, doing=doing
                    )
                )
                return
        await asyncio.gather(self._fetch_rest(sides[0], a), self._fetch_rest(sides[1], b))
        await self._hold_together(a, b)
        if self._comparison is not None and self._comparison.differences:
            self._walk(1)
            pane = self.console.active.pane
            if pane.results is pane.grid:
                pane.grid.focus()  # where n and p walk

    async def _hold_together(self, a: PaneResult, b: PaneResult) -> Comparison | None:
        """Compare two results, mark them and say how they differ; None, and told, when they cannot be compared."""
        key = await self._key(a, b)
        counts = (a.row_count, b.row_count)
        try:
            found = await in_daemon_thread(partial(compare, a.columns, a.store.rows(), b.columns, b.store.rows(), key))
        except (NotComparable, OSError) as problem:
            self.console.tell(str(problem))
            return None
        for result in self._pair or ():
            result.marks = None
        self._pair, self._row_counts, self._comparison, self._at = (a, b), counts, found, -1
        self._mark(a, b, found)
        for side, result in zip(self._sides(), (a, b), strict=True):
            if side.pane.result is result:
                side.pane.grid.repaint()
        apart_s = self._apart_s(a, b)
        rest = _(" Only fetched rows; more exist.") if a.has_more or b.has_more else ""
        short = found.short_sentence(apart_s) + (_(" Fetched rows only.") if rest else "")
        self._said = found.sentence(apart_s) + rest, short
        self._told, self._last_word = None, ""
        self._tell_line("")
        self._look_whether_of_now()
        return found

    def end(self) -> None:
        """No comparison any more: marks and line go."""
        self._watch.end(_("you ended the comparison"))
        self._last_word = ""
        self._forget()

    def _forget(self) -> None:
        """The comparison goes; of its line only the last word of a watch stays."""
        for result in self._pair or ():
            result.marks = None
        self._pair = self._comparison = self._told = None
        self._said = ("", "")
        for side in self._sides():
            side.pane.grid.repaint()
        if self._last_word:
            self._tell_line("")
        elif self._line.has_class("-open"):
            self._line.remove_class("-open")
            self.console.rearrange()

    def _sides(self) -> tuple[PaneState, PaneState]:
        first, second = self.console.sides.values()
        return first, second

    def _say(self, sentence: str, short: str = "", *, is_good: bool, keys: str = "") -> None:
        self._line.sentence, self._line.short = sentence, short
        end = _("{key}: end").format(key=key_of("compare"))
        self._line.keys = keys or (end if is_good else _("n/p: walk  {end}").format(end=end))
        self._line.set_class(is_good, "-good")
        self._line.set_class(not is_good, "-failed")
        if not self._line.has_class("-open"):
            self._line.add_class("-open")
            self.console.rearrange()

    async def _fetch_rest(self, side: PaneState, result: PaneResult) -> None:
        """What the session still holds of the result, as far as it goes. A busy pane is left alone: what it runs has
        let go of those rows, or will have."""
        held = result.held
        is_fetchable = held is not None and result.is_held and result.row_count < _MOST_ROWS
        if held is None or not is_fetchable or side.queue.running is not None or side.queue.waiting_count:
            return
        most = _MOST_ROWS - result.row_count
        is_done = asyncio.Event()

        async def work(session: Session, queue: PaneRunner) -> None:
            try:
                await fetch_rest(session, queue, held=held, most=most)
            finally:  # behind the pages, which the screen has not seen yet
                self._line.screen.call_later(is_done.set)

        if self.console.submit(side, UseSession(_("fetching…"), work, dropped=is_done.set)):
            await is_done.wait()

    # -- of now, or of earlier -----------------------------------------------------------------------------------------

    def _shown(self, _message: ResultShown | PageArrived) -> None:
        """A pane shows something else, or more of it."""
        self._watch.result_shown()
        self._look_whether_of_now()

    def _look_whether_of_now(self) -> None:
        """Say so when the comparison is not of what the panes show; end it when its results are gone."""
        if self._pair is None or self._comparison is None or self._watch.is_on:
            return
        sides = self._sides()
        if any(result not in side.pane.kept_results for side, result in zip(sides, self._pair, strict=True)):
            self._forget()
            return
        is_shown = self._pair == tuple(side.pane.result for side in sides)
        is_whole = self._row_counts == tuple(result.row_count for result in self._pair)
        self._tell_line(
            "" if is_shown and is_whole else _("Of the rows fetched before") if is_shown else _("Of earlier results")
        )

    def _tell_line(self, age: str) -> None:
        """The watch's last word if there is one, then the comparison; `age` says of what, when not of now."""
        if (age, self._last_word) == self._told:
            return
        self._told = (age, self._last_word)
        said = self._said if not age else tuple(f"{age}: {text[:1].lower()}{text[1:]}" for text in self._said)
        sentence, short = (f"{self._last_word} {text}".strip() for text in said)
        is_identical = self._comparison is not None and self._comparison.is_identical
        end = _("{key}: end").format(key=key_of("compare"))
        self._say(
            sentence, short, is_good=is_identical and not age, keys=end if age or self._comparison is None else ""
        )

    def _watch_ended(self, sentence: str, is_identical: bool) -> None:
        """The last word of a watch stands before its last comparison."""
        self.console.tell(sentence)
        self._told, self._last_word = None, sentence
        if is_identical:
            self.console.app.bell()
            whole = f"{sentence.rstrip('.')}: {self._said[0].removeprefix('Identical: ')}"
            self._said, self._last_word = (whole, sentence), ""
        self._tell_line("")
        self._look_whether_of_now()

    async def _key(self, a: PaneResult, b: PaneResult) -> tuple[str, ...]:
        """The primary key of the one table both read, where its columns are in both results; else none."""
        tables = (table_of(a.statement), table_of(b.statement))
        if tables[0] is None or tables[1] is None:
            return ()
        try:
            reader = await self.console.observers.reader(self._sides()[0].letter)
            key = key_columns(tables[0], await reader.read("primary_keys"))
        except CatalogUnreadable as problem:
            self.console.tell(_("{problem} Rows are matched by their order.").format(problem=problem))
            return ()
        names = [{column.name for column in result.columns} for result in (a, b)]
        return key if all(set(key) <= some for some in names) else ()

    @staticmethod
    def _mark(a: PaneResult, b: PaneResult, found: Comparison) -> None:
        marks: tuple[dict[int, RowMark], dict[int, RowMark]] = ({}, {})
        for difference in found.differences:
            for result, side, place in ((a, 0, difference.place_a), (b, 1, difference.place_b)):
                if place is not None:
                    names = set(difference.columns)
                    changed = frozenset(at for at, column in enumerate(result.columns) if column.name in names)
                    marks[side][place] = RowMark(difference.change, changed)
        a.marks, b.marks = marks

    def _apart_s(self, a: PaneResult, b: PaneResult) -> float | None:
        if a.snapshot_s is None or b.snapshot_s is None:
            return None
        return abs(a.snapshot_s - b.snapshot_s)

    def _finished(self, message: StatementFinished) -> None:
        """The newest result of that pane is of the journal's newest entry of it."""
        self._watch.finished(message)
        kept = self.console.sides[message.letter].pane.kept_results
        journal = self.console.services.journal
        if isinstance(message.outcome, Rows) and kept and kept[-1].snapshot_s is None:
            entry = next((entry for entry in reversed(tuple(journal)) if entry.pane == message.letter), None)
            if entry is not None:
                kept[-1].snapshot_s = snapshot_s(journal, entry)

    # -- walking -------------------------------------------------------------------------------------------------------

    def _grid_asked(self, message: GridAsked) -> None:
        steps = {"next_found": 1, "previous_found": -1}
        is_compared = self.console.active.pane.result in (self._pair or ())  # else n and p find the next match
        if message.action in steps and is_compared:
            self._walk(steps[message.action])

    def _walk(self, by: int) -> None:
        """To the next difference, in both grids."""
        if self._comparison is None or self._pair is None:
            return
        differences = self._comparison.differences
        if not differences:
            self.console.tell(_("There are no differences."))
            return
        self._at = (self._at + by) % len(differences)
        difference = differences[self._at]
        for side, result, place in zip(
            self._sides(), self._pair, (difference.place_a, difference.place_b), strict=True
        ):
            if place is not None and side.pane.result is result:
                column = side.pane.grid.cursor[1]
                if difference.change is Change.CHANGED:
                    column = next(at for at, c in enumerate(result.columns) if c.name == difference.columns[0])
                side.pane.grid.follow(result.row_of(place), column)
        where = ", ".join(value or "NULL" for value in difference.key) or _("row {place_a:,}").format(
            place_a=(difference.place_a or 0) + 1
        )
        what = {
            Change.ADDED: _("only in B"),
            Change.MISSING: _("only in A"),
            Change.CHANGED: _("changed: {columns}").format(columns=", ".join(difference.columns)),
        }[difference.change]
        self.console.tell(
            _("{at} of {count:,}: {where}  {what}").format(
                at=self._at + 1, count=len(differences), where=where, what=what
            )
        )

    def _lock(self) -> None:
        """Both grids scroll together, or each by itself."""
        self._is_locked = not self._is_locked
        self.console.tell(
            _("Both results scroll together.") if self._is_locked else _("Each result scrolls on its own.")
        )

    def _grid_moved(self, message: GridMoved) -> None:
        if self._is_locked:
            for side in self._sides():
                if side.pane.grid is not message.grid:
                    side.pane.grid.follow(message.row, message.column)

    def _scrolled(self, leader: PaneState) -> None:
        if self._is_locked:
            place = leader.pane.grid.scroll_offset
            for side in self._sides():
                if side is not leader:
                    side.pane.grid.scroll_to(place.x, place.y, animate=False)
