"""Text from the database, made safe to show: control characters become visible, never act on the terminal.

Clip first, then neutralise, so that a 10 MB value costs nothing.
"""

import codecs
import re
import unicodedata

_VISIBLE: dict[int, str] = {code: chr(0x2400 + code) for code in range(0x20)}
_VISIBLE[0x7F] = "\u2421"
_VISIBLE.update(dict.fromkeys(range(128, 160), "�"))  # C1 controls, the 8-bit CSI and OSC among them
_VISIBLE.update(
    {
        code: f"‹U+{code:04X}›"  # invisible and direction-changing characters: say which
        for code in (
            0x00AD,
            0x061C,
            0x180E,
            *range(0x200B, 0x2010),
            0x2028,
            0x2029,
            *range(0x202A, 0x202F),
            *range(0x2060, 0x2065),
            *range(0x2066, 0x206A),
            0xFEFF,
            *range(0xFFF9, 0xFFFC),
        )
        if code != 0x200D
    }
)
# Terminals disagree on the width of these, and a wrong guess shifts the rest of the row: leave them out of a line.
_WIDTH_TRAPS = dict.fromkeys((8205, 65038, 65039, *range(127995, 128000)), "")
_LINE_BREAKS = {0x0A: "⏎", 0x0D: "␍", 0x09: "⇥"}


class _Translation(dict[int, str]):
    """For str.translate: what is not listed stays, except lone surrogates, tags and non-characters."""

    def __missing__(self, code: int) -> str:
        is_bad = 0xD800 <= code <= 0xDFFF or 0xE0000 <= code <= 0xE0FFF or code & 0xFFFE == 0xFFFE
        text = "\ufffd" if is_bad or 0xFDD0 <= code <= 0xFDEF else chr(code)
        if len(self) < 20_000:
            self[code] = text
        return text


_ONE_LINE = _Translation({**_VISIBLE, **_WIDTH_TRAPS, **_LINE_BREAKS})
_MANY_LINES = _Translation({**_VISIBLE, 0x0A: "\n", 0x09: "    "})
_STREAM = _Translation({**_VISIBLE, 0x0A: "\n", 0x09: "\t"})


_MOST_MARKS = 8
"""Marks on one letter; no script needs more, and a flood of them covers the lines above and below."""
# Runs of what may be marks, without the letters that come in long runs themselves (Latin, kana, CJK, Hangul).
_MAYBE_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u1fff\u20d0-\u20ff\u2cef-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\uabff\ufb1e\ufe00-\ufe2f"
    "\U00010100-\U0001ffff\U000e0100-\U000e01ef]{9,}"
)


def _calmed(text: str) -> str:
    """Without floods of combining marks."""
    return _MAYBE_MARKS.sub(_few_marks, text)


def _few_marks(found: re.Match[str]) -> str:
    kept: list[str] = []
    count = 0
    for char in found[0]:
        count = count + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if count <= _MOST_MARKS:
            kept.append(char)
        elif count == _MOST_MARKS + 1:
            kept.append("\ufffd")
    return "".join(kept)


def terminal_text(text: str) -> str:
    """`text` with tabs and line breaks kept, and everything else that a terminal acts on made visible."""
    return text if text.isascii() and text.isprintable() else _calmed(text.translate(_STREAM))


class TerminalText:
    """Bytes that go to a terminal as they come, made safe: tabs and line breaks stay."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, piece: bytes) -> str:
        """What can be shown now."""
        return terminal_text(self._decoder.decode(piece))

    def end(self) -> str:
        """What is left of half a character."""
        return self._decoder.decode(b"", final=True)


def one_line(text: str, limit: int = 512) -> str:
    """`text` on one line, at most `limit` characters of it and an ellipsis, safe to paint."""
    is_clipped = len(text) > limit
    if is_clipped:
        text = text[:limit]
    if not (text.isascii() and text.isprintable()):
        text = _calmed(text.translate(_ONE_LINE))
    return text + "…" if is_clipped else text


def many_lines(text: str, limit: int = 200_000) -> str:
    """`text` with its line breaks kept, safe to paint."""
    return _calmed(text[:limit].translate(_MANY_LINES))


def typed_text(text: str) -> str:
    """Text for an editor. All of it stays, joiners and marks of direction too (the editor shows a sign for them); only
    control characters, and line separators that no editor tells from line ends, become visible signs."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return unified if unified.isprintable() else unified.translate(_PASTED)


def visible_controls(text: str) -> str:
    """Pasted text with its control characters made visible signs; line breaks and tabs stay."""
    return text.translate(_PASTED)


def has_control_signs(text: str) -> bool:
    """Whether `text` holds signs that `visible_controls` puts in the place of control characters, or characters that
    turn the direction of what is shown."""
    return not text.isascii() and not _CONTROL_SIGNS.isdisjoint(text)


_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_PASTED = {
    **{code: shown for code, shown in _VISIBLE.items() if code < 0xA0 and code not in (0x09, 0x0A, 0x0D)},
    **{code: _VISIBLE[code] for code in (0x2028, 0x2029)},
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}
_CONTROL_SIGNS = frozenset(shown for shown in _PASTED.values() if len(shown) == 1) | _TURNING
