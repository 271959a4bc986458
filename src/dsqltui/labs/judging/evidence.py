"""What is known when a step is judged: the journal, the panes, what the database said. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.results.outcome import Outcome, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.labs.judging.matching import has_words, is_of_the_kind, words_of


@dataclass(frozen=True, slots=True)
class StepEvidence:
    """What is known when a step is judged."""

    entries: tuple[Entry, ...] = ()
    """The journal since the step before was passed, oldest first."""
    states: Mapping[str, TransactionState] = field(default_factory=dict)
    """The panes' transactions now; NONE without a connection."""
    users: Mapping[str, str] = field(default_factory=dict)
    """The panes' database roles now."""
    answers: Mapping[str, Outcome] = field(default_factory=dict)
    """What the observer session got for the queries of `queries_of`, by query."""
    is_acted: bool = False
    """Whether the step's action was done."""
    since: int = 0
    """Number of the journal's newest entry when the step began."""
    start_user: str = ""
    """The database role of the start; empty when it does not matter."""
    of_lab: tuple[Entry, ...] = ()
    """The entries since the lab began: who was first is seen there."""

    @property
    def own_entries(self) -> tuple[Entry, ...]:
        """The entries since the step began."""
        return tuple(entry for entry in self.entries if entry.number > self.since)

    def near(self, pane: str, of: str) -> Entry | None:
        """The pane's last statement of the same kind on the same tables."""
        return next(
            (
                entry
                for entry in reversed(self.entries)
                if entry.pane == pane and entry.event is Event.STATEMENT and is_of_the_kind(entry.sql, of)
            ),
            None,
        )

    def last(self, pane: str, of: str) -> Entry | None:
        """The pane's last statement of that kind."""
        wanted = words_of(of)
        return next(
            (
                entry
                for entry in reversed(self.entries)
                if entry.pane == pane and entry.event is Event.STATEMENT and has_words(entry.sql, entry.kind, wanted)
            ),
            None,
        )


def first_value(outcome: Outcome | None) -> str | None:
    """The first value of the first row; None when there is none."""
    return outcome.rows[0][0] if isinstance(outcome, Rows) and outcome.rows and outcome.rows[0] else None
