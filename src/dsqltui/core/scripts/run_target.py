"""What would run if the person asked for it now, in a form that an editor can show.

A statement that changes something does not run a second time from the place behind it, where its run left the cursor:
a key pressed once too often would do it again. With the cursor in it, it runs.
"""

from dataclasses import dataclass

from dsqltui.core.scripts.statement import Statement, at_offset, iterate


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


class TargetFinder:
    """Finds the statement under the cursor in a text that changes; looks again only at what may have changed."""

    def __init__(self) -> None:
        self.anchor = 0
        """0, or where a statement starts that is at or before the cursor's."""
        self.spent: AlreadyRun | None = None
        """What does not run from behind it."""

    def changed_from(self, offset: int) -> None:
        """The text changed at `offset` or behind it."""
        if offset <= self.anchor:
            self.anchor = 0

    def find(self, text: str, cursor: int) -> RunTarget | None:
        """What F5 runs with the cursor at that offset; None when there is no statement."""
        if cursor < self.anchor:
            self.anchor = 0
        found = at_offset(text, cursor, self.anchor)
        if found is None:
            return None
        if found.start <= cursor:  # else what stands before it still matters
            self.anchor = found.start
        if self.spent is not None and self.spent.forbids(text, found, cursor):
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
