"""Journal entries and labs for tests, made short."""

import tomllib
from pathlib import Path
from typing import Any

from dsqltui.core.journal.journal import Entry, Event, Journal
from dsqltui.core.results.outcome import Done, Lost, Outcome
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import kind_of
from dsqltui.labs.files.load import lab_of
from dsqltui.labs.files.template import TEMPLATE
from dsqltui.labs.model import Lab

IDLE, OPEN, FAILED, NONE = (
    TransactionState.IDLE,
    TransactionState.OPEN,
    TransactionState.FAILED,
    TransactionState.NONE,
)


class Record:
    """A journal that is told what happened, in few words, and the panes' states after it."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.states = {"A": IDLE, "B": IDLE}
        self.users = {"A": "admin", "B": "admin"}

    def ran(self, pane: str, sql: str, outcome: Outcome | str, after: TransactionState | None = None) -> Entry:
        """A statement and its outcome, or the command tag of it; `after` is the state it leaves."""
        made = Done(outcome, 0.01) if isinstance(outcome, str) else outcome
        before = self.states[pane]
        self.states[pane] = NONE if isinstance(made, Lost) else after or before
        return self.journal.statement(
            pane, "us-east-1", "admin", sql, kind_of(sql), made, before=before, after=self.states[pane], ended_s=1.0
        )

    def lost(self, pane: str) -> None:
        """The pane's connection ended."""
        self.states[pane] = NONE
        self.journal.connection(pane, "us-east-1", "admin", Event.LOST, started_s=1.0, ended_s=1.0)


def template_table() -> dict[str, Any]:
    """The lab of two steps that `dsqltui lab new` writes, as TOML tables."""
    return tomllib.loads(TEMPLATE)


def lab(table: dict[str, Any] | None = None, name: str = "07-mine.toml") -> Lab:
    """The lab of a table; by default the template's."""
    return lab_of(Path(name), template_table() if table is None else table)


def lab_with_steps(*steps: dict[str, Any], **more: Any) -> Lab:
    """The template with other steps; texts are filled in."""
    said = {"en": "Do it.", "ja": "実行します。"}
    table = template_table() | more
    table["step"] = [{"say": said, "hint": said, "id": f"s{n}"} | step for n, step in enumerate(steps, 1)]
    return lab(table)
