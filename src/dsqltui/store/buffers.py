"""The editors' texts on disk: one small file per target and console, replaced as a whole, in a thread of its own.

Consoles that are open on one target at the same time never share a file: each takes the first slot that nobody has
locked. The lock is the operating system's and ends with the process, however that ends; the text stays for the next
console that takes the slot.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import queue
import threading
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from dsqltui.core.buffers import Buffer, Buffers, BuffersUnavailable
from dsqltui.core.secrets import without_secrets_and_place
from dsqltui.store.private_files import private_folder, replace_private

FORMAT = 1
MAX_SLOTS = 100
MAX_CHARACTERS = 5_000_000
"""Of both texts together; more is not kept."""
_CLOSE_S = 1.5
"""Seconds to wait for the last write."""


def buffers_folder() -> Path:
    """Where the texts of this user are."""
    return Path(platformdirs.user_state_dir("dsqltui", appauthor=False)) / "buffers"


class BufferFile:
    """See `core.buffers.BufferStore`."""

    def __init__(self, folder: Path, hosts: Sequence[str]) -> None:
        """`hosts` are the target: other targets have other texts."""
        self._folder = folder
        self._name = hashlib.sha256("\n".join(hosts).encode()).hexdigest()[:16]
        self._works: queue.SimpleQueue[Buffers | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock: int | None = None
        self._path: Path | None = None
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Why the last write failed."""
        return self._trouble

    def restore(self) -> Buffers | None:
        """Take a slot, and read what is in it."""
        try:
            path = self._taken_path()
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as problem:
            raise BuffersUnavailable(f"The texts of the last time cannot be read ({problem}).") from None
        try:
            return _buffers_of(text)
        except (ValueError, KeyError, TypeError, AttributeError):
            aside = path.with_suffix(".damaged")
            with contextlib.suppress(OSError):
                os.replace(path, aside)
            raise BuffersUnavailable(f"The texts of the last time are damaged; they are in {aside}.") from None

    def keep(self, buffers: Buffers) -> None:
        """Write them in the thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="dsqltui-buffers", daemon=True)
            self._thread.start()
        self._works.put(buffers)

    def close(self) -> None:
        """Write what waits, and let the slot go."""
        if self._thread is not None:
            self._works.put(None)
            self._thread.join(_CLOSE_S)
        if self._lock is not None and (self._thread is None or not self._thread.is_alive()):
            os.close(self._lock)
            self._lock = None

    def _serve(self) -> None:
        while (buffers := self._works.get()) is not None:
            with contextlib.suppress(queue.Empty):
                while True:  # of several only the last
                    following = self._works.get_nowait()
                    if following is None:
                        self._write(buffers)
                        return
                    buffers = following
            self._write(buffers)

    def _write(self, buffers: Buffers) -> None:
        try:
            if sum(len(buffer.text) for buffer in buffers.panes.values()) > MAX_CHARACTERS:
                raise BuffersUnavailable(f"more than {MAX_CHARACTERS:,} characters")
            replace_private(self._taken_path(), _text_of(buffers).encode())
            self._trouble = ""
        except OSError as problem:
            self._trouble = f"The editors' texts cannot be kept ({problem.strerror}); they end with this console."
        except BuffersUnavailable as problem:
            self._trouble = f"The editors' texts are not kept: {problem}."

    def _taken_path(self) -> Path:
        if self._path is None:
            private_folder(self._folder)
            for number in range(1, MAX_SLOTS + 1):
                path = self._folder / f"{self._name}-{number}.json"
                lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(lock)
                    continue
                self._lock, self._path = lock, path
                for left in self._folder.glob(f".{path.name}.*"):  # half a write of a console that was killed
                    left.unlink(missing_ok=True)
                return path
            raise BuffersUnavailable(f"{MAX_SLOTS} consoles are open on this target")
        return self._path


def _text_of(buffers: Buffers) -> str:
    values = {
        "format": FORMAT,
        "saved_s": buffers.saved_s,
        "active": buffers.active,
        "panes": {
            letter: dict(zip(("text", "cursor"), without_secrets_and_place(buffer.text, buffer.cursor), strict=True))
            for letter, buffer in buffers.panes.items()
        },
    }
    return json.dumps(values)


def _buffers_of(text: str) -> Buffers | None:
    values = json.loads(text)
    if values["format"] > FORMAT:
        return None
    panes = {
        str(letter): Buffer(str(pane["text"]), min(max(int(pane["cursor"]), 0), len(pane["text"])))
        for letter, pane in values["panes"].items()
    }
    return Buffers(float(values["saved_s"]), panes, str(values["active"]))
