"""The little HTTP/1.1 that AWS's SDKs speak, on 127.0.0.1: requests in, responses out, connections kept alive.

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

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 1024 * 1024
REQUEST_TIMEOUT_S = 60.0
"""Seconds a connection may take to send its next request, idle time included."""

_REQUEST_LINE = re.compile(r"([A-Z]{1,16}) (/[!-~]*) HTTP/1\.([01])")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_ONCE = {"authorization", "content-length", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request as it arrived; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    keep_alive: bool

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


class HttpServer:
    """A listener that hands every request to one handler. It belongs to the event loop that started it."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._port = 0
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens. Raises RuntimeError when not started."""
        if self._server is None:
            raise RuntimeError("the AWS endpoint has no address: it is not started")
        return f"http://127.0.0.1:{self._port}"

    async def start(self, port: int = 0) -> int:
        """Listen on 127.0.0.1 and return the port; 0 takes a free one. Raises OSError when the port is taken."""
        if self._server is not None:
            raise RuntimeError("the AWS endpoint is started already")
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=MAX_HEAD_BYTES)
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
        try:
            while self._server is not None and await self._exchange(reader, writer):
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

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; False when the connection is to be closed."""
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                request = await _read_request(reader, writer)
        except _BadRequest as bad:
            await _write(writer, Response(bad.status, "text/plain", f"{bad}\n".encode()), keep_alive=False)
            return False
        if request is None:
            return False
        response = await self._handler(request)
        _logger.debug("%s %s: %d", request.method, request.path, response.status)
        await _write(writer, response, keep_alive=request.keep_alive)
        return request.keep_alive


class _BadRequest(Exception):
    """Not the HTTP we speak; the connection is closed after the answer, because the next request cannot be found."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


async def _read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> HttpRequest | None:
    """The next request, or None when the client has closed. Raises _BadRequest."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise _BadRequest(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"The head of the request exceeds {MAX_HEAD_BYTES} bytes."
        ) from None
    request_line, *header_lines = head[:-4].decode("latin-1").split("\r\n")
    line = _REQUEST_LINE.fullmatch(request_line)
    if line is None or "#" in line[2]:
        raise _BadRequest(HTTPStatus.BAD_REQUEST, "The request line is not METHOD /path HTTP/1.1.")
    headers = _headers(header_lines)
    length = _body_length(headers)
    if length and headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
    try:
        body = await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None
    keep_alive = line[3] == "1" and headers.get("connection", "").lower() != "close"
    return HttpRequest(line[1], line[2], headers, body, keep_alive)


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        parts = _HEADER.fullmatch(line)
        if parts is None:
            raise _BadRequest(HTTPStatus.BAD_REQUEST, "A header line is not Name: value.")
        name, value = parts[1].lower(), parts[2].rstrip(" \t")
        if name in headers:
            if name in _ONCE:
                raise _BadRequest(HTTPStatus.BAD_REQUEST, f"The header {name} is there more than once.")
            value = f"{headers[name]},{value}"
        headers[name] = value
    return headers


def _body_length(headers: Mapping[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise _BadRequest(HTTPStatus.NOT_IMPLEMENTED, "Transfer-Encoding is not supported; send Content-Length.")
    text = headers.get("content-length", "0")
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise _BadRequest(HTTPStatus.BAD_REQUEST, "Content-Length is not a number.")
    if int(text) > MAX_BODY_BYTES:
        raise _BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body exceeds {MAX_BODY_BYTES} bytes.")
    return int(text)


async def _write(writer: asyncio.StreamWriter, response: Response, *, keep_alive: bool) -> None:
    headers = {
        "Content-Type": response.content_type,
        "Content-Length": str(len(response.body)),
        "Date": formatdate(usegmt=True),  # clients compare their clock with it, as with AWS's
        "x-amzn-RequestId": response.request_id,
        "Connection": "keep-alive" if keep_alive else "close",
        **response.headers,
    }
    head = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join((*head, "", "")).encode("latin-1") + response.body)
    await writer.drain()
