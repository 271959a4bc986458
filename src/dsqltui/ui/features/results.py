"""What a person does with the rows on the screen: sort, find, one row as a record, all that is left, older results."""

from array import array
from collections.abc import Callable, Coroutine, Iterator, Mapping
from functools import partial
from typing import Any

from dsqltui.core.language import _, counted
from dsqltui.core.results.outcome import Row
from dsqltui.core.results.sorting import MOST_ROWS, find_in, sort_order
from dsqltui.runner.events import StatementFinished
from dsqltui.runner.fetching import fetch_rest
from dsqltui.runner.jobs import UseSession
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.dialogs.value import ValueDialog
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.panes.pane import Pane
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.messages import GridAsked, ValueRequested
from dsqltui.ui.state.result import PaneResult

"""Fetched at a time when all rows are wanted."""


class ResultsFeature(Feature):
    """Works on the results of the active pane."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._wanted = ""
        """What was last looked for."""
        self._asked: dict[str, Callable[[], object]] = {
            "sort": lambda: self._spawn(self._sort),
            "find": self._find,
            "next_found": partial(self._go_on_from_here, 1),
            "previous_found": partial(self._go_on_from_here, -1),
            "record": lambda: self._spawn(self._record),
            "previous_record": lambda: self._spawn(partial(self._step_record, -1)),
            "next_record": lambda: self._spawn(partial(self._step_record, 1)),
            "freeze": self._freeze,
            "fetch_all": self._fetch_all,
            "previous_result": partial(self._step_result, -1),
            "next_result": partial(self._step_result, 1),
        }

    def handlers(self) -> Mapping[str, ActionHandler]:
        """By leader and palette, wherever the focus is."""
        return {
            "results_record": self._record,
            "results_sort": self._sort,
            "results_find": self._find,
            "results_all": self._fetch_all,
            "results_next": self._next_result,
            "results_freeze": self._freeze,
        }

    def reactions(self) -> Mapping[type[object], Reaction]:
        """Keys in the results; psql's expanded display."""
        return {
            GridAsked: self._grid_asked,
            StatementFinished: self._finished,
            ValueRequested: lambda message: self.console.ask(ValueDialog(message.column, message.value)),
        }

    def started(self) -> None:
        """What the person's settings say."""
        for side in self.console.sides.values():
            side.pane.keep_tabs(self.console.services.settings.results.kept)
            side.pane.price_per_million_dpu = self.console.services.settings.results.price_per_million_dpu

    @property
    def _pane(self) -> Pane:
        return self.console.active.pane

    def _finished(self, message: StatementFinished) -> None:
        pane = self.console.sides[message.letter].pane
        if message.is_expanded and pane.result is not None and pane.results is pane.grid:
            self.console.spawn(self._expand(pane), group=f"record-{message.letter}")

    @staticmethod
    async def _expand(pane: Pane) -> None:
        await pane.show_record()

    def _grid_asked(self, message: GridAsked) -> None:
        if message.action in self._asked:
            self._asked[message.action]()

    def _spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.console.spawn(work(), group="results")

    def _result(self) -> PaneResult | None:
        """The result shown; tells when there is none."""
        result = self._pane.result
        if result is None:
            self.console.tell(_("No result to show yet."))
        return result

    # -- looking -------------------------------------------------------------------------------------------------------

    async def _record(self) -> None:
        pane = self._pane
        if pane.results is pane.record:
            pane.close_record()
        elif self._result() is not None and not await pane.show_record():
            self.console.tell(_("No row here."))

    async def _step_record(self, by: int) -> None:
        pane = self._pane
        row, _unused = pane.grid.cursor
        pane.grid.cursor = (row + by, pane.record.column)
        if pane.grid.cursor[0] == row:
            self.console.tell(_("That is the last fetched row.") if by > 0 else _("That is the first row."))
        else:
            await pane.show_record()

    def _next_result(self) -> None:
        """Back through the kept results, from the oldest to the newest again."""
        pane = self._pane
        if not pane.step_result(-1):
            pane.show_newest()
        self._tell_result()

    def _step_result(self, by: int) -> None:
        if self._pane.step_result(by):
            self._tell_result()
        else:
            self.console.tell(_("That is the newest result.") if by > 0 else _("No older results are kept."))

    def _tell_result(self) -> None:
        result, script = self._pane.result, self._pane.script
        if result is not None:
            self.console.tell(f"{counted(result.row_count, 'row')}: {result.title}")
        elif script is not None:
            self.console.tell(f"{script.name}: {script.wordings[0]}")
        elif not self._pane.has_results:
            self.console.tell(_("This pane has no results yet."))

    def _freeze(self) -> None:
        result = self._result()
        if result is None:
            return
        column = self._pane.grid.cursor[1]
        result.frozen = 0 if result.frozen else column + 1
        self._pane.grid.repaint()
        names = ", ".join(c.name for c in result.columns[: result.frozen][:4])
        self.console.tell(_("Frozen: {names}.").format(names=names) if result.frozen else _("Columns unfrozen."))

    # -- sorting and finding -------------------------------------------------------------------------------------------

    async def _sort(self) -> None:
        """Ascending, descending, as they came."""
        result, pane = self._result(), self._pane
        if result is None:
            return
        column = pane.grid.cursor[1]
        name = result.columns[column].name
        place = result.place(pane.grid.cursor[0])
        by = result.sorted_by
        if by == (column, True):
            result.order, result.sorted_by = None, None
            told = _("In the server's order again.")
        elif result.row_count > MOST_ROWS:
            self.console.tell(
                _("Too many rows to sort here (over {most_rows:,}); use ORDER BY in the query.").format(
                    most_rows=MOST_ROWS
                )
            )
            return
        else:
            is_descending = by == (column, False)
            rows = result.store.rows()

            def work() -> "array[int]":
                values = (row[column] for row in rows)
                return array("L", sort_order(values, result.columns[column], descending=is_descending))

            result.order, result.sorted_by = await in_daemon_thread(work), (column, is_descending)
            which = (
                _("The {row_count:,} fetched rows").format(row_count=result.row_count)
                if result.has_more
                else _("The rows")
            )
            more = _("; ORDER BY sorts all of them") if result.has_more else ""
            told = _("{which} by {name}, {value}{more}.").format(
                which=which, name=name, value=_("descending") if is_descending else _("ascending"), more=more
            )
        if pane.result is result:
            pane.grid.repaint()
            pane.grid.cursor = (result.row_of(place), column)
            pane.refresh_status()
        self.console.tell(told)

    def _find(self) -> None:
        if self._result() is None:
            return

        def answered(text: str | None) -> None:
            if text:
                self._wanted = text
                self._go_on_finding(1, is_first=True)

        hint = _("Case-sensitive if you type capitals.")
        self.console.ask(AskLine(_("Find in the fetched rows"), value=self._wanted, hint=hint), answered)

    def _go_on_from_here(self, direction: int) -> None:
        result = self._pane.result
        if result is None or result.marks is None:  # else the comparison walks its differences
            self._go_on_finding(direction)

    def _go_on_finding(self, direction: int, *, is_first: bool = False) -> None:
        if not self._wanted:
            self.console.tell(_("No search yet. Press / to search."))
        elif self._result() is not None:
            self.console.spawn(self._search(direction, is_first=is_first), group="find")

    async def _search(self, direction: int, *, is_first: bool) -> None:
        """From the cursor on, and around the end."""
        pane, result = self._pane, self._pane.result
        if result is None:
            return
        row, column = pane.grid.cursor
        at = (row, column - 1) if is_first else (row, column)
        around = result.store.rows(at[0]), result.store.rows()
        found = await in_daemon_thread(partial(_nearest, result, self._wanted, at, direction, *around))
        if found is None:
            more = _("; more rows exist") if result.has_more else ""
            self.console.tell(
                _("No match for {wanted} in the fetched rows{more}.").format(wanted=self._wanted, more=more)
            )
            return
        if pane.results is not pane.grid:
            pane.show_result(result)
        pane.grid.cursor = found
        if (found > at) != (direction > 0) and not is_first:
            self.console.tell(_("Wrapped to the other end."))

    # -- the rest of the rows ------------------------------------------------------------------------------------------

    def _fetch_all(self) -> None:
        side, result = self.console.active, self._result()
        if result is None:
            return
        if not result.has_more:
            self.console.tell(_("All rows are already here."))
        elif result.held is None or not result.is_held:
            self.console.tell(_("The remaining rows are gone; run the statement again."))
        else:
            self.console.submit(side, UseSession(_("fetching…"), partial(fetch_rest, held=result.held)))


def _nearest(
    result: PaneResult, wanted: str, at: tuple[int, int], direction: int, rest: Iterator[Row], rows: Iterator[Row]
) -> tuple[int, int] | None:
    """Row as shown and column of the next value that holds `wanted`; for a thread.

    `rows` are all, `rest` those from the row of `at` on.
    """
    if result.order is not None:
        shown_at = {place: row for row, place in enumerate(result.order)}
        matches = sorted((shown_at.get(row, row), column) for row, column in _matches(rows, wanted))
        later = [match for match in matches if match > at]
        earlier = [match for match in matches if match < at]
        return next(iter(later or matches), None) if direction > 0 else next(reversed(earlier or matches), None)
    if direction > 0:
        later_one = next((match for match in _matches(rest, wanted, at[0]) if match > at), None)
        return later_one or next(_matches(rows, wanted), None)
    before = last = None
    for match in _matches(rows, wanted):
        last = match
        if match < at:
            before = match
        elif before is not None:
            break
    return before or last


def _matches(rows: Iterator[Row], wanted: str, start: int = 0) -> Iterator[tuple[int, int]]:
    for place, row in enumerate(rows, start):
        for column, value in enumerate(row):
            if find_in(value, wanted):
                yield place, column
