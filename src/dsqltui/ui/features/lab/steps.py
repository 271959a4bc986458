"""The steps of a lab in the console: put into editors, done, judged; the closing question, the report, the reset."""

from dsqltui.core.scripts.statement import split
from dsqltui.core.sessions.roles import RoleChoice
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.text.safe_text import one_line
from dsqltui.labs.model import ConnectPanes, LabStep, OpenView, Read, ReturnRole, RunSql, SetFaults, SwitchPaneRole
from dsqltui.labs.next_move import Move, MoveKind, rest_of
from dsqltui.labs.ports import FaultsRefused
from dsqltui.labs.runner import fault_defaults
from dsqltui.labs.text import Text, filled, filled_sql
from dsqltui.labs.verdict import NotYet, Passed, Verdict
from dsqltui.runner.events import StatementFinished
from dsqltui.runner.jobs import ConnectJob, RunStatements
from dsqltui.ui.extension.feature import Console
from dsqltui.ui.features.lab import words
from dsqltui.ui.features.lab.course import LabCourse
from dsqltui.ui.features.lab.dialogs import reset_question
from dsqltui.ui.features.lab.editor import LabEditors
from dsqltui.ui.features.lab.judging import LabJudging
from dsqltui.ui.features.lab.place import LabPlace
from dsqltui.ui.state.messages import RoleRequested


