"""Between PostgreSQL and the client: forwards the replies to a statement, and COPY data the other way."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from dsqltui.sim.pg import wire
from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.copy_feed import CopyFeed
from dsqltui.sim.pg.wire import Frames, PgError
from dsqltui.sim.sql.rewrite import Rewritten

_STATEMENT_ENDS = b"ZECGN"
_STEP_ENDS = b"ZECGNIs123nT"
_COUNTED_STEPS = frozenset({b"1", b"2", b"3", b"C", b"I", b"s", b"T", b"n"})
CANCELLED = "57014"


class Sink(Protocol):
    """Where replies go."""

    def write(self, data: bytes, /) -> None: ...

    async def drain(self) -> None: ...


class Held:
    """Replies kept until the outcome is known."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes, /) -> None:
        self.data += data

    async def drain(self) -> None:
        return


class HeldCopy(Held):
    """Keeps all replies to a COPY FROM STDIN but the one that asks the client for its data, which is asked once."""

    def __init__(self, client: Sink, feed: CopyFeed) -> None:
        super().__init__()
        self._client, self._is_first = client, not feed.is_begun

    def write(self, data: bytes, /) -> None:
        if data[:1] != b"G":
            super().write(data)
        elif self._is_first:
            self._client.write(data)

    async def drain(self) -> None:
        await self._client.drain()


@dataclass(slots=True)
class Reply:
    """How a relayed statement ended."""

    tag: str = ""
    held: bytes = b""
    """The CommandComplete that was kept back."""
    error: PgError | None = None
    """The error, as the client was told it."""
    sqlstate: str = ""
    """PostgreSQL's own, of the error."""
    parsed: int = 0
    """Parse messages that succeeded; counted only for so many steps."""


class Relay:
    """The replies of one session's PostgreSQL backend. The caller holds the backend."""

    def __init__(
        self,
        backend: Backend,
        client_frames: Frames,
        for_client: Callable[[PgError, Rewritten], PgError],
        copies: Callable[[], Mapping[int, int]],
    ) -> None:
        self._backend = backend
        self._client_frames = client_frames
        self._for_client = for_client
        """Gives PostgreSQL's error the words for the client."""
        self._copies = copies
        """The oids of tables that stand in for others, and those of the others."""
        self._copying: asyncio.Future[None] | None = None
        """COPY data on its way from the client."""
        self.copies_from_client = 0
        """COPY FROM STDIN statements that began."""

    def move_to(self, backend: Backend) -> None:
        """The session's backend is another one from now on."""
        self._backend = backend

    async def run(
        self,
        sink: Sink,
        rewritten: Rewritten,
        *,
        steps: int | None = None,
        holds_tag: bool = False,
        holds_error: bool = False,
        feed: CopyFeed | None = None,
    ) -> Reply:
        """Forward PostgreSQL's replies until ReadyForQuery (not forwarded), or for so many extended-protocol steps.

        With `holds_tag` the last CommandComplete is kept back, with `holds_error` an error. Errors reach the client
        with DSQL's words and with positions in the text it sent. COPY data are kept in `feed`, and come from
        there when the client has sent them before.
        """
        reply = Reply()
        frames = self._backend.frames
        ends = _STATEMENT_ENDS if steps is None else _STEP_ENDS
        copies = self._copies()
        if copies:
            ends += b"T"
        while True:
            chunk = await frames.run(ends)
            if chunk:
                sink.write(chunk)
                await sink.drain()
                continue
            kind, body = await frames.one()
            if kind == b"Z":
                self._backend.status = body
                return reply
            if kind == b"E":
                error = PgError.from_body(body)
                reply.sqlstate = error.sqlstate
                reply.error = self._for_client(error, rewritten)
                if not holds_error:
                    sink.write(reply.error.frame())
                if steps is not None:
                    return reply
                continue
            if kind == b"N" and self._backend.takes_notice(body):
                continue
            frame = wire.message(kind, wire.with_table_oids(body, copies) if kind == b"T" else body)
            reply.parsed += kind == b"1"
            if kind == b"C":
                reply.tag = body[:-1].decode()
            if kind == b"C" and holds_tag and steps in (None, 1):
                reply.held = frame
            else:
                sink.write(frame)
            if kind == b"G":
                await sink.drain()
                await self._copy_in(feed or CopyFeed())
            if steps is not None and kind in _COUNTED_STEPS:
                steps -= 1
                if steps == 0:
                    return reply

    def stop_copy(self) -> None:
        """What the client still sends of its COPY data is ignored; the backend is told that it failed."""
        if self._copying is not None:
            self._copying.cancel()

    async def _copy_in(self, feed: CopyFeed) -> None:
        """Forward COPY data to the backend until the client ends it, or DDL of others ends it before."""
        if feed.is_complete:
            self._backend.send(feed.data + wire.message(b"c") + wire.message(b"H"))
            await self._backend.drain()
            return
        feed.is_begun = True
        self.copies_from_client += 1
        copying = self._copying = asyncio.ensure_future(self._forward_copy(feed))
        try:
            await asyncio.wait({copying})
            if copying.cancelled():  # evicted: what the client still sends is ignored
                self._backend.send(wire.message(b"f", wire.cstring("")))
            else:
                copying.result()
        finally:
            copying.cancel()
            self._copying = None

    async def _forward_copy(self, feed: CopyFeed) -> None:
        frames = self._client_frames
        while True:
            chunk = await frames.run(b"cfSHQPBEDCX")
            if chunk:
                self._backend.send(chunk)
                feed.keep(chunk)
                await self._backend.drain()
                continue
            kind, body = await frames.one()
            if kind in (b"S", b"H"):  # extended protocol: allowed and without meaning here
                continue
            if kind not in (b"c", b"f"):
                self._backend.send(wire.message(b"f", wire.cstring("")))  # it takes nothing else before a ROLLBACK
                raise wire.ProtocolViolation("unexpected message during COPY")
            if kind == b"c":
                feed.end()
            # PostgreSQL ignored the Flush that was sent with an extended COPY, as it does all until here
            self._backend.send(wire.message(kind, body) + wire.message(b"H"))
            return
