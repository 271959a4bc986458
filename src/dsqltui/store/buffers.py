"""The editors' texts on disk: one small file per target and console, replaced as a whole, in a thread of its own.

Consoles that are open on one target at the same time never share a file: each takes the first slot that nobody has
locked. The lock is the operating system's and ends with the process, however that ends; the text stays for the next
console that takes the slot. Texts in slots whose consoles are gone are taken over by the next console, which offers
them: first written with its own, then removed there.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from dsqltui.core.kept.buffers import Buffer, Buffers, BuffersUnavailable, KeptText, each_once
from dsqltui.core.language import _
from dsqltui.store.private_files import private_folder, replace_private

FORMAT = 1
MAX_SLOTS = 100
MAX_CHARACTERS = 5_000_000
"""Of all texts together; more is not kept."""
_CLOSE_S = 1.5
"""Seconds to wait for the last write."""
_NOW_S = 5.0
"""Seconds to wait for a write that something depends on."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What the thread is to write; None: end."""

    buffers: Buffers | None
    is_done: threading.Event


def buffers_folder() -> Path:
    """Where the texts of this user are."""
    return Path(platformdirs.user_state_dir("dsqltui", appauthor=False)) / "buffers"


class BufferFile:
    """See `core.kept.buffers.BufferStore`."""

    def __init__(self, folder: Path, hosts: Sequence[str]) -> None:
        """`hosts` are the target: other targets have other texts."""
        self._folder = folder
        self._name = hashlib.sha256("\n".join(hosts).encode()).hexdigest()[:16]
        self._works: queue.SimpleQueue[_Work] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock: int | None = None
        self._path: Path | None = None
        self._guard = threading.Lock()
        self._left_there: list[KeptText] | None = None
        """The texts of consoles that are gone; None: nobody has looked yet."""
        self._taken_over: list[tuple[Path, int]] = []
        """Slots of consoles that are gone, with their locks, until their texts are written here."""
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Why the last write failed."""
        return self._trouble

    def restore(self) -> Buffers | None:
        """Take a slot, and read what is in it and in those of consoles that are gone."""
        with self._guard:
            try:
                path = self._taken_path()
            except OSError as problem:
                raise BuffersUnavailable(
                    _("The texts of the last time cannot be read ({problem}).").format(problem=problem)
                ) from None
            if self._left_there is None:
                self._left_there = self._take_over(path)
            own, others = _read(path), self._left_there
        if not others:
            return own
        panes = own.panes if own is not None else {}
        earlier = own.others if own is not None else ()
        saved_s = own.saved_s if own is not None else max(one.saved_s for one in others)
        return Buffers(saved_s, panes, own.active if own is not None else "", each_once(panes, (*earlier, *others)))

    def keep(self, buffers: Buffers) -> None:
        """Write them in the thread."""
        self._put(buffers)

    def keep_now(self, buffers: Buffers) -> str:
        """Write them in the thread, and wait for it."""
        if not self._put(buffers).wait(_NOW_S):
            return _("The disk did not take the editors' texts within {now_s:g} s.").format(now_s=_NOW_S)
        return self._trouble

    def close(self) -> None:
        """Write what waits, and let the slots go."""
        if self._thread is not None:
            self._put(None)
            self._thread.join(_CLOSE_S)
        if self._thread is None or not self._thread.is_alive():
            for lock in (self._lock, *(lock for _unused, lock in self._taken_over)):
                if lock is not None:
                    os.close(lock)
            self._lock, self._taken_over = None, []

    def _put(self, buffers: Buffers | None) -> threading.Event:
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="dsqltui-buffers", daemon=True)
            self._thread.start()
        work = _Work(buffers, threading.Event())
        self._works.put(work)
        return work.is_done

    def _serve(self) -> None:
        while True:
            works = [self._works.get()]
            with contextlib.suppress(queue.Empty):
                while works[-1].buffers is not None:  # of several only the last
                    works.append(self._works.get_nowait())
            last = next((work.buffers for work in reversed(works) if work.buffers is not None), None)
            if last is not None:
                self._write(last)
            is_over = works[-1].buffers is None
            for work in works:
                work.is_done.set()
            del works, last, work  # texts may be long, and the next one may be hours away
            if is_over:
                return

    def _take_over(self, own: Path) -> list[KeptText]:
        """The texts of the other slots of this target that no console holds. What cannot be read stays there."""
        found: list[KeptText] = []
        for path in sorted(self._folder.glob(f"{self._name}-*.json")):
            if path == own or (lock := _locked(path)) is None:
                continue
            try:
                left = _buffers_of(path.read_text(encoding="utf-8"))
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                left = None
            if left is None:
                os.close(lock)
                continue
            self._taken_over.append((path, lock))
            found += left.others
            found += [
                KeptText(buffer.text, _("another console, pane {letter}").format(letter=letter), left.saved_s)
                for letter, buffer in left.panes.items()
                if buffer.text.strip()
            ]
        return sorted(found, key=lambda one: one.saved_s)

    def _write(self, buffers: Buffers) -> None:
        with self._guard:
            self._write_alone(buffers)

    def _write_alone(self, buffers: Buffers) -> None:
        try:
            if buffers.character_count > MAX_CHARACTERS:
                raise BuffersUnavailable(
                    _("more than {max_characters:,} characters").format(max_characters=MAX_CHARACTERS)
                )
            replace_private(self._taken_path(), _text_of(buffers).encode())
            self._trouble = ""
            while self._taken_over:  # their texts are in ours now
                path, lock = self._taken_over.pop()
                path.unlink(missing_ok=True)
                os.close(lock)
        except OSError as problem:
            self._trouble = _("The editors' texts cannot be kept ({reason}); they end with this console.").format(
                reason=problem.strerror
            )
        except BuffersUnavailable as problem:
            self._trouble = _("The editors' texts are not kept: {problem}.").format(problem=problem)

    def _taken_path(self) -> Path:
        if self._path is None:
            private_folder(self._folder)
            for number in range(1, MAX_SLOTS + 1):
                path = self._folder / f"{self._name}-{number}.json"
                if (lock := _locked(path)) is None:
                    continue
                self._lock, self._path = lock, path
                for left in self._folder.glob(f".{path.name}.*"):  # half a write of a console that was killed
                    left.unlink(missing_ok=True)
                return path
            raise BuffersUnavailable(_("{max_slots} consoles are open on this target").format(max_slots=MAX_SLOTS))
        return self._path


def _locked(path: Path) -> int | None:
    """The lock of a slot, for as long as it is open; None when a console has it. Raises OSError."""
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _read(path: Path) -> Buffers | None:
    """What is in a slot; None when there is nothing. Raises BuffersUnavailable; what it cannot read is put aside."""
    try:
        kept = _buffers_of(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise BuffersUnavailable(
            _("The texts of the last time cannot be read ({problem}){put_aside}.").format(
                problem=problem, put_aside=_put_aside(path)
            )
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BuffersUnavailable(
            _("The texts of the last time are damaged{put_aside}.").format(put_aside=_put_aside(path))
        ) from None
    if kept is None:
        raise BuffersUnavailable(
            _("The texts of the last time are a newer dsqltui's{put_aside}.").format(put_aside=_put_aside(path))
        )
    return kept


def _put_aside(path: Path) -> str:
    """Out of the way of the next write, which would replace it; where it is, as the end of a sentence."""
    aside = path.with_suffix(f".{time.time_ns()}.damaged")
    try:
        os.replace(path, aside)
    except OSError:
        return ""
    return _("; they are in {aside}").format(aside=aside)


def _text_of(buffers: Buffers) -> str:
    from dsqltui.core.secrets import without_secrets, without_secrets_and_place  # in the file's thread, not at start

    values = {
        "format": FORMAT,
        "saved_s": buffers.saved_s,
        "active": buffers.active,
        "panes": {
            letter: dict(zip(("text", "cursor"), without_secrets_and_place(buffer.text, buffer.cursor), strict=True))
            for letter, buffer in buffers.panes.items()
        },
        "others": [
            {"text": without_secrets(one.text), "origin": one.origin, "saved_s": one.saved_s} for one in buffers.others
        ],
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
    others = tuple(
        KeptText(str(one["text"]), str(one["origin"]), float(one["saved_s"])) for one in values.get("others", ())
    )
    return Buffers(float(values["saved_s"]), panes, str(values["active"]), others)
