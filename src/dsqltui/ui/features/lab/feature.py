"""Lab mode: the panel and its keys, the choice of a lab, a presenter's play; the steps are in `steps`."""

from collections.abc import Callable, Iterable, Mapping

from textual.widget import Widget

from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.core.text.safe_text import one_line
from dsqltui.labs.files.reading import LabUnreadable
from dsqltui.labs.model import Lab as LabFile
from dsqltui.labs.observers import LabObservers
from dsqltui.labs.services import LIST
from dsqltui.labs.text import Language
from dsqltui.runner.events import (
    ConnectionChanged,
    ScriptFinished,
    StatementFinished,
    WorkChanged,
)
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.features.lab import words
from dsqltui.ui.features.lab.course import LabCourse
from dsqltui.ui.features.lab.dialogs import LabsDialog, agreement, rollback_question
from dsqltui.ui.features.lab.place import LabPlace
from dsqltui.ui.features.lab.presenter import Presenter
from dsqltui.ui.features.lab.steps import LabSteps
from dsqltui.ui.state.messages import LabAsked, LabPanelResized

_BEGIN = "lab-begin"


class LabFeature(Feature):
    """Brings the panel, the labs and the steps together."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        open_labs = console.services.open_labs
        self._services = services = open_labs() if open_labs is not None else None
        self._place = LabPlace(console, services.language if services is not None else Language.ENGLISH)
        self._steps = (
            LabSteps(console, LabCourse(services, console, LabObservers(self._observer)), self._place)
            if services is not None
            else None
        )
        self._is_ready = False
        self._presenter: Presenter | None = None

    def right(self) -> Iterable[Widget]:
        """The column of a wide console."""
        return (self._place.column,)

    def below(self) -> Iterable[Widget]:
        """The band of a narrow one."""
        return (self._place.band,)

    def handlers(self) -> Mapping[str, ActionHandler]:
        """See keymap.ACTIONS."""
        return {
            "lab_panel": self._toggle,
            "lab_focus": self._focus,
            "lab_next": lambda: self._with_steps(LabSteps.next),
            "lab_enter": lambda: self._with_steps(LabSteps.enter_pressed),
            "lab_back": lambda: self._with_steps(LabSteps.back),
            "lab_hint": self._hint,
            "lab_skip": lambda: self._with_steps(LabSteps.skip),
            "lab_reset": lambda: self._with_steps(lambda steps: steps.taking_back.reset_asked()),
            "lab_list": self._list,
            "lab_language": self._change_language,
            "lab_report": self._write_report,
        }

    def reactions(self) -> Mapping[type[object], Reaction]:
        """The panel's keys, and everything that may have passed a step."""
        return {
            LabAsked: self._asked,
            LabPanelResized: lambda _unused: self._place.arrange(),
            StatementFinished: lambda message: self._with_steps(lambda steps: steps.statement_finished(message)),
            ScriptFinished: lambda _unused: self._with_steps(LabSteps.judge),
            ConnectionChanged: lambda _unused: self._with_steps(LabSteps.judge),
            WorkChanged: lambda _unused: self._with_steps(LabSteps.work_changed),
        }

    def started(self) -> None:
        """Begin the lab that the command line named."""
        services = self._services
        if services is not None and services.start:
            self._place.open()
            self._place.focus()
            if services.start == LIST:
                self.console.do("lab_list")
                return
            self.console.spawn(self._begin(services.start), group=_BEGIN)
            if (pace_s := services.pace_s) is not None:
                self._with_steps(lambda steps: self._present(steps, pace_s))

    def _present(self, steps: LabSteps, pace_s: float) -> None:
        self._presenter = Presenter(self._place, steps, pace_s)
        self.console.spawn(self._presenter.play(), group="lab-play")

    async def close(self) -> None:
        """Let the simulator behave again, and end the sessions beside the panes."""
        if self._steps is not None:
            await self._steps.end_faults()
            await self._steps.course.close()

    def _with_steps(self, do: Callable[[LabSteps], object]) -> None:
        if self._steps is not None:
            do(self._steps)

    async def _write_report(self) -> None:
        if self._steps is not None:
            await self._steps.write_report()

    # -- the panel -----------------------------------------------------------------------------------------------------

    def _toggle(self) -> None:
        if not self._place.is_open:
            self._focus()
            return
        self._place.open(False)
        self._with_steps(LabSteps.leave)
        self.console.go_to(self.console.active.letter)

    def _focus(self) -> None:
        self._open()
        self._place.focus()
        if self._place.view.attempt is None:
            self.console.do("lab_list")

    def _open(self) -> None:
        self._place.open()
        self._with_steps(LabSteps.come_back)

    def _asked(self, message: LabAsked) -> None:
        if message.what != "lab_help" and self._place.view.shows_help:
            self._place.show(shows_help=False)
        if message.what in ("lab_pause", "lab_slower", "lab_faster"):
            self._presented(message.what)
        elif message.what == "lab_leave":
            self.console.go_to(self.console.active.letter)
        elif message.what == "lab_help":
            self._place.show(shows_help=not self._place.view.shows_help)
        elif message.what == "lab_size":
            self._place.band.toggle_class("-large")
        elif message.what == "choose":
            number = message.number
            self._with_steps(lambda steps: self.console.spawn(steps.choose(number), group="lab-choose"))
        else:
            self.console.do(message.what)

    def _presented(self, what: str) -> None:
        if self._presenter is None:
            self._place.tell(words.NO_AUTO)
        elif what == "lab_pause":
            self._presenter.pause()
        else:
            self._presenter.change_pace(is_slower=what == "lab_slower")

    def _change_language(self) -> None:
        self._place.show(language=self._place.view.language.other)

    def _hint(self) -> None:
        self._with_steps(LabSteps.hint)

    # -- choosing a lab ------------------------------------------------------------------------------------------------

    async def _list(self) -> None:
        steps = await self._ready()
        if steps is None:
            return

        def chosen(id_: str | None) -> None:
            if id_ is not None:
                self._open()
                self.console.spawn(self._begin(id_), group=_BEGIN)

        course = steps.course
        current = course.attempt.lab.id if course.attempt is not None else ""
        self.console.ask(LabsDialog(course.labs, course.progress, self._place.view.language, current=current), chosen)

    async def _ready(self) -> LabSteps | None:
        """The steps, with the labs read; None, and why, when there are none."""
        steps = self._steps
        if steps is None:
            self.console.tell(_("There are no labs in this console."))
            return None
        if not self._is_ready:
            try:
                await steps.course.open()
            except (LabUnreadable, OSError, ValueError, ConnectFailed) as problem:
                steps.trouble(problem)
                return None
            self._is_ready = True
        return steps

    async def _begin(self, id_: str) -> None:
        steps = await self._ready()
        if steps is None:
            return
        course = steps.course
        lab = course.lab(id_)
        if course.attempt is not None and any(side.queue.state.is_open for side in self.console.sides.values()):

            def is_answered(is_yes: bool | None) -> None:
                if is_yes:
                    steps.taking_back.roll_back_all()
                self.console.spawn(self._begin_clear(steps, lab), group=_BEGIN)

            self.console.ask(rollback_question(self._place.view.language), is_answered)
            return
        await self._begin_clear(steps, lab)

    async def _begin_clear(self, steps: LabSteps, lab: LabFile) -> None:
        course = steps.course
        await steps.end_faults()
        if course.attempt is not None and course.attempt.lab.id != lab.id:
            steps.taking_back.give_roles_back()
        if lab.is_simulator_only and course.services.faults is None:
            self._place.tell(words.SIMULATOR_ONLY.filled({"lab": lab.id}))
            return
        kept = course.progress.get(lab.id)
        has_agreed = course.services.faults is not None or not lab.creates.en or (kept is not None and kept.is_agreed)
        if has_agreed:
            await self._begin_agreed(steps, lab)
            return

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.console.spawn(self._begin_agreed(steps, lab), group=_BEGIN)

        self.console.ask(agreement(lab, self._place.view.language), answered)

    async def _begin_agreed(self, steps: LabSteps, lab: LabFile) -> None:
        trouble = ""
        try:
            await steps.course.begin(lab)
        except ConnectFailed as failure:
            trouble = one_line(str(failure), 600)
        steps.begin(trouble)

    def _observer(self, letter: str) -> Session:
        """Raises ConnectFailed."""
        make = self.console.services.open_observer
        if make is None:
            raise ConnectFailed(_("This console has no session for the labs' questions."))
        return make(letter)
