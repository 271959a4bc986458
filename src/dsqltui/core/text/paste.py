"""What comes in from the terminal, with the control characters of a bracketed paste made visible.

Pasted text can hold escape sequences, and a terminal that passes them on makes keys of them: a pasted `ESC [15~` is F5.
"""

from dsqltui.core.text.safe_text import visible_controls

_START, _END = "\x1b[200~", "\x1b[201~"


class PasteFilter:
    """Takes terminal input piece by piece; what lies between the two marks of a paste loses its power.

    A mark may be split between pieces. Keys are never held back; of a paste, what may be the beginning of its end is.
    """

    def __init__(self) -> None:
        self._is_inside = False
        self._held = ""
        self._passed = ""
        """The last keys passed on, which may be the beginning of a paste."""

    def clean(self, data: str) -> str:
        """The same input, harmless. An empty piece, the end of the input, lets go of what was held back."""
        if not data:
            held, self._held = self._held, ""
            return visible_controls(held)
        out: list[str] = []
        while data:
            piece, data = self._pasted(data) if self._is_inside else self._typed(data)
            out.append(piece)
        return "".join(out)

    def _typed(self, data: str) -> tuple[str, str]:
        """Keys up to the start of a paste, and the rest."""
        known = len(self._passed)
        text = self._passed + data
        at = text.find(_START)
        if at < 0:
            self._passed = text[1 - len(_START) :]
            return data, ""
        self._is_inside, self._passed = True, ""
        end = at + len(_START) - known
        return data[:end], data[end:]

    def _pasted(self, data: str) -> tuple[str, str]:
        """Pasted text up to its end, made harmless, and the rest."""
        text, self._held = self._held + data, ""
        before, found, rest = text.partition(_END)
        if found:
            self._is_inside = False
            return visible_controls(before) + _END, rest
        keep = next((size for size in range(len(_END) - 1, 0, -1) if text.endswith(_END[:size])), 0)
        self._held = text[len(text) - keep :]
        return visible_controls(text[: len(text) - keep]), ""
