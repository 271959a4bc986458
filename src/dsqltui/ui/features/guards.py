"""The optional guards: switching them, asking, and showing that they are on."""

import dataclasses
from collections.abc import Mapping

from dsqltui.core.sessions.guards import Guards
from dsqltui.core.text.safe_text import one_line
from dsqltui.runner.events import GuardAsked
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.words.severity import Severity

_NAMES = {
    "writes_need_transaction": ("writes", "Writes need a transaction"),
    "destructive_asks": ("deletes", "DELETE and UPDATE without WHERE, TRUNCATE and DROP ask first"),
    "commit_asks": ("commits", "COMMIT asks first"),
    "read_only": ("READ ONLY", "Read-only: the server refuses what writes"),
}
"""The word on the status line and a sentence, for each guard."""


class GuardsFeature(Feature):
    """Both panes have the same guards."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        wanted = console.services.settings.guards
        self._guards = Guards(**{name: getattr(wanted, name) for name in _NAMES})

    def handlers(self) -> Mapping[str, ActionHandler]:
        """A switch for each."""
        return {
            "guard_writes": lambda: self._switch("writes_need_transaction"),
            "guard_destructive": lambda: self._switch("destructive_asks"),
            "guard_commit": lambda: self._switch("commit_asks"),
            "read_only": lambda: self._switch("read_only"),
        }

    def reactions(self) -> Mapping[type[object], Reaction]:
        """A guard's question."""
        return {GuardAsked: self._asked}

    def started(self) -> None:
        """The settings hold from the first statement on."""
        self._apply()

    def _switch(self, name: str) -> None:
        is_on = not getattr(self._guards, name)
        self._guards = dataclasses.replace(self._guards, **{name: is_on})
        self._apply()
        said = f"{_NAMES[name][1]}: {'on' if is_on else 'off'}."
        open_ones = [letter for letter, side in self.console.sides.items() if side.queue.state.is_open]
        if name == "read_only" and open_ones:
            said += f" The open transaction in pane {' and '.join(open_ones)} stays as it was begun."
        self.console.tell(said)

    def _apply(self) -> None:
        on = [word for name, (word, _) in _NAMES.items() if getattr(self._guards, name) and name != "read_only"]
        words = f"guards: {', '.join(on)}" if on else ""
        for side in self.console.sides.values():
            side.queue.connection.guards = self._guards
            side.pane.show_piece("read_only", 0, *(["READ ONLY"] if self._guards.read_only else []))
            side.pane.show_piece("guards", 3, *([words, "guards on"] if on else []))

    def _asked(self, message: GuardAsked) -> None:
        text = one_line(" ".join(message.statement[:400].split()), 200)
        dialog = Question(f"Pane {message.letter}: {message.question}", text, yes="Send it", no="Do not send")

        def answered(is_yes: bool | None) -> None:
            message.answer(bool(is_yes))
            if not is_yes:
                self.console.sides[message.letter].pane.add_line(Severity.QUIET, "not sent")

        self.console.ask(dialog, answered)
