"""One client session that runs statements as the simple, the extended or the prepared form of the protocol.

libpq does the talking; nothing here blocks longer than a deadline, so that a statement which waits for somebody else's
lock fails its test instead of hanging it.
"""

import select
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import psycopg
from psycopg import pq
from psycopg.pq.abc import PGresult

DEADLINE_S = 20.0
"""Far more than any statement of the tests needs on a loaded machine; a lock would be held for ever."""

Row = tuple[str | None, ...]


class Form(Enum):
    """How a statement travels."""

    SIMPLE = "simple"
    EXTENDED = "extended"
    """Parse, Bind, Describe, Execute with the unnamed statement, in one go."""
    PREPARED = "prepared"
    """A named statement, parsed once per text and executed again and again."""


class NothingCame(AssertionError):
    """A statement did not return before the deadline: it waits for somebody."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one statement: a tag and rows, or an error."""

    tag: str = ""
    rows: tuple[Row, ...] = ()
    sqlstate: str | None = None
    message: str = ""
    hint: str = ""
    position: int | None = None
    """1-based, in characters of the statement's text."""
    schema: str | None = None
    table: str | None = None

    @property
    def says(self) -> str:
        """The SQLSTATE of an error, else the command tag."""
        return self.sqlstate or self.tag

    @property
    def value(self) -> str | None:
        """The only value of the only row."""
        ((value,),) = self.rows
        return value


class Client:
    """A session in one form. `start` sends a statement and does not wait; `finish` takes its answer."""

    def __init__(self, connection: "psycopg.Connection[Any]", form: Form) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self.form = form
        self._prepared: dict[str, bytes] = {}
        self._refused: Answer | None = None
        """A statement that was refused when it was prepared: that is its answer."""
        self.notices: list[str] = []
        connection.add_notice_handler(lambda diagnostic: self.notices.append(diagnostic.message_primary or ""))

    def close(self) -> None:
        self._connection.close()

    @property
    def status(self) -> str:
        """The session's state as the server's ReadyForQuery said it."""
        return pq.TransactionStatus(self._libpq.transaction_status).name

    def run(self, sql: str, *parameters: str | None, form: Form | None = None) -> Answer:
        """Run a statement, if wanted in another form, and wait for its answer. Raises NothingCame."""
        self.start(sql, *parameters, form=form)
        return self.finish()

    def expect(self, sql: str, tag: str) -> Answer:
        """Run a statement that must end with this command tag."""
        answer = self.run(sql)
        assert answer.says == tag, f"{sql!r} gave {answer}"
        return answer

    def rows(self, sql: str) -> tuple[Row, ...]:
        """The rows of a statement that must succeed."""
        answer = self.run(sql)
        assert answer.sqlstate is None, f"{sql!r} gave {answer}"
        return answer.rows

    def start(self, sql: str, *parameters: str | None, form: Form | None = None) -> None:
        """Send a statement. Its parameters, if any, are $1, $2, ... in text."""
        data = sql.encode()
        values: Sequence[bytes | None] | None = [p if p is None else p.encode() for p in parameters] or None
        form = form or self.form
        if form is Form.SIMPLE:
            assert values is None, "the simple form has no parameters"
            self._libpq.send_query(data)
        elif form is Form.EXTENDED:
            self._libpq.send_query_params(data, values)
        else:
            name = self._prepared.get(sql)
            if name is None:
                name = b"s%d" % len(self._prepared)
                self._libpq.send_prepare(name, data)
                answer = self.finish()
                if answer.sqlstate is not None:
                    self._refused = answer
                    return
                self._prepared[sql] = name
            self._libpq.send_query_prepared(name, values)
        self._flush()

    def finish(self, deadline_s: float = DEADLINE_S) -> Answer:
        """The answer of the statement sent last; the first error or the last result of a string of statements."""
        if self._refused is not None:
            refused, self._refused = self._refused, None
            return refused
        ends = time.monotonic() + deadline_s
        answer = Answer()
        while True:
            while self._libpq.is_busy():
                if not select.select([self._libpq.socket], [], [], max(0.0, ends - time.monotonic()))[0]:
                    raise NothingCame(f"no answer within {deadline_s} s")
                self._libpq.consume_input()
            result = self._libpq.get_result()
            if result is None:
                return answer
            if answer.sqlstate is None:
                answer = _answer(result)
            if result.status in (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT):
                return answer

    def copy_in(self, sql: str, data: bytes) -> Answer:
        """COPY ... FROM STDIN with this data."""
        self.start(sql)
        began = self.finish()
        if began.sqlstate is not None:
            return began
        self.put_copy_data(data)
        return self.end_copy()

    def put_copy_data(self, data: bytes) -> None:
        self._libpq.put_copy_data(data)
        self._flush()

    def end_copy(self, error: str | None = None) -> Answer:
        """End a COPY FROM STDIN, or make it fail."""
        self._libpq.put_copy_end(None if error is None else error.encode())
        self._flush()
        return self.finish()

    def _flush(self) -> None:
        while self._libpq.flush():
            select.select([], [self._libpq.socket], [], DEADLINE_S)
            self._libpq.consume_input()


def _answer(result: "PGresult") -> Answer:
    if result.status == pq.ExecStatus.FATAL_ERROR:
        position = _field(result, pq.DiagnosticField.STATEMENT_POSITION)
        return Answer(
            sqlstate=_field(result, pq.DiagnosticField.SQLSTATE) or "no SQLSTATE",
            message=_field(result, pq.DiagnosticField.MESSAGE_PRIMARY) or (result.error_message or b"").decode(),
            hint=_field(result, pq.DiagnosticField.MESSAGE_HINT) or "",
            position=int(position) if position else None,
            schema=_field(result, pq.DiagnosticField.SCHEMA_NAME),
            table=_field(result, pq.DiagnosticField.TABLE_NAME),
        )
    rows = tuple(
        tuple(_text(result.get_value(row, column)) for column in range(result.nfields)) for row in range(result.ntuples)
    )
    return Answer(tag=(result.command_status or b"").decode(), rows=rows)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _field(result: "PGresult", field: pq.DiagnosticField) -> str | None:
    return _text(result.error_field(field))
