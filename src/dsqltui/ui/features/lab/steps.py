"""The steps of a lab in the console: put into editors, done, judged; the closing question, the report, the reset."""

from dsqltui.core.text.safe_text import one_line
from dsqltui.labs.hints import hints_of
from dsqltui.labs.judging.next_move import rest_of
from dsqltui.labs.judging.verdict import NotYet, Passed, Verdict
from dsqltui.labs.model import (
    AnswerQuiz,
    ConnectPanes,
    LabStep,
    MakeIamRole,
    OpenView,
    Read,
    ReturnRole,
    RunExploration,
    RunLoad,
    RunSql,
    SetFaults,
    SwitchPaneRole,
)
from dsqltui.labs.ports import FaultsRefused
from dsqltui.labs.text import Text, filled, filled_sql
from dsqltui.runner.events import StatementFinished
from dsqltui.runner.jobs import RunStatements
from dsqltui.ui.extension.feature import Console
from dsqltui.ui.features.lab import words
from dsqltui.ui.features.lab.course import LabCourse
from dsqltui.ui.features.lab.dialogs import iam_question
from dsqltui.ui.features.lab.editor import LabEditors
from dsqltui.ui.features.lab.judging import LabJudging
from dsqltui.ui.features.lab.moves import LabMoves
from dsqltui.ui.features.lab.needs import LabNeeds
from dsqltui.ui.features.lab.place import LabPlace
from dsqltui.ui.features.lab.taking_back import LabTakingBack
from dsqltui.ui.features.lab.texts import LabTexts


