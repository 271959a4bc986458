"""Asked before leaving while a transaction is open."""

from collections.abc import Sequence

from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.user_keys import key_of


class ConfirmQuit(Question):
    """True: leave. Ctrl+Q once more says yes too."""

    def __init__(self, letters: Sequence[str]) -> None:
        panes = " and ".join(f"pane {letter}" for letter in letters)
        super().__init__(
            "A transaction is open",
            f"The transaction in {panes} was not committed; leaving rolls it back.\n"
            f"{key_of('quit')} again leaves at once.",
            yes="Quit and lose it",
            no="Stay",
        )

    def action_quit(self) -> None:
        """The second Ctrl+Q."""
        self.dismiss(True)
