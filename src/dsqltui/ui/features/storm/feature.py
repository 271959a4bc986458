"""Conflicts so far, and storms: form, question, screen, export."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dsqltui.core.language import _
from dsqltui.core.psql import ShowConflicts
from dsqltui.core.storm.builtin import builtin_script
from dsqltui.core.storm.script import LoadScriptUnusable
from dsqltui.core.transactions.retry import Backoff
from dsqltui.runner.events import CommandReached
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.files.new_file import FileTaken, NewFile
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.features.storm.form import BOTH_PANES, THIS_PANE, StormForm, StormWish
from dsqltui.ui.panes.pane_state import PaneState
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity

if TYPE_CHECKING:
    from dsqltui.runner.storm.background import BackgroundStorm
    from dsqltui.runner.storm.host import StormHost
    from dsqltui.runner.storm.storm import ScriptSource, StormRequest
    from dsqltui.ui.features.storm.screen import StormScreen


class StormFeature(Feature):
    """Answers from the console's meter; opens the storm screen."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._wish = StormWish()
        """What was chosen last."""
        self._storm: BackgroundStorm | None = None
        """The one that was begun last."""
        self._screen: StormScreen | None = None

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Conflicts so far; a storm."""
        return {"conflicts": self._show_in_active, "storm": self._ask_what}

    def reactions(self) -> Mapping[type[object], Reaction]:
        r"""`\conflicts`."""
        return {CommandReached: self._command_reached}

    async def close(self) -> None:
        """The console ends: so does the storm."""
        if self._storm is not None:
            await self._storm.stop()

    # -- conflicts so far ----------------------------------------------------------------------------------------------

    def _show_in_active(self) -> None:
        self.console.active.pane.show_report(self._report())

    def _command_reached(self, message: CommandReached) -> None:
        if isinstance(message.command, ShowConflicts):
            self.console.sides[message.letter].pane.show_report(self._report(), about=message)

    def _report(self) -> Report:
        meter = self.console.services.meter
        tone = Severity.CONFLICT if meter.has_conflicts else Severity.QUIET
        return Report(tone, _("Conflicts so far"), message="\n".join(meter.lines))

    # -- storms --------------------------------------------------------------------------------------------------------

    def _ask_what(self) -> None:
        host = self.console.services.storms
        if host is None:
            self.console.tell(_("No storm can be run here."))
            return

        def answered(wish: StormWish | None) -> None:
            if wish is not None:
                self._wish = wish
                self.console.spawn(self._begin(host, wish), group="storm")

        note = _("pgbench's scripts and commands; sessions as {user}, half of them on each endpoint.").format(
            user=host.user
        )
        self.console.ask(StormForm(self._wish, note), answered)

    async def _begin(self, host: "StormHost", wish: StormWish) -> None:
        try:
            request = await in_daemon_thread(lambda: self._request(host, wish))
            question = "" if host.is_simulator else request.plan(0).question(host.hosts)
            storm = await in_daemon_thread(lambda: host.make(request))
        except LoadScriptUnusable as problem:
            self.console.active.pane.show_report(Report(Severity.FAILED, _("NOT A LOAD SCRIPT"), message=str(problem)))
            return
        if not question:
            self._show(storm)
            return

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self._show(storm)

        turns = _(" {rounds} such turns of each.").format(rounds=request.rounds) if len(request.designs) > 1 else ""
        self.console.ask(
            Question(_("Run it on AWS?"), f"{question}{turns}", yes=_("Run"), no=_("Do not run")), answered
        )

    def _show(self, storm: "BackgroundStorm") -> None:
        from dsqltui.ui.features.storm.screen import StormScreen

        self._storm = storm
        self._screen = StormScreen(storm, self._ask_where)
        self.console.ask(self._screen)

    def _request(self, host: "StormHost", wish: StormWish) -> "StormRequest":
        from dsqltui.runner.storm.storm import ScriptSource, StormRequest

        if wish.script == BOTH_PANES:
            designs = tuple((_source(side),) for side in self.console.sides.values())
        elif wish.script == THIS_PANE:
            designs = ((_source(self.console.active),),)
        else:
            designs = ((ScriptSource(*builtin_script(wish.script)),),)
        return StormRequest(
            designs,
            host.names,
            sessions=wish.sessions,
            seconds=float(wish.seconds),
            rate=wish.rate,
            backoff=Backoff(attempts=wish.retries + 1),
            is_simulator=host.is_simulator,
        )

    # -- export --------------------------------------------------------------------------------------------------------

    def _ask_where(self, storm: "BackgroundStorm") -> None:
        def answered(text: str | None) -> None:
            if text and text.strip():
                path = Path(text.strip()).expanduser().absolute()
                self.console.spawn(self._write(storm, path, may_replace=False), group="storm_export")

        suggested = f"dsqltui-storm-{time.strftime('%Y%m%d-%H%M%S')}.md"
        hint = _("A name in .csv (by second), .json or .txt writes that instead.")
        self.console.ask(AskLine(_("Write the figures as Markdown to"), value=suggested, hint=hint), answered)

    async def _write(self, storm: "BackgroundStorm", path: Path, *, may_replace: bool) -> None:
        from dsqltui.ui.features.storm.screen import form_of

        text = await storm.text(form_of(path))

        def work() -> None:
            file = NewFile(path, may_replace=may_replace)
            try:
                file.write(text)
                file.keep()
            finally:
                file.discard()

        try:
            await in_daemon_thread(work)
        except FileTaken:
            self._ask_to_replace(storm, path)
        except FileUnusable as problem:
            self._tell(str(problem))
        else:
            self._tell(_("Written to {path}.").format(path=path))

    def _tell(self, text: str) -> None:
        """On the storm's screen, or on the console when that is gone."""
        if self._screen is not None and self._screen.is_attached:
            self._screen.say(text)
        else:
            self.console.tell(text)

    def _ask_to_replace(self, storm: "BackgroundStorm", path: Path) -> None:
        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.console.spawn(self._write(storm, path, may_replace=True), group="storm_export")

        self.console.ask(
            Question(
                _("Overwrite the file?"), _("{path} exists.").format(path=path), yes=_("Overwrite"), no=_("Keep it")
            ),
            answered,
        )


def _source(side: PaneState) -> "ScriptSource":
    """The selection of a pane's editor, or all of it."""
    from dsqltui.runner.storm.storm import ScriptSource

    editor = side.pane.editor
    selected = editor.selected_range
    text = editor.text if selected is None else editor.text[selected[0] : selected[1]]
    return ScriptSource(_("pane {letter}").format(letter=side.letter), text)
