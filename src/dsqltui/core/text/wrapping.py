"""Text broken into lines of terminal cells, Japanese included: between any two of its letters, but never before a
closing mark or a small kana, and never after an opening bracket (kinsoku).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

_NEVER_FIRST = frozenset(
    "、。，．・：；？！ー〜～）」』】〕〉》〟’”ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々,.:;?!)]}%…"
)
_NEVER_LAST = frozenset("（「『【〔〈《‘“([{")
_PIECE = re.compile(r"`[^`\n]*`|[ \t]+|[!-_a-~\u00a1-\u024f]+|.", re.DOTALL)


def padded(text: str, width: int) -> str:
    """The text with spaces behind it, `width` cells wide at least: `f"{text:<9}"` counts characters."""
    return text + " " * max(0, width - cells(text))


def cells(text: str) -> int:
    """How many terminal cells the text takes: wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def wrapped(text: str, width: int) -> list[str]:
    """The text's lines, each broken to at most `width` cells (2 or more).

    Lines that begin with spaces keep them on what follows. A piece in backquotes is kept whole where it fits.
    """
    return [line for paragraph in text.split("\n") for line in _paragraph(paragraph, max(2, width))]


def break_places(text: str, width: int) -> list[int]:
    """Places of one line's characters before which it is broken, to at most `width` cells (2 or more) each; spaces hang
    at the end of the line that they follow.
    """
    width = max(2, width)
    places: list[int] = []
    at = used = 0
    for unit in _units(text):
        size = cells(unit)
        if not unit.isspace() and used and used + size > width:
            places.append(at)
            used = 0
        while not unit.isspace() and size > width:
            head = _head(unit, width)
            at, unit = at + len(head), unit[len(head) :]
            size = cells(unit)
            places.append(at)
        at, used = at + len(unit), used + size
    return places


def shortened(text: str, width: int) -> str:
    """As much of the text's beginning as fits into `width` cells (1 or more)."""
    return _head(text, width) if text else ""


def _paragraph(text: str, width: int) -> Iterator[str]:
    indent = text[: len(text) - len(text.lstrip(" "))][: width // 2]
    line = indent
    for unit in _units(text.strip(" ")):
        is_space = unit.isspace()
        if cells(line) + cells(unit) <= width:
            line += "" if is_space and line == indent and indent != text else unit
            continue
        if is_space:
            continue
        if line.strip():
            yield line.rstrip(" ")
        line = indent
        while cells(line) + cells(unit) > width:
            head = _head(unit, width - cells(line))
            yield line + head
            unit = unit[len(head) :]
        line += unit
    yield line.rstrip(" ")


def _units(text: str) -> Iterator[str]:
    """Pieces that stay together: words, spaces, single letters of Japanese with the marks that cling to them."""
    unit = ""
    for piece in _PIECE.findall(text):
        clings = (
            unit
            and not unit.isspace()
            and not piece.isspace()
            and (piece[0] in _NEVER_FIRST or unit[-1] in _NEVER_LAST)
        )
        if clings:
            unit += piece
            continue
        if unit:
            yield unit
        unit = piece
    if unit:
        yield unit


def _head(unit: str, room: int) -> str:
    """As many characters as fit, at least one."""
    taken = 0
    for index, character in enumerate(unit):
        taken += cells(character)
        if taken > room and index:
            return unit[:index]
    return unit


def side_by_side(parts: Sequence[str], width: int) -> str:
    """Short texts on one line, closer together when it is narrow; broken only between them. 0 cells: not known yet."""
    for gap in ("   ", "  "):
        line = gap.join(parts)
        if not width or cells(line) <= width:
            return line
    lines: list[str] = []
    for part in parts:
        if lines and cells(lines[-1]) + 3 + cells(part) <= width:
            lines[-1] += f"   {part}"
        else:
            lines.append(part)
    return "\n".join(lines)
