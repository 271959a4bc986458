"""One connection to the embedded PostgreSQL over its unix socket."""

import asyncio
import contextlib
import struct
from pathlib import Path

from dsqltui.sim.pg import wire
from dsqltui.sim.pg.changes import NOTICE_SQLSTATE
from dsqltui.sim.pg.scram import MECHANISM, ScramClient, mechanisms
from dsqltui.sim.pg.wire import Frames, PgError

_OUR_NOTICE = b"C" + NOTICE_SQLSTATE.encode() + b"\0"

_CANCELLED = "57014"
_HEARS_OUT_S = 5.0
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
        self._notices: list[str] = []

    @classmethod
    async def connect(cls, socket_path: Path, user: str, database: str, *, secret: str, **parameters: str) -> "Backend":
        """Open a session of this role. Raises PgError when PostgreSQL refuses, OSError when it is not there."""
        reader, writer = await asyncio.open_unix_connection(str(socket_path), limit=1 << 20)
        backend = cls(socket_path, reader, writer, Frames(reader))
        try:
            writer.write(wire.startup({"user": user, "database": database, **parameters}))
            await backend._log_in(ScramClient(secret))
        except BaseException:
            writer.close()
            raise
        return backend

    async def _log_in(self, scram: ScramClient) -> None:
        while True:
            kind, body = await self.frames.one()
            if kind == b"E":
                raise PgError.from_body(body)
            if kind == b"R":
                self._answer_challenge(scram, body)
            elif kind == b"S":
                name, value, _ = body.split(b"\0")
                self.parameters[name.decode()] = value.decode()
            elif kind == b"K":
                self._key = body
            elif kind == b"Z":
                return

    def _answer_challenge(self, scram: ScramClient, body: bytes) -> None:
        """Source: PostgreSQL 16 documentation, SASL Authentication. Raises OSError when another program listens."""
        code, data = int.from_bytes(body[:4], "big"), body[4:]
        try:
            if code == 10 and MECHANISM in mechanisms(body):
                first = scram.first_message
                self.send(wire.message(b"p", MECHANISM + b"\0" + len(first).to_bytes(4, "big") + first))
            elif code == 11:
                self.send(wire.message(b"p", scram.final_message(data)))
            elif code == 12:
                scram.check(data)
            elif code != 0:
                raise ValueError(f"it asks for authentication {code}")
        except (ValueError, KeyError) as problem:
            raise ConnectionRefusedError(
                f"what listens on {self._socket_path} is not our PostgreSQL: {problem}"
            ) from None

    @property
    def pid(self) -> int:
        """PostgreSQL's process for this session."""
        return int.from_bytes(self._key[:4], "big")

    def takes_notice(self, body: bytes) -> bool:
        """Keep a NoticeResponse that is for the simulator; false when it is for the client."""
        if _OUR_NOTICE not in body:
            return False
        start = body.index(b"\0M") + 2
        self._notices.append(body[start : body.index(b"\0", start)].decode("utf-8", "replace"))
        return True

    def drain_notices(self) -> list[str]:
        """The notices kept since the last call."""
        notices, self._notices = self._notices, []
        return notices

    def send(self, data: bytes) -> None:
        """Queue bytes for PostgreSQL."""
        self._writer.write(data)

    async def drain(self) -> None:
        await self._writer.drain()

    async def query(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run internal SQL; the text rows of its last result. Raises PgError after the whole reply was read."""
        self.send(wire.query(sql))
        return await self.reply()

    async def roll_back(self) -> None:
        """Undo the open transaction, if there is one. Raises PgError."""
        while self.status != IDLE:
            await self.undo("ROLLBACK")

    async def undo(self, sql: str) -> None:
        """Run a kind of ROLLBACK, again where a cancel request for the statement before came late. Raises PgError."""
        while True:
            try:
                await self.query(sql)
            except PgError as error:
                if error.sqlstate != _CANCELLED:
                    raise
            else:
                return

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
            elif kind == b"N":
                self.takes_notice(body)
            elif kind == b"E":
                error = PgError.from_body(body)
            elif kind == b"Z":
                self.status = body
                if error is not None:
                    raise error
                return rows

    async def hear_out(self) -> None:
        """Wait for the rest of a reply that nobody hears of any more; not for ever."""
        with contextlib.suppress(PgError, OSError):
            async with asyncio.timeout(_HEARS_OUT_S):
                await self.reply()

    async def ask(self, sql: str, *arguments: str) -> list[tuple[str | None, ...]]:
        """The text rows of one internal statement inside a transaction, by the extended protocol and under a name of
        its own: the client's unnamed statement and portal stay. Raises PgError, after a Sync."""
        name = wire.cstring("dsqltui")
        values = [argument.encode() for argument in arguments]
        bound = b"".join(len(value).to_bytes(4, "big") + value for value in values)
        self.send(
            wire.message(b"C", b"S" + name)  # one that failed has left it
            + wire.message(b"P", name + wire.cstring(sql) + bytes(2))
            + wire.message(b"B", name + name + bytes(2) + len(values).to_bytes(2, "big") + bound + bytes(2))
            + wire.message(b"E", name + bytes(4))
            + wire.message(b"C", b"P" + name)
            + wire.message(b"C", b"S" + name)
            + wire.message(b"H")
        )
        rows: list[tuple[str | None, ...]] = []
        closed = 0
        while closed < 3:
            kind, body = await self.frames.one()
            if kind == b"D":
                rows.append(wire.row_values(body))
            elif kind == b"N":
                self.takes_notice(body)
            elif kind == b"E":
                self.send(wire.message(b"S"))
                await self.sync()
                raise PgError.from_body(body)
            closed += kind == b"3"
        return rows

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
