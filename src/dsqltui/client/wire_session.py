"""A session as the engine's loop sees it: one connection, one statement at a time, the result still held.

Everything here runs on one event loop. `_turn` orders connects, statements and pages; `close` and `cancel` do not wait
for it: they interrupt the one task that uses the socket.
"""

import asyncio
import contextlib
import itertools
import select
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg import pq
from psycopg.abc import PQGen
from psycopg.errors import Diagnostic

from dsqltui.client.connecting import Connection, ConnectionParameters, first_line, open_connection
from dsqltui.client.simple_query import SimpleQuery, server_error, severity_of
from dsqltui.client.socket_wait import SocketWait, WaitEnded
from dsqltui.client.tokens import TokenSource
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.language import N_, _
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Done, Lost, Notice, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind, kind_of
from dsqltui.core.sessions.session import ConnectFailed, InFlight, Page

T = TypeVar("T")

# libpq takes it from the ReadyForQuery message; ACTIVE (a statement under way) is no word of the server's.
_STATE_BY_WIRE = {
    pq.TransactionStatus.IDLE: TransactionState.IDLE,
    pq.TransactionStatus.INTRANS: TransactionState.OPEN,
    pq.TransactionStatus.INERROR: TransactionState.FAILED,
}
_FINAL_SEVERITIES = ("FATAL", "PANIC")
_CANCEL_TIMEOUT_S = 10.0
_COPY_PIECE_BYTES = 256 * 1024
_RESULT_NUMBERS = itertools.count(1)
_CLOSED = N_("the session was closed")


class _Interrupted(Exception):
    """`close` or `cancel` ended the wait for the server."""


