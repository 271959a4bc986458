"""The optional guards: switching them, asking, and showing that they are on."""

import dataclasses
from collections.abc import Mapping

from dsqltui.core.language import N_, _
from dsqltui.core.sessions.guards import Guards
from dsqltui.core.text.safe_text import one_line
from dsqltui.runner.events import GuardAsked
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.words.severity import Severity

_NAMES = {
    "writes_need_transaction": (N_("writes"), N_("Writes need a transaction")),
    "destructive_asks": (N_("deletes"), N_("DELETE and UPDATE without WHERE, TRUNCATE and DROP ask first")),
    "commit_asks": (N_("commits"), N_("COMMIT asks first")),
    "read_only": ("READ ONLY", N_("Read-only: the server refuses what writes")),
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
        said = (_("{what}: on.") if is_on else _("{what}: off.")).format(what=_(_NAMES[name][1]))
        open_ones = [letter for letter, side in self.console.sides.items() if side.queue.state.is_open]
        if name == "read_only" and open_ones:
            said += _(" The open transaction in pane {open_ones} stays as it was begun.").format(
                open_ones=_(" and ").join(open_ones)
            )
        self.console.tell(said)

    def _apply(self) -> None:
        on = [
            _(word) for name, (word, _unused) in _NAMES.items() if getattr(self._guards, name) and name != "read_only"
        ]
        words = _("guards: {on}").format(on=", ".join(on)) if on else ""
        for side in self.console.sides.values():
            side.queue.connection.guards = self._guards
            side.pane.show_piece("read_only", 0, *(["READ ONLY"] if self._guards.read_only else []))
            side.pane.show_piece("guards", 3, *([words, _("guards on")] if on else []))

    def _asked(self, message: GuardAsked) -> None:
        text = one_line(" ".join(message.statement[:2_000].split()), 480)
        dialog = Question(
            _("Pane {letter}: {question}").format(letter=message.letter, question=message.question),
            text,
            yes=_("Send it"),
            no=_("Do not send"),
        )

        def answered(is_yes: bool | None) -> None:
            message.answer(bool(is_yes))
            if not is_yes:
                self.console.sides[message.letter].pane.add_line(Severity.QUIET, _("not sent"))

        self.console.ask(dialog, answered)
