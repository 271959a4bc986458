"""Which texts the editors hold: a lab's with its step's SQL while the panel is open, the person's own otherwise."""

from dsqltui.core.language import _
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.model import LabStep, RunExploration, RunSql
from dsqltui.labs.text import filled_sql
from dsqltui.ui.extension.feature import Console
from dsqltui.ui.features.lab.course import LabCourse
from dsqltui.ui.features.lab.editor import LabEditors
from dsqltui.ui.features.lab.place import LabPlace
from dsqltui.ui.keys.user_keys import key_of


class LabTexts:
    """A step that begins while the lab is left waits with its SQL until the panel is opened again."""

    def __init__(self, console: Console, course: LabCourse, place: LabPlace, editors: LabEditors) -> None:
        self._console, self._course, self._place, self._editors = console, course, place, editors
        self._is_step_there = True

    def enter(self, attempt: LabAttempt) -> bool:
        """The lab's texts into the editors; whether they are there as they were when it was left."""
        sides = self._console.sides.values()
        has_own = not self._editors.is_in and any(side.pane.editor.text.strip() for side in sides)
        is_as_left = self._editors.enter(attempt.lab.id)
        if has_own:
            told = _("Your text is kept beside the lab; {key} closes the lab and brings it back.")
            self._console.tell(told.format(key=key_of("lab_panel")))
        return is_as_left

    def leave(self) -> None:
        """The person's own texts are back."""
        if self._editors.is_in:
            self._editors.leave()
            self._console.tell(_("Your own text is back; {key} goes on with the lab.").format(key=key_of("lab_panel")))

    def come_back(self) -> None:
        """The lab's texts again, after `leave`."""
        attempt = self._course.attempt
        if attempt is not None and not self._editors.is_in:
            self.enter(attempt)
            if not self._is_step_there:
                self._fill(attempt)

    def show_step(self, *, is_as_left: bool) -> None:
        """The SQL of the step that begins; not in place of what a student has made of it before (`is_as_left`)."""
        attempt = self._course.attempt
        self._is_step_there = attempt is not None and self._editors.is_in
        if attempt is not None and self._is_step_there and not (is_as_left and self._was_put(attempt)):
            self._fill(attempt)

    def _was_put(self, attempt: LabAttempt) -> bool:
        """Whether the step's SQL was the last that was put into its panes."""
        step = attempt.step
        if step is None or not isinstance(step.action, RunSql):
            return step is None
        sql = _sql_of(step.action, attempt)
        return all(self._editors.is_put(letter, sql) for letter in step.panes)

    def _fill(self, attempt: LabAttempt) -> None:
        self._is_step_there = True
        step = attempt.step
        if step is not None and isinstance(step.action, RunSql):
            self._put(step, _sql_of(step.action, attempt))
        if step is not None and isinstance(step.action, RunExploration):
            for letter, script in zip(self._console.sides, step.action.scripts, strict=True):
                self._editors.put(letter, filled_sql(script, attempt.values))
            self._place.focus()

    def _put(self, step: LabStep, sql: str) -> None:
        had_focus = self._place.has_focus
        for letter in step.panes:
            if sql:
                self._editors.put(letter, sql)
            else:
                self._editors.leave_empty(letter)
        self._console.go_to(step.panes[0])
        if had_focus:
            self._place.focus()


def _sql_of(action: RunSql, attempt: LabAttempt) -> str:
    """Empty where the student writes it."""
    return "" if action.is_own_work else filled_sql(action.sql, attempt.values)
