"""Standard input as lines of text, for `dsqltui --plain` without a terminal."""

import codecs
import sys

from dsqltui.core.language import _
from dsqltui.core.scripts.script_text import decoded


class PipedLines:
    """Standard input line by line, each as soon as it is there."""

    def __init__(self) -> None:
        self._count = 0
        self._decoded: list[str] = []
        """Lines that had to be read together: UTF-16."""

    def next(self) -> str:
        """Without its end. Raises EOFError and ScriptUnreadable."""
        if self._decoded:
            return self._decoded.pop(0)
        data = sys.stdin.buffer.readline()
        if not data:
            raise EOFError
        self._count += 1
        if self._count == 1 and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self._decoded = decoded(data + sys.stdin.buffer.read(), _("standard input")).splitlines()
            return self.next() if self._decoded else ""
        return decoded(data, _("standard input"), line=self._count, has_mark=self._count == 1).rstrip("\n")
