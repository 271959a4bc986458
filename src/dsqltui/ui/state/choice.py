"""What a person asked to run: the selection, the statement under the cursor, or everything."""

import dataclasses
from dataclasses import dataclass

from dsqltui.core.scripts.run_target import AlreadyRun
from dsqltui.core.scripts.statement import Statement, at_offset, iterate, split


@dataclass(frozen=True, slots=True)
class Choice:
    """Statements to run, with offsets of the whole text; empty when there is nothing to run."""

    statements: tuple[Statement, ...]
    range: tuple[int, int]
    """Offsets of what is marked as sent, end exclusive."""
    next_start: int | None = None
    """Where the cursor goes: to the next statement, or behind the last one to write on; None: it stays."""
    is_spent: bool = False
    """Whether the cursor is behind a statement that was run and may write: it is not among them."""


def choose(text: str, selected: tuple[int, int] | None, cursor: int, spent: AlreadyRun | None = None) -> Choice:
    """The selection's statements; without a selection the one under the cursor, and where the next one starts.

    `spent` does not run from behind it.
    """
    if selected is not None:
        start, end = selected
        return Choice(tuple(_shifted(statement, start) for statement in split(text[start:end])), selected)
    statement = at_offset(text, cursor)
    if statement is None:
        return Choice((), (0, 0))
    if spent is not None and spent.forbids(text, statement, cursor):
        return Choice((), (0, 0), is_spent=True)
    following = next((other.start for other in iterate(text) if other.start >= statement.end), None)
    next_start = following if following is not None else _write_on(text, statement.end, cursor)
    return Choice((statement,), (statement.start, statement.end), next_start)


def _write_on(text: str, end: int, cursor: int) -> int:
    """Behind the last statement: on the empty line below it, where there is one; what is typed now is another one."""
    rest = text[end:]
    if rest.strip() or "\n" not in rest:
        return end
    return max(cursor, end + rest.index("\n") + 1)


def choose_all(text: str) -> Choice:
    """Every statement."""
    return Choice(tuple(split(text)), (0, len(text)))


def _shifted(statement: Statement, offset: int) -> Statement:
    return dataclasses.replace(statement, start=statement.start + offset, end=statement.end + offset)
