"""A client of the wire protocol that sends what it is told, right or wrong, and shows every message that comes back."""

import socket
import ssl
import struct
from types import TracebackType
from typing import Any, Self

SSL_REQUEST = struct.pack("!II", 8, 80877103)
GSS_REQUEST = struct.pack("!II", 8, 80877104)
DEADLINE_S = 20.0

Message = tuple[str, bytes]
"""The type letter and the body."""


def message(kind: str, body: bytes = b"") -> bytes:
    return kind.encode() + struct.pack("!I", len(body) + 4) + body


def query(sql: str) -> bytes:
    return message("Q", sql.encode() + b"\0")


def parse(sql: str, name: str = "") -> bytes:
    return message("P", f"{name}\0{sql}\0".encode() + b"\0\0")


def bind(*values: str, name: str = "", portal: str = "") -> bytes:
    """Bind text parameters; text results."""
    encoded = [value.encode() for value in values]
    data = b"".join(struct.pack("!i", len(value)) + value for value in encoded)
    return message("B", f"{portal}\0{name}\0".encode() + struct.pack("!hh", 0, len(values)) + data + b"\0\0")


def describe_statement(name: str = "") -> bytes:
    return message("D", b"S" + name.encode() + b"\0")


def describe_portal(name: str = "") -> bytes:
    return message("D", b"P" + name.encode() + b"\0")


def execute(portal: str = "", max_rows: int = 0) -> bytes:
    return message("E", portal.encode() + b"\0" + struct.pack("!I", max_rows))


def close_statement(name: str) -> bytes:
    return message("C", b"S" + name.encode() + b"\0")


def sync() -> bytes:
    return message("S")


def flush() -> bytes:
    return message("H")


def startup(**parameters: str) -> bytes:
    body = b"".join(f"{k}\0{v}\0".encode() for k, v in parameters.items()) + b"\0"
    return struct.pack("!II", len(body) + 8, 196608) + body


def error_fields(body: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse or NoticeResponse by their letters: C is the SQLSTATE, M the message."""
    return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}


def row(body: bytes) -> tuple[str | None, ...]:
    """The values of a DataRow in text."""
    (count,) = struct.unpack_from("!h", body)
    values: list[str | None] = []
    position = 2
    for _ in range(count):
        (length,) = struct.unpack_from("!i", body, position)
        position += 4
        values.append(None if length < 0 else body[position : position + length].decode())
        position += max(length, 0)
    return tuple(values)


def brief(messages: list[Message]) -> str:
    """The types in order, e.g. "1 2 D C Z"; an error with its SQLSTATE, ReadyForQuery with its status."""
    shown = []
    for kind, body in messages:
        if kind == "E":
            shown.append(f"E:{error_fields(body)['C']}")
        elif kind == "C":
            shown.append(f"C:{body[:-1].decode()}")
        elif kind == "Z":
            shown.append(f"Z:{body.decode()}")
        else:
            shown.append(kind)
    return " ".join(shown)


class Closed(Exception):
    """The server closed the connection."""


class RawClient:
    """A socket to an endpoint. Plain until `start_tls`."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        """`parameters` are libpq's, as RunningSimulator.parameters gives them."""
        self._parameters = parameters
        self._socket = socket.create_connection((parameters["hostaddr"], parameters["port"]), DEADLINE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.key = b""
        """Process id and secret key for a CancelRequest."""
        self.settings: dict[str, str] = {}
        """What ParameterStatus messages said."""

    @classmethod
    def logged_in(cls, parameters: dict[str, Any], *, direct: bool = False, application_name: str = "raw") -> Self:
        """A session that is ready for queries."""
        client = cls(parameters)
        if direct:
            client.start_tls(alpn=("postgresql",))
        else:
            client.ask_for_tls()
            client.start_tls()
        client.send(startup(user=parameters["user"], database=parameters["dbname"], application_name=application_name))
        assert client.receive() == ("R", struct.pack("!I", 3))
        client.send(message("p", parameters["password"].encode() + b"\0"))
        client.until_ready()
        return client

    def ask_for_tls(self) -> None:
        self.send(SSL_REQUEST)
        assert self.byte() == b"S"

    def start_tls(self, alpn: tuple[str, ...] = ()) -> None:
        context = ssl.create_default_context(cafile=self._parameters["sslrootcert"])
        if alpn:
            context.set_alpn_protocols(list(alpn))
        self._socket = context.wrap_socket(self._socket, server_hostname=self._parameters["host"])

    @property
    def alpn(self) -> str | None:
        """The application protocol that the handshake agreed on."""
        assert isinstance(self._socket, ssl.SSLSocket)
        return self._socket.selected_alpn_protocol()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def byte(self) -> bytes:
        return self._take(1)

    def receive(self) -> Message:
        """The next message. Raises Closed, TimeoutError."""
        head = self._take(5)
        return head[:1].decode("latin-1"), self._take(int.from_bytes(head[1:], "big") - 4)

    def until_ready(self) -> list[Message]:
        """Messages up to ReadyForQuery."""
        return self.until("Z")

    def until(self, last: str) -> list[Message]:
        """Messages up to the first of that type."""
        messages: list[Message] = []
        while not messages or messages[-1][0] != last:
            messages.append(self.receive())
            kind, body = messages[-1]
            if kind == "S":
                name, value, _ = body.split(b"\0")
                self.settings[name.decode()] = value.decode()
            elif kind == "K":
                self.key = body
        return messages

    def ask(self, data: bytes) -> list[Message]:
        """Send, and return what comes up to ReadyForQuery."""
        self.send(data)
        return self.until_ready()

    def until_closed(self) -> list[Message]:
        """Messages until the server closes the connection."""
        messages: list[Message] = []
        while True:
            try:
                messages.append(self.receive())
            except Closed:
                return messages

    def vanish(self) -> None:
        """Close the connection without a word, as a killed client does."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            try:
                data = self._socket.recv(65536)
            except (ConnectionResetError, BrokenPipeError, ssl.SSLError) as error:
                raise Closed from error
            if not data:
                raise Closed
            self._buffer += data
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken
