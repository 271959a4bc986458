"""Journals of bulk work: one file for each load or batch, a line of JSON per record, so that the work of a killed
program goes on where it ended.

A line is handed to the operating system before the next thing is sent: it survives the program, not the machine. The
files are for this user alone; those of `\\batch` hold keys of rows, none holds a token.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import platformdirs

from dsqltui.core.language import _
from dsqltui.store.private_files import private_folder

KEPT_FILES = 50
"""Journals that are kept, the newest; one that is in use is always kept."""
_SUFFIX = ".jsonl"
_PIECE_BYTES = 64 * 1024

Record = Mapping[str, object]


def bulk_folder() -> Path:
    """Where the journals of this user's bulk work are."""
    return Path(platformdirs.user_state_dir("dsqltui", appauthor=False)) / "bulk"


class BulkJournalBusy(Exception):
    """Another program does this very work now."""


class BulkJournal:
    """The journal of one piece of work. Everything blocks, briefly."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._end = os.fstat(descriptor).st_size
        self._door = threading.Lock()

    @classmethod
    def open(cls, identity: Sequence[str], folder: Path | None = None) -> "BulkJournal":
        """The journal of the work with that identity, made if there is none. Raises OSError and BulkJournalBusy."""
        folder = private_folder(folder or bulk_folder())
        digest = hashlib.sha256("\0".join(identity).encode(errors="surrogateescape")).hexdigest()[:24]
        path = folder / f"{digest}{_SUFFIX}"
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(descriptor)
            _drop_half_a_line(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        _remove_old(folder, path)
        return cls(path, descriptor)

    def records(self) -> Iterator[tuple[int, dict[str, object]]]:
        """All records, oldest first, each with its place for `read`. Raises ValueError for one that is damaged."""
        place = 0
        with self.path.open("rb") as file:
            for line in file:
                yield place, _record(line)
                place += len(line)

    def read(self, place: int) -> dict[str, object]:
        """The record at a place. Raises OSError and ValueError."""
        pieces = []  # read by place: threads do so beside one another, and a duplicated descriptor shares its offset
        while piece := os.pread(self._descriptor, _PIECE_BYTES, place):
            end = piece.find(b"\n")
            if end >= 0:
                pieces.append(piece[: end + 1])
                break
            pieces.append(piece)
            place += len(piece)
        return _record(b"".join(pieces))

    def add(self, record: Record) -> int:
        """One more record; its place. Raises OSError."""
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        with self._door:
            place = self._end
            rest = memoryview(line)
            while rest:
                written = os.write(self._descriptor, rest)
                self._end += written
                rest = rest[written:]
        return place

    def forget(self) -> None:
        """Empty it. Raises OSError."""
        os.ftruncate(self._descriptor, 0)
        self._end = 0

    def close(self) -> None:
        """Let others have it."""
        os.close(self._descriptor)


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise BulkJournalBusy from None


def _drop_half_a_line(descriptor: int) -> None:
    """What a program that was cut off left of a line is removed. Raises OSError."""
    size = end = os.fstat(descriptor).st_size
    while end:
        start = max(0, end - _PIECE_BYTES)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end != size:
        os.ftruncate(descriptor, end)


def _record(line: bytes) -> dict[str, object]:
    record = json.loads(line)
    if not isinstance(record, dict):
        raise ValueError(_("a record of the journal is damaged"))
    return record


def _remove_old(folder: Path, current: Path) -> None:
    with contextlib.suppress(OSError):
        files = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[KEPT_FILES:]:
            if path != current:
                path.unlink()
