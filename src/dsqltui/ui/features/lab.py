"""Lab mode: the panel, a step's SQL in the editors, checks on what really happened. Nothing runs by itself."""

import asyncio
from collections.abc import Iterable, Mapping

from textual.message import Message
from textual.widget import Widget

from dsqltui.core.outcome import Lost, Refused
from dsqltui.core.roles import RoleChoice
from dsqltui.core.safetext import one_line
from dsqltui.core.session import ConnectFailed, Session
from dsqltui.core.statement import split
from dsqltui.labs.kit import LIST
from dsqltui.labs.model import Connect, OpenView, Read, ReturnRole, RunSql, SetFaults, Step, SwitchRole
from dsqltui.labs.observers import Observers
from dsqltui.labs.ports import FaultsRefused
from dsqltui.labs.reading import LabUnreadable
from dsqltui.labs.runner import fault_defaults
from dsqltui.labs.text import Language, Text, filled, filled_sql
from dsqltui.labs.verdict import NotYet, Passed, Verdict
from dsqltui.ui import lab_words as words
from dsqltui.ui.dialogs.labs import LabsDialog, agreement, reset_question
from dsqltui.ui.feature import Console, Deed, Feature, Reaction
from dsqltui.ui.lab_course import LabCourse
from dsqltui.ui.lab_editor import LabEditors
from dsqltui.ui.lab_judging import LabJudging
from dsqltui.ui.lab_place import LabPlace
from dsqltui.ui.messages import (
    LabAsked,
    LabPanelResized,
    LinkChanged,
    RoleRequested,
    ScriptFinished,
    StatementFinished,
    WorkChanged,
)
from dsqltui.ui.run_queue import Connect as ConnectJob
from dsqltui.ui.run_queue import RunStatements

_BEGIN = "lab-begin"


