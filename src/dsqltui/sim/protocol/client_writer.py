"""What a client is sent, gathered: one TLS record and one system call for an answer and its ReadyForQuery.

Source: PostgreSQL 16 documentation, Message Flow: a frontend reads messages, however they are cut into packets.
"""

import asyncio

_ENOUGH = 1 << 15
"""Bytes that are sent at once."""


class ClientWriter:
    """Writes to a client. What is not flushed goes at the loop's next turn: nothing waits for a later message."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._kept = bytearray()
        self._is_due = False
        self._loop = asyncio.get_running_loop()

    def write(self, data: bytes, /) -> None:
        """Queue bytes."""
        if len(self._kept) + len(data) >= _ENOUGH:
            self.flush()
            self._writer.write(data)
            return
        self._kept += data
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._flush_late)

    def flush(self) -> None:
        """Send what is queued."""
        if self._kept:
            data, self._kept = self._kept, bytearray()
            self._writer.write(data)

    def _flush_late(self) -> None:
        self._is_due = False
        self.flush()

    async def drain(self) -> None:
        """Wait while the client does not read. Raises ConnectionError when it has gone."""
        await self._writer.drain()

    def abort(self) -> None:
        """End the connection at once."""
        self._writer.transport.abort()

    def close(self) -> None:
        """End the connection when everything is sent."""
        self.flush()
        self._writer.close()
