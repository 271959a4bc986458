"""What exploring found: the outcomes at the left, a picture of the chosen one at the right; one after the other where
the screen is narrow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from dsqltui.core.interleaving.cures import TriedCure, advice_on, ranked
from dsqltui.core.interleaving.findings import OutcomeGroup
from dsqltui.core.interleaving.judging import OrderVerdict
from dsqltui.core.interleaving.orders import shown_order
from dsqltui.core.interleaving.picture import picture_of, sql_text, steps_of
from dsqltui.core.interleaving.report import CaseReport, final_lines, headline, step_lines
from dsqltui.core.interleaving.scripts import LETTERS
from dsqltui.core.language import N_, _
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.keys.user_keys import short_keys
from dsqltui.ui.widgets.line_list import LineList, ListLine

_NARROW = 120
"""Columns below which list and picture take turns."""
_LOOKS = {OrderVerdict.SERIALISABLE: "good", OrderVerdict.LOSES: "running", OrderVerdict.ALL_LOST: "running"}


class ExplorerWish(Enum):
    """What the person wants done with the findings."""

    REPLAY = "replay"
    MARKDOWN = "markdown"
    CURE = "cure"
    OTHER_CASE = N_("other case")


@dataclass(frozen=True, slots=True)
class ExplorerAnswer:
    """A wish, and what it is about."""

    wish: ExplorerWish
    report: CaseReport | None = None
    group: OutcomeGroup | None = None
    cure: TriedCure | None = None


class OutcomeList(LineList):
    """The outcomes, worst first, and the ways out below them."""

    shows_cursor = True


class ExplorerDialog(Dialog[ExplorerAnswer]):
    """Filled while the orders are run; the person may stop that and look at what is there."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.EXPLORER)
    AUTO_FOCUS = "OutcomeList"

    def __init__(self, name: str, stop: Callable[[], object]) -> None:
        """`stop` ends the run after the order that is under way."""
        super().__init__()
        self._case_name, self._stop = name, stop
        self._report: CaseReport | None = None
        self._progress = _("connecting…")
        self.is_exploring = True
        """Until the orders are through or it was stopped."""
        self._shows_picture = False
        self._closes_when_done = False

    @property
    def report(self) -> CaseReport | None:
        """What is shown; None before there is anything."""
        return self._report

    @property
    def shown_text(self) -> str:
        """The picture as text."""
        return self._text()

    def compose(self) -> ComposeResult:
        """Title, how far it is, list and picture, keys."""
        with Vertical(classes="dialog -tall explorer"):
            yield Static(markup=False, classes="dialog--title", id="explorer-title")
            with Horizontal(id="explorer-body"):
                yield OutcomeList()
                with VerticalScroll(id="explorer-picture"):
                    yield Static(markup=False, id="explorer-text")
            yield Static(markup=False, classes="dialog--foot", id="explorer-foot")

    def on_mount(self) -> None:
        """Show that it has begun."""
        self._lay_out(self.app.size.width)
        self._paint()

    def on_resize(self, event: events.Resize) -> None:
        """Another width."""
        self._lay_out(event.size.width)
        self._paint()

    # -- what the feature tells ----------------------------------------------------------------------------------------

    def show_progress(self, text: str) -> None:
        """How far it is."""
        if text != self._progress:
            self._progress = text
            self._paint_title()

    def show_report(self, report: CaseReport) -> None:
        """What was found so far."""
        self._report = report
        if self.is_mounted:
            self._paint()

    def show_end(self, trouble: str = "") -> None:
        """Nothing more comes; `trouble` is why, when it ended early."""
        self.is_exploring, self._progress = False, trouble
        if self._closes_when_done:
            self.dismiss(None)
        elif self.is_mounted:
            self._paint()

    # -- keys ----------------------------------------------------------------------------------------------------------

    def action_next_outcome(self) -> None:
        """The next line of the list."""
        self.query_one(OutcomeList).action_down()

    def action_previous_outcome(self) -> None:
        """The line before."""
        self.query_one(OutcomeList).action_up()

    def action_turn(self) -> None:
        """From the list to the picture and back."""
        self._shows_picture = not self._shows_picture
        self._lay_out(self.app.size.width)
        self.query_one("#explorer-picture" if self._shows_picture else "OutcomeList").focus()
        self._paint()

    def action_replay(self) -> None:
        """Step by step in the panes; of a way out: into the editors."""
        chosen = self._chosen()
        if isinstance(chosen, OutcomeGroup):
            self._answer(ExplorerAnswer(ExplorerWish.REPLAY, self._report, group=chosen))
        elif isinstance(chosen, TriedCure):
            self._answer(ExplorerAnswer(ExplorerWish.CURE, self._report, cure=chosen))

    def action_markdown(self) -> None:
        """Write all of it as Markdown."""
        if self._report is not None:
            self._answer(ExplorerAnswer(ExplorerWish.MARKDOWN, self._report))

    def action_other_case(self) -> None:
        """Explore a spec that comes with dsqltui."""
        self._answer(ExplorerAnswer(ExplorerWish.OTHER_CASE))

    def action_stop(self) -> None:
        """End after the order that is under way; what is done is kept."""
        if self.is_exploring:
            self._stop()
            self.show_progress(_("stopping after the order that is under way…"))

    def action_refuse(self) -> None:
        """Close; what runs ends first, as the data are put back then."""
        if not self.is_exploring:
            self.dismiss(None)
            return
        self._closes_when_done = True
        self.action_stop()

    def _answer(self, answer: ExplorerAnswer) -> None:
        if self.is_exploring:
            self.show_progress(_("still running; {key} stops it").format(key=short_keys(KeyScope.EXPLORER, "stop")))
        else:
            self.dismiss(answer)

    @on(LineList.Moved)
    def _moved(self) -> None:
        self._paint_text()

    @on(LineList.Chosen)
    def _clicked(self, message: LineList.Chosen) -> None:
        message.stop()
        self.action_replay()

    # -- painting ------------------------------------------------------------------------------------------------------

    def _lay_out(self, width: int) -> None:
        is_narrow = width < _NARROW
        self.set_class(is_narrow, "-narrow")
        self.set_class(self._shows_picture, "-picture")

    def _chosen(self) -> OutcomeGroup | TriedCure | None:
        key = self.query_one(OutcomeList).key
        if self._report is None or key is None:
            return None
        kind, _unused, number = key.partition(" ")
        if kind == "group":
            return self._report.findings.groups[int(number)]
        return ranked(self._report.cures)[int(number)] if kind == "cure" else None

    def _paint(self) -> None:
        self._paint_title()
        self.query_one(OutcomeList).show(_lines(self._report) if self._report is not None else ())
        self._paint_text()
        keys = _("Enter replay  m Markdown  n p walk  v picture  f specs  Esc close")
        self.query_one("#explorer-foot", Static).update(
            _("{key} stop  Esc stop and close").format(key=short_keys(KeyScope.EXPLORER, "stop"))
            if self.is_exploring
            else keys
        )

    def _paint_title(self) -> None:
        if not self.is_mounted:
            return
        title = (
            _("Interleavings of {case_name}").format(case_name=self._case_name)
            if self._report is None
            else headline(self._report.findings)
        )
        said = f"{title}\n{self._progress}" if self._progress else title
        self.query_one("#explorer-title", Static).update(many_lines(said, 600))

    def _paint_text(self) -> None:
        self.query_one("#explorer-text", Static).update(self._text())

    def _text(self) -> str:
        if self._report is None:
            return ""
        width = max(40, self.query_one("#explorer-picture").content_size.width or self.app.size.width - 10)
        chosen = self._chosen()
        if isinstance(chosen, OutcomeGroup):
            return "\n".join(_group_lines(self._report, chosen, width))
        if isinstance(chosen, TriedCure):
            return "\n".join(_cure_lines(chosen, width))
        return advice_on(self._report.cures) if self._report.cures else ""


