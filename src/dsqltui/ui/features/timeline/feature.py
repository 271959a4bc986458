"""The timeline below the panes, and both panes' story as a file."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from textual.widget import Widget

from dsqltui.core.journal.journal import Entry
from dsqltui.core.language import _
from dsqltui.core.story.timeline_svg import timeline_svg
from dsqltui.core.story.transcript import transcript
from dsqltui.runner.files.file_trouble import FileUnusable
from dsqltui.runner.files.new_file import FileTaken, NewFile
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.features.timeline.strip import TimelineStrip
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.messages import TimelineAsked

_OPEN = "-open"


class TimelineFeature(Feature):
    """Follows the journal while it is open."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._strip = TimelineStrip()

    def below(self) -> Iterable[Widget]:
        """The strip."""
        return (self._strip,)

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Open and close; write it down."""
        return {"timeline": self._toggle, "transcript": self._ask_where}

    def reactions(self) -> Mapping[type[object], Reaction]:
        """The strip's keys."""
        return {TimelineAsked: self._asked}

    def started(self) -> None:
        """Hear of what happens."""
        self.console.services.journal.listen(self._happened)

    def _happened(self, _entry: Entry) -> None:
        if self._strip.has_class(_OPEN):
            self._show()

    def _show(self) -> None:
        meter = self.console.services.meter
        self._strip.show(
            tuple(self.console.services.journal), (meter.words, meter.counts) if meter.has_conflicts else ()
        )

    def _toggle(self) -> None:
        """Open and go there; from there: close."""
        if not self._strip.has_class(_OPEN):
            self._strip.add_class(_OPEN)
            self._strip.choose(None)
            self._show()
            self.console.rearrange()
            self._strip.screen.set_focus(self._strip)
        elif self._strip.screen.focused is self._strip:
            self._strip.remove_class(_OPEN)
            self.console.rearrange()
            self.console.go_to(self.console.active.letter)
        else:
            self._strip.screen.set_focus(self._strip)

    def _asked(self, message: TimelineAsked) -> None:
        chosen = self._strip.chosen
        if message.action == "leave":
            self.console.go_to(self.console.active.letter)
        elif chosen is not None and chosen.entry.sql:
            sql = chosen.entry.sql.rstrip()
            self.console.go_to(chosen.entry.pane)
            self.console.prefill(chosen.entry.pane, sql if sql.startswith("\\") else f"{sql};")
        else:
            self.console.tell(_("This entry has no SQL."))

    # -- files ---------------------------------------------------------------------------------------------------------

    def _ask_where(self) -> None:
        if not len(self.console.services.journal):
            self.console.tell(_("Nothing has been run yet."))
            return

        def answered(text: str | None) -> None:
            if text and text.strip():
                path = Path(text.strip()).expanduser().absolute()
                self.console.spawn(self._write(path, may_replace=False), group="transcript")

        suggested = f"dsqltui-{time.strftime('%Y%m%d-%H%M%S')}.md"
        hint = _("A name that ends in .svg saves the timeline as a picture.")
        self.console.ask(AskLine(_("Save transcript as"), value=suggested, hint=hint), answered)

    async def _write(self, path: Path, *, may_replace: bool) -> None:
        entries = tuple(self.console.services.journal)

        def work() -> None:
            file = NewFile(path, may_replace=may_replace)
            try:
                for piece in (timeline_svg(entries),) if path.suffix.lower() == ".svg" else transcript(entries):
                    file.write(piece)
                file.keep()
            finally:
                file.discard()

        try:
            await in_daemon_thread(work)
        except FileTaken:
            self._ask_to_replace(path)
        except FileUnusable as problem:
            self.console.tell(str(problem))
        else:
            self.console.tell(_("Written to {path}.").format(path=path))

    def _ask_to_replace(self, path: Path) -> None:
        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.console.spawn(self._write(path, may_replace=True), group="transcript")

        self.console.ask(
            Question(
                _("Overwrite the file?"), _("{path} exists.").format(path=path), yes=_("Overwrite"), no=_("Keep it")
            ),
            answered,
        )
