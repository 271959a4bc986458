"""One connection to the embedded PostgreSQL over its unix socket."""

import asyncio
import struct
from pathlib import Path

from dsqltui.core.lexer import quote_identifier as ident
from dsqltui.sim import wire
from dsqltui.sim.wire import Frames, PgError

IDLE, IN_TRANSACTION, FAILED = b"I", b"T", b"E"


class Backend:
    """A PostgreSQL session used by one simulator session. Not safe for two tasks at once; its owner serialises."""

    def __init__(
        self, socket_path: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: Frames
    ) -> None:
        self._socket_path = socket_path
        self._reader = reader
        self._writer = writer
        self.frames = frames
        self.parameters: dict[str, str] = {}
        self.status = IDLE
        self._key = b""

    @classmethod
    async def connect(cls, socket_path: Path, user: str, database: str, **parameters: str) -> "Backend":
        """Open a session. Raises PgError when PostgreSQL refuses, OSError when it is not there."""
        reader, writer = await asyncio.open_unix_connection(str(socket_path), limit=1 << 20)
        backend = cls(socket_path, reader, writer, Frames(reader))
        try:
            writer.write(wire.startup({"user": user, "database": database, **parameters}))
            while True:
                kind, body = await backend.frames.one()
                if kind == b"E":
                    raise PgError.from_body(body)
                if kind == b"S":
                    name, value, _ = body.split(b"\0")
                    backend.parameters[name.decode()] = value.decode()
                elif kind == b"K":
                    backend._key = body
                elif kind == b"Z":
                    return backend
        except BaseException:
            writer.close()
            raise

    @property
    def pid(self) -> int:
        """PostgreSQL's process for the session."""
        return int.from_bytes(self._key[:4], "big")

    def send(self, data: bytes) -> None:
        """Queue bytes for PostgreSQL."""
        self._writer.write(data)

    async def drain(self) -> None:
        await self._writer.drain()

    async def query(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run internal SQL; the text rows of its last result. Raises PgError after the whole reply was read."""
        self.send(wire.query(sql))
        return await self.reply()

    async def query_as_superuser(self, sql: str, role: str) -> list[tuple[str | None, ...]]:
        """Run internal SQL with the rights of the simulator on a session that acts as `role`. Raises PgError.

        In a transaction an error rolls the identity back with the rest.
        """
        return await self.query(f"RESET SESSION AUTHORIZATION; {sql}; SET SESSION AUTHORIZATION {ident(role)}")

    async def sync(self) -> None:
        """Read up to ReadyForQuery; nothing else is expected before it."""
        while True:
            kind, body = await self.frames.one()
            if kind == b"Z":
                self.status = body
                return

    async def reply(self) -> list[tuple[str | None, ...]]:
        """Read one reply up to ReadyForQuery: the rows of its last result. Raises PgError."""
        rows: list[tuple[str | None, ...]] = []
        error: PgError | None = None
        while True:
            kind, body = await self.frames.one()
            if kind == b"T":
                rows = []
            elif kind == b"D":
                rows.append(wire.row_values(body))
            elif kind == b"E":
                error = PgError.from_body(body)
            elif kind == b"Z":
                self.status = body
                if error is not None:
                    raise error
                return rows

    async def ask(self, sql: str) -> list[tuple[str | None, ...]]:
        """The text rows of one internal statement inside a transaction, by the extended protocol and under a name of
        its own: the client's unnamed statement and portal stay. Raises PgError, after a Sync."""
        name = wire.cstring("dsqltui")
        self.send(
            wire.message(b"P", name + wire.cstring(sql) + bytes(2))
            + wire.message(b"B", name + name + bytes(6))
            + wire.message(b"E", name + bytes(4))
            + wire.message(b"C", b"P" + name)
            + wire.message(b"C", b"S" + name)
            + wire.message(b"H")
        )
        rows: list[tuple[str | None, ...]] = []
        closed = 0
        while closed < 2:
            kind, body = await self.frames.one()
            if kind == b"D":
                rows.append(wire.row_values(body))
            elif kind == b"E":
                self.send(wire.message(b"S"))
                await self.sync()
                raise PgError.from_body(body)
            closed += kind == b"3"
        return rows

    async def copy_out(self, sql: str) -> bytes:
        """The data of a COPY ... TO STDOUT. Raises PgError."""
        self.send(wire.query(sql))
        data = bytearray()
        error: PgError | None = None
        while True:
            kind, body = await self.frames.one()
            if kind == b"d":
                data += body
            elif kind == b"E":
                error = PgError.from_body(body)
            elif kind == b"Z":
                self.status = body
                if error is not None:
                    raise error
                return bytes(data)

    async def copy_in(self, sql: str, data: bytes) -> None:
        """Run a COPY ... FROM STDIN with this data. Raises PgError."""
        self.send(wire.query(sql) + wire.message(b"d", data) + wire.message(b"c"))
        await self.reply()

    async def cancel(self) -> None:
        """Ask PostgreSQL to cancel what runs on this session."""
        reader, writer = await asyncio.open_unix_connection(str(self._socket_path))
        try:
            writer.write(struct.pack("!II", 8 + len(self._key), wire.CANCEL_REQUEST) + self._key)
            await writer.drain()
            await reader.read()
        finally:
            writer.close()

    def close(self) -> None:
        """End the session; PostgreSQL rolls back what is open."""
        if not self._writer.is_closing():
            self._writer.write(wire.message(b"X"))
            self._writer.close()
