"""The little HTTP/1.1 that AWS's SDKs speak, on 127.0.0.1: requests in, responses out, connections kept alive.

h11 reads and writes the protocol; what stands here are the sizes and times we allow, and which of its requests we take.
Nothing here knows AWS; a request that is not HTTP is answered here and its connection is closed.
"""

import asyncio
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus

import h11

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 1024 * 1024
REQUEST_TIMEOUT_S = 60.0
"""Seconds a connection may take to send its next request, idle time included."""

READ_BYTES = 64 * 1024

_METHOD = re.compile(rb"[A-Z]{1,16}")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ONCE = {"authorization", "content-length", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request as it arrived; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """The target without its query, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the question mark, still percent-encoded."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response; its length and its request id are written as headers."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


Handler = Callable[[HttpRequest], Awaitable[Response]]
"""Answers one request; raises nothing."""


def reached_at(address: str) -> str:
    """Where clients of this machine reach what listens at the address, as in a URL."""
    if address in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{address}]" if ":" in address else address


class HttpServer:
    """A listener that hands every request to one handler. It belongs to the event loop that started it."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._port = 0
        self._address = ""
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens. Raises RuntimeError when not started."""
        if self._server is None:
            raise RuntimeError("the AWS endpoint has no address: it is not started")
        return f"http://{reached_at(self._address)}:{self._port}"

    async def start(self, port: int = 0, address: str = "127.0.0.1") -> int:
        """Listen and return the port; 0 takes a free one. Raises OSError when the port is taken."""
        if self._server is not None:
            raise RuntimeError("the AWS endpoint is started already")
        self._server = await asyncio.start_server(self._serve, address, port, limit=MAX_HEAD_BYTES)
        self._address = address
        self._port = self._server.sockets[0].getsockname()[1]
        return self._port

    async def stop(self) -> None:
        """Close the listener and every connection; harmless when not started."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        connection = _Connection(reader, writer)
        try:
            while self._server is not None and await self._exchange(connection):
                pass
        except (ConnectionError, TimeoutError) as ended:
            _logger.debug("connection ended: %r", ended)
        except asyncio.CancelledError:
            if self._server is not None:
                raise
            _logger.debug("connection ended: the server stops")
        finally:
            self._connections.discard(task)
            writer.close()
            with suppress(ConnectionError):  # the client was gone first
                await writer.wait_closed()

    async def _exchange(self, connection: "_Connection") -> bool:
        """One request and its answer; False when the connection is to be closed."""
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                request = await connection.read_request()
        except _BadRequest as bad:
            await connection.write(Response(bad.status, "text/plain", f"{bad}\n".encode()), is_last=True)
            return False
        if request is None:
            return False
        response = await self._handler(request)
        _logger.debug("%s %s: %d", request.method, request.path, response.status)
        await connection.write(response)
        return connection.is_ready_for_the_next()


class _BadRequest(Exception):
    """Not the HTTP we speak; the connection is closed after the answer, because the next request cannot be found."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class _Connection:
    """One client: its bytes, and h11's knowledge of what may come next."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._is_head = False

    async def read_request(self) -> HttpRequest | None:
        """The next request, or None when the client has closed. Raises _BadRequest."""
        before = len(self._http.trailing_data[0])
        head, received = await self._next_event()
        if head is None:
            return None
        assert isinstance(head, h11.Request)
        # h11 measures heads that have not ended yet; this one came in whole
        if before + received - len(self._http.trailing_data[0]) > MAX_HEAD_BYTES:
            raise _head_too_large()
        headers = _headers(head)
        _check(head, headers)
        self._is_head = head.method == b"HEAD"  # answered without a body
        body = bytearray()
        while isinstance(part := (await self._next_event())[0], h11.Data):
            body += part.data
        if part is None:
            return None
        return HttpRequest(head.method.decode("ascii"), head.target.decode("ascii"), headers, bytes(body))

    async def _next_event(self) -> tuple[h11.Event | None, int]:
        """What the client sends next and how many bytes had to be read for it; None when it has closed."""
        received = 0
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as wrong:
                if wrong.error_status_hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
                    raise _head_too_large() from None
                raise _BadRequest(HTTPStatus.BAD_REQUEST, f"The request is not HTTP/1.1: {wrong}.") from None
            if isinstance(event, h11.Event):
                return event, received
            if self._http.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
                self._writer.write(self._http.send(go_on))
                await self._writer.drain()
            data = await self._reader.read(READ_BYTES)
            if not data:
                return None, received
            received += len(data)
            self._http.receive_data(data)

    async def write(self, response: Response, *, is_last: bool = False) -> None:
        """Answer the request; h11 says "close" where the client wanted that."""
        headers = {
            "Content-Type": response.content_type,
            "Content-Length": str(len(response.body)),
            "Date": formatdate(usegmt=True),  # clients compare their clock with it, as with AWS's
            "x-amzn-RequestId": response.request_id,
            "Connection": "close" if is_last else "keep-alive",
            **response.headers,
        }
        head = h11.Response(
            status_code=response.status,
            headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()],
            reason=HTTPStatus(response.status).phrase.encode("ascii"),
        )
        body = b"" if self._is_head else response.body
        self._writer.write(
            self._http.send(head) + self._http.send(h11.Data(data=body)) + self._http.send(h11.EndOfMessage())
        )
        await self._writer.drain()

    def is_ready_for_the_next(self) -> bool:
        """Whether another request may come on this connection."""
        if (self._http.our_state, self._http.their_state) != (h11.DONE, h11.DONE):
            return False
        self._http.start_next_cycle()
        return True


def _head_too_large() -> _BadRequest:
    return _BadRequest(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"The head of the request exceeds {MAX_HEAD_BYTES} bytes."
    )


def _check(request: h11.Request, headers: Mapping[str, str]) -> None:
    """Refuse what HTTP allows and no SDK of AWS sends. Raises _BadRequest."""
    is_for_a_path = request.target.startswith(b"/") and b"#" not in request.target
    if not (_METHOD.fullmatch(request.method) and is_for_a_path and request.http_version in (b"1.0", b"1.1")):
        raise _BadRequest(HTTPStatus.BAD_REQUEST, "The request line is not METHOD /path HTTP/1.1.")
    if "transfer-encoding" in headers:
        raise _BadRequest(HTTPStatus.NOT_IMPLEMENTED, "Transfer-Encoding is not supported; send Content-Length.")
    if int(headers.get("content-length", "0")) > MAX_BODY_BYTES:
        raise _BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body exceeds {MAX_BODY_BYTES} bytes.")


def _headers(request: h11.Request) -> dict[str, str]:
    """The headers as a signature takes them: several of one name are joined, those of which there is one stand once."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.headers:
        if _CONTROL.search(raw_value):
            raise _BadRequest(HTTPStatus.BAD_REQUEST, "A header has a control character.")
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        if name in headers:
            if name in _ONCE:
                raise _BadRequest(HTTPStatus.BAD_REQUEST, f"The header {name} is there more than once.")
            value = f"{headers[name]},{value}"
        headers[name] = value
    return headers
