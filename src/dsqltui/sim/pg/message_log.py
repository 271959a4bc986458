"""What clients sent, for people who want to see it and for tests: a file with a line of JSON for each message."""

import json
import os
from pathlib import Path
from typing import IO

from dsqltui.sim.pg.wire import decode


class MessageLog:
    """Statements as they came, in the order in which they came. Without a file it does nothing.

    A line holds `session` (a number, from 1), `region`, `user`, `message` (query, parse or bind) and `sql`; parse also
    `name`, bind `values` in place of `sql`: texts, null, or hexadecimal digits where a value is no UTF-8.
    """

    def __init__(self, path: Path | None) -> None:
        """Lines are added to the file, which only its owner may read. Raises OSError."""
        self._file: IO[str] | None = None
        self._sessions = 0
        if path is not None:
            number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._file = os.fdopen(number, "a", encoding="utf-8", buffering=1)

    def session(self) -> int:
        """A number for a new session."""
        self._sessions += 1
        return self._sessions

    def note(self, session: int, region: str, user: str, kind: bytes, body: bytes) -> None:
        """A message was received; kinds other than query, parse and bind are passed over."""
        if self._file is None or kind not in _NAMES:
            return
        told: dict[str, object] = {"session": session, "region": region, "user": user, "message": _NAMES[kind]}
        if kind == b"Q":
            told["sql"] = decode(body.rstrip(b"\0"))
        elif kind == b"P":
            name, sql, _ = body.split(b"\0", 2)
            told |= {"name": decode(name), "sql": decode(sql)}
        else:
            told["values"] = _bound(body)
        self._file.write(json.dumps(told) + "\n")

    def close(self) -> None:
        """End the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


_NAMES = {b"Q": "query", b"P": "parse", b"B": "bind"}


def _bound(body: bytes) -> list[str | None]:
    """The parameters of a Bind message; none for one that is malformed, which is refused elsewhere."""
    try:
        rest = body.split(b"\0", 2)[2]
        formats = int.from_bytes(rest[:2], "big")
        rest = rest[2 + 2 * formats :]
        count, rest = int.from_bytes(rest[:2], "big"), rest[2:]
        values: list[str | None] = []
        for _ in range(count):
            size, rest = int.from_bytes(rest[:4], "big", signed=True), rest[4:]
            values.append(None if size < 0 else _shown(rest[:size]))
            rest = rest[max(size, 0) :]
    except IndexError:
        return []
    return values


def _shown(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()
