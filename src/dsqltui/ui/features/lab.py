"""Lab mode: the panel, a step's SQL in the editors, checks on what really happened. Nothing runs by itself."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

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
from dsqltui.ui.dialogs.labs import LabsDialog
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.feature import Console, Deed, Feature, Reaction
from dsqltui.ui.keymap import ACTIONS
from dsqltui.ui.lab_course import LabCourse
from dsqltui.ui.lab_editor import LabEditors
from dsqltui.ui.lab_text import LabView
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
from dsqltui.ui.widgets.lab_panel import LabPanel

_OPEN = "-open"
_NARROW = 100
"""Columns; below that the panel is a band under the panes."""
_JUDGE = "lab-judge"
_BEGIN = "lab-begin"
_ASK_AGAIN_S = 2.0


class Lab(Feature):
    """Brings the course, the editors and the panel together."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        kit = console.services.labs
        self._view = LabView(None, kit.language if kit is not None else Language.ENGLISH)
        self._column, self._band = LabPanel(is_band=False), LabPanel(is_band=True)
        self._editors = LabEditors(console.sides)
        self._course = LabCourse(kit, console, Observers(self._observer)) if kit is not None else None
        self._is_open = False
        self._is_ready = False
        self._is_judging = self._wants_judging = False
        self._was_tried = False
        """Something was run for the current step."""
        self._has_faults = False
        self._is_waiting = False
        """The step's SQL was run well, and the database is asked again and again whether its work is done."""
        self._has_failed = False
        """The last statement was refused, or lost."""
        self._news = asyncio.Event()

    def right(self) -> Iterable[Widget]:
        """The column of a wide console."""
        return (self._column,)

    def below(self) -> Iterable[Widget]:
        """The band of a narrow one."""
        return (self._band,)

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
            LabPanelResized: lambda _: self._place(),
            StatementFinished: self._statement_finished,
            ScriptFinished: lambda _: self._judge(),
            LinkChanged: lambda _: self._judge(),
            WorkChanged: lambda _: self._work_changed(),
        }

    def started(self) -> None:
        """Begin the lab that the command line named."""
        kit = self.console.services.labs
        if kit is not None and kit.start:
            self._open()
            self._panel.scroll.focus()
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

    @property
    def _panel(self) -> LabPanel:
        is_narrow = self._column.is_attached and self._column.screen.size.width < _NARROW
        return self._band if is_narrow else self._column

    def _toggle(self) -> None:
        if not self._is_open:
            self._focus()
            return
        self._is_open = False
        self._place()
        self.console.go_to(self.console.active.letter)

    def _open(self) -> None:
        self._is_open = True
        self._place()

    def _focus(self) -> None:
        self._open()
        self._panel.scroll.focus()
        if self._view.attempt is None:
            self.console.do("lab_list")

    def _place(self) -> None:
        """Column or band, as the width is now; the focus moves along."""
        panel = self._panel
        other = self._band if panel is self._column else self._column
        had_focus = other.has_focus_within
        is_changed = panel.has_class(_OPEN) is not self._is_open or other.has_class(_OPEN)
        panel.set_class(self._is_open, _OPEN)
        other.remove_class(_OPEN)
        if is_changed:
            self.console.rearrange()
        panel.show(self._view)
        if had_focus and self._is_open:
            panel.scroll.focus()

    def _show(self, **changes: object) -> None:
        self._view = replace(self._view, **changes)  # type: ignore[arg-type]
        if self._is_open:
            self._panel.show(self._view)

    def _tell(self, text: Text) -> None:
        self._show(told=text)
        if not self._is_open:
            self.console.tell(text.of(self._view.language))

    def _asked(self, message: LabAsked) -> None:
        if message.what == "lab_leave":
            self.console.go_to(self.console.active.letter)
        elif message.what == "lab_help":
            self._show(shows_help=not self._view.shows_help)
        elif message.what == "lab_size":
            self._band.toggle_class("-large")
        elif message.what == "choose":
            self.console.spawn(self._choose(message.number), group="lab-choose")
        else:
            self.console.do(message.what)

    def _change_language(self) -> None:
        self._show(language=self._view.language.other)

    def _hint(self) -> None:
        self._show(shows_hint=not self._view.shows_hint)

    # -- choosing a lab ------------------------------------------------------------------------------------------------

    async def _list(self) -> None:
        course = await self._ready()
        if course is None:
            return

        def chosen(id_: str | None) -> None:
            if id_ is not None:
                self._open()
                self.console.spawn(self._begin(id_), group=_BEGIN)

        current = course.attempt.lab.id if course.attempt is not None else ""
        self.console.ask(LabsDialog(course.labs, course.progress, self._view.language, current=current), chosen)

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
            self._tell(words.SIMULATOR_ONLY.filled({"lab": lab.id}))
            return
        kept = course.progress.get(lab.id)
        has_agreed = course.kit.faults is not None or not lab.creates.en or (kept is not None and kept.is_agreed)
        if has_agreed:
            await self._begin_agreed(course, id_)
            return

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.console.spawn(self._begin_agreed(course, id_), group=_BEGIN)

        language = self._view.language
        text = words.AGREE_TEXT.filled({"creates": lab.creates.of(language)}).of(language)
        dialog = Question(
            words.AGREE_TITLE.of(language), text, yes=words.AGREE_YES.of(language), no=words.AGREE_NO.of(language)
        )
        self.console.ask(dialog, answered)

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
        self._panel.scroll.focus()

    # -- steps ---------------------------------------------------------------------------------------------------------

    def _enter(self, course: LabCourse, told: Text | None = None) -> None:
        """A step begins: show it, put its SQL into the editor, look whether it is done already."""
        attempt = course.attempt
        self._was_tried = False
        self._show(
            attempt=attempt, unmet=course.unmet, reason=None, told=told, shows_hint=False, is_running=False, report=""
        )
        step = attempt.step if attempt is not None else None
        if attempt is not None and step is not None and isinstance(step.action, RunSql):
            self._put(step, filled_sql(step.action.sql, attempt.values))
        self._judge()

    def _put(self, step: Step, sql: str) -> None:
        had_focus = self._panel.has_focus_within
        for letter in step.panes:
            self._editors.put(letter, sql)
        self.console.go_to(step.panes[0])
        if had_focus:
            self._panel.scroll.focus()

    def _next(self) -> None:
        course = self._course
        attempt = course.attempt if course is not None else None
        if course is None or attempt is None or (attempt.step is None and attempt.answer):
            self.console.do("lab_list")
            return
        step = attempt.step
        if step is None:
            count = str(len(attempt.lab.question.choices))
            self._tell(words.CHOOSE.filled({"count": count}))
        elif attempt.is_passed:
            course.go_on()
            self._save(course)
            self._enter(course)
        else:
            self._show(told=None)
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
                self._panel.post_message(RoleRequested(choice, step.panes))
            case ReturnRole():
                self._panel.post_message(RoleRequested(None, step.panes))
            case SetFaults(changes=changes):
                wanted = [filled(change, attempt.values) for change in changes]
                self.console.spawn(self._set_faults(course, wanted), group="lab-faults")
            case OpenView(view=view):
                if any(action.id == view for action in ACTIONS):
                    self.console.do(view)
                attempt.is_acted = True
                self._judge()

    def _run(self, course: LabCourse, step: Step, sql: str) -> None:
        """Run what stands in the step's place, as the student may have edited it."""
        if self._is_waiting and not self._has_failed:
            self._tell(words.WAITING)
            self._judge()
            return
        if (trouble := course.trouble()) is not None:
            self._show(reason=trouble.reason)
            return
        for letter in step.panes:
            side = self.console.sides[letter]
            if side.queue.running is not None:
                self._tell(words.BUSY.filled({"pane": letter}))
                return
            statements = self._editors.statements(letter)
            if not statements:
                self._editors.put(letter, sql)
                self._tell(words.EMPTY_EDITOR.filled({"pane": letter}))
                return
        self._was_tried = True
        self._show(reason=None, is_running=True)
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
        self._show(told=None)
        if course.attempt.answer:
            self._save(course)
            await self._write_report()

    async def _write_report(self) -> None:
        course = self._course
        if course is None or course.attempt is None:
            self._tell(words.NO_LAB)
            return
        try:
            path = await course.write_report(self._view.language)
        except OSError as problem:
            self._trouble(problem)
            return
        self._show(report=str(path))
        self.console.tell(words.REPORT_AT.filled({"path": str(path)}).of(self._view.language))

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
        course, language = self._course, self._view.language
        if course is None or course.attempt is None:
            self._tell(words.NO_LAB)
            return
        sql = [f"{' '.join(filled_sql(s, course.attempt.values).split())};" for s in course.attempt.lab.reset]
        shown = "\n".join(one_line(statement, 110) for statement in sql) or words.NOTHING_TO_RUN.of(language)

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.console.spawn(self._reset(course), group="lab-reset")

        text = words.RESET_TEXT.filled({"sql": shown}).of(language)
        dialog = Question(
            words.RESET_TITLE.of(language), text, yes=words.RESET_YES.of(language), no=words.RESET_NO.of(language)
        )
        self.console.ask(dialog, answered)

    async def _reset(self, course: LabCourse) -> None:
        await self._end_faults(course)
        others = tuple(letter for letter, side in self.console.sides.items() if side.queue.user != side.setup.user)
        for side in self.console.sides.values():
            if side.queue.state.is_open:
                self.console.submit(side, RunStatements(tuple(split("rollback;")), is_from_editor=False))
        if others:
            self._panel.post_message(RoleRequested(None, others))
        try:
            trouble = await course.reset()
        except (ConnectFailed, OSError, ValueError) as problem:
            trouble = str(problem)
        told = words.RESET_FAILED.filled({"trouble": one_line(trouble, 300)}) if trouble else words.RESET_DONE
        self._enter(course, told)

    # -- judging -------------------------------------------------------------------------------------------------------

    def _statement_finished(self, message: StatementFinished) -> None:
        course = self._course
        if course is not None and course.attempt is not None and course.attempt.step is not None:
            self._was_tried = True
            self._has_failed = isinstance(message.outcome, Refused | Lost)
            self._judge()

    def _work_changed(self) -> None:
        attempt = self._view.attempt
        step = attempt.step if attempt is not None else None
        if step is None or not self._view.is_running:
            return
        if all(self.console.sides[letter].queue.running is None for letter in step.panes):
            self._show(is_running=False)
            self._judge()

    def _judge(self, *, goes_on: bool = False) -> None:
        """Soon; once more when it is asked for meanwhile."""
        if self._course is None or self._course.attempt is None:
            return
        self._wants_judging = True
        self._news.set()
        if not self._is_judging:
            self._is_judging = True
            self.console.spawn(self._judge_all(self._course, goes_on), group=_JUDGE)

    async def _judge_all(self, course: LabCourse, goes_on: bool) -> None:
        try:
            while self._wants_judging:
                self._wants_judging = False
                said = await course.judge()
                self._judged(said)
                if goes_on and isinstance(said, Passed):
                    self._next()
                    return
                if isinstance(said, NotYet) and self._was_tried and self._asks(course) and not self._wants_judging:
                    await self._wait_a_little()
        except (ConnectFailed, OSError, ValueError) as problem:
            self._trouble(problem)
        finally:
            self._is_judging = False
        if goes_on and self._wants_judging:
            self._judge()

    async def _wait_a_little(self) -> None:
        """Until something happens in the panes, or the database should be asked again."""
        self._is_waiting = True
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), _ASK_AGAIN_S)
        self._is_waiting = False
        self._wants_judging = True

    def _asks(self, course: LabCourse) -> bool:
        """Whether the step waits for something in the database, such as a job."""
        return course.attempt is not None and bool(course.attempt.queries())

    def _judged(self, said: Verdict | None) -> None:
        match said:
            case Passed():
                self._show(reason=None, is_running=False)
            case NotYet(reason=reason, is_untouched=is_untouched):
                is_worth_saying = self._was_tried and not self._view.is_running
                self._show(reason=reason if is_worth_saying or not is_untouched else None)
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
        self._tell(Text(text, text))
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
            attempt = self._view.attempt
            if attempt is None or self._view.is_running or self._is_judging:
                continue
            if attempt.step is None:
                await self._choose(attempt.lab.question.right)
                return
            before = (attempt.position, attempt.is_passed)
            if self._view.reason is not None:
                stuck += 1
            self._next()
            if (attempt.position, attempt.is_passed) != before:
                stuck = 0
