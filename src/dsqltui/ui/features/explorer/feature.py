"""Interleavings in the console: the panes' scripts or a spec explored, the findings shown, an order replayed."""

import time
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from textual.widget import Widget

from dsqltui.core.interleaving.findings import Findings, OutcomeGroup
from dsqltui.core.interleaving.picture import answer_text, sign_of
from dsqltui.core.interleaving.replay_steps import PaneStep, replay_steps
from dsqltui.core.interleaving.report import CaseReport, markdown_text
from dsqltui.core.interleaving.scripts import NotAScript, script_of, written_tables
from dsqltui.core.interleaving.spec import InterleavingSpec, isolation_notes
from dsqltui.core.language import _
from dsqltui.core.scripts.statement import split
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.runner.events import StatementFinished
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.files.new_file import NewFile
from dsqltui.runner.interleaving.curing import try_cures
from dsqltui.runner.interleaving.exploring import ExploreOptions, Explorer
from dsqltui.runner.interleaving.trouble import CannotExplore
from dsqltui.runner.jobs import RunStatements
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.features.explorer.dialog import ExplorerAnswer, ExplorerDialog, ExplorerWish
from dsqltui.ui.features.explorer.replay import ReplayCourse, ReplayLine
from dsqltui.ui.features.explorer.spec_picker import SpecPicker, read_shipped
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.messages import ReplayAsked
from dsqltui.ui.state.services import OpenObserver

_TOLD_EVERY_S = 0.25


