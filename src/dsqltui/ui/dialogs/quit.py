"""Asked before leaving while a transaction is open, or something is on its way that may be saved."""

from collections.abc import Sequence

from dsqltui.core.answers import fate
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.keys.user_keys import key_of


def cost_of_leaving(letter: str, pane: PaneRunner) -> str:
    """What becomes of a pane's work when the person leaves now, as a sentence; empty when nothing is lost."""
    in_flight = pane.connection.in_flight
    if in_flight is not None and fate.may_save(in_flight.sql, in_flight.state_before):
        what = "COMMIT" if in_flight.state_before.is_open else "A statement"
        return (
            f"{what} is on its way in pane {letter}: leaving does not stop it, and whether it is saved stays unknown."
        )
    if pane.state.is_open:
        return f"The transaction in pane {letter} was not committed; leaving rolls it back."
    return ""


class ConfirmQuit(Question):
    """True: leave. Ctrl+Q once more says yes too."""

    def __init__(self, costs: Sequence[str]) -> None:
        """`costs` are sentences of `cost_of_leaving`."""
        is_unknown = any("unknown" in cost for cost in costs)
        super().__init__(
            "Not known yet what is saved" if is_unknown else "A transaction is open",
            "\n".join((*costs, f"{key_of('quit')} again leaves at once.")),
            yes="Quit" if is_unknown else "Quit and roll back",
            no="Stay",
        )

    def action_quit(self) -> None:
        """The second Ctrl+Q."""
        self.dismiss(True)
