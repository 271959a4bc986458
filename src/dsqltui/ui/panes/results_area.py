"""A pane's results area: rows, a record, a plan, a report or a script's statements, and the tabs to go back by."""

from textual import getters, on
from textual.containers import Vertical

from dsqltui.core.language import _
from dsqltui.core.results.plan import is_plan, parse_plan
from dsqltui.ui.panes.kept_tabs import KeptTabs
from dsqltui.ui.results.grid import ResultGrid
from dsqltui.ui.results.plan_view import PlanView
from dsqltui.ui.results.record_view import RecordView
from dsqltui.ui.results.report_view import ReportView
from dsqltui.ui.results.result_tabs import ResultTabs
from dsqltui.ui.results.script_result import ScriptLine, ScriptResult
from dsqltui.ui.results.script_view import ScriptView
from dsqltui.ui.state.messages import ResultShown, ValueRequested, ask
from dsqltui.ui.state.result import PaneResult
from dsqltui.ui.textual_patches.hooks import start_worker
from dsqltui.ui.words.report import Rank, Report

_PLAN_LINES = 5_000
"""Lines of EXPLAIN that are made a tree."""

ResultsView = ResultGrid | ReportView | RecordView | PlanView | ScriptView


class ResultsArea(Vertical):
    """Base of the pane. One of its views is shown; what was shown before is kept."""

    letter: str
    grid = getters.query_one(ResultGrid)
    report = getters.query_one(ReportView)
    record = getters.query_one(RecordView)
    plan = getters.query_one(PlanView)
    statements = getters.query_one(ScriptView)
    tabs = getters.query_one(ResultTabs)
    _view: ResultsView

    def __init__(self, id_: str) -> None:
        super().__init__(id=id_)
        self._kept = KeptTabs()
        self._shown = 0
        """Which of them is shown, or was before the report."""
        self._result: PaneResult | None = None
        """The rows that are shown, or were before something else."""
        self._reported_script: ScriptResult | None = None
        """The script to which the report belongs."""
        self._reported: object = None
        """The event that the report is about."""
        self._report_rank = Rank.OUTCOME
        self._last_report: Report | None = None
        """What came after the newest of them."""
        self.price_per_million_dpu: float | None = None
        """For plans; None: no price is shown."""

    def _tell_status(self) -> None:
        """Something else is shown."""
        raise NotImplementedError

    @property
    def results(self) -> ResultsView:
        """What the results area shows now."""
        return self._view

    @property
    def _views(self) -> tuple[ResultsView, ...]:
        """What the results area can show."""
        return self.grid, self.report, self.record, self.plan, self.statements

    @property
    def result(self) -> PaneResult | None:
        """The result that is shown as rows, record or plan; None while a report or a script's list is."""
        return None if self._view in (self.report, self.statements) else self._result

    @property
    def script(self) -> ScriptResult | None:
        """The script whose statements are listed now."""
        return self.statements.script if self._view is self.statements else None

    @property
    def kept_results(self) -> tuple[PaneResult, ...]:
        """The last results with rows, the newest last; those of scripts among them."""
        return self._kept.results

    @property
    def has_results(self) -> bool:
        """Whether there is something to go back to."""
        return bool(self._kept.tabs)

    def keep_tabs(self, count: int) -> None:
        """So many results can be gone back to."""
        self._kept.limit = count

    def show_report(
        self, report: Report, *, about: object = None, rank: Rank = Rank.OUTCOME, is_unfolded: bool = False
    ) -> None:
        """Text in place of rows. Of what several tell about one event, the highest rank stands, in whatever order they
        come; a report about something else takes its place."""
        if about is not None and about is self._reported and rank < self._report_rank:
            return
        if about is None or about is not self._reported:
            self._reported_script = None
        self._reported, self._report_rank = about, rank
        self.report.show(report, is_unfolded=is_unfolded)
        self._last_report = None if self._reported_script else report
        self._show(self.report)
        self._tell_status()

    def show_result(self, result: PaneResult) -> None:
        """One of the kept results, as rows, or as a plan when it is one."""
        self._shown, self._result = self._kept.place_of(result), result
        self.grid.show_result(result)
        self._show(self.plan if self._read_plan(result) else self.grid)
        self._tell_status()

    def replace_result(self, old: PaneResult, new: PaneResult) -> None:
        """The same query's result as it is now, in the place of the old one; the cursor stays."""
        if not self._kept.replace(old, new):
            return
        new.cursor, new.frozen, new.widths = old.cursor, old.frozen, list(old.widths)
        if self.grid.result is old:  # its rows may still be read, by an export or a comparison: no close
            self.show_result(new)

    def step_result(self, by: int) -> bool:
        """To an older (-1) or newer (1) result, from one of a script's to its list; False when there is none."""
        script = self._shown_script
        if by < 0 and script is not None and self._view is not self.statements:
            self._list_statements(script)
            self._tell_status()
            return True
        return self.show_tab(self._place + by)

    def show_newest(self) -> None:
        """What came last."""
        if not self.show_tab(len(self._kept.tabs)):
            self.show_tab(len(self._kept.tabs) - 1)

    def show_tab(self, place: int) -> bool:
        """A result or script by its place, or after them what the last statement said without rows; False: no such
        place."""
        if 0 <= place < len(self._kept.tabs):
            tab = self._kept.tabs[place]
            if isinstance(tab, ScriptResult):
                self._list_statements(tab)
            else:
                self.show_result(tab)
        elif place == len(self._kept.tabs) and self._last_report is not None:
            self._show(self.report)
        else:
            return False
        self._tell_status()
        return True

    @on(ResultTabs.Chosen)
    def _tab_chosen(self, message: ResultTabs.Chosen) -> None:
        message.stop()
        self.show_tab(message.place)
        self.screen.set_focus(self._view)

    def toggle_plan(self) -> bool:
        """From the plan's tree to its text and back; False when the result is no plan."""
        if self.result is None or not self._read_plan(self.result):
            return False
        self._show(self.grid if self._view is self.plan else self.plan)
        return True

    def refresh_plan(self, result: PaneResult) -> None:
        """What is known of a plan has changed; seen if it is shown."""
        if self.result is result and self._view is self.plan:
            self._read_plan(result)

    def show_beside(self, result: PaneResult, heading: tuple[tuple[str, str], ...]) -> None:
        """A plan of either pane, with lines above it that hold it against another."""
        is_kept = result in self._kept.results
        result = result if is_kept else result.copied()
        result.heading = heading
        (self.show_result if is_kept else self._keep)(result)

    async def show_record(self) -> bool:
        """The row of the cursor as a record; False when there is none. Raises OSError."""
        result = self.result
        if result is None or not result.row_count:
            return False
        at, column = self.grid.cursor
        row = await self.grid.loaded(at)
        if row is None:
            return False
        self.record.show(result.columns, row, self._place_of_record, column)
        self._show(self.record)
        return True

    @property
    def _place_of_record(self) -> str:
        """Which row of how many; those that are not here yet may be more."""
        result, more = self.grid.result, "+" if self.grid.result.has_more else ""
        return _("record {at:,} of {rows}").format(at=self.grid.cursor[0] + 1, rows=f"{result.row_count:,}{more}")

    def close_record(self) -> None:
        """Back to the rows, on the column where the person was."""
        self.grid.cursor = (self.grid.cursor[0], self.record.column)
        self._show(self.grid)

    def refresh_status(self) -> None:
        """The result shown changed: its order, or how it is compared."""
        self._tell_status()

    def _keep(self, result: PaneResult, script: ScriptResult | None = None, line: ScriptLine | None = None) -> None:
        """A new result; the oldest gives way."""
        self._kept.add(result, script, line)
        self._last_report = None
        for old in self._kept.results[:-1]:
            start_worker(self, old.cooled(), group="cool")
        self.show_result(result)

    def _list_statements(self, script: ScriptResult) -> None:
        """A script as the list of its statements."""
        if self._shown_script is not script or self._view is not self.statements:
            self._shown = self._kept.tabs.index(script)
            self._show(self.statements)
        self.statements.show_script(script)

    def _belongs_to(self, script: ScriptResult) -> None:
        """The report that was just shown is about a statement of a script: it is no tab of its own."""
        self._reported_script, self._last_report = script, None
        self._shown = self._kept.tabs.index(script)

    def _open_line(self, line: ScriptLine) -> None:
        """A statement of the script that is listed: its rows, its error, or its text."""
        script = self.statements.script
        if line.result is not None:
            self.show_result(line.result)
        elif line.report is not None and script is not None:
            self.show_report(line.report)
            self._belongs_to(script)
            self._tell_status()
        else:
            ask(self, ValueRequested(_("Statement"), line.text))

    def _read_plan(self, result: PaneResult) -> bool:
        """Fill the plan's view when the result is a plan."""
        if not is_plan([column.name for column in result.columns]) or result.row_count > _PLAN_LINES:
            return False
        plan = parse_plan([row[0] or "" for row in result.store.rows()])
        if plan is not None:
            self.plan.show(plan, self.price_per_million_dpu, result.doctor, result.heading)
        return plan is not None

    def _show(self, view: ResultsView) -> None:
        """One of the views; the focus stays in the results."""
        had_focus = self.screen.focused is self._view
        self._view = view
        self.post_message(ResultShown(self.letter))
        for other in self._views:
            other.update_classes({"-away": other is not view, "-before": False})
        if had_focus:
            self.screen.set_focus(view)

    @property
    def _place(self) -> int:
        """The place of the tab that is shown."""
        return len(self._kept.tabs) if self._view is self.report and self._reported_script is None else self._shown

    @property
    def _shown_script(self) -> ScriptResult | None:
        """The script whose list, rows or error is shown."""
        tab = self._kept.tabs[self._place] if self._place < len(self._kept.tabs) else None
        return tab if isinstance(tab, ScriptResult) else None
