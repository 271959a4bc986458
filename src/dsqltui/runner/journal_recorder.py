"""The one writer of the journal: what was sent, what became of it, when the connection came and went."""

import time

from dsqltui.core.journal.journal import Entry, Event, Journal
from dsqltui.core.results.outcome import Outcome
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement, kind_of
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.text.safe_text import one_line


class JournalRecorder:
    """Of one pane."""

    def __init__(self, journal: Journal, letter: str, region: str) -> None:
        self._journal = journal
        self._letter = letter
        self._region = region
        self._connecting_since: float | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What both panes did so far, as far as it is kept."""
        return tuple(self._journal)

    def statement(
        self,
        statement: Statement,
        outcome: Outcome,
        user: str,
        before: TransactionState,
        after: TransactionState,
        *,
        sent: str = "",
        copy_bytes: int = 0,
    ) -> Entry | None:
        """A statement, as it was sent; None when there was none."""
        if not statement.text:
            return None
        return self._journal.statement(
            self._letter,
            self._region,
            user,
            sent or statement.text,
            kind_of(sent) if sent else statement.kind,
            outcome,
            before=before,
            after=after,
            ended_s=time.time(),
            copy_bytes=copy_bytes,
        )

    def connecting(self) -> None:
        """A connection is being opened."""
        self._connecting_since = time.time()

    def connected(self, user: str, note: str = "") -> None:
        """It is open."""
        self._connection(Event.CONNECTED, user, note)

    def not_connected(self, user: str, failure: ConnectFailed | None) -> None:
        """It could not be opened."""
        self._connection(Event.CONNECT_FAILED, user, one_line(str(failure)) if failure else "")

    def ended(self, user: str, note: str = "") -> None:
        """It is gone, and its open transaction with it."""
        self._connection(Event.LOST, user, note)

    def _connection(self, event: Event, user: str, note: str) -> None:
        now = time.time()
        started, self._connecting_since = self._connecting_since or now, None
        self._journal.connection(self._letter, self._region, user, event, started_s=started, ended_s=now, note=note)
