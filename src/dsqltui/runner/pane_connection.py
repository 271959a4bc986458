"""A pane's session: opened, lost, renewed, exchanged; and what ends with it, which is always told."""

import asyncio
from collections.abc import Awaitable, Callable

from dsqltui.core.language import N_, _
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.guarded_session import GuardedSession
from dsqltui.core.sessions.guards import Guards
from dsqltui.core.sessions.session import ConnectFailed, InFlight, Session
from dsqltui.core.sessions.session_settings import SessionSettings
from dsqltui.runner.events import (
    ConnectionChanged,
    RunnerEvent,
    SessionExchanged,
    SessionRenewed,
    SettingsLost,
)
from dsqltui.runner.journal_recorder import JournalRecorder

TRANSACTION_BEGUN = N_(
    "A transaction is open in pane {letter} that was begun meanwhile: nothing was switched "
    "there. Commit it or roll it back, then switch again."
)


class PaneConnection:
    """See the module. Connects and exchanges run one at a time, between statements.

    `guards` and `changed_rows` (of the open transaction) may be set at any time; `ask` puts a guard's question.
    """

    def __init__(
        self,
        letter: str,
        post: Callable[[RunnerEvent], object],
        ask: Callable[[str, str], Awaitable[bool]],
        recorder: JournalRecorder,
    ) -> None:
        self.letter = letter
        self.status = ConnectionStatus.STARTING
        self.session: GuardedSession | None = None
        self.settings = SessionSettings()
        self.lost_settings: tuple[str, ...] = ()
        """Statements that set again what ended with the last session."""
        self.guards = Guards()
        self.changed_rows: Callable[[], int] = lambda: 0
        self.changes = 0
        """Grows with each answer and each session: what was known of the session before may be old."""
        self.open_transaction: int | None = None
        """A number of the open transaction, never used twice."""
        self._transactions = 0
        self._post = post
        self._ask = ask
        self._recorder = recorder
        self._connecting: asyncio.Task[None] | None = None

    @property
    def state(self) -> TransactionState:
        """The server's last word on the transaction."""
        return self.session.state if self.session else TransactionState.NONE

    @property
    def user(self) -> str:
        """The session's database role; empty before there is one."""
        return self.session.user if self.session else ""

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction of the person's is open: not the one in which a READ ONLY guard still holds rows."""
        return self.session is not None and self.state.is_open and not self.session.is_wrapped

    @property
    def in_flight(self) -> InFlight | None:
        """What was sent and is not answered."""
        return self.session.in_flight if self.session else None

    def use(self, session: Session) -> None:
        """Work with this session from now on, behind the guards."""
        self.changes += 1
        self.session = GuardedSession(session, lambda: self.guards, self._ask, lambda: self.changed_rows())

    def note_transaction(self) -> None:
        """A statement was answered: number the transaction that it began, or forget the one that it ended."""
        self.changes += 1
        if not self.state.is_open:
            self.open_transaction = None
        elif self.open_transaction is None:
            self._transactions += 1
            self.open_transaction = self._transactions

    async def connect(self) -> None:
        """Open the connection; why not is told, not raised."""
        session = self.session
        if session is None:
            raise RuntimeError("connect() comes after use()")
        self._recorder.connecting()
        self.change(ConnectionStatus.CONNECTING)
        self._connecting = asyncio.ensure_future(session.connect())
        try:
            await asyncio.wait([self._connecting])
            if self._connecting.cancelled():
                self.failed(ConnectFailed(_("You stopped the connection attempt.")))
            else:
                self._connecting.result()
                self._connected()
        except ConnectFailed as failure:
            self.failed(failure)
        finally:
            self._connecting.cancel()  # does nothing to a finished task; ends the attempt when we are cancelled
            self._connecting = None

    def stop_connecting(self) -> bool:
        """Give the attempt under way up; False when there is none."""
        if self._connecting is None:
            return False
        self._connecting.cancel()
        return True

    def failed(self, failure: ConnectFailed) -> None:
        """No connection could be opened."""
        self._recorder.not_connected(self.user, failure)
        self.change(ConnectionStatus.FAILED, failure)

    def lost(self) -> None:
        """The connection is gone; the outcome that told so comes first."""
        self._recorder.ended(self.user)
        self.note_transaction()
        self.change(ConnectionStatus.LOST)

    async def exchange(self, new: Session, may_end: int | None) -> str:
        """Go on with a connected session and end the old one. Looks at the transaction now, whatever was seen before.

        Returns why it was not done, as a sentence, and nothing was changed; empty when it was.
        """
        old, user = self.session, self.user
        if self.state.is_open and self.open_transaction != may_end:
            return _(TRANSACTION_BEGUN).format(letter=self.letter)
        ends_transaction, ends_rows = self.state.is_open, bool(old and old.held)
        if ends_transaction:
            self._recorder.ended(
                user, _("the session was exchanged at your wish; its open transaction was rolled back")
            )
        self.use(new)
        if old is not None:
            await old.close()
        self._post(SessionExchanged(self.letter, new.user, ends_transaction, ends_rows))
        self._connected()
        return ""

    async def renew(self) -> bool:
        """Give an idle session a new connection; False when it was not idle. Raises ConnectFailed."""
        if self.session is None or self.status is not ConnectionStatus.CONNECTED or self.settings.statements:
            return False
        is_done = await self.session.renew()
        if is_done:
            self._recorder.connected(self.user, _("renewed while idle, before its 60 minutes were over"))
            self._post(SessionRenewed(self.letter))
        return is_done

    def change(self, status: ConnectionStatus, failure: ConnectFailed | None = None) -> None:
        """Tell where the connection stands."""
        self.status = status
        self._post(ConnectionChanged(self.letter, status, self.state, failure))

    def _connected(self) -> None:
        lost, was_set = self.settings.statements, self.lost_settings
        self.settings.forget()
        self.note_transaction()
        self.lost_settings = lost or was_set
        self._recorder.connected(self.user)
        self.change(ConnectionStatus.CONNECTED)
        if lost:
            self._post(SettingsLost(self.letter, lost))
