"""A step's SQL in the panes' editors: put below the person's own text, replaced by the next step's, run from there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dsqltui.core.scripts.statement import Statement, split
from dsqltui.labs.model import LabStep, RunExploration, RunSql
from dsqltui.labs.text import filled_sql
from dsqltui.ui.panes.pane_state import PaneState


@dataclass(frozen=True, slots=True)
class _Place:
    """What was put into an editor."""

    lead: str
    """What stands before it: the person's own text."""
    text: str


class LabEditors:
    """Undo takes every change back; the person's own text is never touched."""

    def __init__(self, sides: Mapping[str, PaneState]) -> None:
        self._sides = sides
        self._places: dict[str, _Place] = {}

    def put(self, letter: str, sql: str) -> None:
        """Put SQL into the editor, in place of the step's before; the cursor goes to its start."""
        editor = self._sides[letter].pane.editor
        if editor.text.endswith(sql) and letter not in self._places:  # the other editor's twin, in mirrored panes
            self._places[letter] = _Place(editor.text.removesuffix(sql), sql)
            return
        own = self._own_text(letter)
        lead = f"{own.rstrip()}\n\n" if own.strip() else ""
        text = editor.text
        shared = len(lead) if text.startswith(lead) else 0
        editor.replace_range(lead[shared:] + sql, shared, len(text))
        editor.go_to(len(lead))
        self._places[letter] = _Place(lead, sql)

    def leave_empty(self, letter: str) -> None:
        """No SQL: what the student writes below his or her own text is the step's."""
        self.clear(letter)
        editor = self._sides[letter].pane.editor
        own = editor.text.rstrip()
        lead = f"{own}\n\n" if own else ""
        editor.replace_range(lead[len(own) :], len(own), len(editor.text))
        editor.go_to(len(lead))
        self._places[letter] = _Place(lead, "")

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

    def recognise(self, steps: Iterable[str]) -> None:
        """What an earlier run of the console left in the editors is a step's text, not the person's."""
        wanted = sorted({sql.strip() for sql in steps}, key=len, reverse=True)
        for letter, side in self._sides.items():
            text = side.pane.editor.text.rstrip()
            sql = next((sql for sql in wanted if sql and text.endswith(sql)), None)
            lead = text[: -len(sql)] if sql is not None else text
            if sql is not None and letter not in self._places and (not lead or lead.endswith("\n")):
                self._places[letter] = _Place(lead, sql)

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
        """Take the step's text away; the person's own stays."""
        if letter in self._places:
            own = self._own_text(letter)
            editor = self._sides[letter].pane.editor
            editor.replace_range("", len(own.rstrip()), len(editor.text))
            del self._places[letter]

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
