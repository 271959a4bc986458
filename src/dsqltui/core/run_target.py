"""What would run if the person asked for it now, in a form that an editor can show."""

from dataclasses import dataclass

from dsqltui.core.statement import at_offset


@dataclass(frozen=True, slots=True)
class RunTarget:
    """The statement under the cursor."""

    span: tuple[int, int]
    """Character offsets, end exclusive, with the semicolon."""
    rows: range
    """Its lines."""
    shares_a_line: bool
    """Whether a line of it holds something of another statement, so that marking whole lines would say too much."""


def run_target(text: str, cursor: int) -> RunTarget | None:
    """What F5 runs with the cursor at that offset; None when there is no statement."""
    statement = at_offset(text, cursor)
    if statement is None:
        return None
    start, end = statement.start, statement.end
    before = text[text.rfind("\n", 0, start) + 1 : start].strip()
    line_end = text.find("\n", end)
    after = text[end : line_end if line_end >= 0 else len(text)].strip()
    first = text.count("\n", 0, start)
    rows = range(first, first + text.count("\n", start, end) + 1)
    return RunTarget((start, end), rows, bool(before) or not (after == "" or after.startswith("--")))
