"""Taking back what a lab did in the console and on the cluster: its transactions, the roles it lent, its reset."""

from collections.abc import Awaitable, Callable

from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.labs.model import SwitchPaneRole
from dsqltui.labs.text import Text
from dsqltui.ui.extension.feature import Console
from dsqltui.ui.features.lab import words
from dsqltui.ui.features.lab.course import LabCourse
from dsqltui.ui.features.lab.dialogs import reset_question
from dsqltui.ui.features.lab.moves import LabMoves
from dsqltui.ui.features.lab.place import LabPlace
from dsqltui.ui.state.messages import RoleRequested


class LabTakingBack:
    """`end_faults` lets the simulator behave again; `entered` shows the step that the lab begins with anew."""

    def __init__(
        self,
        console: Console,
        course: LabCourse,
        place: LabPlace,
        moves: LabMoves,
        *,
        end_faults: Callable[[], Awaitable[None]],
        entered: Callable[[Text], object],
    ) -> None:
        self._console, self._course, self._place, self._moves = console, course, place, moves
        self._end_faults, self._entered = end_faults, entered

    def reset_asked(self) -> None:
        """Reset the lab, after a question that says what will be run."""
        attempt = self._course.attempt
        if attempt is None:
            self._place.tell(words.NO_LAB)
            return

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self._console.spawn(self._reset(), group="lab-reset")

        self._console.ask(reset_question(attempt.lab, attempt.values, self._place.view.language), answered)

    def roll_back_all(self) -> None:
        """End the transactions of both panes."""
        self._moves.roll_back(tuple(letter for letter, side in self._console.sides.items() if side.queue.state.is_open))

    def give_roles_back(self) -> None:
        """When the lab has lent the panes other roles: they get back that of the start."""
        attempt = self._course.attempt
        if attempt is not None and any(isinstance(step.action, SwitchPaneRole) for step in attempt.lab.steps):
            self._to_role_of_start()

    def _to_role_of_start(self) -> None:
        others = tuple(letter for letter, side in self._console.sides.items() if side.queue.user != side.setup.user)
        if others:
            self._place.panel.post_message(RoleRequested(None, others))

    async def _reset(self) -> None:
        await self._end_faults()
        self.roll_back_all()
        self._to_role_of_start()
        try:
            trouble = await self._course.reset()
            await self._moves.remove_iam_roles()
        except (ConnectFailed, OSError, ValueError) as problem:
            trouble = Text(str(problem), str(problem))
        self._entered(words.with_trouble(words.RESET_FAILED, trouble) if trouble is not None else words.RESET_DONE)
