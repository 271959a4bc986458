"""What has to be done in the console before a step can run: connect, roll back, bring a role back; and faults."""

from collections.abc import Callable

from dsqltui.core.scripts.statement import split
from dsqltui.core.sessions.roles import RoleChoice
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.text.safe_text import one_line
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.exploration import explored
from dsqltui.labs.judging.next_move import Move, MoveKind
from dsqltui.labs.measured_load import LoadFailed
from dsqltui.labs.model import LabStep, MakeIamRole, OpenView, RunLoad, SwitchPaneRole
from dsqltui.labs.ports import FaultsRefused
from dsqltui.labs.runner import fault_defaults
from dsqltui.labs.text import Text, filled
from dsqltui.runner.jobs import ConnectJob, RunStatements
from dsqltui.ui.extension.feature import Console
from dsqltui.ui.features.lab import words
from dsqltui.ui.features.lab.course import LabCourse
from dsqltui.ui.features.lab.place import LabPlace
from dsqltui.ui.state.messages import RoleRequested


class LabMoves:
    """`went_back` is called when the course was led to an earlier step."""

    def __init__(
        self, console: Console, course: LabCourse, place: LabPlace, *, went_back: Callable[[], object]
    ) -> None:
        self._console, self._course, self._place, self._told_back = console, course, place, went_back
        self.has_rolled_back = ""
        """The pane in which n has just ended a transaction: the step runs there from its first statement."""
        self.explained: Text | None = None
        """What the last n only explained; the next one does it."""
        self._has_faults = False

    def make_way(self, move: Move) -> bool:
        """Do what must be done before the step can run; whether it can run now."""
        if move.kind is MoveKind.RUN:
            return True
        if move.is_asked_first and self.explained != move.why:
            self.explained = move.why
            self._place.show(reason=move.why)
            return False
        self.explained = None
        match move.kind:
            case MoveKind.CONNECT:
                self._open(move.panes)
                self._place.show(reason=None, told=words.CONNECTING.filled({"panes": " + ".join(move.panes)}))
            case MoveKind.BECOME:
                self.become(move.role, move.panes)
                self._place.show(reason=None, told=move.why)
            case MoveKind.GO_BACK:
                self.roll_back(move.panes)
                self._course.go_back_to(move.position)
                self._told_back()
            case _:
                self.roll_back(move.panes)
                self.has_rolled_back = move.panes[0]
                self._place.show(told=words.ROLLED_BACK.filled({"pane": move.panes[0]}))
                return True
        return False

    def connect(self, letters: tuple[str, ...], move: Move) -> bool:
        """Open the sessions that are not there; False while a transaction is in the way, which is explained first."""
        if move.kind is not MoveKind.CONNECT and not self.make_way(move):
            return False
        self.has_rolled_back = ""
        self._open(letters)
        return True

    def _open(self, letters: tuple[str, ...]) -> None:
        for letter in letters:
            queue = self._console.sides[letter].queue
            if queue.link.can_reconnect and queue.is_attached:
                queue.put(ConnectJob())

    def roll_back(self, letters: tuple[str, ...]) -> None:
        """End the transactions of these panes."""
        for letter in letters:
            job = RunStatements(tuple(split("rollback;")), is_from_editor=False)
            self._console.submit(self._console.sides[letter], job)

    def become(self, role: SwitchPaneRole | None, panes: tuple[str, ...]) -> None:
        """Ask the role switcher for a role; None is that of the start."""
        attempt = self._course.attempt
        values = attempt.values if attempt is not None else {}
        choice = RoleChoice(role.user, filled(role.iam_role, values), role.session) if role is not None else None
        self._place.panel.post_message(RoleRequested(choice, panes, self._not_become))

    def _not_become(self, why_not: str) -> None:
        """The session is as it was, and so is the step: say it where the student looks."""
        self._place.show(told=words.NOT_BECOME.filled({"why": one_line(why_not, 300).rstrip(".。")}))

    async def make_iam_role(self, role: MakeIamRole) -> Text | None:
        """Make the IAM role and wait until it can be used; what went wrong."""
        iam = self._course.services.iam
        if iam is None:
            return words.NO_IAM
        try:
            await iam.make(role.name, role.user)
        except ConnectFailed as failure:
            said = one_line(str(failure), 600)
            return Text(said, said)
        return None

    async def remove_iam_roles(self) -> None:
        """Delete the IAM roles that the lab made. Raises ConnectFailed."""
        attempt, iam = self._course.attempt, self._course.services.iam
        if attempt is not None and iam is not None and attempt.lab.iam_roles:
            await iam.remove(attempt.lab.iam_roles)

    async def set_faults(self, changes: list[str]) -> None:
        """Raises FaultsRefused."""
        if self._course.services.faults is not None:
            self._has_faults = True
            await self._course.services.faults.change(changes)

    async def end_faults(self) -> FaultsRefused | None:
        """Bring every fault of the lab back to its default; what went wrong."""
        course = self._course
        if self._has_faults and course.attempt is not None and course.services.faults is not None:
            self._has_faults = False
            try:
                await course.services.faults.change(fault_defaults(course.attempt.lab))
            except FaultsRefused as problem:
                return problem
        return None

    def end_view(self, step: LabStep) -> None:
        """A comparison that a step has opened does not stand there for the rest of the lab."""
        is_comparison = isinstance(step.action, OpenView) and step.action.view == "compare"
        if is_comparison and self._place.panel.screen.query("CompareLine.-open"):
            self._console.do("compare")

    async def measure(self, attempt: LabAttempt, what: RunLoad | tuple[str, str]) -> Text | None:
        """Run a load, or every order of two scripts, and note the figures; what went wrong."""
        loads, make = self._course.services.loads, self._console.services.open_observer
        told = None
        try:
            if loads is None or make is None:
                told = words.NO_LOADS
            elif isinstance(what, RunLoad):
                attempt.measured(await loads.run(what, attempt.values))
            else:
                attempt.measured(await explored(make, what))
        except (ConnectFailed, LoadFailed) as problem:
            text = one_line(str(problem), 300)
            told = Text(text, text)
        return told