def _lines(report: CaseReport) -> list[ListLine]:
    lines = []
    for number, group in enumerate(report.findings.groups):
        look = "failed" if group.is_odd else _LOOKS.get(group.judgement.verdict, "failed")
        covers = (
            _(" of {covers:,}").format(covers=group.covers)
            if group.covers is not None and group.covers != len(group.members)
            else ""
        )
        count = f"{len(group.members):>4,}{covers}"
        lines.append(ListLine(f"group {number}", ((f"{count:<11} ", "quiet"), (group.title, look))))
    if report.cures:
        lines.append(ListLine("head", ((_("The way out"), "head"),), is_heading=True))
        for number, cure in enumerate(ranked(report.cures)):
            count = _("{value} {lost} of {count} lose  ").format(
                value="✓" if cure.works else "·", lost=cure.findings.lost, count=len(cure.findings.judged)
            )
            one_sided = _(" (one side: not verified on AWS)") if cure.cure.is_one_sided else ""
            parts = ((count, "good" if cure.works else "quiet"), (cure.cure.title + one_sided, "text"))
            lines.append(ListLine(f"cure {number}", parts))
    for number, note in enumerate(report.findings.notes):
        lines.append(ListLine(f"note {number}", ((_("Note: {note}").format(note=note), "quiet"),), is_heading=True))
    return lines


def _group_lines(report: CaseReport, group: OutcomeGroup, width: int) -> list[str]:
    findings = report.findings
    example = group.example
    steps = steps_of(findings.scripts, example.order, example.run)
    head = [one_line(group.judgement.sentence, width * 2), shown_order(example.order), ""]
    return [
        *head,
        *picture_of(findings.scripts, steps, width),
        "",
        *step_lines(steps, width),
        "",
        *(line[:width] for line in final_lines(findings, example.run)),
    ]


def _cure_lines(cure: TriedCure, width: int) -> Sequence[str]:
    lines = [one_line(cure.sentence, width * 3), "", _("Enter puts these scripts into the editors:")]
    if cure.cure.needs_guard:
        from dsqltui.core.interleaving.cures import GUARD_SETUP

        lines += ["", *(f"  {sql};" for sql in GUARD_SETUP)]
    for letter, script in zip(LETTERS, cure.findings.scripts, strict=False):
        lines += ["", f"{letter}", *(f"  {sql_text(s, width - 4)};" for s in script.statements)]
    return lines