class LabSteps:
    """What the student's keys do, and what follows. Nothing runs by itself."""

    def __init__(self, console: Console, course: LabCourse, place: LabPlace) -> None:
        self.course = course
        self._console, self._place = console, place
        self._editors = LabEditors(console)
        self._texts = LabTexts(console, course, place, self._editors)
        self._judging = LabJudging(console, course, told=self._judged, failed=self.trouble, went_on=self.next)
        self._is_held = False
        """The step is to run as soon as its panes are free."""
        self._moves = LabMoves(console, course, place, went_back=self._went_back)
        self.taking_back = LabTakingBack(
            console, course, place, self._moves, end_faults=self.end_faults, entered=self.enter
        )
        self._needs = LabNeeds(console, course, place, entered=self.enter)
        self._reported = ("", 0)
        """The lab and the answer of the last report."""

    def _went_back(self) -> None:
        self._save()
        self.enter(words.WENT_BACK)
        self._needs.look_again()

    async def end_faults(self) -> None:
        """Let the simulator behave again. Never raises."""
        if (trouble := await self._moves.end_faults()) is not None:
            self.trouble(trouble)

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
        is_as_left = self._texts.enter(attempt)
        for letter, role in self.course.missing_roles().items():
            self._moves.become(role, (letter,))
        told = words.REWOUND if attempt.was_rewound else words.RESUMED if attempt.position else None
        self.enter(Text(trouble, trouble) if trouble else told, is_as_left=is_as_left)
        self._place.focus()

    def leave(self) -> None:
        """The panel was closed."""
        self._texts.leave()

    def come_back(self) -> None:
        """The panel was opened again."""
        self._texts.come_back()

    # -- steps ---------------------------------------------------------------------------------------------------------

    def enter(self, told: Text | None = None, *, is_as_left: bool = False) -> None:
        """A step begins: show it, put its SQL into the editor, look whether it is done already.

        `is_as_left`: the editors hold what they held when the lab was left, so that the step's SQL may be there.
        """
        course = self.course
        attempt = course.attempt
        self._judging.begin_step()
        self._is_held = False
        self._moves.explained = None
        self._place.show(
            attempt=attempt,
            unmet=self._needs.missing,
            reason=None,
            told=told,
            hint_count=0,
            is_running=False,
            report="",
        )
        self._texts.show_step(is_as_left=is_as_left)
        self.judge()

    def next(self) -> None:
        course = self.course
        attempt = course.attempt
        if attempt is None or (attempt.step is None and attempt.answer):
            self._console.do("lab_list")
            return
        if not self._editors.is_in:  # nothing runs that is out of sight
            self._console.do("lab_focus")
            return
        if self._needs.missing:
            self._place.show(told=words.NEEDS_FIRST)
            return
        step = attempt.step
        if step is None:
            self._place.tell(words.CHOOSE.filled({"count": str(len(attempt.lab.question.choices))}))
        elif attempt.is_passed:
            self._moves.end_view(step)
            course.go_on()
            self._save()
            self.enter()
        else:
            self._place.show(told=None)
            self._do(step)

    def next_with_solution(self) -> None:
        """n, after the solution was written for a student who is not there."""
        attempt = self.course.attempt
        if attempt is not None and attempt.step is not None and not attempt.is_passed and self._editors.is_in:
            self._editors.write_solution(attempt.step, attempt.values)
        self.next()

    def enter_pressed(self) -> None:
        """Enter: n, or making what the lab needs."""
        if self._needs.missing:
            self._needs.prepare()
        else:
            self.next()

    def _do(self, step: LabStep) -> None:
        course = self.course
        attempt = course.attempt
        if attempt is None:
            return
        if attempt.must_predict and step.predict is not None:
            self._place.tell(words.PREDICT_FIRST.filled({"count": str(len(step.predict.choices))}))
            return
        match step.action:
            case RunSql(sql=sql):
                self._run(step, filled_sql(sql, attempt.values))
            case AnswerQuiz(question=question):
                self._place.tell(words.CHOOSE.filled({"count": str(len(question.choices))}))
            case RunExploration():
                a, b = (
                    "\n".join(f"{statement.text};" for statement in self._editors.statements(letter))
                    for letter in self._console.sides
                )
                if not self._place.view.is_running:
                    self._place.show(reason=None, told=words.MEASURING, is_running=True)
                    self._console.spawn(self._measure((a, b)), group="lab-load")
            case RunLoad():
                if not self._place.view.is_running:
                    self._place.show(reason=None, told=words.MEASURING, is_running=True)
                    self._console.spawn(self._measure(step.action), group="lab-load")
            case Read():
                attempt.is_acted = True
                self.judge(goes_on=True)
            case ConnectPanes():
                if self._moves.connect(step.panes, course.move()):
                    self.judge()
            case SwitchPaneRole() as role:
                self._moves.become(role, step.panes)
            case ReturnRole():
                self._moves.become(None, step.panes)
            case MakeIamRole() as role:
                self._make_iam_role(role)
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
        if not self._moves.make_way(course.move()):
            return
        for letter in step.panes:
            statements = self._editors.statements(letter)
            if not statements:
                if isinstance(step.action, RunSql) and step.action.is_own_work:
                    self._place.tell(words.WRITE_FIRST)
                    return
                self._editors.put(letter, sql)
                self._place.tell(words.EMPTY_EDITOR.filled({"pane": letter}))
                return
        judging.was_tried = True
        if (attempt := course.attempt) is not None:
            attempt.tries[step.id] = attempt.tries.get(step.id, 0) + 1
        self._place.show(reason=None, is_running=True)
        evidence = course.evidence
        for letter in step.panes:
            side = self._console.sides[letter]
            statements = self._editors.statements(letter)
            if self._moves.has_rolled_back == letter:
                rest = statements
            else:
                rest = rest_of(statements, evidence, letter)
            if self._console.submit(side, RunStatements(rest)):
                side.pane.editor.mark_ran((statements[0].start, statements[-1].end))
        self._moves.has_rolled_back = ""

    def back(self) -> None:
        if self.course.attempt is not None:
            self.course.back()
            self._save()
            self.enter()
            self._needs.look_again()

    def skip(self) -> None:
        course = self.course
        if course.attempt is not None and course.attempt.step is not None:
            course.attempt.skip()
            self._save()
            self.enter(words.SKIPPED)

    async def choose(self, number: int) -> None:
        course = self.course
        if course.attempt is None or course.attempt.asked is None:
            return
        course.attempt.choose(number)
        self._place.show(told=None)
        if course.attempt.step is not None:
            self._save()
            self.judge()
            return
        answered = (course.attempt.lab.id, course.attempt.answer)
        if course.attempt.answer and answered != self._reported:
            self._reported = answered
            self._save()
            await self.write_report()

    def hint(self) -> None:
        """One hint more; after the last one none."""
        attempt = self.course.attempt
        if attempt is None or (step := attempt.step) is None:
            return
        count = (self._place.view.hint_count + 1) % (len(hints_of(step)) + 1)
        attempt.hints[step.id] = max(attempt.hints.get(step.id, 0), count)
        self._place.show(hint_count=count)

    async def _measure(self, what: RunLoad | tuple[str, str]) -> None:
        attempt = self.course.attempt
        if attempt is None or (step := attempt.step) is None:
            return
        attempt.tries[step.id] = attempt.tries.get(step.id, 0) + 1
        self._judging.was_tried = True
        told = await self._moves.measure(attempt, what)
        self._place.show(told=told, is_running=False)
        self.judge()

    def _make_iam_role(self, role: MakeIamRole) -> None:
        """On AWS after a question; the simulator's account is for trying."""
        iam = self.course.services.iam

        def answered(is_yes: bool | None) -> None:
            if is_yes and not self._place.view.is_running:
                self._place.show(reason=None, told=words.ASKING_IAM, is_running=True)
                self._console.spawn(self._iam_role_made(role), group="lab-iam")

        if iam is not None and iam.is_aws:
            self._console.ask(iam_question(role.name, self._place.view.language), answered)
        else:
            answered(is_yes=True)

    async def _iam_role_made(self, role: MakeIamRole) -> None:
        attempt = self.course.attempt
        told = await self._moves.make_iam_role(role)
        if attempt is not None:
            attempt.is_acted = told is None
        self._judging.was_tried = True
        self._place.show(told=told, is_running=False)
        self.judge()

    async def _set_faults(self, changes: list[str]) -> None:
        try:
            await self._moves.set_faults(changes)
        except FaultsRefused as problem:
            self.trouble(problem)
            return
        if self.course.attempt is not None:
            self.course.attempt.is_acted = True
            self.judge()

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

    # -- judging -------------------------------------------------------------------------------------------------------

    def statement_finished(self, message: StatementFinished) -> None:
        if self._place.view.attempt is not None:
            if not self._place.view.is_running and not self._is_held:
                self._place.show(told=None)  # what was told is of before the student's own statement
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
