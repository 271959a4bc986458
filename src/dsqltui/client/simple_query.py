"""One statement over PostgreSQL's simple query protocol (extended when it has parameters), read page by page.

The simple protocol is what psql uses: one message there, every value back in the server's own text, and no prepared
statement to go stale. psycopg's cursors use the extended one, so libpq is driven here directly, by generators in
psycopg's manner: they yield what they wait for and know no event loop.

libpq's chunked rows mode (libpq 17) bounds memory: it hands over a chunk at a time, and while nobody asks for the next
one the socket is not read and the server waits.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import psycopg
from psycopg import generators, pq, waiting
from psycopg.abc import PQGen
from psycopg.adapt import AdaptersMap, Transformer
from psycopg.errors import Diagnostic
from psycopg.pq.abc import PGconn, PGresult
from psycopg.types.string import TextLoader

from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Row

_CHUNK_ROWS = 200
_COPY_PIECE_BYTES = 64 * 1024
_TEXT_OID = 25
_NO_COPY_DATA = b"no data came with the statement; put the rows after it, and a line with \\. at their end"


class SimpleQuery:
    """A statement on the wire, from its sending to the server's ReadyForQuery.

    `send` once, then `read` or `discard`. Their generators may be dropped wherever they wait and be asked for again;
    nothing is lost. They raise psycopg.Error when the connection broke.

    For a text of several statements the last result counts, and an error wins.
    """

    def __init__(
        self,
        pgconn: PGconn,
        statement: bytes,
        copy_data: bytes | None = None,
        *,
        parameters: Sequence[bytes | None] | None = None,
        are_texts: bool = True,
        is_streaming: bool = False,
    ) -> None:
        """`are_texts`: the parameters are of type text; else the server finds their types.

        With `is_streaming`, COPY data is given and taken by `feed`, `end_feed` and `fetch_copied`.
        """
        self.columns: tuple[Column, ...] | None = None
        """None while the statement has not returned rows."""
        self.tag = ""
        """Command tag, once the server sent it."""
        self.error: ServerError | None = None
        self.is_over = False
        """Whether the server said ReadyForQuery: the connection is free for the next statement."""
        self._pgconn = pgconn
        self._statement = statement
        self._copy_data = copy_data
        self._held: deque[Row] = deque()
        self._is_discarding = False
        self._is_result_complete = True
        self._is_page_taken = False
        self._is_past_result = False
        """Whether results follow the one of which rows were taken; they are not shown."""
        self._parameters = parameters
        self._is_text = are_texts
        self._is_streaming = is_streaming
        self._copied_bytes: int | None = None
        """How much of the COPY data the server was sent; None while it does not ask for any."""
        self._is_copying_out = False

    def send(self, page_rows: int) -> None:
        """Hand the statement to libpq, which sends at once what the socket takes. Raises psycopg.Error: not sent."""
        if self._parameters is None:
            self._pgconn.send_query(self._statement)
        else:
            types = [_TEXT_OID] * len(self._parameters) if self._is_text else None
            self._pgconn.send_query_params(self._statement, self._parameters, param_types=types)
        self._pgconn.set_chunked_rows_mode(min(_CHUNK_ROWS, page_rows + 1))

    def read(self, row_count: int | None) -> PQGen[None]:
        """Read until more than `row_count` rows are held or the server is done; None: until it is done."""
        while not self.is_over and (row_count is None or len(self._held) <= row_count):
            yield from self._advance()

    def discard(self) -> PQGen[None]:
        """Read to the end and keep no row; COPY data not sent yet is not sent, and the COPY fails."""
        self._is_discarding = True
        self._held.clear()
        self._copy_data = None
        while not self.is_over:
            yield from self._advance()

    @property
    def is_fed(self) -> bool:
        """Whether the server waits for COPY data."""
        return self._copied_bytes is not None

    @property
    def is_copying_out(self) -> bool:
        """Whether COPY data is on its way here."""
        return self._is_copying_out

    def read_up_to_copy(self) -> PQGen[None]:
        """Read until COPY data may flow, or to the end when there is none."""
        while not self.is_over and not self.is_fed and not self._is_copying_out:
            yield from self._advance()

    def feed(self, piece: bytes) -> PQGen[None]:
        """Send some COPY data."""
        while self._pgconn.put_copy_data(piece) == 0:
            yield waiting.Wait.W
        yield from generators.send(self._pgconn)

    def end_feed(self, error: bytes | None = None) -> PQGen[None]:
        """Say that this was all, or with `error` that the COPY is to fail."""
        while self._pgconn.put_copy_end(error) == 0:
            yield waiting.Wait.W
        self._copied_bytes = None
        yield from generators.send(self._pgconn)

    def fetch_copied(self, most_bytes: int) -> PQGen[bytes]:
        """Some rows that COPY sent, about `most_bytes` of them, fewer when the server pauses; empty at the end."""
        pieces: list[bytes] = []
        held = 0
        while self._is_copying_out and held < most_bytes:
            size, data = self._pgconn.get_copy_data(1)
            if size > 0:
                pieces.append(bytes(data))
                held += size
            elif size < 0:
                self._is_copying_out = False
            elif (yield waiting.Wait.R):
                self._pgconn.consume_input()
            elif pieces:
                break
        return b"".join(pieces)

    def take(self, row_count: int) -> tuple[Row, ...]:
        """The next held rows, at most `row_count`."""
        self._is_page_taken = True
        page = tuple(islice(self._held, row_count))
        self._held = deque(islice(self._held, row_count, None))  # few are left: less than a chunk, or a writing result
        return page

    @property
    def has_more(self) -> bool:
        """Whether rows are left: held here, or not yet read."""
        return bool(self._held) or not self.is_over

    def _advance(self) -> PQGen[None]:
        if self._copied_bytes is not None:
            yield from self._send_copy_piece(self._copied_bytes)
        elif self._is_copying_out:
            yield from self._read_copy_row()
        else:
            yield from generators.send(self._pgconn)
            result = yield from generators.fetch(self._pgconn)
            if result is None:
                self.is_over = True
            else:
                self._accept(result)

    def _accept(self, result: PGresult) -> None:
        match result.status:
            case pq.ExecStatus.TUPLES_CHUNK:
                if self._is_result_complete:
                    self._begin_result(_columns(result))
                self._keep(_rows(result))
                self._learn_tag(result)  # libpq puts the tag on the last chunk, unless that is full
            case pq.ExecStatus.TUPLES_OK:
                self._begin_result(_columns(result))
                self._keep(_rows(result))
                self._learn_tag(result)
                self._is_result_complete = True
            case pq.ExecStatus.COPY_OUT:
                self._begin_result(None if self._is_streaming else (Column("copy", _TEXT_OID),))
                self._is_copying_out = True
            case pq.ExecStatus.COPY_IN:
                self._copied_bytes = 0
            case pq.ExecStatus.COMMAND_OK | pq.ExecStatus.EMPTY_QUERY:
                if self._is_result_complete:  # else it ends a COPY TO STDOUT, whose rows it leaves
                    self._begin_result(None)
                self._learn_tag(result)
                self._is_result_complete = True
            case _:
                diagnostic = Diagnostic(result)
                if diagnostic.sqlstate is None:  # libpq's own words: the connection broke
                    raise psycopg.OperationalError(result.get_error_message())
                self.error = server_error(diagnostic)

    def _begin_result(self, columns: tuple[Column, ...] | None) -> None:
        """Forget the result before, unless this continues it or rows of it were handed out."""
        if not self._is_result_complete:
            return
        self._is_result_complete = False
        if self._is_page_taken:
            self._is_past_result = True
            return
        self.columns = columns
        self.tag = ""
        self._held.clear()

    def _learn_tag(self, result: PGresult) -> None:
        if result.command_status and not self._is_past_result:
            self.tag = result.command_status.decode("utf-8", "replace")

    def _keep(self, rows: Iterable[Row]) -> None:
        if not self._is_discarding and not self._is_past_result:
            self._held.extend(rows)

    def _send_copy_piece(self, start: int) -> PQGen[None]:
        """Send what follows of the COPY data, then its end; or that there is none, which fails the COPY."""
        piece = (self._copy_data or b"")[start : start + _COPY_PIECE_BYTES]
        if piece:
            while self._pgconn.put_copy_data(piece) == 0:
                yield waiting.Wait.W
            self._copied_bytes = start + len(piece)
            yield from generators.send(self._pgconn)
            return
        while self._pgconn.put_copy_end(_NO_COPY_DATA if self._copy_data is None else None) == 0:
            yield waiting.Wait.W
        self._copied_bytes = None
        self._copy_data = None

    def _read_copy_row(self) -> PQGen[None]:
        size, data = self._pgconn.get_copy_data(1)
        while size == 0:
            yield waiting.Wait.R
            self._pgconn.consume_input()
            size, data = self._pgconn.get_copy_data(1)
        if size < 0:
            self._is_copying_out = False
        elif not self._is_discarding:
            self._keep(iter([(bytes(data).decode("utf-8", "replace").removesuffix("\n"),)]))


def server_error(diagnostic: Diagnostic) -> ServerError:
    """An ErrorResponse or a fatal NoticeResponse as a value."""
    position = diagnostic.statement_position
    return ServerError(
        sqlstate=diagnostic.sqlstate or "XX000",
        message=diagnostic.message_primary or "the server gave no message",
        severity=severity_of(diagnostic),
        detail=diagnostic.message_detail,
        hint=diagnostic.message_hint,
        position=int(position) if position and position.isdecimal() else None,
        context=diagnostic.context,
    )


def severity_of(diagnostic: Diagnostic) -> str:
    """The severity in English, whatever the server's language."""
    return diagnostic.severity_nonlocalized or diagnostic.severity or "ERROR"


