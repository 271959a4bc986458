"""Text in the cells of a terminal: how wide it is, and control characters written out as psql does."""

import re
import unicodedata

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NO_WIDTH = ("Mn", "Me", "Cf")


def cell_width(text: str) -> int:
    """Cells `text`, one line without control characters, takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def plain_lines(text: str) -> list[str]:
    """The lines of a value; carriage returns as `\\r`, tabs as blanks to the next eighth cell, controls as `\\x1B`."""
    if text.isascii() and text.isprintable():
        return [text]
    return [_written_out(line) for line in text.split("\n")]


def _written_out(line: str) -> str:
    parts: list[str] = []
    width = at = 0
    for found in _CONTROL.finditer(line):
        before, char = line[at : found.start()], found[0]
        width += cell_width(before)
        if char == "\t":
            shown = " " * (8 - width % 8)
        elif char == "\r":
            shown = "\\r"
        else:
            shown = f"\\x{ord(char):02X}" if ord(char) < 0x80 else f"\\u{ord(char):04X}"
        parts += (before, shown)
        width += len(shown)
        at = found.end()
    return "".join((*parts, line[at:]))
