"""The border to standard input, output and errors: closed ones, full disks, encodings that cannot write what is told.

    make_whole      once, before anything is opened or written
    OutputFailed    standard output takes nothing more
    is_closed       whether standard output was closed by whoever started the program

A closed descriptor is the next one that is handed out: without `make_whole` a socket to the cluster could become
standard output, and what is printed go there.
"""

import io
import os
import sys

_IN, _OUT, _ERR = 0, 1, 2
_closed: set[int] = set()


class OutputFailed(OSError):
    """Standard output cannot be written; `strerror` says why."""


class _Output(io.FileIO):
    """Standard output, whose errors can be told from all others."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # any buffer will do
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            raise
        except OSError as problem:
            raise OutputFailed(problem.errno, problem.strerror) from None


class _Errors(io.FileIO):
    """Standard error: there is nobody to tell that nothing can be told, and the work goes on."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        try:
            return super().write(data) or 0
        except OSError:
            return len(data)


def is_closed() -> bool:
    """Whether there is no standard output."""
    return _OUT in _closed


def make_whole() -> None:
    """Open what is closed on nothing; let text that a terminal's encoding lacks become signs, and files be UTF-8."""
    for descriptor, flags in ((_IN, os.O_RDONLY), (_OUT, os.O_RDONLY), (_ERR, os.O_WRONLY)):
        if not _is_open(descriptor):
            _closed.add(descriptor)
            os.open(os.devnull, flags)  # the lowest free one: this one
    if sys.stdin is None:
        sys.stdin = sys.__stdin__ = open(_IN, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = _text(_Output(_OUT, "w", closefd=False), sys.stdout)
    sys.stderr = _text(_Errors(_ERR, "w", closefd=False), sys.stderr)
    if sys.__stdout__ is None:
        sys.__stdout__ = sys.stdout  # type: ignore[misc]
    if sys.__stderr__ is None:
        sys.__stderr__ = sys.stderr  # type: ignore[misc]


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _text(raw: io.FileIO, before: io.TextIOBase | object | None) -> io.TextIOWrapper:
    """A text stream: on a terminal in its encoding, else in UTF-8 with odd bytes of file names as they are."""
    encoding = getattr(before, "encoding", None) or "utf-8"
    is_terminal = raw.isatty()
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=encoding if is_terminal else "utf-8",
        errors="replace" if is_terminal else "surrogateescape",
        line_buffering=is_terminal or raw.fileno() == _ERR,
    )
