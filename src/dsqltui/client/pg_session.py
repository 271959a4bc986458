"""The session of the console: `core.sessions.session.Session` over a real connection."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from dsqltui.client.connecting import ConnectionParameters, verified_tls
from dsqltui.client.engine import Engine
from dsqltui.client.tokens import TokenSource
from dsqltui.client.wire_session import WireSession
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.results.outcome import Lost, Outcome
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import InFlight, Page


class PgSession:
    """One connection to one endpoint; implements `core.sessions.session.Session`.

    It may be used from any event loop; the work is done on the engine's. What the Protocol leaves open:

    - Cancelling the task that awaits `run` sends the server a cancel request and reads the rest of its answer in the
      background. Connection and transaction stay; the next `run` waits its turn, and `state` changes when the server
      has answered. `close` ends the waiting. Cancelling `more` loses no rows.
    - A statement that writes is read to its end before `run` returns, as in autocommit its commit, and a conflict,
      follow the last row. Its further rows, at most the 3,000 that one transaction may change, wait for `more`.
    - `cancel` never raises. A request that could not be delivered though the connection stands is reported as a
      WARNING among the notices of the statement's outcome.
    - The engine's `stop` closes the session.
    """

    def __init__(
        self,
        engine: Engine,
        endpoint: Endpoint,
        user: str,
        tokens: TokenSource,
        *,
        parameters: ConnectionParameters = verified_tls,
    ) -> None:
        self._engine = engine
        self._tokens, self._parameters = tokens, parameters
        self._wire = WireSession(endpoint, user, tokens, parameters)

    def __repr__(self) -> str:
        return f"PgSession({self.user}@{self.endpoint.host}, {self.state.value})"

    @property
    def endpoint(self) -> Endpoint:
        return self._wire.endpoint

    @property
    def user(self) -> str:
        """The database role."""
        return self._wire.user

    @property
    def state(self) -> TransactionState:
        """The server's last word; NONE before `connect` and after the connection ended."""
        return self._wire.state

    @property
    def in_flight(self) -> InFlight | None:
        """What was sent and not answered. See the Protocol."""
        return self._wire.in_flight

    @property
    def held(self) -> int:
        """A number of the result whose further rows the session holds. See the Protocol."""
        return self._wire.held

    async def connect(self) -> None:
        """Open the connection with a fresh token. Raises ConnectFailed. Closes the old connection if there is one."""
        await self._engine.call(self._connect())

    async def run(self, statement: str, *, limit: int, copy_data: str | None = None) -> Outcome:
        """Run one statement and fetch at most `limit` rows (1 or more). See the Protocol."""
        return await self._engine.call(self._wire.run(statement, limit, copy_data))

    async def query(self, sql: str, parameters: Sequence[str | None], *, limit: int, are_texts: bool = True) -> Outcome:
        """Like `run`, with bound parameters, over the extended protocol. See the Protocol."""
        return await self._engine.call(self._wire.query(sql, parameters, limit, are_texts=are_texts))

    async def copy_in(self, statement: str, pieces: AsyncIterator[bytes]) -> Outcome:
        """COPY ... FROM STDIN; `pieces` is asked on the engine's loop. See the Protocol."""
        return await self._engine.call(self._wire.copy_in(statement, pieces))

    async def copy_out(self, statement: str, write: Callable[[bytes], Awaitable[None]]) -> Outcome:
        """COPY ... TO STDOUT; `write` is called on the engine's loop. See the Protocol."""
        return await self._engine.call(self._wire.copy_out(statement, write))

    async def more(self, limit: int) -> Page | Outcome:
        """The next rows of the held result, at most `limit` (1 or more). See the Protocol."""
        return await self._engine.call(self._wire.more(limit))

    async def cancel(self) -> None:
        """Ask the server to cancel. A statement that still waits for an older result to be discarded is not sent."""
        await self._engine.call(self._wire.cancel())

    async def renew(self) -> bool:
        """Put a new connection in the place of an idle one. See the Protocol."""
        return await self._engine.call(self._wire.renew())

    async def look(self) -> Lost | None:
        """Whether the connection has ended while nothing ran. See the Protocol."""
        return await self._engine.call(self._wire.look())

    def another(self, endpoint: Endpoint) -> "PgSession":
        """A session of its own, unconnected. See the Protocol."""
        return PgSession(self._engine, endpoint, self.user, self._tokens, parameters=self._parameters)

    async def close(self) -> None:
        """End the connection, also under a running statement, whose `run` then returns Lost."""
        if not self._engine.is_stopped:  # it closed the session
            await self._engine.call(self._close())

    async def _connect(self) -> None:
        self._engine.closers.add(self._wire.close)
        await self._wire.connect()

    async def _close(self) -> None:
        await self._wire.close()
        self._engine.closers.discard(self._wire.close)
