"""The journal on disk: one file per run, a line of JSON per entry, written while things happen.

A killed program loses next to nothing that was recorded: lines go to the operating system at once, those that came
meanwhile in one write, and whole. The files are for this user alone, hold no tokens, and only the newest are kept.
"""

import contextlib
import itertools
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

import dsqltui
from dsqltui.core.journal.journal import Entry
from dsqltui.core.language import _
from dsqltui.store.journal_text import entry_of, line_of
from dsqltui.store.private_files import private_folder

KEPT_FILES = 50
"""Runs whose journals are kept; older ones are removed when a new one begins."""
_TOGETHER = 100
"""Lines of one write: whatever is left to write when the program is killed is that short a while old."""
FORMAT = 1
_SUFFIX = ".jsonl"


def journal_folder() -> Path:
    """Where the journals of this user are."""
    return Path(platformdirs.user_state_dir("dsqltui", appauthor=False)) / "journal"


class NewerFormat(Exception):
    """A journal that only a newer dsqltui can read; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """A journal read back."""

    path: Path
    started_s: float
    """Unix time of the run's start; 0 when the file's first line is damaged."""
    entries: tuple[Entry, ...]
    damaged_lines: int
    """Lines that could not be read: half a line at the end of a run that was cut off, or a foreign hand."""


class JournalFile:
    """Writes the entries it is given in a thread of its own; `record` never waits and never raises.

    The file is made with the first entry. When it cannot be written, `failed` is called once, in that thread, with a
    sentence, and the rest of the run is not recorded.
    """

    def __init__(self, folder: Path, *, failed: Callable[[str], object], kept_files: int = KEPT_FILES) -> None:
        self._folder = folder
        self._failed = failed
        self._kept_files = kept_files
        self._entries: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.path: Path | None = None
        """The file, once it is there."""

    def record(self, entry: Entry) -> None:
        """Have it written soon."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_all, name="dsqltui-journal", daemon=True)
            self._thread.start()
        self._entries.put(entry)

    def close(self, timeout_s: float = 2.0) -> None:
        """Wait until all is written, but not longer than that. Blocks."""
        if self._thread is not None:
            self._entries.put(None)
            self._thread.join(timeout_s)

    def _write_all(self) -> None:
        descriptor = -1
        try:
            descriptor = self._opened()
            while (entry := self._entries.get()) is not None:
                lines, is_last = self._with_waiting(entry)
                _append(descriptor, "\n".join(lines))
                if is_last:
                    break
        except OSError as problem:
            self._failed(
                _("The journal is not written ({problem}); what happens in this run is not recorded on disk.").format(
                    problem=problem
                )
            )
        finally:
            if descriptor >= 0:
                os.close(descriptor)

    def _with_waiting(self, entry: Entry) -> tuple[list[str], bool]:
        """The lines that one write takes, as a script's statements come by the thousand; whether nothing follows."""
        lines = [line_of(entry)]
        with contextlib.suppress(queue.Empty):
            while len(lines) < _TOGETHER:
                following = self._entries.get_nowait()
                if following is None:
                    return lines, True
                lines.append(line_of(following))
        return lines, False

    def _opened(self) -> int:
        private_folder(self._folder)
        remove_old(self._folder, self._kept_files - 1)
        now = time.time()
        stem = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now)) + f"-{os.getpid()}"
        for number in itertools.count(1):
            path = self._folder / f"{stem}{f'-{number}' if number > 1 else ''}{_SUFFIX}"
            with contextlib.suppress(FileExistsError):
                descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
                break
        header = {"journal": FORMAT, "dsqltui": dsqltui.__version__, "started_s": round(now, 6), "pid": os.getpid()}
        _append(descriptor, json.dumps(header, separators=(",", ":")))
        self.path = path
        return descriptor


def _append(descriptor: int, line: str) -> None:
    """In one write, so that a killed program leaves whole lines; what the system did not take is sent after it."""
    rest = memoryview(line.encode() + b"\n")
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def journal_files(folder: Path) -> tuple[Path, ...]:
    """The journals of a folder, newest first; none when there is no such folder."""
    return tuple(sorted(folder.glob(f"*{_SUFFIX}"), reverse=True))


def remove_old(folder: Path, kept: int) -> None:
    """Remove all but the newest `kept` journals. A file that cannot be removed stays."""
    for path in journal_files(folder)[max(0, kept) :]:
        with contextlib.suppress(OSError):
            path.unlink()


def read_journal(path: Path) -> JournalRecord:
    """A journal with what is readable of it, also while it is being written. Raises OSError.

    Raises NewerFormat.
    """
    started_s, damaged = 0.0, 0
    entries: list[Entry] = []
    for index, line in enumerate(_lines(path)):
        if index == 0:
            with contextlib.suppress(ValueError, TypeError, AttributeError, KeyError):
                header = json.loads(line)
                if header.get("journal", FORMAT) != FORMAT:
                    raise NewerFormat(
                        _("{path} was written by a newer dsqltui ({value}); use that one.").format(
                            path=path, value=header.get("dsqltui")
                        )
                    )
                started_s = float(header["started_s"]) if "journal" in header else 0.0
                continue
        try:
            entries.append(entry_of(line))
        except ValueError:
            damaged += 1
    return JournalRecord(path, started_s, tuple(entries), damaged)


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace") as file:
        yield from file
