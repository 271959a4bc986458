"""What would run if the person asked for it now, in a form that an editor can show.

A statement that changes something does not run a second time from the place behind it, where its run left the cursor:
a key pressed once too often would do it again. With the cursor in it, it runs.
"""

from dataclasses import dataclass

from dsqltui.core.scripts.known_starts import KnownStarts
from dsqltui.core.scripts.statement import Statement, after_line, iterate, nearer


@dataclass(frozen=True, slots=True)
class AlreadyRun:
    """A statement of a text that was run."""

    text: str
    number: int
    """Which of the statements with these words, from 0: the text around it may change."""

    @classmethod
    def of(cls, script: str, statement: Statement) -> "AlreadyRun":
        """The statement of that script."""
        return cls(statement.text, _number(script, statement))

    def forbids(self, script: str, statement: Statement, cursor: int) -> bool:
        """Whether it is this statement, and the cursor is behind it."""
        is_behind = cursor >= statement.end and statement.text == self.text
        return is_behind and _number(script, statement) == self.number


def _number(script: str, statement: Statement) -> int:
    if script.find(statement.text) == statement.start:
        return 0
    return sum(other.text == statement.text for other in iterate(script[: statement.start]))


@dataclass(frozen=True, slots=True)
class RunTarget:
    """The statement under the cursor."""

    span: tuple[int, int]
    """Character offsets, end exclusive, with the semicolon."""
    rows: range
    """Its lines, with the data of a COPY."""
    shares_a_line: bool
    """Whether a line of it holds something of another statement, so that marking whole lines would say too much."""

    @property
    def look(self) -> object:
        """What is seen of it: the lines; within lines only where it shares one."""
        return self.rows, self.span if self.shares_a_line else None


_STRETCH_AT_MOST = 16


class TargetFinder:
    """Finds the statement under the cursor in a text that changes; looks again only at what may have changed."""

    def __init__(self) -> None:
        self.spent: AlreadyRun | None = None
        """What does not run from behind it."""
        self.is_behind = False
        """Whether the last look ended before it came to the cursor; the next one goes on from there."""
        self._starts = KnownStarts()
        """Only the first of each line: behind it the data of a COPY may be meant for one before it."""
        self._stretch = 1
        """How many times as much is read at once: a statement was longer than that."""

    def anchor(self, cursor: int) -> int:
        """0, or where a statement starts that is at or before the cursor's: there is no need to look before it."""
        return self._starts.nearest(cursor)

    def changed(self, start: int, end: int, growth: int) -> None:
        """The characters from `start` to `end` were replaced by so many more; a negative number: by fewer."""
        self._starts.changed(start, end, growth)
        self._stretch = 1

    def find(self, text: str, cursor: int, *, most: int | None = None) -> RunTarget | None:
        """What F5 runs with the cursor at that offset; None when there is no statement.

        About `most` characters are read. When that was too little to come to the cursor, `is_behind`; a statement that
        goes on beyond it ends there, for all that is seen of it.
        """
        self.is_behind = False
        if len(text) != self._starts.length:
            self._starts.forget(len(text))
        start = self.anchor(cursor)
        end = len(text)
        if most is not None:
            is_far = cursor - start > most * self._stretch
            end = after_line(text, min(end, (start if is_far else cursor) + most * self._stretch))
        known = len(self._starts)
        found: Statement | None = None
        for statement in iterate(text[:end], start, tells_kinds=False):
            is_first = not text[text.rfind("\n", 0, statement.start) + 1 : statement.start].strip()
            if is_first and self._starts.met(statement.start) and statement.start <= cursor:
                return self.find(text, cursor, most=most)  # from a place that is nearer
            if statement.start > cursor:
                found = nearer(text, cursor, found, statement)
                break
            found = statement
        if end < len(text) and cursor > end:
            is_stuck = len(self._starts) == known
            self._stretch = self._stretch * 4 if is_stuck else 1
            self.is_behind = self._stretch <= _STRETCH_AT_MOST
            return None
        self._stretch = 1
        if found is None or (self.spent is not None and self.spent.forbids(text, found, cursor)):
            return None
        return _target(text, found)


def run_target(text: str, cursor: int) -> RunTarget | None:
    """What F5 runs with the cursor at that offset; None when there is no statement."""
    return TargetFinder().find(text, cursor)


def _target(text: str, statement: Statement) -> RunTarget:
    start, end = statement.start, statement.end
    before = text[text.rfind("\n", 0, start) + 1 : start].strip()
    line_end = text.find("\n", end)
    after = text[end : line_end if line_end >= 0 else len(text)].strip()
    first = text.count("\n", 0, start)
    last_end = end
    if statement.copy_data is not None and line_end >= 0:
        data_end = line_end + 1 + len(statement.copy_data)
        last_end = data_end if text.startswith("\\.", data_end) else data_end - 1
    last = first + text.count("\n", start, last_end)
    return RunTarget((start, end), range(first, last + 1), bool(before) or not (after == "" or after.startswith("--")))
