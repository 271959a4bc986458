"""Lines with the letter of their pane before them."""

from dsqltui.core.safetext import many_lines
from dsqltui.headless.output import OutputClosed


class Transcript:
    """One pane's lines on standard output: `A> text`."""

    def __init__(self, letter: str) -> None:
        self._letter = letter
        self._open = ""

    def write(self, text: str) -> None:
        """Text; a last line without an end waits for it."""
        *lines, self._open = (self._open + text).split("\n")
        for line in lines:
            self.say(line)

    def write_bytes(self, piece: bytes) -> None:
        """What COPY sends."""
        self.write(many_lines(piece.decode("utf-8", "replace"), len(piece)))

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
    """A line on standard output, at once."""
    try:
        print(line.encode("utf-8", "replace").decode(), flush=True)
    except BrokenPipeError:
        raise OutputClosed from None
