"""A program in a pseudo-terminal, and the screen that it paints there: for playing the console by its keys.

The screen is pyte's, a development dependency; `PtyProgram` raises ImportError without it.
"""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

_CHUNK = 65_536
_KILLED_AFTER_S = 10.0


class PtyProgram:
    """Runs `argv` in a terminal of that size with `env` as its whole environment; ends it at the end of the context."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], *, columns: int, rows: int) -> None:
        import pyte

        self._screen: Any = pyte.Screen(columns, rows)
        self._stream: Any = pyte.ByteStream(self._screen)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        try:
            self._process = subprocess.Popen(
                argv, stdin=theirs, stdout=theirs, stderr=theirs, env=dict(env), start_new_session=True
            )
        finally:
            os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            deadline = time.monotonic() + _KILLED_AFTER_S
            while self._process.poll() is None and time.monotonic() < deadline:
                self.read(0.05)  # it says goodbye to a terminal that must take it
            self._process.kill()
        self._process.wait()
        os.close(self._ours)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def text(self) -> str:
        """The screen, one line per row."""
        return "\n".join(self._screen.display)

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._ours, keys.encode())

    def read(self, seconds: float) -> bool:
        """Take what the program paints within that time; whether something came."""
        readable, _, _ = select.select([self._ours], [], [], seconds)
        if not readable:
            return False
        with contextlib.suppress(OSError):  # Linux says so when the program has ended
            if data := os.read(self._ours, _CHUNK):
                self._stream.feed(data)
                return True
        time.sleep(0.01)
        return False

    def settle(
        self,
        is_done: Callable[[str], bool],
        *,
        quiet_s: float,
        within_s: float,
        part: Callable[[str], str] = lambda screen: re.sub(r"[0-9]+", "", screen),
    ) -> bool:
        """Read until the screen fulfils the condition, or that part of it was the same for `quiet_s`; whether it does.

        A clock that counts is no news: the usual part is the screen without its digits.
        """
        deadline = time.monotonic() + within_s
        last, before = time.monotonic(), part(self.text)
        while True:
            came = self.read(0.05)
            now = time.monotonic()
            if came and (text := part(self.text)) != before:
                last, before = now, text
            elif is_done(self.text):
                return True
            if now - last > quiet_s or now > deadline or not self.is_running:
                return is_done(self.text)

    def wait_for(self, is_done: Callable[[str], bool], *, within_s: float) -> bool:
        """Read until the screen fulfils the condition; whether it did in time."""
        return self.settle(is_done, quiet_s=within_s, within_s=within_s)
