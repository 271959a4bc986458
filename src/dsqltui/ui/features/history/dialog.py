"""What was run before: found by typing, narrowed to a pane or to what failed; the chosen one goes to the editor."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual.binding import BindingType

from dsqltui.core.journal.history import History, HistoryUnavailable, Run
from dsqltui.core.language import N_, _
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.dialogs.picker import Picker
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.keys.user_keys import short_keys
from dsqltui.ui.textual_patches.hooks import start_worker
from dsqltui.ui.widgets.line_list import ListLine
from dsqltui.ui.words.wording import day_and_time, duration


class HistoryDialog(Picker):
    """Dismissed with the id of the chosen run, as text; `run` gives the run."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.HISTORY)
    title_text = N_("History")

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history
        self._runs: dict[str, Run] = {}
        self._pane = ""
        self._only_failed = False
        self._trouble = ""
        self.is_to_run = False
        """Whether the chosen one is to run at once."""

    def run(self, key: str) -> Run:
        """The run of a line."""
        return self._runs[key]

    async def find(self, words: str) -> Sequence[ListLine]:
        """The newest first."""
        self._trouble = ""
        try:
            runs = await self._history.find(words, pane=self._pane, only_failed=self._only_failed)
        except HistoryUnavailable as problem:
            runs, self._trouble = [], str(problem)
        self._runs = {str(run.id): run for run in runs}
        today = datetime.now().astimezone().date()
        return [_line(key, run, today == _moment(run).date()) for key, run in self._runs.items()]

    def preview(self, key: str | None) -> str:
        """When, where, how it went, the SQL."""
        if self._trouble:
            return self._trouble
        if key is None:
            return _("No run matches.")
        run = self._runs[key]
        head = f"{_moment(run):%Y-%m-%d %H:%M:%S}  {run.pane} {run.region}  {run.user}  {duration(run.duration_s)}"
        cut = "" if run.is_whole else _("\n(only the beginning was kept)")
        return f"{one_line(head)}\n{one_line(run.outcome)}{cut}\n{run.sql}"

    def foot(self) -> str:
        """The filters that are on are named first."""
        pane = _("pane {pane}").format(pane=self._pane) if self._pane else _("both panes")
        what = _("failed only") if self._only_failed else _("all")
        a, b, failed = (short_keys(KeyScope.HISTORY, id_) for id_ in ("only_a", "only_b", "only_failed"))
        return _("{pane}, {what}   {a} A  {b} B  {failed} failed  Enter: insert into editor  {run} run").format(
            run=short_keys(KeyScope.HISTORY, "run_it"), pane=pane, what=what, a=a, b=b, failed=failed
        )

    def action_run_it(self) -> None:
        """Choose it, to be run."""
        self.is_to_run = True
        start_worker(self, self._choose(), group="choose", exclusive=True)

    def action_only_a(self) -> None:
        """Pane A or both."""
        self._narrow("A")

    def action_only_b(self) -> None:
        """Pane B or both."""
        self._narrow("B")

    def action_only_failed(self) -> None:
        """What failed or everything."""
        self._only_failed = not self._only_failed
        self.search()

    def _narrow(self, pane: str) -> None:
        self._pane = "" if self._pane == pane else pane
        self.search()


def _moment(run: Run) -> datetime:
    return datetime.fromtimestamp(run.ended_s).astimezone()


def _line(key: str, run: Run, is_today: bool) -> ListLine:
    when = f"{_moment(run):%H:%M:%S}" if is_today else day_and_time(_moment(run))
    sign, look = ("✗", "failed") if run.is_failed else ("✓", "good")
    sql = " ".join(run.sql[:400].split())
    return ListLine(key, ((f"{when:<12} ", "quiet"), (f"{run.pane} ", "head"), (f"{sign} ", look), (sql, "text")))
