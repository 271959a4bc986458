"""One half of the screen: a Region's title, editor, outcomes, results and status. Told what to show; asks nobody."""

from textual import events, getters, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import TextArea

from dsqltui.core.answers.fate import Fate
from dsqltui.core.language import _
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.results.plan import is_plan, parse_plan
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.session import Page
from dsqltui.core.text.safe_text import one_line
from dsqltui.runner.events import ScriptRun
from dsqltui.runner.results.held_result import HeldResult
from dsqltui.ui.panes.badge import Budget
from dsqltui.ui.panes.kept_tabs import KeptTabs
from dsqltui.ui.panes.room import editor_lines
from dsqltui.ui.panes.status_line import StatusLine, StatusWording, rows_wordings
from dsqltui.ui.panes.summary_strip import SummaryStrip
from dsqltui.ui.panes.title_bar import TitleBar
from dsqltui.ui.results.grid import ResultGrid
from dsqltui.ui.results.outcome_log import OutcomeLog
from dsqltui.ui.results.plan_view import PlanView
from dsqltui.ui.results.record_view import RecordView
from dsqltui.ui.results.report_view import ReportView
from dsqltui.ui.results.result_tabs import ResultTabs, tabs_of
from dsqltui.ui.results.script_result import ScriptLine, ScriptResult
from dsqltui.ui.results.script_view import ScriptView
from dsqltui.ui.state.messages import ResultShown, ValueRequested, ask
from dsqltui.ui.state.result import PaneResult
from dsqltui.ui.textual_patches.hooks import start_worker
from dsqltui.ui.widgets.editor import Editor
from dsqltui.ui.words import report as reports
from dsqltui.ui.words.report import Rank, Report
from dsqltui.ui.words.severity import Severity, tone_of
from dsqltui.ui.words.wording import duration, job_id_of, notice_line, outcome_line

_LOGGED_NOTICES = 3
"""Notices of one statement that go to the log; the report shows more."""
_TABS_FROM_LINES = 14
"""Lines of a pane that has one for the tabs."""
_PLAN_LINES = 5_000
"""Lines of EXPLAIN that are made a tree."""


_View = ResultGrid | ReportView | RecordView | PlanView | ScriptView


