"""The PostgreSQL v3 wire protocol: frames in, messages out. No socket of its own, no session state.

Source of the formats: PostgreSQL 16 documentation, chapter "Frontend/Backend Protocol".
"""

import asyncio
import struct
from collections.abc import Iterable, Mapping, Sequence

SSL_REQUEST = 80877103
GSS_REQUEST = 80877104
CANCEL_REQUEST = 80877102
PROTOCOL_3 = 196608

TEXT_OID = 25

_INT32 = struct.Struct("!i")
_UINT32 = struct.Struct("!I")
_INT16 = struct.Struct("!h")
_FIELD = struct.Struct("!IhIhih")


class ProtocolViolation(Exception):
    """The other side sent something that is no message."""


class PgError(Exception):
    """An ErrorResponse, ours or PostgreSQL's. `fields` uses the protocol's one-letter codes."""

    def __init__(self, sqlstate: str, message: str, *, severity: str = "ERROR", **fields: str) -> None:
        super().__init__(f"{sqlstate}: {message}")
        self.sqlstate = sqlstate
        self.message = message
        self.fields = {"S": severity, "V": severity, "C": sqlstate, "M": message, **fields}

    @classmethod
    def from_body(cls, body: bytes) -> "PgError":
        """The error of an 'E' message body."""
        fields = {part[:1].decode(): part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
        error = cls(fields.get("C", "XX000"), fields.get("M", ""))
        error.fields = fields
        return error

    def frame(self) -> bytes:
        """The ErrorResponse message."""
        return message(b"E", b"".join(k.encode() + cstring(v) for k, v in self.fields.items()) + b"\0")


def message(kind: bytes, body: bytes = b"") -> bytes:
    """A typed message."""
    return kind + _UINT32.pack(len(body) + 4) + body


def decode(data: bytes) -> str:
    """Bytes of a client as text, so that `cstring` gives the same bytes back whatever they are."""
    return data.decode("utf-8", "surrogateescape")


def cstring(text: str) -> bytes:
    """Text with its terminating zero."""
    return text.encode("utf-8", "surrogateescape") + b"\0"


def query(sql: str) -> bytes:
    """A simple Query."""
    return message(b"Q", cstring(sql))


def ready_for_query(status: bytes) -> bytes:
    return message(b"Z", status)


def command_complete(tag: str) -> bytes:
    return message(b"C", cstring(tag))


def parameter_status(name: str, value: str) -> bytes:
    return message(b"S", cstring(name) + cstring(value))


def authentication(code: int) -> bytes:
    """0: ok; 3: cleartext password wanted."""
    return message(b"R", _UINT32.pack(code))


def notice(severity: str, sqlstate: str, text: str) -> bytes:
    return b"N" + PgError(sqlstate, text, severity=severity).frame()[1:]


def row_description(columns: Iterable[tuple[str, int]]) -> bytes:
    """RowDescription for (name, type oid) pairs in text format."""
    described = [cstring(name) + _FIELD.pack(0, 0, oid, -1, -1, 0) for name, oid in columns]
    return message(b"T", _INT16.pack(len(described)) + b"".join(described))


def data_row(values: Sequence[str | None]) -> bytes:
    """DataRow in text format."""
    parts = [_INT16.pack(len(values))]
    for value in values:
        encoded = b"" if value is None else value.encode()
        parts.append(_INT32.pack(-1 if value is None else len(encoded)) + encoded)
    return message(b"D", b"".join(parts))


def row_values(body: bytes) -> tuple[str | None, ...]:
    """The values of a DataRow body in text format."""
    values: list[str | None] = []
    position = 2
    for _ in range(_INT16.unpack_from(body)[0]):
        length = _INT32.unpack_from(body, position)[0]
        position += 4
        if length < 0:
            values.append(None)
        else:
            values.append(body[position : position + length].decode())
            position += length
    return tuple(values)


def data_row_values(frame: bytes, position: int) -> Iterable[str | None]:
    """The values of a DataRow from this position to its end, in text format."""
    while position < len(frame):
        length = _INT32.unpack_from(frame, position)[0]
        position += 4
        yield None if length < 0 else frame[position : position + length].decode()
        position += max(0, length)


def startup(parameters: dict[str, str]) -> bytes:
    """A StartupMessage."""
    body = b"".join(cstring(k) + cstring(v) for k, v in parameters.items()) + b"\0"
    return struct.pack("!II", len(body) + 8, PROTOCOL_3) + body


def startup_parameters(body: bytes) -> dict[str, str]:
    """The parameters of a StartupMessage body. Raises ProtocolViolation."""
    parts = body.split(b"\0")
    if len(parts) < 2 or parts[-1] or parts[-2] or len(parts) % 2:
        raise ProtocolViolation("malformed startup packet")
    try:
        texts = [part.decode() for part in parts[:-2]]
    except UnicodeDecodeError as error:
        raise ProtocolViolation("startup packet is not UTF-8") from error
    return dict(zip(texts[::2], texts[1::2], strict=True))


class Frames:
    """Whole messages out of a byte stream, without copying row by row: a relay hops over the headers only."""

    def __init__(self, reader: asyncio.StreamReader, *, chunk: int = 1 << 18, max_length: int = 1 << 30) -> None:
        self._reader = reader
        self._chunk = chunk
        self._max_length = max_length
        self._buffer = b""
        self._position = 0

    async def _more(self) -> None:
        data = await self._reader.read(self._chunk)
        if not data:
            raise ConnectionResetError("the other side closed the connection")
        rest = self._buffer[self._position :]
        self._buffer = rest + data if rest else data
        self._position = 0

    async def _exactly(self, size: int) -> bytes:
        try:
            return await self._reader.readexactly(size)
        except asyncio.IncompleteReadError:
            raise ConnectionResetError("the other side closed the connection in a message") from None

    def _length_at(self, position: int) -> int:
        length = int.from_bytes(self._buffer[position + 1 : position + 5], "big")
        if not 4 <= length <= self._max_length:
            raise ProtocolViolation("invalid message length")
        return length

    @property
    def has_more(self) -> bool:
        """Whether part of a message is here already."""
        return self._position < len(self._buffer)

    async def one(self) -> tuple[bytes, bytes]:
        """The next message: its type byte and its body. Raises ConnectionResetError at the end of the stream."""
        while True:
            start = self._position
            left = len(self._buffer) - start
            if left >= 5:
                size = self._length_at(start) + 1
                if left >= size:
                    self._position = start + size
                    return self._buffer[start : start + 1], self._buffer[start + 5 : start + size]
                if left + self._chunk < size:  # a big message: collect it in one go, not quadratically
                    rest = await self._exactly(size - left)
                    self._buffer = self._buffer[start:] + rest
                    self._position = 0
                    continue
            await self._more()

    async def run(self, stop: bytes) -> bytes:
        """The whole messages here, up to the first whose type is in `stop`; empty when such a message is next."""
        while True:
            buffer, start, end = self._buffer, self._position, len(self._buffer)
            position = start
            while end - position >= 5 and buffer[position] not in stop:
                following = position + 1 + int.from_bytes(buffer[position + 1 : position + 5], "big")
                if following > end:
                    break
                position = following
            self._position = position
            if position > start:
                return buffer[start:position]
            if end - position >= 5:
                if buffer[position] in stop:
                    return b""
                size = self._length_at(position) + 1
                if end - position + self._chunk < size:
                    rest = await self._exactly(size - (end - position))
                    self._buffer = buffer[position:] + rest
                    self._position = 0
                    continue
            await self._more()


def with_table_oids(description: bytes, oids: Mapping[int, int]) -> bytes:
    """A RowDescription body with other oids for the tables that columns come from."""
    out = bytearray(description)
    place = 2
    for _ in range(int.from_bytes(description[:2], "big")):
        place = description.index(b"\0", place) + 1
        table = int.from_bytes(description[place : place + 4], "big")
        out[place : place + 4] = oids.get(table, table).to_bytes(4, "big")
        place += 18
    return bytes(out)
