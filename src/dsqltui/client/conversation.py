"""One session that sends statements in either form of the protocol and takes an answer for a value."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

import psycopg
from psycopg import generators, pq
from psycopg.abc import PQGen
from psycopg.errors import Diagnostic
from psycopg.pq.abc import PGconn, PGresult

from dsqltui.client.connecting import Connection, first_line

_DEADLINE_S = 60.0

SUCCESS = "00000"
NO_ANSWER = "-----"
"""Instead of an SQLSTATE: the connection ended, or the deadline passed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gives, or is expected to give."""

    sqlstate: str
    """SUCCESS unless the statement was refused; NO_ANSWER when nothing came back."""
    text: str = ""
    """The error's message, or the command tag. Expected and empty: any."""
    detail: str = ""
    """The error's DETAIL. Expected and empty: any."""
    value: str | None = None
    """The only value of the only row. Expected and None: any."""

    @property
    def shown(self) -> str:
        """Everything in one piece of text."""
        value = "" if self.value is None else f"= {self.value}"
        detail = f"({self.detail})" if self.detail else ""
        return " ".join(filter(None, (self.sqlstate, self.text, value, detail)))

    def is_met_by(self, got: "Answer") -> bool:
        """Whether `got` is what is expected."""
        return (
            self.sqlstate == got.sqlstate
            and self.text in ("", got.text)
            and self.detail in ("", got.detail)
            and self.value in (None, got.value)
        )


class Form(Enum):
    """How a statement travels."""

    SIMPLE = "simple"
    """A Query message."""
    EXTENDED = "extended"
    """Parse, Bind, Describe, Execute, Sync with the unnamed statement."""


class Conversation:
    """A session that is opened when it is needed, and again after it was lost.

    `connect` opens a connection or raises ConnectFailed; `prelude`, if there is one, is run first on each.
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self.prelude = ""

    async def ask(
        self, sql: str, form: Form = Form.SIMPLE, *, copy_data: str | None = None, deadline_s: float = _DEADLINE_S
    ) -> Answer:
        """The answer to one statement. Raises ConnectFailed when there was no session and none could be opened."""
        connection = self._connection
        if connection is None:
            connection = self._connection = await self._connect()
            if self.prelude:
                await self.ask(self.prelude)
        try:
            async with asyncio.timeout(deadline_s):
                results = await connection.wait(_exchange(connection.pgconn, sql.encode(), form, copy_data))
        except TimeoutError:
            await self.close()
            return Answer(NO_ANSWER, f"no answer within {deadline_s:g} s")
        except psycopg.Error as error:
            await self.close()
            return Answer(NO_ANSWER, f"the connection ended: {first_line(error)}")
        return _answer(results)

    async def settle(self) -> None:
        """End the transaction that is open, if one is."""
        connection = self._connection
        if connection is not None and connection.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            await self.ask("ROLLBACK")

    async def close(self) -> None:
        """End the session; the next statement opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def _answer(results: list[PGresult]) -> Answer:
    """The first error, or the last result."""
    for result in results:
        if result.status == pq.ExecStatus.FATAL_ERROR:
            error = Diagnostic(result)
            text = error.message_primary or "the server gave no message"
            return Answer(error.sqlstate or NO_ANSWER, text, error.message_detail or "")
    last = results[-1]
    value = last.get_value(0, 0) if (last.ntuples, last.nfields) == (1, 1) else None
    return Answer(
        SUCCESS,
        (last.command_status or b"").decode(),
        value=None if value is None else value.decode("utf-8", "replace"),
    )


def _exchange(pgconn: PGconn, sql: bytes, form: Form, copy_data: str | None) -> PQGen[list[PGresult]]:
    """Send a statement, and its COPY data if it wants some, and read to the end of the answer."""
    if form is Form.SIMPLE:
        pgconn.send_query(sql)
    else:
        pgconn.send_query_params(sql, None)
    results: list[PGresult] = yield from generators.execute(pgconn)
    if results[-1].status == pq.ExecStatus.COPY_IN:
        yield from generators.copy_to(pgconn, (copy_data or "").encode())
        pgconn.put_copy_end(None)
        results = yield from generators.execute(pgconn)
    return results
