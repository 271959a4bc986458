"""Standard output and error made safe while they are a terminal: file names, arguments, what AWS and servers say.

The last line of defence, as `ui.textual_patches.control_filter` is for the screen. A pipe or file gets exactly what was
written.
"""

import sys
from typing import Any, TextIO, cast

from dsqltui.core.text.safe_text import terminal_text


class SafeStream:
    """A text stream whose text a terminal cannot act on; bytes written to its `buffer` go through as they are."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """All of it."""
        self._stream.write(terminal_text(text))
        return len(text)

    def writelines(self, lines: "list[str]") -> None:
        """One after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def guard_terminals() -> None:
    """Put it before what is a terminal."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and not stream.closed and stream.isatty():
            setattr(sys, name, cast("TextIO", SafeStream(stream)))