class Pane(Vertical):
    """The view of one session."""

    editor = getters.query_one(Editor)
    grid = getters.query_one(ResultGrid)
    report = getters.query_one(ReportView)
    record = getters.query_one(RecordView)
    plan = getters.query_one(PlanView)
    statements = getters.query_one(ScriptView)
    log_lines = getters.query_one(OutcomeLog)
    status = getters.query_one(StatusLine)
    title = getters.query_one(TitleBar)
    strip = getters.query_one(SummaryStrip)
    tabs = getters.query_one(ResultTabs)

    def __init__(self, letter: str, *, key: str, region: str, user: str) -> None:
        """`key` is what leads to the pane, as shown."""
        super().__init__(id=f"pane-{letter.lower()}")
        self.letter = letter
        self._key = key
        self._region = region
        self._user = user
        self._activity: tuple[str, ...] = ()
        self._is_waiting = False
        self._wished_lines: int | None = None
        self._editor_lines: int | None = None
        self._duration = ""
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
        self._more_pieces: dict[str, StatusWording] = {}
        self.price_per_million_dpu: float | None = None
        """For plans; None: no price is shown."""

    def compose(self) -> ComposeResult:
        """From the top; the strip is shown only while the pane is collapsed."""
        yield TitleBar(self._key, self.letter, self._region, self._user)
        yield Editor()
        yield OutcomeLog()
        yield ResultTabs()
        for view in (ResultGrid(), RecordView(), PlanView(), ScriptView(self._open_line)):
            yield view.add_class("-away", update=False)  # the report is first: to change classes later styles anew
        yield ReportView().add_class(reports.welcome().tone.value, update=False)
        yield StatusLine()
        yield SummaryStrip(self.letter)

    def on_resize(self, event: events.Resize) -> None:
        """Where every line is dear, as beside a lab at 80x24, rows come before tabs."""
        self.set_class(event.size.height < _TABS_FROM_LINES, "-low")
        self.share_room()

    def share_room(self) -> None:
        """Room for what the person looks at: the editor's text, or the results."""
        is_reading = self.screen.focused in self._views
        lines = editor_lines(
            self.size.height, self.editor.document.line_count, is_reading=is_reading, wished=self._wished_lines
        )
        if lines != self._editor_lines:
            self._editor_lines = lines
            self.editor.styles.height = lines

    def move_split(self, lines: int) -> None:
        """The editor gets that many lines, as far as there are; kept until the console ends."""
        self._wished_lines = lines
        self.share_room()
        self._wished_lines = self._editor_lines

    @on(TextArea.Changed)
    def _text_changed(self) -> None:
        self.share_room()

    @on(OutcomeLog.Dragged)
    def _split_dragged(self, message: OutcomeLog.Dragged) -> None:
        message.stop()
        self.move_split(message.screen_y - self.editor.region.y)

    def on_mount(self) -> None:
        """Begin with a word on what to do."""
        self._view: _View = self.report
        self.show_report(reports.welcome())
        self._tell_status()

    @property
    def results(self) -> _View:
        """What the results area shows now."""
        return self._view

    @property
    def _views(self) -> tuple[_View, ...]:
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

    def show_state(self, state: TransactionState) -> None:
        """The server's last word on the transaction."""
        self.status.state = state
        self.strip.state = state

    def show_budget(self, budget: Budget) -> None:
        """What the open transaction has used."""
        self.status.budget = budget
        self.strip.budget = budget

    def show_piece(self, name: str, importance: int, *wordings: str) -> None:
        """Something more on the status line, longest wording first; none takes it away."""
        pieces = {**self._more_pieces, name: StatusWording(wordings, importance)}
        if pieces != self._more_pieces:
            self._more_pieces = pieces
            self._tell_status()

    def show_link(self, link: ConnectionStatus, sentence: str = "") -> None:
        """How the connection stands; `sentence` says why it failed."""
        self.title.link = link
        self.title.sentence = sentence

    def show_role(self, label: str, user: str) -> None:
        """Whom the pane is connected as: with the IAM role for the title, the database role for the status line."""
        self.title.role = label
        self._user = user
        self._tell_status()

    def show_activity(self, going_on: str, *wordings: str, has_news: bool = True) -> None:
        """What goes on: `running 0:02` for the badge, nothing when it is over; and more on it, longest wording first.

        `has_news`: it will bring another outcome, so that the last one's figures do not stand beside it.
        """
        self._activity = wordings
        self._is_waiting = bool(going_on) and has_news
        self.status.going_on = self.strip.going_on = going_on
        self.status.set_class(bool(going_on), "-running")
        if not going_on:
            self.show_late("")
        self._tell_status()

    def show_late(self, running: str) -> None:
        """A statement takes its time: its clock and text, and what is below is of before. Nothing: it is over."""
        self.log_lines.show_running(running)
        if bool(running) != self._view.has_class("-before"):
            self._view.set_class(bool(running), "-before")

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

    def show_outcome(
        self,
        outcome: Outcome,
        statement: str,
        fate: Fate,
        prefix: str = "",
        *,
        sent: str = "",
        held: HeldResult | None = None,
        is_again: bool = False,
        about: object = None,
        script: ScriptRun | None = None,
        progress: str = "",
        comment: str = "",
    ) -> None:
        """Log line, results and status of one outcome. `prefix` numbers the statements of a script, `held` is what the
        session holds of its rows; `script` is what the statement is a part of, `comment` what stands above it.

        `sent`: what was sent, when it is not the statement's text. `is_again`: the rows take the place of those the
        same statement gave just before.
        """
        tone = tone_of(outcome, fate)
        if not isinstance(outcome, Lost):
            for notice in outcome.notices[:_LOGGED_NOTICES]:
                self.log_lines.add(Severity.QUIET, notice_line(notice))
        said = outcome_line(outcome)
        self.add_line(tone, f"{prefix} {said}".strip())
        tab = self._kept.script(script) if script is not None else None
        line = tab.add(statement or sent, tone, said, progress=progress) if tab is not None else None
        for other in Severity:
            self.status.set_class(other is tone, other.value)
        self._duration = duration(outcome.duration_s)
        match outcome:
            case Rows(columns=columns) if columns and not job_id_of(outcome):
                result = PaneResult.of_outcome(outcome, sent or statement, held, comment)
                newest = next(reversed(self._kept.results), None)
                is_same = is_again and newest is not None and newest.statement == result.statement
                if is_same and newest is not None and self._last_report is None:
                    self.replace_result(newest, result)
                else:
                    self._keep(result, tab, line)
            case Rows() | Done() if tab is not None:
                self._last_report = None
                self._list_statements(tab)
            case Rows() | Done():
                job = job_id_of(outcome)
                report = reports.of_job(job, statement) if job else reports.of_completion(outcome, tone)
                self.show_report(report, about=about)
            case Refused() | Lost():
                has_failed = self.status.state is TransactionState.FAILED
                report = (
                    reports.of_refusal(outcome, statement, fate, has_failed=has_failed)
                    if isinstance(outcome, Refused)
                    else reports.of_loss(outcome, statement)
                )
                self.show_report(report, about=about)
                if tab is not None and line is not None:
                    tab.failed(line, report)
                    self._belongs_to(tab)
        self._tell_status()

    def end_script(self, run: ScriptRun, *, has_failed: bool) -> None:
        """It is through, or was stopped."""
        script = self._kept.known_script(run)
        if script is not None:
            script.is_over, script.has_failed = True, script.has_failed or has_failed
            if self.statements.script is script:
                self.statements.show_script(script)
            self._tell_status()

    def add_page(self, page: Page, held: HeldResult) -> None:
        """More rows of a result, if it is still kept."""
        newest = next((result for result in self._kept.results if result.held is held), None)
        if newest is None:
            return
        newest.has_more = page.has_more
        if self.grid.result is newest:
            self.grid.append(page.rows)
        else:
            newest.store.append(page.rows)
        if page.tag:
            newest.tag = page.tag
            self.add_line(Severity.GOOD, one_line(page.tag, 80))
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
        place = _("record {at:,} of {row_count:,}").format(at=at + 1, row_count=result.row_count)
        self.record.show(result.columns, row, place, column)
        self._show(self.record)
        return True

    def close_record(self) -> None:
        """Back to the rows, on the column where the person was."""
        self.grid.cursor = (self.grid.cursor[0], self.record.column)
        self._show(self.grid)

    def refresh_status(self) -> None:
        """The result shown changed: its order, or how it is compared."""
        self._tell_status()

    def add_line(self, tone: Severity, text: str) -> None:
        """A line for the log, and for the strip."""
        self.log_lines.add(tone, text)
        self.strip.last = (tone, one_line(text))

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

    def _show(self, view: _View) -> None:
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

    def _tell_status(self) -> None:
        self.tabs.tabs = tabs_of(self._kept.tabs, self._last_report)
        self.tabs.current = self._place
        self.status.pieces = (
            StatusWording(self._activity, 0),
            *self._more_pieces.values(),
            StatusWording((one_line(self._user, 40),), 3),
            StatusWording((one_line(self._region, 40),), 4),
            *(() if self._is_waiting else (StatusWording((self._duration,), 2), StatusWording(self._counted, 1))),
        )

    @property
    def _counted(self) -> tuple[str, ...]:
        """How many rows, or statements of a script; longest wording first."""
        script = self.script
        return script.wordings if script is not None else rows_wordings(self.result)
