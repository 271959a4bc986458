"""What is written to a terminal as data, made safe on the way: results, COPY, a `\\o` of /dev/tty."""

from typing import IO, cast

from dsqltui.core.text.safe_text import TerminalText


class TerminalFile:
    """A file that is a terminal. Takes bytes and writes them as UTF-8 without anything a terminal would act on."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._text = TerminalText()

    def write(self, piece: "bytes | memoryview") -> int:
        """All of it; the first bytes of a character wait for the rest."""
        data = self._text.feed(bytes(piece)).encode("utf-8", "replace")
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]
        return len(piece)

    def flush(self) -> None:
        """Let a reader see what is there."""
        self._file.flush()

    def close(self) -> None:
        """Also half a character that nothing followed."""
        if rest := self._text.end():
            self._file.write(rest.encode())
        self._file.close()


def safe_for_terminals(file: IO[bytes]) -> IO[bytes]:
    """`file`, or what stands before it if it is a terminal."""
    return cast("IO[bytes]", TerminalFile(file)) if file.isatty() else file
