"""One half of the screen: a Region's title, editor, outcomes, results and status. Told what to show; asks nobody."""

from textual import events, getters, on
from textual.app import ComposeResult
from textual.widgets import TextArea

from dsqltui.core.answers.fate import Fate
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.session import Page
from dsqltui.core.text.safe_text import one_line
from dsqltui.runner.events import ScriptIdentity
from dsqltui.runner.results.held_result import HeldResult
from dsqltui.ui.panes.badge import Budget
from dsqltui.ui.panes.results_area import ResultsArea
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
from dsqltui.ui.state.result import PaneResult
from dsqltui.ui.widgets.editor import Editor
from dsqltui.ui.words import report as reports
from dsqltui.ui.words.severity import Severity, tone_of
from dsqltui.ui.words.wording import duration, job_id_of, outcome_line

_TABS_FROM_LINES = 14
"""Lines of a pane that has one for the tabs."""


class Pane(ResultsArea):
    """The view of one session."""

    editor = getters.query_one(Editor)
    log_lines = getters.query_one(OutcomeLog)
    status = getters.query_one(StatusLine)
    title = getters.query_one(TitleBar)
    strip = getters.query_one(SummaryStrip)

    def __init__(self, letter: str, *, key: str, region: str, user: str) -> None:
        """`key` is what leads to the pane, as shown."""
        super().__init__(f"pane-{letter.lower()}")
        self.letter = letter
        self._key = key
        self._region = region
        self._user = user
        self._activity: tuple[str, ...] = ()
        self._is_waiting = False
        self._wished_lines: int | None = None
        self._editor_lines: int | None = None
        self._duration = ""
        self._more_pieces: dict[str, StatusWording] = {}

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
        self.tabs.set_class(event.size.height < _TABS_FROM_LINES, "-low")  # on the pane it would style all of it anew
        self.share_room()

    def share_room(self) -> None:
        """Room for what the person looks at: the editor's text, or the results."""
        is_reading = self.screen.focused in self._views
        lines = editor_lines(
            self.size.height, self.editor.shown_lines, is_reading=is_reading, wished=self._wished_lines
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
        self._view = self.report
        self.show_report(reports.welcome())
        self._tell_status()

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

    def show_late(self, running: str, *, is_news_below: bool = False) -> None:
        """A statement takes its time: its clock and text, what is below is of before unless it `is_news_below`."""
        self.log_lines.show_running(running)
        is_before = bool(running) and not is_news_below
        if is_before != self._view.has_class("-before"):
            self._view.set_class(is_before, "-before")

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
        script: ScriptIdentity | None = None,
        progress: str = "",
        comment: str = "",
    ) -> None:
        """Log line, results and status of one outcome. `prefix` numbers the statements of a script, `held` is what the
        session holds of its rows; `script` is what the statement is a part of, `comment` what stands above it.

        `sent`: what was sent, when it is not the statement's text. `is_again`: the rows take the place of those the
        same statement gave just before.
        """
        tone, tab, line = self.log_outcome(outcome, statement or sent, fate, prefix, script=script, progress=progress)
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

    def log_outcome(
        self,
        outcome: Outcome,
        statement: str,
        fate: Fate,
        prefix: str,
        *,
        script: ScriptIdentity | None,
        progress: str,
    ) -> tuple[Severity, ScriptResult | None, ScriptLine | None]:
        """Its lines in the log and among its script's; its tone, and the script's tab and line."""
        tone = tone_of(outcome, fate)
        self.strip.last = (tone, self.log_lines.add_outcome(tone, outcome, prefix))
        tab = self._kept.script(script) if script is not None else None
        line = tab.add(statement, tone, outcome_line(outcome), progress=progress) if tab is not None else None
        return tone, tab, line

    def end_script(self, run: ScriptIdentity, *, has_failed: bool) -> None:
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
        if self._view is self.record and self.grid.result is newest:
            self.record.place = self._place_of_record
        if page.tag:
            newest.tag = page.tag
            self.add_line(Severity.GOOD, one_line(page.tag, 80))
        self._tell_status()

    def add_line(self, tone: Severity, text: str) -> None:
        """A line for the log, and for the strip."""
        self.log_lines.add(tone, text)
        self.strip.last = (tone, one_line(text))

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