class LabSteps:
    """What the student's keys do, and what follows. Nothing runs by itself."""

    def __init__(self, console: Console, course: LabCourse, place: LabPlace) -> None:
        self.course = course
        self._console, self._place = console, place
        self._editors = LabEditors(console.sides)
        self._judging = LabJudging(console, course, told=self._judged, failed=self.trouble, went_on=self.next)
        self._has_faults = False
        self._is_held = False
        """The step is to run as soon as its panes are free."""
        self._has_rolled_back = ""
        """The pane in which n has just ended a transaction: the step runs there from its first statement."""
        self._explained: Text | None = None
        """What the last n only explained; the next one does it."""
        self._reported = ("", 0)
        """The lab and the answer of the last report."""

    @property
    def is_busy(self) -> bool:
        """Whether something runs for the step, or is being judged."""
        return self._place.view.is_running or self._judging.is_busy

    def begin(self, trouble: str = "") -> None:
        """The course has begun a lab, with or without trouble: show where it stands."""
        attempt = self.course.attempt
        if attempt is None:
            return
        attempt.is_agreed = True
        self._editors.recognise(
            filled_sql(step.action.sql, attempt.values)
            for lab in self.course.labs
            for step in lab.steps
            if isinstance(step.action, RunSql)
        )
        for letter, role in self.course.missing_roles().items():
            self._become(role, (letter,))
        told = words.REWOUND if attempt.was_rewound else words.RESUMED if attempt.position else None
        self.enter(Text(trouble, trouble) if trouble else told)
        self._place.focus()

    # -- steps ---------------------------------------------------------------------------------------------------------

    def enter(self, told: Text | None = None) -> None:
        """A step begins: show it, put its SQL into the editor, look whether it is done already."""
        course = self.course
        attempt = course.attempt
        self._judging.begin_step()
        self._is_held = False
        self._explained = None
        self._place.show(
            attempt=attempt, unmet=course.unmet, reason=None, told=told, shows_hint=False, is_running=False, report=""
        )
        step = attempt.step if attempt is not None else None
        if attempt is not None and step is not None and isinstance(step.action, RunSql):
            self._put(step, filled_sql(step.action.sql, attempt.values))
        self.judge()

    def _put(self, step: LabStep, sql: str) -> None:
        had_focus = self._place.has_focus
        for letter in step.panes:
            self._editors.put(letter, sql)
        self._console.go_to(step.panes[0])
        if had_focus:
            self._place.focus()

    def next(self) -> None:
        course = self.course
        attempt = course.attempt
        if attempt is None or (attempt.step is None and attempt.answer):
            self._console.do("lab_list")
            return
        if course.unmet and attempt.position == 0:
            self._place.show(told=words.NEEDS_FIRST)
            return
        step = attempt.step
        if step is None:
            count = str(len(attempt.lab.question.choices))
            self._place.tell(words.CHOOSE.filled({"count": count}))
        elif attempt.is_passed:
            self._end_view(step)
            course.go_on()
            self._save()
            self.enter()
        else:
            self._place.show(told=None)
            self._do(step)

    def enter_pressed(self) -> None:
        """Enter: n, or making what the lab needs."""
        if self.course.attempt is not None and self.course.unmet:
            self._console.spawn(self._prepare(), group="lab-prepare")
        else:
            self.next()

    async def _prepare(self) -> None:
        course = self.course
        self._place.show(told=words.PREPARING, is_running=True)
        try:
            trouble = await course.prepare()
        except (ConnectFailed, OSError, ValueError) as problem:
            trouble = str(problem)
        self.enter(words.PREPARE_FAILED.filled({"trouble": one_line(trouble, 300)}) if trouble else words.PREPARED)

    def _end_view(self, step: LabStep) -> None:
        """A comparison that a step has opened does not stand there for the rest of the lab."""
        is_comparison = isinstance(step.action, OpenView) and step.action.view == "compare"
        if is_comparison and self._place.panel.screen.query("CompareLine.-open"):
            self._console.do("compare")

    def _become(self, role: SwitchPaneRole | None, panes: tuple[str, ...]) -> None:
        attempt = self.course.attempt
        values = attempt.values if attempt is not None else {}
        choice = RoleChoice(role.user, filled(role.iam_role, values), role.session) if role is not None else None
        self._place.panel.post_message(RoleRequested(choice, panes))

    def _do(self, step: LabStep) -> None:
        course = self.course
        attempt = course.attempt
        if attempt is None:
            return
        match step.action:
            case RunSql(sql=sql):
                self._run(step, filled_sql(sql, attempt.values))
            case Read():
                attempt.is_acted = True
                self.judge(goes_on=True)
            case ConnectPanes():
                for letter in step.panes:
                    side = self._console.sides[letter]
                    if side.queue.link.can_reconnect and side.queue.is_attached:
                        side.queue.put(ConnectJob())
                self.judge()
            case SwitchPaneRole() as role:
                self._become(role, step.panes)
            case ReturnRole():
                self._become(None, step.panes)
            case SetFaults(changes=changes):
                wanted = [filled(change, attempt.values) for change in changes]
                self._console.spawn(self._set_faults(wanted), group="lab-faults")
            case OpenView(view=view):
                had_focus = self._place.has_focus
                self._console.do(view)
                if had_focus:  # the view may have taken the keys, or take them soon
                    self._place.focus()
                    self._console.app.call_after_refresh(self._place.focus)
                attempt.is_acted = True
                self.judge()

    def _run(self, step: LabStep, sql: str) -> None:
        """Run what stands in the step's place, as the student may have edited it."""
        course = self.course
        judging = self._judging
        if judging.is_waiting and not judging.has_failed:
            self._place.tell(words.WAITING)
            self.judge()
            return
        if self._place.view.is_running:
            return  # once is enough
        if busy := [letter for letter in step.panes if self._is_at_work(letter)]:
            self._is_held = True
            self._place.tell(words.BUSY.filled({"panes": " + ".join(busy)}))
            return
        if not self._makes_way(course.move()):
            return
        for letter in step.panes:
            statements = self._editors.statements(letter)
            if not statements:
                self._editors.put(letter, sql)
                self._place.tell(words.EMPTY_EDITOR.filled({"pane": letter}))
                return
        judging.was_tried = True
        self._place.show(reason=None, is_running=True)
        evidence = course.evidence
        for letter in step.panes:
            side = self._console.sides[letter]
            statements = self._editors.statements(letter)
            if self._has_rolled_back == letter:
                rest = statements
            else:
                rest = rest_of(statements, evidence, letter)
            if self._console.submit(side, RunStatements(rest)):
                side.pane.editor.mark_ran((statements[0].start, statements[-1].end))
        self._has_rolled_back = ""

    def _makes_way(self, move: Move) -> bool:
        """Do what must be done before the step can run; whether it can run now."""
        if move.kind is MoveKind.RUN:
            return True
        if move.is_asked_first and self._explained != move.why:
            self._explained = move.why
            self._place.show(reason=move.why)
            return False
        self._explained = None
        match move.kind:
            case MoveKind.CONNECT:
                for letter in move.panes:
                    queue = self._console.sides[letter].queue
                    if queue.link.can_reconnect and queue.is_attached:
                        queue.put(ConnectJob())
                self._place.show(reason=None, told=words.CONNECTING.filled({"panes": " + ".join(move.panes)}))
            case MoveKind.BECOME:
                self._become(move.role, move.panes)
                self._place.show(reason=None, told=move.why)
            case MoveKind.GO_BACK:
                self._roll_back(move.panes)
                self.course.go_back_to(move.position)
                self._save()
                self.enter(words.WENT_BACK)
            case _:
                self._roll_back(move.panes)
                self._has_rolled_back = move.panes[0]
                self._place.show(told=words.ROLLED_BACK.filled({"pane": move.panes[0]}))
                return True
        return False

    def _roll_back(self, letters: tuple[str, ...]) -> None:
        for letter in letters:
            job = RunStatements(tuple(split("rollback;")), is_from_editor=False)
            self._console.submit(self._console.sides[letter], job)

    def back(self) -> None:
        if self.course.attempt is not None:
            self.course.back()
            self._save()
            self.enter()

    def skip(self) -> None:
        course = self.course
        if course.attempt is not None and course.attempt.step is not None:
            course.attempt.skip()
            self._save()
            self.enter(words.SKIPPED)

    async def choose(self, number: int) -> None:
        course = self.course
        if course.attempt is None or course.attempt.step is not None:
            return
        course.attempt.choose(number)
        self._place.show(told=None)
        answered = (course.attempt.lab.id, course.attempt.answer)
        if course.attempt.answer and answered != self._reported:
            self._reported = answered
            self._save()
            await self.write_report()

    async def write_report(self) -> None:
        course = self.course
        if course.attempt is None:
            self._place.tell(words.NO_LAB)
            return
        try:
            path = await course.write_report(self._place.view.language)
        except OSError as problem:
            self.trouble(problem)
            return
        self._place.show(report=str(path))
        self._console.tell(words.REPORT_AT.filled({"path": str(path)}).of(self._place.view.language))

    async def _set_faults(self, changes: list[str]) -> None:
        course = self.course
        try:
            if course.services.faults is not None:
                self._has_faults = True
                await course.services.faults.change(changes)
        except FaultsRefused as problem:
            self.trouble(problem)
            return
        if course.attempt is not None:
            course.attempt.is_acted = True
            self.judge()

    async def end_faults(self) -> None:
        course = self.course
        if self._has_faults and course.attempt is not None and course.services.faults is not None:
            try:
                await course.services.faults.change(fault_defaults(course.attempt.lab))
            except FaultsRefused as problem:
                self.trouble(problem)
            self._has_faults = False

    # -- reset ---------------------------------------------------------------------------------------------------------

    def reset_asked(self) -> None:
        course = self.course
        if course.attempt is None:
            self._place.tell(words.NO_LAB)
            return

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self._console.spawn(self._reset(), group="lab-reset")

        attempt = course.attempt
        self._console.ask(reset_question(attempt.lab, attempt.values, self._place.view.language), answered)

    def roll_back_all(self) -> None:
        """End the transactions of both panes."""
        self._roll_back(tuple(letter for letter, side in self._console.sides.items() if side.queue.state.is_open))

    async def _reset(self) -> None:
        course = self.course
        await self.end_faults()
        others = tuple(letter for letter, side in self._console.sides.items() if side.queue.user != side.setup.user)
        self.roll_back_all()
        if others:
            self._place.panel.post_message(RoleRequested(None, others))
        try:
            trouble = await course.reset()
        except (ConnectFailed, OSError, ValueError) as problem:
            trouble = str(problem)
        told = words.RESET_FAILED.filled({"trouble": one_line(trouble, 300)}) if trouble else words.RESET_DONE
        self.enter(told)

    # -- judging -------------------------------------------------------------------------------------------------------

    def statement_finished(self, message: StatementFinished) -> None:
        if self._place.view.attempt is not None:
            self._judging.finished(message.outcome, message.ended_s)

    def work_changed(self) -> None:
        attempt = self._place.view.attempt
        step = attempt.step if attempt is not None else None
        if step is None or any(self._is_at_work(letter) for letter in step.panes):
            return
        if self._place.view.is_running:
            self._place.show(is_running=False)
            self.judge()
        elif self._is_held:
            self._is_held = False
            self.next()

    def _is_at_work(self, letter: str) -> bool:
        queue = self._console.sides[letter].queue
        return queue.running is not None or queue.waiting_count > 0

    def judge(self, *, goes_on: bool = False) -> None:
        self._judging.judge(goes_on=goes_on)

    def _judged(self, said: Verdict | None) -> None:
        match said:
            case Passed():
                self._place.show(reason=None, is_running=False)
            case NotYet(reason=reason, is_untouched=is_untouched):
                is_worth_saying = self._judging.was_tried and not self._place.view.is_running
                self._place.show(reason=reason if is_worth_saying or not is_untouched else None)
            case None:
                pass

    def _save(self) -> None:
        self._console.spawn(self._saved(), group="lab-save")

    async def _saved(self) -> None:
        course = self.course
        try:
            await course.save()
        except (OSError, ValueError) as problem:
            self.trouble(problem)

    def trouble(self, problem: Exception) -> None:
        text = one_line(str(problem), 600)
        self._place.tell(Text(text, text))
        self._console.tell(text)