class Lab(Feature):
    """Brings the course, the editors and the panel together."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        kit = console.services.labs
        self._place = LabPlace(console, kit.language if kit is not None else Language.ENGLISH)
        self._editors = LabEditors(console.sides)
        self._course = LabCourse(kit, console, Observers(self._observer)) if kit is not None else None
        self._judging = (
            LabJudging(console, self._course, told=self._judged, failed=self._trouble, went_on=self._next)
            if self._course is not None
            else None
        )
        self._is_ready = False
        self._has_faults = False

    def right(self) -> Iterable[Widget]:
        """The column of a wide console."""
        return (self._place.column,)

    def below(self) -> Iterable[Widget]:
        """The band of a narrow one."""
        return (self._place.band,)

    def deeds(self) -> Mapping[str, Deed]:
        """See keymap.ACTIONS."""
        return {
            "lab_panel": self._toggle,
            "lab_focus": self._focus,
            "lab_next": self._next,
            "lab_back": self._back,
            "lab_hint": self._hint,
            "lab_skip": self._skip,
            "lab_reset": self._reset_asked,
            "lab_list": self._list,
            "lab_language": self._change_language,
            "lab_report": self._write_report,
        }

    def reactions(self) -> Mapping[type[Message], Reaction]:
        """The panel's keys, and everything that may have passed a step."""
        return {
            LabAsked: self._asked,
            LabPanelResized: lambda _: self._place.arrange(),
            StatementFinished: self._statement_finished,
            ScriptFinished: lambda _: self._judge(),
            LinkChanged: lambda _: self._judge(),
            WorkChanged: lambda _: self._work_changed(),
        }

    def started(self) -> None:
        """Begin the lab that the command line named."""
        kit = self.console.services.labs
        if kit is not None and kit.start:
            self._place.open()
            self._place.focus()
            if kit.start == LIST:
                self.console.do("lab_list")
                return
            self.console.spawn(self._begin(kit.start), group=_BEGIN)
            if kit.pace_s is not None:
                self.console.spawn(self._play(kit.pace_s), group="lab-play")

    async def close(self) -> None:
        """Let the simulator behave again, and end the sessions beside the panes."""
        if self._course is not None:
            await self._end_faults(self._course)
            await self._course.close()

    # -- the panel -----------------------------------------------------------------------------------------------------

    def _toggle(self) -> None:
        if not self._place.is_open:
            self._focus()
            return
        self._place.open(False)
        self.console.go_to(self.console.active.letter)

    def _focus(self) -> None:
        self._place.open()
        self._place.focus()
        if self._place.view.attempt is None:
            self.console.do("lab_list")

    def _asked(self, message: LabAsked) -> None:
        if message.what == "lab_leave":
            self.console.go_to(self.console.active.letter)
        elif message.what == "lab_help":
            self._place.show(shows_help=not self._place.view.shows_help)
        elif message.what == "lab_size":
            self._place.band.toggle_class("-large")
        elif message.what == "choose":
            self.console.spawn(self._choose(message.number), group="lab-choose")
        else:
            self.console.do(message.what)

    def _change_language(self) -> None:
        self._place.show(language=self._place.view.language.other)

    def _hint(self) -> None:
        self._place.show(shows_hint=not self._place.view.shows_hint)

    # -- choosing a lab ------------------------------------------------------------------------------------------------

    async def _list(self) -> None:
        course = await self._ready()
        if course is None:
            return

        def chosen(id_: str | None) -> None:
            if id_ is not None:
                self._place.open()
                self.console.spawn(self._begin(id_), group=_BEGIN)

        current = course.attempt.lab.id if course.attempt is not None else ""
        self.console.ask(LabsDialog(course.labs, course.progress, self._place.view.language, current=current), chosen)

    async def _ready(self) -> LabCourse | None:
        """The course with its labs read; None, and why, when there is none."""
        if self._course is None:
            self.console.tell("There are no labs in this console.")
            return None
        if not self._is_ready:
            try:
                await self._course.open()
            except (LabUnreadable, OSError, ValueError, ConnectFailed) as problem:
                self._trouble(problem)
                return None
            self._is_ready = True
        return self._course

    async def _begin(self, id_: str) -> None:
        course = await self._ready()
        if course is None:
            return
        lab = course.lab(id_)
        await self._end_faults(course)
        if lab.is_simulator_only and course.kit.faults is None:
            self._place.tell(words.SIMULATOR_ONLY.filled({"lab": lab.id}))
            return
        kept = course.progress.get(lab.id)
        has_agreed = course.kit.faults is not None or not lab.creates.en or (kept is not None and kept.is_agreed)
        if has_agreed:
            await self._begin_agreed(course, id_)
            return

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.console.spawn(self._begin_agreed(course, id_), group=_BEGIN)

        self.console.ask(agreement(lab, self._place.view.language), answered)

    async def _begin_agreed(self, course: LabCourse, id_: str) -> None:
        try:
            await course.begin(course.lab(id_))
        except ConnectFailed as failure:
            self._trouble(failure)
        attempt = course.attempt
        if attempt is None:
            return
        attempt.is_agreed = True
        self._editors.recognise(
            filled_sql(step.action.sql, attempt.values)
            for lab in course.labs
            for step in lab.steps
            if isinstance(step.action, RunSql)
        )
        told = words.REWOUND if attempt.was_rewound else words.RESUMED if attempt.position else None
        self._enter(course, told)
        self._place.focus()

    # -- steps ---------------------------------------------------------------------------------------------------------

    def _enter(self, course: LabCourse, told: Text | None = None) -> None:
        """A step begins: show it, put its SQL into the editor, look whether it is done already."""
        attempt = course.attempt
        if self._judging is not None:
            self._judging.begin_step()
        self._place.show(
            attempt=attempt, unmet=course.unmet, reason=None, told=told, shows_hint=False, is_running=False, report=""
        )
        step = attempt.step if attempt is not None else None
        if attempt is not None and step is not None and isinstance(step.action, RunSql):
            self._put(step, filled_sql(step.action.sql, attempt.values))
        self._judge()

    def _put(self, step: Step, sql: str) -> None:
        had_focus = self._place.has_focus
        for letter in step.panes:
            self._editors.put(letter, sql)
        self.console.go_to(step.panes[0])
        if had_focus:
            self._place.focus()

    def _next(self) -> None:
        course = self._course
        attempt = course.attempt if course is not None else None
        if course is None or attempt is None or (attempt.step is None and attempt.answer):
            self.console.do("lab_list")
            return
        step = attempt.step
        if step is None:
            count = str(len(attempt.lab.question.choices))
            self._place.tell(words.CHOOSE.filled({"count": count}))
        elif attempt.is_passed:
            course.go_on()
            self._save(course)
            self._enter(course)
        else:
            self._place.show(told=None)
            self._do(course, step)

    def _do(self, course: LabCourse, step: Step) -> None:
        attempt = course.attempt
        if attempt is None:
            return
        match step.action:
            case RunSql(sql=sql):
                self._run(course, step, filled_sql(sql, attempt.values))
            case Read():
                attempt.is_acted = True
                self._judge(goes_on=True)
            case Connect():
                for letter in step.panes:
                    side = self.console.sides[letter]
                    if side.queue.link.can_reconnect and side.queue.is_attached:
                        side.queue.put(ConnectJob())
                self._judge()
            case SwitchRole(user=user, iam_role=arn, session=session):
                choice = RoleChoice(user, filled(arn, attempt.values), session)
                self._place.panel.post_message(RoleRequested(choice, step.panes))
            case ReturnRole():
                self._place.panel.post_message(RoleRequested(None, step.panes))
            case SetFaults(changes=changes):
                wanted = [filled(change, attempt.values) for change in changes]
                self.console.spawn(self._set_faults(course, wanted), group="lab-faults")
            case OpenView(view=view):
                had_focus = self._place.has_focus
                self.console.do(view)
                if had_focus:  # the view may have taken the keys
                    self.console.app.call_after_refresh(self._place.focus)
                attempt.is_acted = True
                self._judge()

    def _run(self, course: LabCourse, step: Step, sql: str) -> None:
        """Run what stands in the step's place, as the student may have edited it."""
        judging = self._judging
        if judging is not None and judging.is_waiting and not judging.has_failed:
            self._place.tell(words.WAITING)
            self._judge()
            return
        if (trouble := course.trouble()) is not None:
            self._place.show(reason=trouble.reason)
            return
        for letter in step.panes:
            side = self.console.sides[letter]
            if side.queue.running is not None:
                self._place.tell(words.BUSY.filled({"pane": letter}))
                return
            statements = self._editors.statements(letter)
            if not statements:
                self._editors.put(letter, sql)
                self._place.tell(words.EMPTY_EDITOR.filled({"pane": letter}))
                return
        if judging is not None:
            judging.was_tried = True
        self._place.show(reason=None, is_running=True)
        for letter in step.panes:
            side = self.console.sides[letter]
            statements = self._editors.statements(letter)
            if self.console.submit(side, RunStatements(statements)):
                side.pane.editor.mark_ran((statements[0].start, statements[-1].end))

    def _back(self) -> None:
        if self._course is not None and self._course.attempt is not None:
            self._course.back()
            self._save(self._course)
            self._enter(self._course)

    def _skip(self) -> None:
        course = self._course
        if course is not None and course.attempt is not None and course.attempt.step is not None:
            course.attempt.skip()
            self._save(course)
            self._enter(course, words.SKIPPED)

    async def _choose(self, number: int) -> None:
        course = self._course
        if course is None or course.attempt is None or course.attempt.step is not None:
            return
        course.attempt.choose(number)
        self._place.show(told=None)
        if course.attempt.answer:
            self._save(course)
            await self._write_report()

    async def _write_report(self) -> None:
        course = self._course
        if course is None or course.attempt is None:
            self._place.tell(words.NO_LAB)
            return
        try:
            path = await course.write_report(self._place.view.language)
        except OSError as problem:
            self._trouble(problem)
            return
        self._place.show(report=str(path))
        self.console.tell(words.REPORT_AT.filled({"path": str(path)}).of(self._place.view.language))

    async def _set_faults(self, course: LabCourse, changes: list[str]) -> None:
        try:
            if course.kit.faults is not None:
                self._has_faults = True
                await course.kit.faults.change(changes)
        except FaultsRefused as problem:
            self._trouble(problem)
            return
        if course.attempt is not None:
            course.attempt.is_acted = True
            self._judge()

    async def _end_faults(self, course: LabCourse) -> None:
        if self._has_faults and course.attempt is not None and course.kit.faults is not None:
            try:
                await course.kit.faults.change(fault_defaults(course.attempt.lab))
            except FaultsRefused as problem:
                self._trouble(problem)
            self._has_faults = False

    # -- reset ---------------------------------------------------------------------------------------------------------

    def _reset_asked(self) -> None:
        course = self._course
        if course is None or course.attempt is None:
            self._place.tell(words.NO_LAB)
            return

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.console.spawn(self._reset(course), group="lab-reset")

        attempt = course.attempt
        self.console.ask(reset_question(attempt.lab, attempt.values, self._place.view.language), answered)

    async def _reset(self, course: LabCourse) -> None:
        await self._end_faults(course)
        others = tuple(letter for letter, side in self.console.sides.items() if side.queue.user != side.setup.user)
        for side in self.console.sides.values():
            if side.queue.state.is_open:
                self.console.submit(side, RunStatements(tuple(split("rollback;")), is_from_editor=False))
        if others:
            self._place.panel.post_message(RoleRequested(None, others))
        try:
            trouble = await course.reset()
        except (ConnectFailed, OSError, ValueError) as problem:
            trouble = str(problem)
        told = words.RESET_FAILED.filled({"trouble": one_line(trouble, 300)}) if trouble else words.RESET_DONE
        self._enter(course, told)

    # -- judging -------------------------------------------------------------------------------------------------------

    def _statement_finished(self, message: StatementFinished) -> None:
        if self._judging is not None and self._place.view.attempt is not None:
            self._judging.was_tried = True
            self._judging.has_failed = isinstance(message.outcome, Refused | Lost)
            self._judge()

    def _work_changed(self) -> None:
        attempt = self._place.view.attempt
        step = attempt.step if attempt is not None else None
        if step is None or not self._place.view.is_running:
            return
        if all(self.console.sides[letter].queue.running is None for letter in step.panes):
            self._place.show(is_running=False)
            self._judge()

    def _judge(self, *, goes_on: bool = False) -> None:
        if self._judging is not None:
            self._judging.judge(goes_on=goes_on)

    def _judged(self, said: Verdict | None) -> None:
        match said:
            case Passed():
                self._place.show(reason=None, is_running=False)
            case NotYet(reason=reason, is_untouched=is_untouched):
                was_tried = self._judging is not None and self._judging.was_tried
                is_worth_saying = was_tried and not self._place.view.is_running
                self._place.show(reason=reason if is_worth_saying or not is_untouched else None)
            case None:
                pass

    def _save(self, course: LabCourse) -> None:
        self.console.spawn(self._saved(course), group="lab-save")

    async def _saved(self, course: LabCourse) -> None:
        try:
            await course.save()
        except (OSError, ValueError) as problem:
            self._trouble(problem)

    def _trouble(self, problem: Exception) -> None:
        text = one_line(str(problem), 600)
        self._place.tell(Text(text, text))
        self.console.tell(text)

    def _observer(self, letter: str) -> Session:
        """Raises ConnectFailed."""
        make = self.console.services.open_observer
        if make is None:
            raise ConnectFailed("This console has no session for the labs' questions.")
        return make(letter)

    # -- a presenter's play --------------------------------------------------------------------------------------------

    async def _play(self, pace_s: float) -> None:
        """Press n by itself until the end, or until a step does not pass."""
        stuck = 0
        while stuck < 3:
            await asyncio.sleep(pace_s)
            attempt = self._place.view.attempt
            if attempt is None or self._place.view.is_running or (self._judging is not None and self._judging.is_busy):
                continue
            if attempt.step is None:
                await self._choose(attempt.lab.question.right)
                return
            before = (attempt.position, attempt.is_passed)
            if self._place.view.reason is not None:
                stuck += 1
            self._next()
            if (attempt.position, attempt.is_passed) != before:
                stuck = 0
