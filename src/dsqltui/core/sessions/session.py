"""What the screen and the labs program against. `client` implements it; tests bring their own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dsqltui.core.aws.diagnosis import Symptom
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Lost, Outcome, Row
from dsqltui.core.results.transaction_state import TransactionState


class ConnectFailed(Exception):
    """A session could not be opened. The message is one sentence that may be shown; it never holds a token."""

    def __init__(self, message: str, error: ServerError | None = None, symptom: Symptom | None = None) -> None:
        super().__init__(message)
        self.error = error
        """The server's refusal, when it was the server that refused."""
        self.symptom = symptom
        """What was seen, for `core.aws.diagnosis`."""


@dataclass(frozen=True, slots=True)
class Page:
    """More rows of the result the session still holds."""

    rows: tuple[Row, ...]
    has_more: bool
    tag: str
    """Command tag once the last row is here, else empty."""


@dataclass(frozen=True, slots=True)
class InFlight:
    """A statement that was sent and is not answered yet."""

    sql: str
    state_before: TransactionState


class Session(Protocol):
    """One authenticated connection to one endpoint. Statements run one at a time, in the order they are given."""

    @property
    def endpoint(self) -> Endpoint: ...

    @property
    def user(self) -> str:
        """The database role."""
        ...

    @property
    def state(self) -> TransactionState:
        """The server's last word; NONE before `connect` and after the connection ended."""
        ...

    @property
    def in_flight(self) -> InFlight | None:
        """What was sent and not answered; also after the caller has stopped waiting for it."""
        ...

    @property
    def held(self) -> int:
        """A number of the result whose further rows the session holds, never used twice; 0 when it holds none."""
        ...

    async def connect(self) -> None:
        """Open the connection with a fresh token. Raises ConnectFailed. Closes the old connection if there is one."""
        ...

    async def run(self, statement: str, *, limit: int, copy_data: str | None = None) -> Outcome:
        """Run one statement and fetch at most `limit` rows. Never raises for what the server or the network does.

        `copy_data` answers COPY ... FROM STDIN. Rows still held from the statement before are discarded first.
        """
        ...

    async def query(self, sql: str, parameters: Sequence[str | None], *, limit: int, are_texts: bool = True) -> Outcome:
        """Like `run`, with `parameters` bound to $1, $2, ... as text (None is NULL): never read as SQL.

        With `are_texts` they are of type text; else the server finds their types."""
        ...

    async def copy_in(self, statement: str, pieces: AsyncIterator[bytes]) -> Outcome:
        """Run a COPY ... FROM STDIN with the bytes of `pieces`, asked for one after the other while they are sent.

        When `pieces` raises, the server is told and takes nothing, and the exception goes on to the caller.
        """
        ...

    async def copy_out(self, statement: str, write: Callable[[bytes], Awaitable[None]]) -> Outcome:
        """Run a COPY ... TO STDOUT and hand its bytes, some rows at a time, to `write`.

        When `write` raises, the exception goes on to the caller at once; the rest is read and dropped in the
        background, and the next statement waits for that.
        """
        ...

    async def more(self, limit: int) -> Page | Outcome:
        """The next rows of the held result; Refused or Lost when the server broke off."""
        ...

    async def cancel(self) -> None:
        """Ask the server to cancel. Aurora DSQL ignores it; `run` goes on until the server answers."""
        ...

    async def renew(self) -> bool:
        """Put a new connection, with a fresh token, in the place of an idle one: first made, then the old one closed.

        False, and nothing changed, when a transaction is open, rows are held or there is no connection; also when that
        came about, or anything was sent, while the new one was being made. What SET did in the old one is lost. Raises
        ConnectFailed; the old connection then stays.
        """
        ...

    async def look(self) -> Lost | None:
        """Whether the connection has ended while nothing ran, without sending anything; None when it stands or is busy.

        The Lost is told once: the session then is without a connection.
        """
        ...

    def another(self, endpoint: Endpoint) -> "Session":
        """A session of its own, unconnected: the same role with the same credentials, on an endpoint of the cluster."""
        ...

    async def close(self) -> None:
        """End the connection, also under a running statement, whose `run` then returns Lost."""
        ...