def _columns(result: PGresult) -> tuple[Column, ...]:
    names = ((result.fname(index) or b"").decode("utf-8", "replace") for index in range(result.nfields))
    return tuple(Column(name, result.ftype(index)) for index, name in enumerate(names))


class _AsText:
    """An adaptation context in which every type is loaded as the server's own text, whatever psycopg knows of it."""

    connection = None

    def __init__(self) -> None:
        self.adapters = AdaptersMap()
        self.adapters.register_loader(0, TextLoader)


_AS_TEXT = _AsText()


def _rows(result: PGresult) -> Sequence[Row]:
    """All rows, read by psycopg's C code, five times as fast as cell by cell."""
    loading = Transformer(_AS_TEXT)
    loading.set_pgresult(result, set_loaders=True)
    try:
        return loading.load_rows(0, result.ntuples, tuple)
    except UnicodeDecodeError:
        return tuple(_rows_by_cell(result))


def _rows_by_cell(result: PGresult) -> Iterator[Row]:
    """The rows of a server that sends what is no UTF-8, bad bytes replaced."""
    value, columns = result.get_value, range(result.nfields)
    for row in range(result.ntuples):
        cells = (value(row, column) for column in columns)
        yield tuple(None if cell is None else cell.decode("utf-8", "replace") for cell in cells)
