"""Connections for load: libpq driven by one callback, for thousands of statements a second on hundreds of connections.

A console's session (`client.wire_session`) has pages, cancelling and COPY, which cost several tasks a statement. Here a
statement is sent at once, and whoever waits for its answer goes on in the callback that reads it.
"""

import asyncio

import psycopg
from psycopg import pq

from dsqltui.client.connecting import Connection, first_line, open_connection, verified_tls
from dsqltui.client.load_poller import LoadPoller
from dsqltui.client.simple_query import server_error
from dsqltui.client.tokens import TokenSource
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.results.outcome import Row
from dsqltui.core.storm.connection import LoadAnswer, LoadConnectionLost
from dsqltui.core.storm.pending import Pending

_GOOD = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY})
_OPEN = frozenset({pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR})
_MOST_ROWS = 10_000
"""Rows of an answer that are looked at."""
_DONE = LoadAnswer(None)


class PgLoadConnection:
    """Implements `core.storm.connection.LoadConnection`. Belongs to the loop on which it was opened."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection  # closes the socket when it is collected
        self._pgconn = connection.pgconn
        self._loop = asyncio.get_running_loop()
        self._socket = self._pgconn.socket
        self._waiting: Pending[LoadAnswer] | None = None
        self._answer = _DONE
        self._wants_rows = False
        self._is_closed = False
        self._poller = LoadPoller.of_this_loop()
        self._poller.add(self._socket, self._readable)

    @classmethod
    async def opened(cls, endpoint: Endpoint, user: str, tokens: TokenSource) -> "PgLoadConnection":
        """A new connection with a fresh token. Raises ConnectFailed."""
        return cls(await open_connection(endpoint, user, tokens, verified_tls))

    @property
    def is_in_transaction(self) -> bool:
        """See LoadConnection."""
        return self._pgconn.transaction_status in _OPEN

    def ask(self, statement: bytes, *, wants_rows: bool = False) -> Pending[LoadAnswer]:
        """See LoadConnection."""
        if self._is_closed:
            raise LoadConnectionLost("the connection is closed")
        self._wants_rows = wants_rows
        self._answer = _DONE
        waiting: Pending[LoadAnswer] = Pending()  # called by its plain name, which is quicker
        self._waiting = waiting
        try:
            self._pgconn.send_query(statement)
            if self._pgconn.flush():
                self._loop.add_writer(self._socket, self._writable)
        except psycopg.Error as error:
            self._end(first_line(error))
        return waiting

    def close(self) -> None:
        """See LoadConnection."""
        self._end("the connection was closed")

    def _writable(self) -> None:
        try:
            if not self._pgconn.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.Error as error:
            self._end(first_line(error))

    def _readable(self) -> None:
        if self._is_closed:  # by what another socket's answer led to
            return
        pgconn = self._pgconn
        try:
            pgconn.consume_input()
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    break
                if result.status not in _GOOD:
                    self._fail(result)
                elif self._wants_rows and result.ntuples:
                    self._answer = self._answer._replace(columns=_names(result), rows=_rows(result))
            else:
                return
        except psycopg.Error as error:
            self._end(first_line(error))
            return
        if pgconn.status == pq.ConnStatus.BAD:
            self._end(self._answer.error.message if self._answer.error else "the server closed the connection")
            return
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.succeed(self._answer)

    def _fail(self, result: pq.abc.PGresult) -> None:
        diagnostic = psycopg.errors.Diagnostic(result)
        if diagnostic.sqlstate is None:  # libpq's own words: the connection broke, or a COPY wants data
            raise psycopg.OperationalError(result.get_error_message() or f"unexpected answer {result.status}")
        self._answer = LoadAnswer(server_error(diagnostic))

    def _end(self, reason: str) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._poller.remove(self._socket)
        self._loop.remove_writer(self._socket)
        self._pgconn.finish()
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.fail(LoadConnectionLost(reason))


def _names(result: pq.abc.PGresult) -> tuple[str, ...]:
    return tuple((result.fname(at) or b"").decode("utf-8", "replace") for at in range(result.nfields))


def _rows(result: pq.abc.PGresult) -> tuple[Row, ...]:
    columns = range(result.nfields)
    return tuple(
        tuple(None if (v := result.get_value(row, at)) is None else v.decode("utf-8", "replace") for at in columns)
        for row in range(min(result.ntuples, _MOST_ROWS))
    )