class WireSession:
    """What PgSession does, on the engine's loop."""

    def __init__(self, endpoint: Endpoint, user: str, tokens: TokenSource, parameters: ConnectionParameters) -> None:
        self.endpoint = endpoint
        self.user = user
        self.state = TransactionState.NONE
        self.in_flight: InFlight | None = None
        """See Session."""
        self.held = 0
        """See Session."""
        self._tokens = tokens
        self._parameters = parameters
        self._turn = asyncio.Lock()
        self._cancelling = asyncio.Lock()
        self._conn: Connection | None = None
        self._query: SimpleQuery | None = None
        """The statement on the wire, or whose rows are still held."""
        self._pending: SocketWait | asyncio.Task[Any] | None = None
        """What uses the socket now, or opens it."""
        self._settling: set[asyncio.Task[None]] = set()
        self._sent_count = 0
        self._is_anything_sent = False
        """Whether `_pending` waits for the answer to a statement; else it may be ended without asking the server."""
        self._notices: list[Notice] = []
        self._last_word: ServerError | None = None
        """A FATAL error: the server ends the session after it."""

    async def connect(self) -> None:
        """See Session.connect."""
        await self.close()
        async with self._turn:
            with contextlib.suppress(_Interrupted):
                await self._interruptible(self._open())
            if self._conn is None:
                raise ConnectFailed(_("The session was closed before it was connected."))

    async def run(self, statement: str, limit: int, copy_data: str | None) -> Outcome:
        """See Session.run."""
        _check_limit(limit)
        async with self._turn:
            return await self._run(statement, limit, copy_data)

    async def query(self, sql: str, parameters: Sequence[str | None], limit: int, *, are_texts: bool = True) -> Outcome:
        """See Session.query."""
        _check_limit(limit)
        async with self._turn:
            return await self._run(sql, limit, parameters=parameters, are_texts=are_texts)

    async def copy_in(self, statement: str, pieces: AsyncIterator[bytes]) -> Outcome:
        """See Session.copy_in."""
        async with self._turn:
            return await self._perform(
                statement,
                lambda conn, text: SimpleQuery(conn.pgconn, text, is_streaming=True),
                lambda conn, query: self._feed(conn, query, pieces),
            )

    async def copy_out(self, statement: str, write: Callable[[bytes], Awaitable[None]]) -> Outcome:
        """See Session.copy_out."""
        async with self._turn:
            return await self._perform(
                statement,
                lambda conn, text: SimpleQuery(conn.pgconn, text, is_streaming=True),
                lambda conn, query: self._drain(conn, query, write),
            )

    async def more(self, limit: int) -> Page | Outcome:
        """See Session.more."""
        _check_limit(limit)
        async with self._turn:
            conn, query, state_before, started = self._conn, self._query, self.state, time.monotonic()
            if conn is None or query is None:
                return Page((), has_more=False, tag="")
            try:
                await self._answer(conn, query.read(limit))
            except (_Interrupted, psycopg.Error) as error:
                return self._lost(error, state_before, started, was_sent=True)
            failure = self._failure_of(query, state_before, started)
            if failure is not None:
                return failure
            rows = query.take(limit)
            if not query.has_more:
                self._query, self.held = None, 0
            return Page(rows, has_more=query.has_more, tag="" if query.has_more else query.tag)

    async def cancel(self) -> None:
        """See PgSession.cancel."""
        if self._pending is None:
            return
        if self._is_anything_sent:
            await self._request_cancel()
        else:
            self._pending.cancel()

    async def renew(self) -> bool:
        """See Session.renew."""
        old = self._conn
        if old is None or not self._is_at_rest(old):
            return False
        sent_count = self._sent_count
        new = await open_connection(self.endpoint, self.user, self._tokens, self._parameters)
        try:
            async with self._turn:
                if not self._is_at_rest(old) or self._sent_count != sent_count:  # a SET among it would be lost
                    return False
                new.add_notice_handler(self._hear)
                self._conn = new
                self._learn_state(new)
        finally:
            await (old if self._conn is new else new).close()
        return True

    async def look(self) -> Lost | None:
        """See Session.look."""
        conn, state_before, started = self._conn, self.state, time.monotonic()
        is_busy = self._turn.locked() or self._pending is not None or self._query is not None
        if conn is None or is_busy:
            return None
        try:
            _read_pending_messages(conn)
            if self._last_word is not None:
                raise psycopg.OperationalError(self._last_word.message)
        except psycopg.Error as error:
            return self._lost(error, state_before, started, was_sent=False)
        return None

    def _is_at_rest(self, conn: Connection) -> bool:
        """Whether nothing would be lost with that connection."""
        return conn is self._conn and self.state is TransactionState.IDLE and self._query is None

    async def close(self) -> None:
        """See Session.close."""
        conn, self._conn = self._conn, None
        self._query, self.held = None, 0
        self.state = TransactionState.NONE
        users = set(self._settling)
        if isinstance(self._pending, asyncio.Task):
            users.add(self._pending)
        elif self._pending is not None:
            self._pending.cancel()
        for task in users:
            task.cancel()
        try:
            if users:
                await asyncio.wait(users)
        finally:
            if conn is not None:
                await conn.close()

    async def _open(self) -> None:
        self._last_word = None
        conn = await open_connection(self.endpoint, self.user, self._tokens, self._parameters)
        conn.add_notice_handler(self._hear)
        self._conn = conn
        self._learn_state(conn)

    async def _run(
        self,
        statement: str,
        limit: int,
        copy_data: str | None = None,
        parameters: Sequence[str | None] | None = None,
        *,
        are_texts: bool = True,
    ) -> Outcome:
        async def read(conn: Connection, query: SimpleQuery) -> None:
            await self._answer(conn, query.read(limit))
            if not query.is_over and kind_of(statement) is StatementKind.WRITE:
                await self._answer(conn, query.read(None))

        try:
            data, bound = _encoded_copy_data(copy_data), _encoded_parameters(parameters)
        except ValueError as problem:
            return Refused(ServerError("22021", str(problem)), duration_s=0.0)
        return await self._perform(
            statement,
            lambda conn, text: SimpleQuery(conn.pgconn, text, data, parameters=bound, are_texts=are_texts),
            read,
            limit,
        )

    async def _perform(
        self,
        statement: str,
        prepare: Callable[[Connection, bytes], SimpleQuery],
        work: Callable[[Connection, SimpleQuery], Awaitable[None]],
        limit: int = 1,
    ) -> Outcome:
        """Send a statement and do `work` with its answer; what became of it."""
        started, state_before = time.monotonic(), self.state
        try:
            statement_bytes = _encoded(statement)
        except ValueError as problem:
            return Refused(ServerError("22021", str(problem)), duration_s=0.0)
        was_sent = False
        try:
            conn = await self._ready_connection()
            started, self._notices = time.monotonic(), []
            query = prepare(conn, statement_bytes)
            query.send(limit)
            self._query, was_sent = query, True
            self.in_flight = InFlight(statement, state_before)
            self._sent_count += 1
            try:
                await work(conn, query)
            except asyncio.CancelledError:
                self._settle_later(conn, query, is_asking=True)
                raise
        except _Interrupted as error:
            if self._conn is not None:
                return Refused(ServerError("57014", _("cancelled before the statement was sent")), _since(started))
            return self._lost(error, state_before, started, was_sent=was_sent)
        except psycopg.Error as error:
            return self._lost(error, state_before, started, was_sent=was_sent)
        self.in_flight = None
        return self._failure_of(query, state_before, started) or self._success_of(query, limit, started)

    async def _feed(self, conn: Connection, query: SimpleQuery, pieces: AsyncIterator[bytes]) -> None:
        """Send COPY data as it comes, and read the server's verdict. What `pieces` raises fails the COPY first."""
        await self._answer(conn, query.read_up_to_copy())
        try:
            while query.is_fed:
                piece = await anext(pieces, None)
                if piece is None:
                    break
                await self._on_wire(conn, query.feed(piece))
        except (psycopg.Error, _Interrupted, asyncio.CancelledError):
            raise
        except Exception as problem:
            await self._answer(conn, query.end_feed(str(problem).encode()[:1_000]))
            await self._answer(conn, query.read(None))
            raise
        if query.is_fed:
            await self._answer(conn, query.end_feed())
        await self._answer(conn, query.read(None))

    async def _drain(self, conn: Connection, query: SimpleQuery, write: Callable[[bytes], Awaitable[None]]) -> None:
        """Hand COPY data on as it comes. What `write` raises is raised at once; the rest is read in the background."""
        await self._answer(conn, query.read_up_to_copy())
        while query.is_copying_out:
            piece = await self._copied(conn, query)
            try:
                if piece:
                    await write(piece)
            except (psycopg.Error, _Interrupted, asyncio.CancelledError):
                raise
            except Exception:
                self._settle_later(conn, query)
                raise
        await self._answer(conn, query.read(None))

    async def _copied(self, conn: Connection, query: SimpleQuery) -> bytes:
        self._is_anything_sent = True
        try:
            return await self._on_wire(conn, query.fetch_copied(_COPY_PIECE_BYTES))
        finally:
            self._is_anything_sent = False

    async def _ready_connection(self) -> Connection:
        """The connection with nothing left to read on it. Raises psycopg.Error when it is gone."""
        if self._conn is None:
            raise psycopg.OperationalError(_("there is no connection"))
        conn = self._conn
        if self._query is not None and not self._query.is_over:
            await self._on_wire(conn, self._query.discard())
        self._query, self.held = None, 0
        async with self._cancelling:  # a request on its way must not hit the next statement
            pass
        if conn is not self._conn:
            raise _Interrupted
        _read_pending_messages(conn)
        if self._last_word is not None:
            raise psycopg.OperationalError(self._last_word.message)
        return conn

    async def _answer(self, conn: Connection, reading: PQGen[None]) -> None:
        """Read the server's answer, or what follows of it."""
        self._is_anything_sent = True
        try:
            await self._on_wire(conn, reading)
        finally:
            self._is_anything_sent = False

    def _settle_later(self, conn: Connection, query: SimpleQuery, *, is_asking: bool = False) -> None:
        settling = asyncio.create_task(self._settle(conn, query, is_asking=is_asking))
        self._settling.add(settling)
        settling.add_done_callback(self._settling.discard)

    async def _settle(self, conn: Connection, query: SimpleQuery, *, is_asking: bool) -> None:
        """Read the answer to the end that nobody waits for any more; first ask the server to cancel, if wanted."""
        if query.is_over or conn is not self._conn:
            return
        if is_asking:
            await self._request_cancel()
        async with self._turn:
            if conn is self._conn and query is self._query:
                with contextlib.suppress(_Interrupted, psycopg.Error):  # the next `run` meets it, and says so
                    await self._answer(conn, query.discard())
                    self._query, self.in_flight, self.held = None, None, 0

    async def _request_cancel(self) -> None:
        """Send the protocol's cancel request. If that fails while the connection stands, the outcome tells of it."""
        conn = self._conn
        if conn is None:
            return
        async with self._cancelling:
            try:
                await conn.cancel_safe(timeout=_CANCEL_TIMEOUT_S)
            except (psycopg.Error, OSError) as error:
                if conn is self._conn and not conn.closed:
                    self._notices.append(
                        Notice(
                            "WARNING",
                            _("the cancel request could not be sent: {first_line}").format(
                                first_line=first_line(error)
                            ),
                            "57014",
                        )
                    )

    async def _on_wire(self, conn: Connection, steps: PQGen[T]) -> T:
        """Run one of libpq's operations to its end; then note the server's word on the transaction."""
        pending = self._pending = SocketWait(conn.pgconn.socket)
        try:
            return await pending.run(steps)
        except WaitEnded:
            raise _Interrupted from None
        except (ValueError, LookupError, OSError) as error:  # of psycopg, for what is no PostgreSQL's protocol
            said = _("what the server sent cannot be read ({kind})").format(kind=type(error).__name__)
            raise psycopg.OperationalError(said) from None
        finally:
            if self._pending is pending:
                self._pending = None
            if conn is self._conn:
                self._learn_state(conn)

    async def _interruptible(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`. Raises _Interrupted when `close` or `cancel` ended it."""
        task: asyncio.Task[T] = asyncio.create_task(work)
        self._pending = task
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)  # when it is gone, the socket is free
            raise
        finally:
            self._pending = None
        if task.cancelled():
            raise _Interrupted
        return task.result()

    def _learn_state(self, conn: Connection) -> None:
        wire = pq.TransactionStatus(conn.pgconn.transaction_status)
        self.state = _STATE_BY_WIRE.get(wire, self.state)

    def _hear(self, diagnostic: Diagnostic) -> None:
        severity = severity_of(diagnostic)
        if severity in _FINAL_SEVERITIES:
            self._last_word = server_error(diagnostic)
        else:
            self._notices.append(Notice(severity, diagnostic.message_primary or "", diagnostic.sqlstate or "00000"))

    def _success_of(self, query: SimpleQuery, limit: int, started: float) -> Outcome:
        if query.columns is None:
            self._query = None
            return Done(query.tag, _since(started), tuple(self._notices))
        rows = query.take(limit)
        if query.has_more:
            self.held = next(_RESULT_NUMBERS)
        else:
            self._query = None
        return Rows(
            query.columns,
            rows,
            tag=query.tag if query.is_over else "",
            has_more=query.has_more,
            duration_s=_since(started),
            notices=tuple(self._notices),
        )

    def _failure_of(self, query: SimpleQuery, state_before: TransactionState, started: float) -> Outcome | None:
        """The server's error, if it sent one; a FATAL one means that the connection ends."""
        if query.error is None:
            return None
        if query.error.severity in _FINAL_SEVERITIES:
            error = psycopg.OperationalError(query.error.message)
            return self._lost(error, state_before, started, was_sent=True)
        self._query, self.held = None, 0
        return Refused(query.error, _since(started), tuple(self._notices))

    def _lost(self, cause: Exception, state_before: TransactionState, started: float, *, was_sent: bool) -> Lost:
        """Give the connection up, and say why."""
        word, self._last_word = self._last_word, None
        if word is None and self._query is not None:
            word = self._query.error
        conn, self._conn = self._conn, None
        self._query, self.in_flight, self.held = None, None, 0
        self.state = TransactionState.NONE
        if conn is not None:
            conn.pgconn.finish()
        reason = _(_CLOSED) if isinstance(cause, _Interrupted) else word.message if word else first_line(cause)
        return Lost(reason, state_before, was_sent, _since(started), word)


def _encoded(text: str) -> bytes:
    """UTF-8. Raises ValueError, with a sentence, for text the protocol cannot carry."""
    if "\0" in text:  # libpq would send what stands before it
        raise ValueError(_("the statement holds a NUL character and was not sent; remove it"))
    return _utf_8(text)


def _encoded_copy_data(text: str | None) -> bytes | None:
    return None if text is None else _utf_8(text)


def _encoded_parameters(values: Sequence[str | None] | None) -> list[bytes | None] | None:
    return None if values is None else [None if value is None else _encoded(value) for value in values]


def _utf_8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError(
            _("the statement holds half a character (a lone surrogate) and was not sent; remove it")
        ) from None


def _read_pending_messages(conn: Connection) -> None:
    """Take in what the server sent while nobody asked. Raises psycopg.Error when it ended the connection."""
    poll = select.poll()
    poll.register(conn.pgconn.socket, select.POLLIN)
    while poll.poll(0):
        conn.pgconn.consume_input()
        conn.pgconn.is_busy()  # makes libpq read the messages


def _check_limit(limit: int) -> None:
    if limit < 1:
        raise ValueError(f"limit must be 1 or more, not {limit}")


def _since(started: float) -> float:
    return time.monotonic() - started
