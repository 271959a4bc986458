"""Asked before leaving while a transaction is open, or something is on its way that may be saved."""

from collections.abc import Sequence

from dsqltui.core.answers import fate
from dsqltui.core.language import _
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.keys.user_keys import key_of


def cost_of_leaving(letter: str, pane: PaneRunner) -> str:
    """What becomes of a pane's work when the person leaves now, as a sentence; empty when nothing is lost."""
    in_flight = pane.connection.in_flight
    if in_flight is not None and fate.may_save(in_flight.sql, in_flight.state_before):
        what = "COMMIT" if in_flight.state_before.is_open else _("A statement")
        return _(
            "{what} is on its way in pane {letter}: leaving does not stop it, and whether it is saved stays unknown."
        ).format(what=what, letter=letter)
    if pane.state.is_open:
        return _("The transaction in pane {letter} was not committed; leaving rolls it back.").format(letter=letter)
    return ""


class ConfirmQuit(Question):
    """True: leave. Ctrl+Q once more says yes too."""

    def __init__(self, costs: Sequence[str]) -> None:
        """`costs` are sentences of `cost_of_leaving`."""
        is_unknown = any("unknown" in cost for cost in costs)
        super().__init__(
            _("Not known yet what is saved") if is_unknown else _("A transaction is open"),
            "\n".join((*costs, _("{key} again leaves at once.").format(key=key_of("quit")))),
            yes=_("Quit") if is_unknown else _("Quit and roll back"),
            no=_("Stay"),
        )

    def action_quit(self) -> None:
        """The second Ctrl+Q."""
        self.dismiss(True)
