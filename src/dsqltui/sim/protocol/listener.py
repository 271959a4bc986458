"""A Regional endpoint: accepts on loopback, starts TLS both ways PostgreSQL clients ask for it, runs the sessions."""

import asyncio
import contextlib
import logging
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dsqltui.sim.pg import wire
from dsqltui.sim.postgres.binaries import PostgresError
from dsqltui.sim.protocol.session import ClientSession
from dsqltui.sim.rules.messages import TLS_REQUIRED


@dataclass(frozen=True, slots=True)
class Front:
    """An endpoint behind a listener."""

    host: str
    """The name that clients ask for in TLS (SNI)."""
    region: str
    open_session: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[ClientSession]]
    """May take its time: the database behind it may have to be started. Raises OSError or PostgresError."""


Choose = Callable[[str | None], Front | None]
"""The endpoint for the name that a client asked for, or for none; None: it cannot be reached."""

_HANDSHAKE_TIMEOUT_S = 10
_TLS_HANDSHAKE_BYTE = 0x16
_log = logging.getLogger(__name__)


class Listener:
    """One listening socket, for one endpoint or several: the name in TLS tells them apart."""

    def __init__(self, tls: ssl.SSLContext, choose: Choose, is_reachable: Callable[[], bool] = lambda: True) -> None:
        """The context's `sni_callback` must be `note_server_name`. While nothing `is_reachable`, connections are closed
        at once."""
        self._is_reachable = is_reachable
        self._tls = tls
        self._choose = choose
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._connections: dict[asyncio.Task[None], tuple[Front, asyncio.WriteTransport] | None] = {}
        """What serves each connection, and for which endpoint and on what once TLS is up."""

    def start(self, port: int = 0, address: str = "127.0.0.1") -> int:
        """Listen; the port, chosen by the machine when 0. Raises OSError when it is taken, or the address not here."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.create_server((address, port), family=family, backlog=128)
        self._socket.setblocking(False)
        self._accepting = asyncio.get_running_loop().create_task(self._accept(self._socket))
        return int(self._socket.getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and end every session."""
        tasks = [*self._connections, *([self._accepting] if self._accepting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(listening)
            if not self._is_reachable():
                connection.close()
                continue
            task = loop.create_task(self._serve(connection))
            self._connections[task] = None
            task.add_done_callback(self._forget)

    def _forget(self, task: "asyncio.Task[None]") -> None:
        del self._connections[task]

    def drop(self, is_meant: Callable[[Front], bool]) -> None:
        """Cut the connections to some endpoints without a word; a handshake under way is cut off too, as nobody knows
        yet whom it is for."""
        for task, opened in list(self._connections.items()):
            if opened is None:
                task.cancel()
            elif is_meant(opened[0]):
                opened[1].abort()  # which ends the task

    async def _serve(self, connection: socket.socket) -> None:
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("not in a task")
        try:
            async with asyncio.timeout(_HANDSHAKE_TIMEOUT_S):
                opened = await self._open(connection, task)
        except (OSError, TimeoutError, wire.ProtocolViolation):
            connection.close()  # a port scan, or a client that does not speak TLS
            return
        except asyncio.CancelledError:  # cut off, or the simulator stops
            connection.close()
            raise
        if opened is None:
            connection.close()
            return
        writer = opened[1]
        front = self._choose(getattr(writer.get_extra_info("ssl_object"), _SERVER_NAME, None))
        if front is None:
            writer.transport.abort()
            return
        self._connections[task] = front, writer.transport
        try:
            session = await front.open_session(*opened)
        except (OSError, PostgresError) as problem:
            _log.warning("%s cannot be served: %s", front.host, problem)
            writer.transport.abort()
            return
        try:
            await session.run()
        except asyncio.CancelledError:
            if not opened[1].is_closing():  # the simulator stops
                raise
        except Exception:
            _log.exception("a session ended by an error of the simulator")
            raise
        finally:
            with contextlib.suppress(OSError):  # PostgreSQL may be gone too
                await session.close()

    async def _open(
        self, connection: socket.socket, task: "asyncio.Task[None]"
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Streams over TLS; None when the client wants none, which is told to it."""
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not await self._wants_tls(connection):
            return None
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=1 << 20)
        protocol = _WatchedStream(reader, task)
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, connection, ssl=self._tls)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def _wants_tls(self, connection: socket.socket) -> bool:
        """Look at the first bytes without taking the TLS ones, which belong to the handshake."""
        loop = asyncio.get_running_loop()
        while True:
            await _readable(connection)
            first = connection.recv(8, socket.MSG_PEEK)
            if not first:
                return False
            if first[0] == _TLS_HANDSHAKE_BYTE:  # sslnegotiation=direct
                return True
            head = await _exactly(connection, 8)
            length, code = struct.unpack("!II", head)
            if code == wire.SSL_REQUEST and length == 8:
                await loop.sock_sendall(connection, b"S")
                return True
            if code == wire.GSS_REQUEST and length == 8:
                await loop.sock_sendall(connection, b"N")
                continue
            if code >> 16 == 3:  # plaintext
                refusal = TLS_REQUIRED.error()
                refusal.fields |= {"S": "FATAL", "V": "FATAL"}
                await loop.sock_sendall(connection, refusal.frame())
            return False


_SERVER_NAME = "dsqltui_server_name"


def note_server_name(tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
    """For a context's `sni_callback`: keep the name that the client asks for."""
    setattr(tls, _SERVER_NAME, None if name is None else name.lower())


class _WatchedStream(asyncio.StreamReaderProtocol):
    """Cancels the session's task when the client goes, also while a statement runs for it."""

    def __init__(self, reader: asyncio.StreamReader, task: "asyncio.Task[None]") -> None:
        super().__init__(reader)
        self._session_task = task

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._session_task.cancel()


async def _readable(connection: socket.socket) -> None:
    """Wait until there is something to read."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(connection, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(connection)


async def _exactly(connection: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = b""
    while len(data) < count:
        more = await loop.sock_recv(connection, count - len(data))
        if not more:
            raise ConnectionResetError("client closed the connection")
        data += more
    return data
