"""Bytes of a terminal as text: UTF-8, with what is none made visible, and mouse reports of the old form translated.

A terminal may be set to another character set, a paste may come through as it is, and a terminal without the SGR
extension reports its mouse as `ESC [ M` and three bytes, which beyond column 95 are no UTF-8.
"""

import codecs
import re

_OUTSIDE = re.compile(rb"\x1b\[200~|\x1b\[M(...)", re.DOTALL)
_PASTE_END = re.compile(rb"\x1b\[201~")
# The beginning of one of these at the end of a piece.
_OUTSIDE_BEGUN = re.compile(rb"(?:\x1b(?:\[(?:M.{0,2}|2(?:0(?:0)?)?)?)?)?\Z", re.DOTALL)
_PASTE_END_BEGUN = re.compile(rb"(?:\x1b(?:\[(?:2(?:0(?:1)?)?)?)?)?\Z")
_OFFSET = 32
_BUTTONS, _RELEASED, _WHEEL_OR_MOTION = 0b11, 0b11, 0b1110_0000


class TerminalDecoder:
    """Takes bytes piece by piece, as codecs' incremental decoders do. Never raises."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._kept = b""
        """The end of the last piece, when something may begin there; its first `_passed` bytes were passed on."""
        self._passed = 0
        self._is_pasting = False
        self._button = 0

    def decode(self, data: bytes, final: bool = False) -> str:
        """The text of the next piece. Keys are never held back, not even an Escape; part of a mouse report is."""
        buffer, passed, at = self._kept + data, self._passed, 0
        out = bytearray()
        while found := (_PASTE_END if self._is_pasting else _OUTSIDE).search(buffer, at):
            out += buffer[at : found.start()]
            if self._is_pasting or found[1] is None:
                out += found[0]
                self._is_pasting = not self._is_pasting
            else:
                out += self._as_sgr(*found[1])
            at = found.end()
        rest = buffer[at:]
        begun = (_PASTE_END_BEGUN if self._is_pasting else _OUTSIDE_BEGUN).search(rest)
        tail = begun[0] if begun is not None and not final else b""
        is_held = tail.startswith(b"\x1b[M")
        out += rest[: len(rest) - len(tail)] if is_held else rest
        self._kept = tail
        if is_held:
            self._passed = passed if tail == buffer else 0
        else:
            self._passed = len(tail)
        return self._decoder.decode(bytes(out[passed:]), final)

    def _as_sgr(self, button: int, column: int, row: int) -> bytes:
        """The report as `ESC [ < BUTTON ; COLUMN ; ROW M`, or `m` for a button let go."""
        code = (button - _OFFSET) % 256
        is_release = code & _BUTTONS == _RELEASED and not code & _WHEEL_OR_MOTION
        if is_release:
            code = code & ~_BUTTONS | self._button
        elif not code & _WHEEL_OR_MOTION:
            self._button = code & _BUTTONS
        place = f"{(column - _OFFSET) % 256};{(row - _OFFSET) % 256}"
        return f"\x1b[<{code};{place}{'m' if is_release else 'M'}".encode()
