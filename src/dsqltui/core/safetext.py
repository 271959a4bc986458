"""Text from the database, made safe to show: control characters become visible, never act on the terminal.

Clip first, then neutralise, so that a 10 MB value costs nothing.
"""

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


def one_line(text: str, limit: int = 512) -> str:
    """`text` on one line, at most `limit` characters of it and an ellipsis, safe to paint."""
    is_clipped = len(text) > limit
    if is_clipped:
        text = text[:limit]
    if not (text.isascii() and text.isprintable()):
        text = text.translate(_ONE_LINE)
    return text + "…" if is_clipped else text


def many_lines(text: str, limit: int = 200_000) -> str:
    """`text` with its line breaks kept, safe to paint."""
    return text[:limit].translate(_MANY_LINES)


def typed_text(text: str) -> str:
    """Text for an editor: line breaks and tabs stay, other control and direction characters are dropped."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in unified if c in "\n\t" or (ord(c) not in _VISIBLE and not 0xD800 <= ord(c) <= 0xDFFF))


def visible_controls(text: str) -> str:
    """Pasted text with what `typed_text` would drop made visible instead; line breaks and tabs stay."""
    return text.translate(_PASTED)


def has_control_signs(text: str) -> bool:
    """Whether `text` holds signs that `visible_controls` puts in the place of control characters."""
    return not text.isascii() and not _CONTROL_SIGNS.isdisjoint(text)


_PASTED = {
    **{code: shown for code, shown in _VISIBLE.items() if code not in (0x09, 0x0A, 0x0D)},
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}
_CONTROL_SIGNS = frozenset(shown for shown in _PASTED.values() if len(shown) == 1) | {"‹"}
