"""Asked before leaving while a transaction is open, or something is on its way that may be saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dsqltui.core.answers import fate
from dsqltui.core.language import _, ngettext
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.keys.user_keys import key_of


@dataclass(frozen=True, slots=True)
class LeavingCost:
    """What becomes of the panes' work when the person leaves now."""

    sentence: str
    is_unknown: bool
    """Whether it may be saved all the same."""


def costs_of_leaving(panes: Mapping[str, PaneRunner]) -> list[LeavingCost]:
    """What leaving now costs; empty when nothing is lost."""
    costs, open_ones = [], []
    for letter, pane in panes.items():
        in_flight = pane.connection.in_flight
        if in_flight is not None and fate.may_save(in_flight.sql, in_flight.state_before):
            what = "COMMIT" if in_flight.state_before.is_open else _("A statement")
            sentence = _(
                "{what} is running in pane {letter}: quitting does not stop it, and whether it is saved stays unknown."
            )
            costs.append(LeavingCost(sentence.format(what=what, letter=letter), is_unknown=True))
        elif pane.state.is_open:
            open_ones.append(letter)
    if open_ones:
        sentence = ngettext(
            "Uncommitted changes in pane {letters} will be rolled back.",
            "Uncommitted changes in panes {letters} will be rolled back.",
            len(open_ones),
        )
        costs.append(LeavingCost(sentence.format(letters=_(" and ").join(open_ones)), is_unknown=False))
    return costs


class ConfirmQuit(Question):
    """True: leave. Ctrl+Q once more says yes too."""

    def __init__(self, costs: Sequence[LeavingCost]) -> None:
        """`costs` are those of both panes."""
        is_unknown = any(cost.is_unknown for cost in costs)
        again = _("{key} again quits at once.").format(key=key_of("quit"))
        super().__init__(
            _("Not known yet what is saved") if is_unknown else _("A transaction is open"),
            "\n".join((*(cost.sentence for cost in costs), again)),
            yes=_("Quit") if is_unknown else _("Quit and roll back"),
            no=_("Stay"),
        )

    def action_quit(self) -> None:
        """The second Ctrl+Q."""
        self.dismiss(True)
