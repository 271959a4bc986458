"""Where a runner's answers go: the screen, lines on standard output, a lab. The runner knows no more of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dsqltui.core.journal.journal import Entry
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement
from dsqltui.runner.events import RunnerEvent, ScriptIdentity
from dsqltui.runner.results.held_result import HeldResult

if TYPE_CHECKING:
    from dsqltui.core.answers.answers import Answer


@dataclass(frozen=True, slots=True)
class Delivery:
    """An answer, and what the runner knows beside it."""

    answer: "Answer"
    asked: Statement
    """What was asked for: the statement itself, or the command that ran a script."""
    state: TransactionState
    """The server's word after it."""
    is_from_editor: bool = False
    """Whether offsets are those of the pane's editor."""
    entry: Entry | None = None
    """Its entry in the journal, where it has one."""
    held: HeldResult | None = None
    """What the session holds of its rows."""
    copy_bytes: int = 0
    """Data sent with a COPY ... FROM STDIN."""
    script: ScriptIdentity | None = None
    """The script of which it is a part."""


class AnswerSink(Protocol):
    """Hears everything in the order in which it came about."""

    def post(self, event: RunnerEvent) -> None:
        """A fact about the pane: its connection, its work. Must not block."""
        ...

    async def deliver(self, delivery: Delivery) -> None:
        """What a statement or command gave. The runner goes on when this returns: rows that the session holds may be
        fetched in here."""
        ...