class ExplorerFeature(Feature):
    """Leader X i explores; the line below the panes replays."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._line = ReplayLine()
        self._explorer: Explorer | None = None
        """While one is at work."""
        self._put_back: tuple[str, ...] = ()
        self._has_own_schema = False
        self._course: ReplayCourse | None = None

    def below(self) -> Iterable[Widget]:
        """The replay's line."""
        return (self._line,)

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Explore."""
        return {"interleavings": self._explore_panes}

    def reactions(self) -> Mapping[type[object], Reaction]:
        """The replay's keys, and what came of its steps."""
        return {ReplayAsked: self._replay_asked, StatementFinished: self._finished}

    # -- exploring -----------------------------------------------------------------------------------------------------

    def _explore_panes(self) -> None:
        if self._explorer is not None:
            self.console.tell(_("The orders of before are still being ended."))
            return
        texts = {
            letter: side.pane.editor.selected_text or side.pane.editor.text
            for letter, side in self.console.sides.items()
        }
        try:
            scripts = tuple(script_of(letter, text) for letter, text in texts.items())
        except NotAScript as problem:
            self._pick(str(problem))
            return
        spec = InterleavingSpec(_("the panes"), scripts, notes=isolation_notes(scripts))
        self._ask_and_start(spec, has_own_schema=False)

    def _pick(self, why: str = "") -> None:
        self.console.ask(SpecPicker(why), self._picked)

    def _picked(self, name: str | None) -> None:
        if name is not None:
            self._ask_and_start(read_shipped()[name], has_own_schema=True)

    def _ask_and_start(self, spec: InterleavingSpec, *, has_own_schema: bool) -> None:
        opener = self.console.services.open_observer
        if opener is None:
            self.console.tell(_("This console was opened without a way to open more sessions."))
            return
        start = partial(self._start, spec, opener, has_own_schema=has_own_schema)
        if self.console.services.revive is not None:  # the simulator
            start()
            return
        tables = ", ".join(written_tables(spec.sessions)) or _("no table")
        what = (
            _("in a schema of its own, which is dropped in the end")
            if has_own_schema
            else _("changing and putting back: {tables}").format(tables=tables)
        )
        text = _(
            "On this cluster the orders of {name} are run, {what}. Others who use these tables meet conflicts."
        ).format(name=spec.name, what=what)

        def answered(is_agreed: bool | None) -> None:
            if is_agreed:
                start()

        self.console.ask(Question(_("Explore on a cluster?"), text, yes=_("Explore"), no=_("Back")), answered)

    def _start(self, spec: InterleavingSpec, opener: OpenObserver, *, has_own_schema: bool) -> None:
        dialog = ExplorerDialog(spec.name, self._stop)
        self.console.ask(dialog, self._answered)
        self._has_own_schema = has_own_schema
        self.console.spawn(self._explore(spec, opener, dialog, has_own_schema=has_own_schema), group="explore")

    async def _explore(
        self, spec: InterleavingSpec, opener: OpenObserver, dialog: ExplorerDialog, *, has_own_schema: bool
    ) -> None:
        trouble = ""
        try:
            options = ExploreOptions(has_own_schema=has_own_schema)
            explorer = await in_daemon_thread(lambda: Explorer(lambda n: opener("AB"[n % 2]), spec, options))
            self._explorer = explorer
            try:
                await explorer.prepare()
                findings = await explorer.explore(_Told(dialog, _("runs")))
                dialog.show_report(CaseReport(findings))
                cures = await try_cures(explorer, findings, _Told(dialog, _("ways out tried")))
                dialog.show_report(CaseReport(findings, cures))
                self._put_back = explorer.reset_texts
                dialog.show_progress(_("putting the data back…"))
                await explorer.restore()
            finally:
                await explorer.close()
        except (ConnectFailed, CannotExplore) as problem:
            trouble = str(problem)
        finally:
            self._explorer = None
            dialog.show_end(trouble)

    def _stop(self) -> None:
        if self._explorer is not None:
            self._explorer.is_stopping = True

    async def close(self) -> None:
        """End what runs."""
        self._stop()

    # -- what is done with the findings --------------------------------------------------------------------------------

    def _answered(self, answer: ExplorerAnswer | None) -> None:
        if answer is None:
            return
        report = answer.report
        if answer.wish is ExplorerWish.OTHER_CASE:
            self._pick()
        elif answer.wish is ExplorerWish.MARKDOWN and report is not None:
            name = "".join(c if c.isalnum() or c in "-_" else "-" for c in report.findings.spec.name)
            asking = AskLine(_("Write the findings as Markdown to"), value=f"interleavings-{name}.md")
            self.console.ask(asking, partial(self._write, report))
        elif answer.wish is ExplorerWish.CURE and answer.cure is not None:
            for letter, script in zip("AB", answer.cure.findings.scripts, strict=False):
                self.console.prefill(letter, "\n".join(f"{s.sql};" for s in script.statements) + "\n")
            self.console.tell(_("The changed scripts stand in the editors; undo takes them back."))
        elif report is not None and answer.group is not None:
            self._replay(report.findings, answer.group)

    def _show_again(self, report: CaseReport) -> None:
        dialog = ExplorerDialog(report.findings.spec.name, self._stop)
        dialog.show_report(report)
        dialog.show_end()
        self.console.ask(dialog, self._answered)

    def _write(self, report: CaseReport, path: str | None) -> None:
        if not path:
            self._show_again(report)
            return

        def write() -> str:
            try:
                file = NewFile(Path(path).expanduser())
                file.write(markdown_text(report))
                file.keep()
            except (FileUnusable, RuntimeError) as problem:
                return str(problem)
            return _("Written: {path}").format(path=path)

        async def work() -> None:
            self.console.tell(await in_daemon_thread(write))
            self._show_again(report)

        self.console.spawn(work(), group="explore-write")

    # -- replay --------------------------------------------------------------------------------------------------------

    def _replay(self, findings: Findings, group: OutcomeGroup) -> None:
        steps = replay_steps(findings, group, has_own_schema=self._has_own_schema, put_back=self._put_back)
        if not steps:
            self.console.tell(
                _(
                    "More than two transactions are open at once in every order of this outcome, and there are two "
                    "panes; the picture shows the order."
                )
            )
            return
        self._course = ReplayCourse(findings.spec.name, steps)
        self._line.said = _("Nothing runs by itself: n runs the step, in its pane.")
        self._show_step()
        self._line.add_class("-open")
        self.console.rearrange()
        self._line.focus()

    def _show_step(self) -> None:
        self._line.text = self._course.text if self._course is not None else ""

    def _replay_asked(self, message: ReplayAsked) -> None:
        course = self._course
        step = course.step if course is not None else None
        if course is None or step is None or not message.goes_on:
            self._end_replay()
        elif not course.waits_for:
            self._run(course, step)

    def _run(self, course: ReplayCourse, step: PaneStep) -> None:
        statements = tuple(split(step.sql))
        for letter in step.letters:
            if step.sign:  # what only prepares the order does not fill the editors
                self.console.prefill(letter, step.sql)
            if self.console.submit(self.console.sides[letter], RunStatements(statements, is_from_editor=False)):
                course.waits_for[letter] = len(statements)
        self._line.focus()

    def _finished(self, message: StatementFinished) -> None:
        course = self._course
        step = course.step if course is not None else None
        if course is None or step is None or message.letter not in course.waits_for:
            return
        course.waits_for[message.letter] -= 1
        if course.waits_for[message.letter] <= 0:
            del course.waits_for[message.letter]
        given = answer_text(message.outcome)
        sign = sign_of(message.statement.kind, message.outcome)
        self._line.said = f"{message.letter}: {given}"
        if step.sign:
            self._line.said += (
                _("  (as explored)")
                if sign == step.sign
                else _("  (explored: {expected})").format(expected=step.expected)
            )
        if sign == "!" and not step.sign:  # what prepares the order failed: what follows it was not run
            course.waits_for.clear()
            return
        if not course.waits_for:
            course.go_on()
            self._show_step()

    def _end_replay(self) -> None:
        self._course = None
        self._line.remove_class("-open")
        self.console.rearrange()
        self.console.go_to(self.console.active.letter)


class _Told:
    """Hears how far it is and tells the dialog, a few times a second."""

    def __init__(self, dialog: ExplorerDialog, what: str) -> None:
        self._dialog, self._what = dialog, what
        self._started = self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told < _TOLD_EVERY_S and done < total:
            return
        self._told = now
        left = (now - self._started) / max(1, done) * (total - done)
        self._dialog.show_progress(
            _("{done:,} of {total:,} {what}, {left:.0f} s left").format(
                done=done, total=total, what=self._what, left=left
            )
        )
