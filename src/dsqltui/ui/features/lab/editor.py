"""A step's SQL in the panes' editors: a lab has texts of its own there, and the person's come back when it is left."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dsqltui.core.language import _
from dsqltui.core.scripts.statement import Statement, split
from dsqltui.labs.model import LabStep, RunExploration, RunSql
from dsqltui.labs.text import filled_sql
from dsqltui.ui.extension.feature import Console
from dsqltui.ui.panes.desk import Desk, lay, take_up, take_up_for_empty
from dsqltui.ui.state.messages import TextLeaving
from dsqltui.ui.widgets.editor_ties import OwnText


@dataclass(frozen=True, slots=True)
class _Place:
    """What was put into an editor."""

    lead: str
    """What stands before it: what the student has written above."""
    text: str


@dataclass(slots=True)
class _Left:
    """A lab that is not in the editors now."""

    desk: Desk
    places: dict[str, _Place] = field(default_factory=dict)


class LabEditors:
    """Nothing is put into an editor before `enter` or after `leave`. Undo takes every change of a lab back."""

    def __init__(self, console: Console) -> None:
        self._console, self._sides = console, console.sides
        self._places: dict[str, _Place] = {}
        self._inside = ""
        """The lab whose texts the editors hold."""
        self._own: Desk | None = None
        """What the person had in them before."""
        self._left: dict[str, _Left] = {}

    @property
    def is_in(self) -> bool:
        """Whether the editors hold a lab's texts."""
        return bool(self._inside)

    def enter(self, lab: str) -> bool:
        """Put what the editors hold aside for the lab's texts: empty ones, or as they were when it was left (True)."""
        if self._inside == lab:
            return False
        if not self._inside:
            for side in self._sides.values():
                side.pane.editor.own = OwnText(side.pane.editor.text, side.pane.editor.cursor_offset)
        before = self._left.pop(lab, None)
        taken = take_up(self._console) if before is not None else take_up_for_empty(self._console)
        if before is not None:
            lay(self._console, before.desk)
        if self._inside:
            self._keep(taken)
        else:
            self._own = taken
        self._places = before.places if before is not None else {}
        self._inside = lab
        for letter, place in self._places.items():
            self._note(letter, place)
        return before is not None

    def leave(self) -> None:
        """The person's own texts again, as they were; the lab's wait for the next time."""
        if self._own is None:
            return
        self._keep(take_up(self._console))
        lay(self._console, self._own)
        for letter, side in self._sides.items():
            editor, own = side.pane.editor, side.pane.editor.own
            editor.own = None
            if own is not None and own.text != self._own.sheets[letter].text:  # the last console's came back meanwhile
                editor.load_text(own.text)
                editor.go_to(own.cursor)
        self._own, self._inside, self._places = None, "", {}

    def _keep(self, desk: Desk) -> None:
        """A lab's texts wait until it is gone on with; what the student has written in them outlives the console."""
        self._left[self._inside] = _Left(desk, self._places)
        for letter, side in self._sides.items():
            text, own = desk.sheets[letter].text, side.pane.editor.own
            if text.strip() and own is not None and text.strip() != own.filled.strip():
                origin = _("pane {letter}, in a lab").format(letter=letter)
                side.pane.post_message(TextLeaving(text, origin, lambda _trouble: None))
            if own is not None:
                own.filled = ""

    def put(self, letter: str, sql: str) -> None:
        """Put SQL into the editor, in place of the step's before; the cursor goes to its start."""
        editor = self._sides[letter].pane.editor
        if editor.text.endswith(sql) and letter not in self._places:  # the other editor's twin, in mirrored panes
            self._note(letter, _Place(editor.text.removesuffix(sql), sql))
            return
        own = self._own_text(letter)
        lead = f"{own.rstrip()}\n\n" if own.strip() else ""
        text = editor.text
        shared = len(lead) if text.startswith(lead) else 0
        editor.replace_range(lead[shared:] + sql, shared, len(text))
        editor.go_to(len(lead))
        self._note(letter, _Place(lead, sql))

    def leave_empty(self, letter: str) -> None:
        """No SQL: what the student writes below what is there is the step's."""
        self.clear(letter)
        editor = self._sides[letter].pane.editor
        own = editor.text.rstrip()
        lead = f"{own}\n\n" if own else ""
        editor.replace_range(lead[len(own) :], len(own), len(editor.text))
        editor.go_to(len(lead))
        self._note(letter, _Place(lead, ""))

    def write_solution(self, step: LabStep, values: Mapping[str, str]) -> None:
        """What the student is to write in the step, written."""
        match step.action:
            case RunSql(sql=sql, is_own_work=True):
                for letter in step.panes:
                    self.put(letter, filled_sql(sql, values))
            case RunExploration(solution=solution):
                for letter, script in zip(self._sides, solution, strict=True):
                    self.put(letter, filled_sql(script, values))
            case _:
                pass

    def statements(self, letter: str) -> tuple[Statement, ...]:
        """What stands in the step's place now, as edited; offsets are the editor's."""
        text = self._sides[letter].pane.editor.text
        start = len(self._own_text(letter))
        return tuple(  # cut from there: an unfinished statement of the person's own does not swallow the first
            replace(statement, start=statement.start + start, end=statement.end + start)
            for statement in split(text[start:])
        )

    def is_put(self, letter: str, sql: str) -> bool:
        """Whether this SQL was the last that was put there."""
        place = self._places.get(letter)
        return place is not None and place.text == sql

    def clear(self, letter: str) -> None:
        """Take the step's text away; what the student has written above stays."""
        if letter in self._places:
            own = self._own_text(letter)
            editor = self._sides[letter].pane.editor
            editor.replace_range("", len(own.rstrip()), len(editor.text))
            del self._places[letter]

    def _note(self, letter: str, place: _Place) -> None:
        self._places[letter] = place
        own = self._sides[letter].pane.editor.own
        if own is not None:
            own.filled = place.text

    def _own_text(self, letter: str) -> str:
        """The editor's text before the step's place; all of it when the person has changed what stands before."""
        text = self._sides[letter].pane.editor.text
        place = self._places.get(letter)
        if place is None:
            return text
        if text.startswith(place.lead):
            return place.lead
        found = text.rfind(place.text) if place.text else -1
        return text[:found] if found >= 0 else text
