"""A session without a server: answers what the test lays out, keeps the transaction state, can hang and be lost."""

import asyncio
import dataclasses
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Done, Lost, Notice, Outcome, Refused, Row, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind, kind_of
from dsqltui.core.sessions.session import ConnectFailed, InFlight, Page

CONFLICT = ServerError("40001", "change conflicts with another transaction, please retry: (OC000)")
_NUMBERS = itertools.count(1)
_AFTER = {
    StatementKind.BEGIN: ("BEGIN", TransactionState.OPEN),
    StatementKind.COMMIT: ("COMMIT", TransactionState.IDLE),
    StatementKind.ROLLBACK: ("ROLLBACK", TransactionState.IDLE),
}


def endpoint(region: str) -> Endpoint:
    """An endpoint that nobody connects to."""
    return Endpoint(f"abcdefghijklmnopqrstuvwxyz.dsql.{region}.on.aws", region)


def rows(names: str, *values: Row, has_more: bool = False, number_columns: int = 0) -> Rows:
    """A result; the first `number_columns` columns are int4, the rest text."""
    columns = tuple(Column(name, 23 if index < number_columns else 25) for index, name in enumerate(names.split()))
    return Rows(columns, values, "" if has_more else f"SELECT {len(values)}", has_more, 0.003)


def refused(sqlstate: str, message: str, *, position: int | None = None, hint: str | None = None) -> Refused:
    """A refusal of severity ERROR."""
    return Refused(ServerError(sqlstate, message, position=position, hint=hint), 0.002)


class FakeSession:
    """Answers by statement text; what is not laid out is done with a plain tag.

    `hang()` makes the following statements wait until `release()`, `close()` or `break_off()`.
    """

    def __init__(self, region: str, answers: Mapping[str, Outcome] | None = None, *, user: str = "admin") -> None:
        self.sent: list[str] = []
        """Statements in the order in which they were run."""
        self.cancel_count = 0
        self.connect_count = 0
        self.renew_count = 0
        self.is_watched = False
        """Whether `look` finds out that the connection has ended."""
        self.connect_failure: ConnectFailed | None = None
        """Raised by the next `connect`, once."""
        self.pages: list[Page] = []
        """What `more` gives out, in order."""
        self._answers = dict(answers or {})
        self._endpoint = endpoint(region)
        self._user = user
        self._state = TransactionState.NONE
        self._may_go = asyncio.Event()
        self._may_go.set()
        self._lost_because: str | None = None
        self._is_running = False
        self._held = 0

    @property
    def endpoint(self) -> Endpoint:
        return self._endpoint

    @property
    def user(self) -> str:
        return self._user

    @property
    def state(self) -> TransactionState:
        return self._state

    @property
    def in_flight(self) -> InFlight | None:
        return InFlight(self.sent[-1], self._state) if self._is_running else None

    @property
    def held(self) -> int:
        return self._held if self.is_alive() else 0

    @property
    def is_running(self) -> bool:
        """Whether a statement is on its way."""
        return self._is_running

    def answer(self, statement: str, outcome: Outcome) -> None:
        """Lay out the answer to a statement."""
        self._answers[statement] = outcome

    def hang(self) -> None:
        """The following statements wait."""
        self._may_go.clear()

    def release(self) -> None:
        """Let the waiting statement be answered."""
        self._may_go.set()

    def break_off(self, reason: str) -> None:
        """The connection ends, also under a waiting statement."""
        self._lost_because = reason
        self._may_go.set()

    async def connect(self) -> None:
        self.connect_count += 1
        await asyncio.sleep(0)
        if self.connect_failure is not None:
            failure, self.connect_failure = self.connect_failure, None
            raise failure
        self._lost_because = None
        self._state = TransactionState.IDLE

    async def run(self, statement: str, *, limit: int, copy_data: str | None = None) -> Outcome:  # noqa: ARG002
        if not self.is_alive():
            return self._lost(was_sent=False)
        self.sent.append(statement)
        self._is_running = True
        try:
            await self._may_go.wait()
        finally:
            self._is_running = False
        return self._answered(statement) if self.is_alive() else self._lost(was_sent=True)

    async def query(
        self,
        sql: str,
        parameters: Sequence[str | None],  # noqa: ARG002
        *,
        limit: int,
        are_texts: bool = True,  # noqa: ARG002
    ) -> Outcome:
        return await self.run(sql, limit=limit)

    async def copy_in(self, statement: str, pieces: AsyncIterator[bytes]) -> Outcome:
        async for _ in pieces:
            pass
        return await self.run(statement, limit=1)

    async def copy_out(self, statement: str, write: Callable[[bytes], Awaitable[None]]) -> Outcome:
        outcome = await self.run(statement, limit=1)
        if isinstance(outcome, Done):
            await write(b"copied\n")
        return outcome

    async def more(self, limit: int) -> Page | Outcome:  # noqa: ARG002
        if not self.is_alive():
            return self._lost(was_sent=True)
        page = self.pages.pop(0)
        self._held = self._held if page.has_more else 0
        return page

    async def cancel(self) -> None:
        self.cancel_count += 1

    async def renew(self) -> bool:
        if self.connect_failure is not None:
            failure, self.connect_failure = self.connect_failure, None
            raise failure
        if self._state is not TransactionState.IDLE:
            return False
        self.renew_count += 1
        return True

    async def look(self) -> Lost | None:
        if not self.is_watched or self.is_alive() or self._is_running or self._state is TransactionState.NONE:
            return None
        return self._lost(was_sent=False)

    def another(self, endpoint: Endpoint) -> "FakeSession":
        return FakeSession(endpoint.region, self._answers, user=self._user)

    async def close(self) -> None:
        self.break_off("the connection was closed")

    def is_alive(self) -> bool:
        return self._lost_because is None

    def _lost(self, *, was_sent: bool) -> Lost:
        state, self._state = self._state, TransactionState.NONE
        return Lost(self._lost_because or "", state, was_sent, 0.01)

    def _answered(self, statement: str) -> Outcome:
        kind = kind_of(statement)
        tag, after = _AFTER.get(kind, (statement.split()[0].upper(), self._state))
        outcome = self._answers.get(statement, Done(tag, 0.004))
        if isinstance(outcome, Refused):
            is_over = kind is StatementKind.COMMIT or self._state is TransactionState.IDLE
            self._state = TransactionState.IDLE if is_over else TransactionState.FAILED
        else:
            self._state = after
        self._held = next(_NUMBERS) if isinstance(outcome, Rows) and outcome.has_more else 0
        return outcome


def with_notices(outcome: Done, *messages: str) -> Done:
    """The outcome with NOTICEs."""
    return dataclasses.replace(outcome, notices=tuple(Notice("NOTICE", message) for message in messages))
