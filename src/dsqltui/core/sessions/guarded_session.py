"""A session behind the optional guards: what runs on it, scripts included, is judged first.

With all guards off it passes everything on untouched. What a guard holds back comes out as a Refused of severity
"NOT SENT" without an SQLSTATE: it never was the server's word.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.language import N_, _
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement, kind_of
from dsqltui.core.sessions.guards import Guards, Ruling, judge
from dsqltui.core.sessions.session import InFlight, Page, Session

NOT_SENT = N_("NOT SENT")
"""The severity of a refusal by a guard."""


class GuardedSession:
    """Implements `core.sessions.session.Session` over another one.

    `guards` tells which are on now, `changed_rows` what the open transaction changed so far; `ask` puts a question to
    the person, with the statement, and tells whether the answer was yes.
    """

    def __init__(
        self,
        session: Session,
        guards: Callable[[], Guards],
        ask: Callable[[str, str], Awaitable[bool]],
        changed_rows: Callable[[], int],
    ) -> None:
        self._session = session
        self._guards = guards
        self._ask = ask
        self._changed_rows = changed_rows
        self.copied_bytes = 0
        """Data sent with the last statement, if it was a COPY ... FROM STDIN."""
        self._is_wrapped = False
        """Whether the open transaction is our own READ ONLY one, kept for the rows it still holds."""

    @property
    def endpoint(self) -> Endpoint:
        return self._session.endpoint

    @property
    def user(self) -> str:
        """The database role."""
        return self._session.user

    @property
    def state(self) -> TransactionState:
        """The server's last word."""
        return self._session.state

    @property
    def in_flight(self) -> InFlight | None:
        """See Session."""
        return self._session.in_flight

    @property
    def held(self) -> int:
        """See Session."""
        return self._session.held

    @property
    def is_wrapped(self) -> bool:
        """Whether the open transaction is the guard's own READ ONLY one, kept for the rows it still holds."""
        return self._is_wrapped and self.state is TransactionState.OPEN

    async def connect(self) -> None:
        """See Session.connect."""
        self._is_wrapped = False
        await self._session.connect()

    async def run(self, statement: str, *, limit: int, copy_data: str | None = None) -> Outcome:
        """See Session.run; a Refused of severity NOT_SENT when a guard or the person held it back."""
        outcome = await self._judged(statement, lambda text: self._session.run(text, limit=limit, copy_data=copy_data))
        self.copied_bytes = len((copy_data or "").encode(errors="replace"))
        return outcome

    async def query(self, sql: str, parameters: Sequence[str | None], *, limit: int, are_texts: bool = True) -> Outcome:
        """See Session.query and `run`."""
        return await self._judged(
            sql, lambda text: self._session.query(text, parameters, limit=limit, are_texts=are_texts)
        )

    async def copy_in(self, statement: str, pieces: AsyncIterator[bytes]) -> Outcome:
        """See Session.copy_in and `run`."""
        return await self._judged(statement, lambda text: self._session.copy_in(text, self._counted(pieces)))

    async def copy_out(self, statement: str, write: Callable[[bytes], Awaitable[None]]) -> Outcome:
        """See Session.copy_out and `run`."""
        return await self._judged(statement, lambda text: self._session.copy_out(text, write))

    async def more(self, limit: int) -> Page | Outcome:
        """See Session.more."""
        page = await self._session.more(limit)
        if self._is_wrapped and isinstance(page, Page) and not page.has_more:
            return await self._end_wrap() or page
        return page

    async def cancel(self) -> None:
        """See Session.cancel."""
        await self._session.cancel()

    async def renew(self) -> bool:
        """See Session.renew."""
        return await self._session.renew()

    async def look(self) -> Lost | None:
        """See Session.look."""
        return await self._session.look()

    def another(self, endpoint: Endpoint) -> Session:
        """See Session.another. What runs on it is judged by `permit`, once."""
        return self._session.another(endpoint)

    async def permit(self, statement: str) -> Refused | None:
        """Judge a statement that is to run on sessions of its own; what held it back, or None."""
        meant = Statement(statement, 0, len(statement), kind_of(statement))
        verdict = judge(meant, TransactionState.IDLE, self._guards(), 0)
        match verdict.ruling:
            case Ruling.REFUSE:
                return _not_sent(verdict.reason)
            case Ruling.ASK if not await self._ask(verdict.reason, statement):
                return _not_sent(_("You said no; nothing was sent."))
            case Ruling.WRAP:
                return _not_sent(_("A guard makes this session read-only; nothing was sent."))
        return None

    async def close(self) -> None:
        """See Session.close."""
        await self._session.close()

    async def _counted(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            self.copied_bytes += len(piece)
            yield piece

    async def _judged(self, statement: str, send: Callable[[str], Awaitable[Outcome]]) -> Outcome:
        self.copied_bytes = 0
        if self._is_wrapped:
            ended = await self._end_wrap()
            if ended is not None:
                return ended
        guards = self._guards()
        if guards == Guards():
            return await send(statement)
        meant = Statement(statement, 0, len(statement), kind_of(statement))
        verdict = judge(meant, self.state, guards, self._changed_rows())
        match verdict.ruling:
            case Ruling.REFUSE:
                return _not_sent(verdict.reason)
            case Ruling.ASK if not await self._ask(verdict.reason, statement):
                return _not_sent(_("You said no; nothing was sent."))
            case Ruling.WRAP:
                return await self._wrapped(statement, send)
        return await send(verdict.text or statement)

    async def _wrapped(self, statement: str, send: Callable[[str], Awaitable[Outcome]]) -> Outcome:
        began = await self._session.run("BEGIN READ ONLY", limit=1)
        if not isinstance(began, Done):
            return began
        self._is_wrapped = True  # from here on, so that the next statement ends it if this one is given up
        try:
            outcome = await send(statement)
        except Exception:  # the source of a COPY, not the server's
            await self._end_wrap()
            raise
        if isinstance(outcome, Lost) or (isinstance(outcome, Rows) and outcome.has_more):
            return outcome  # held rows end with their transaction: it is ended after the last of them
        return await self._end_wrap() or outcome

    async def _end_wrap(self) -> Outcome | None:
        """COMMIT, or ROLLBACK of a failed one; what went wrong with that, if anything."""
        is_wrapped, self._is_wrapped = self._is_wrapped and self.state.is_open, False
        if not is_wrapped:
            return None
        word = "ROLLBACK" if self.state is TransactionState.FAILED else "COMMIT"
        ended = await self._session.run(word, limit=1)
        return None if isinstance(ended, Done) else ended


def _not_sent(reason: str) -> Refused:
    return Refused(ServerError("", reason, severity=_(NOT_SENT)), 0.0)
