"""Lines with the letter of their pane before them."""

import codecs

from dsqltui.core.text.safe_text import many_lines
from dsqltui.headless.output import OutputClosed


class Transcript:
    """One pane's lines on standard output: `A> text`."""

    def __init__(self, letter: str) -> None:
        self._letter = letter
        self._open = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, text: str) -> None:
        """Text; a last line without an end waits for it."""
        *lines, self._open = (self._open + text).split("\n")
        for line in lines:
            self.say(line)

    def write_bytes(self, piece: bytes) -> None:
        """What COPY sends."""
        self.write(self._decoder.decode(piece))

    def say(self, line: str) -> None:
        """A line, or several."""
        for part in line.split("\n"):
            put(f"{self._letter}> {part}".rstrip())

    def hold(self) -> None:
        """Nothing is ever held back."""

    def release(self) -> None:
        """Nothing is ever held back."""

    def drop(self) -> None:
        """Nothing is ever held back."""

    def flush(self) -> None:
        """End a line that has none."""
        if self._open:
            open_line, self._open = self._open, ""
            self.say(open_line)


def put(line: str) -> None:
    """A line on standard output, at once and safe to read anywhere, also when no terminal is there."""
    try:
        print(many_lines(line, len(line)), flush=True)
    except BrokenPipeError:
        raise OutputClosed from None
