"""A program in a real terminal: a pseudo-terminal on our side, pyte as the screen. Waits with deadlines, no sleeps."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import pyte
from wcwidth import wcwidth

_CHUNK = 65_536
_BASE_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


class TerminalTimeout(AssertionError):
    """What was waited for did not come; the message holds the screen."""


class Terminal:
    """Runs `argv` in a terminal of that size. Use as a context manager; leaving kills the program if it still runs.

    `env` is added to a small fixed environment (xterm-256color, UTF-8), so that the person's own settings play no part.
    """

    def __init__(
        self, argv: Sequence[str], *, columns: int = 80, rows: int = 24, env: Mapping[str, str] | None = None
    ) -> None:
        self.raw = bytearray()
        """Every byte the program wrote."""
        self._screen = pyte.Screen(columns, rows)
        self._lines = [" " * columns] * rows
        self._stream = pyte.ByteStream(self._screen)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {name: os.environ[name] for name in _BASE_ENVIRONMENT if name in os.environ}
        environment |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONUTF8": "1", **(env or {})}
        try:
            self._process = subprocess.Popen(
                argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
            )
        finally:
            os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._ours)

    @property
    def pid(self) -> int:
        """Of the program."""
        return self._process.pid

    def attributes(self) -> list[Any]:
        """How the terminal is set, in termios' form."""
        return termios.tcgetattr(self._ours)

    def make_cooked(self) -> None:
        """Set the terminal as a shell does: lines, with echo."""
        attributes = self.attributes()
        attributes[3] |= termios.ICANON | termios.ECHO | termios.ISIG
        termios.tcsetattr(self._ours, termios.TCSANOW, attributes)

    def scribble(self, text: str) -> None:
        """Let the screen show what another program wrote over it."""
        self._stream.feed(text.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Another size; the program is told, as a terminal does it."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen.resize(max(rows, 1), max(columns, 1))
        self._lines = [" " * max(columns, 1)] * max(rows, 1)
        self._screen.dirty.update(range(max(rows, 1)))
        self._process.send_signal(signal.SIGWINCH)

    def send_slowly(self, keys: bytes) -> None:
        """Type more than a terminal holds at once: reads what comes meanwhile."""
        while keys:
            _, writable, _ = select.select([], [self._ours], [], 0.05)
            if writable:
                keys = keys[os.write(self._ours, keys[:1_024]) :]
            self._read(0)

    @property
    def is_running(self) -> bool:
        """Whether the program has not ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the program as kill -9 does."""
        self._process.kill()
        self._process.wait()

    @property
    def text(self) -> str:
        """The screen as it is, one line per row."""
        for row in self._screen.dirty:
            if row < len(self._lines):  # a row of a larger screen before
                self._lines[row] = self._line(row)
        self._screen.dirty.clear()
        return "\n".join(self._lines)

    def cells(self) -> Iterator[tuple[int, int, Any]]:
        """Row, column and pyte's cell: its letter is `data`, its colours `fg` and `bg` (hexadecimal, or a name)."""
        for row in range(self._screen.lines):
            for column in range(self._screen.columns):
                yield row, column, self._screen.buffer[row][column]

    def ground(self) -> str:
        """The background of most cells, as pyte names it."""
        return Counter(str(cell.bg) for _row, _column, cell in self.cells()).most_common(1)[0][0]

    def _line(self, row: int) -> str:
        """A wide letter stands in two cells, the second one empty; half of one that was painted over is a space."""
        cells = self._screen.buffer[row]
        texts = [cells[column].data for column in range(self._screen.columns)]
        before = ["", *texts]
        return "".join(
            text or ("" if wcwidth(left[:1] or " ") == 2 else " ") for left, text in zip(before, texts, strict=False)
        )

    def send(self, keys: str | bytes) -> None:
        """Type, all in one write."""
        os.write(self._ours, keys.encode() if isinstance(keys, str) else keys)

    def wait_for(self, *wanted: str | Callable[[str], bool], timeout_s: float = 90.0) -> str:
        """Read until the screen holds all the texts and fulfils all the conditions, at the same time.

        What is asserted of one screen belongs into one call: a console paints what belongs together in several frames.
        Returns the screen; raises TerminalTimeout.
        """
        for _ in self._reading(timeout_s):
            text = self.text
            if all(want in text if isinstance(want, str) else want(text) for want in wanted):
                return text
        raise TerminalTimeout(f"waited for {wanted!r}; the screen is\n{self.text}")

    def wait_until_quiet(self, quiet_s: float = 0.3, timeout_s: float = 60.0) -> int:
        """Read until nothing came for `quiet_s` seconds. Returns how many bytes came; raises TerminalTimeout."""
        before = len(self.raw)
        deadline = time.monotonic() + timeout_s
        while self._read(quiet_s):
            if time.monotonic() > deadline:
                raise TerminalTimeout(f"{len(self.raw) - before} bytes came, and no end; the screen is\n{self.text}")
        return len(self.raw) - before

    def bytes_within(self, seconds: float, *, least: int | None = None) -> int:
        """Read for that long, or until `least` bytes came. Returns how many bytes came."""
        before = len(self.raw)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and self._read(left) is not None:
            if least is not None and len(self.raw) - before >= least:
                break
        return len(self.raw) - before

    def wait_for_exit(self, timeout_s: float = 60.0) -> int:
        """Read until the program ends; its exit code. Raises TerminalTimeout."""
        for _ in self._reading(timeout_s):
            if self._process.poll() is not None:
                break
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout=timeout_s)
        raise TerminalTimeout(f"the program did not end; the screen is\n{self.text}")

    def terminate(self) -> None:
        """SIGTERM."""
        self._process.terminate()

    def hang_up(self, timeout_s: float = 60.0, *, is_told: bool = True) -> None:
        """The link is gone: our side of the terminal is closed; the program gets the signal when it `is_told`.

        Waits until it has ended.
        """
        os.close(self._ours)
        self._ours = os.open(os.devnull, os.O_RDONLY)
        if is_told:
            self._process.send_signal(signal.SIGHUP)
        self._process.wait(timeout=timeout_s)

    def _reading(self, timeout_s: float) -> Iterator[None]:
        """Once at once, then after each piece of output and now and then, until the deadline or the output's end."""
        deadline = time.monotonic() + timeout_s
        yield
        while time.monotonic() < deadline:
            if self._read(0.1) is None:
                yield
                return
            yield

    def _read(self, timeout_s: float) -> bool | None:
        """One piece of output: True when something came, False when not, None when the program's end is closed."""
        ready, _, _ = select.select([self._ours], [], [], timeout_s)
        if not ready:
            return False
        try:
            data = os.read(self._ours, _CHUNK)
        except OSError:  # EIO: Linux's way to say that nobody has the other end open
            return None
        if not data:
            return None
        self.raw += data
        self._stream.feed(data)
        return True
