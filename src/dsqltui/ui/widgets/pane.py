"""One half of the screen: a Region's title, editor, outcomes, results and status. Told what to show; asks nobody."""

from textual import getters
from textual.app import ComposeResult
from textual.containers import Vertical

from dsqltui.core.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.safetext import one_line
from dsqltui.core.session import Page
from dsqltui.core.transaction import TransactionState
from dsqltui.ui import report as reports
from dsqltui.ui.link import Link
from dsqltui.ui.report import Report
from dsqltui.ui.tone import Tone, tone_of
from dsqltui.ui.user_keys import key_of
from dsqltui.ui.widgets.editor import Editor
from dsqltui.ui.widgets.grid import ResultGrid
from dsqltui.ui.widgets.outcome_log import OutcomeLog
from dsqltui.ui.widgets.report_view import ReportView
from dsqltui.ui.widgets.status_line import Piece, StatusLine
from dsqltui.ui.widgets.summary_strip import SummaryStrip
from dsqltui.ui.widgets.title_bar import TitleBar
from dsqltui.ui.wording import duration, notice_line, outcome_line, rows_shown

_LOGGED_NOTICES = 3
"""Notices of one statement that go to the log; the report shows more."""


def _welcome() -> Report:
    return Report(
        Tone.QUIET,
        "Write SQL above.",
        message=f"{key_of('run')} runs the statement under the cursor and steps to the next one.\n"
        f"{key_of('run_both')} runs it in both panes.  {key_of('help')} shows all keys.",
    )


class Pane(Vertical):
    """The view of one session."""

    editor = getters.query_one(Editor)
    grid = getters.query_one(ResultGrid)
    report = getters.query_one(ReportView)
    log_lines = getters.query_one(OutcomeLog)
    status = getters.query_one(StatusLine)
    title = getters.query_one(TitleBar)
    strip = getters.query_one(SummaryStrip)

    def __init__(self, letter: str, *, key: str, region: str, user: str) -> None:
        """`key` is what leads to the pane, as shown."""
        super().__init__(id=f"pane-{letter.lower()}")
        self.letter = letter
        self._key = key
        self._region = region
        self._user = user
        self._activity: tuple[str, ...] = ()
        self._rows: tuple[str, ...] = ()
        self._duration = ""
        self._has_rows = False
        self.has_more_rows = False
        """Whether the session holds more rows of the result shown."""

    def compose(self) -> ComposeResult:
        """From the top; the strip is shown only while the pane is collapsed."""
        yield TitleBar(self._key, self.letter, self._region, self._user)
        yield Editor()
        yield OutcomeLog()
        yield ResultGrid()
        yield ReportView()
        yield StatusLine()
        yield SummaryStrip(self.letter)

    def on_mount(self) -> None:
        """Begin with a word on what to do."""
        self.show_report(_welcome())
        self._tell_status()

    @property
    def results(self) -> ResultGrid | ReportView:
        """What the results area shows now."""
        return self.grid if self._has_rows else self.report

    def show_state(self, state: TransactionState) -> None:
        """The server's last word on the transaction."""
        self.status.state = state
        self.strip.state = state

    def show_link(self, link: Link, sentence: str = "") -> None:
        """How the connection stands; `sentence` says why it failed."""
        self.title.link = link
        self.title.sentence = sentence

    def show_role(self, label: str) -> None:
        """Whom the pane is connected as."""
        self.title.role = label

    def show_activity(self, is_running: bool, *wordings: str) -> None:
        """What goes on, longest wording first; nothing to say when there are none."""
        self._activity = wordings
        self.status.set_class(is_running, "-running")
        self._tell_status()

    def show_report(self, report: Report) -> None:
        """Text in place of rows."""
        self.report.show(report)
        self._show_rows(False)

    def show_outcome(self, outcome: Outcome, statement: str, prefix: str = "") -> None:
        """Log line, results and status of one outcome. `prefix` numbers the statements of a script."""
        tone = tone_of(outcome)
        if not isinstance(outcome, Lost):
            for notice in outcome.notices[:_LOGGED_NOTICES]:
                self.log_lines.add(Tone.QUIET, notice_line(notice))
        self.add_line(tone, f"{prefix} {outcome_line(outcome)}".strip())
        for other in Tone:
            self.status.set_class(other is tone, other.value)
        self._duration = duration(outcome.duration_s)
        self._rows, self.has_more_rows = (), False
        match outcome:
            case Rows(columns=columns, rows=rows, has_more=has_more) if columns:
                self.grid.show(columns, rows)
                self._show_rows(True)
                self._rows, self.has_more_rows = rows_shown(len(rows), has_more), has_more
            case Rows() | Done():
                self.show_report(reports.of_completion(outcome))
            case Refused():
                self.show_report(reports.of_refusal(outcome, statement))
            case Lost():
                self.show_report(reports.of_loss(outcome, statement))
        self._tell_status()

    def add_page(self, page: Page) -> None:
        """More rows of the result shown."""
        self.grid.append(page.rows)
        self.has_more_rows = page.has_more
        self._rows = rows_shown(self.grid.row_count, page.has_more)
        if page.tag:
            self.add_line(Tone.GOOD, one_line(page.tag, 80))
        self._tell_status()

    def add_line(self, tone: Tone, text: str) -> None:
        """A line for the log, and for the strip."""
        self.log_lines.add(tone, text)
        self.strip.last = (tone, one_line(text))

    def _show_rows(self, has_rows: bool) -> None:
        """Grid or report; the focus stays in the results."""
        had_focus = self.screen.focused is self.results
        self._has_rows = has_rows
        self.grid.set_class(not has_rows, "-away")
        self.report.set_class(has_rows, "-away")
        if had_focus:
            self.screen.set_focus(self.results)

    def _tell_status(self) -> None:
        self.status.pieces = (
            Piece(self._activity, 0),
            Piece((one_line(self._user, 40),), 3),
            Piece((one_line(self._region, 40),), 4),
            Piece((self._duration,), 2),
            Piece(self._rows, 1),
        )
