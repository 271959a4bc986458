"""What was run before, in this console or another one, as far as it may be kept."""

from dataclasses import dataclass
from typing import Protocol

from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows

KEPT_OUTCOME = 300
"""Characters of an outcome's words that are kept."""


@dataclass(frozen=True, slots=True)
class Run:
    """One statement that was run. It holds no secrets."""

    id: int
    """Grows with time; 0 before it is kept."""
    ended_s: float
    """Unix time."""
    pane: str
    """A or B."""
    region: str
    user: str
    """Database role."""
    sql: str
    is_whole: bool
    """False when the statement was too long and only its beginning is here."""
    duration_s: float
    outcome: str
    """Command tag, or SQLSTATE and message, or why the connection was lost."""
    is_failed: bool


class HistoryUnavailable(Exception):
    """The history cannot be read. The message is one sentence."""


class History(Protocol):
    """Finds runs."""

    async def find(self, words: str, *, pane: str = "", only_failed: bool = False, limit: int = 200) -> list[Run]:
        """The newest runs in whose SQL every word occurs, upper or lower case alike. Raises HistoryUnavailable."""
        ...


def run_of(entry: Entry) -> Run | None:
    """What is kept of an entry of the journal; None for those that are no statements."""
    if entry.event is not Event.STATEMENT or entry.outcome is None or not entry.sql.strip():
        return None
    from dsqltui.core.journal.kept_entry import kept_entry  # with the first statement, not at start

    kept = kept_entry(entry)
    assert kept.outcome is not None
    return Run(
        0,
        entry.ended_s,
        entry.pane,
        entry.region,
        entry.user,
        kept.sql,
        len(entry.sql) >= entry.sql_length,
        entry.duration_s,
        _words(kept.outcome)[:KEPT_OUTCOME],
        isinstance(entry.outcome, Refused | Lost),
    )


def _words(outcome: Outcome) -> str:
    match outcome:
        case Rows(tag=tag, rows=rows):
            return tag or f"first {len(rows)} rows"
        case Done(tag=tag):
            return tag
        case Refused(error=error):
            conflict = conflict_of(error)
            return f"{error.sqlstate} {f'{conflict.value} ' if conflict else ''}{error.message}"
        case Lost(reason=reason):
            return f"connection lost: {reason}"
