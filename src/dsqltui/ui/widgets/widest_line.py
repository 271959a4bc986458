"""How wide the lines of a text are, known while the text changes line by line."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

_MANY = 1_000
"""Lines; the widest of more is not looked for again when it got shorter."""
_LONG = 50_000
"""Characters; to measure each of them takes longer than a key may."""


class LineSizes(NamedTuple):
    """The most of some lines, each for itself."""

    cells: int
    characters: int


class WidestLine:
    """Of lines that change. With very many of them, or a very long one, it may say too much, and never too little."""

    def __init__(self, lines: Callable[[], Sequence[str]], tab: Callable[[], int]) -> None:
        """`lines` gives all of them as they are, `tab` the cells of a tab."""
        self._lines, self._tab = lines, tab
        self._known: LineSizes | None = None

    def forget(self) -> None:
        """Nobody knows what changed."""
        self._known = None

    @property
    def sizes(self) -> LineSizes:
        """Of all lines."""
        if self._known is None:
            self._known = self.of(self._lines())
        return self._known

    def of(self, lines: Sequence[str]) -> LineSizes:
        """Of these lines."""
        tab = self._tab()
        longest = max(map(len, lines), default=0)
        if longest > _LONG:
            cells = max(len(line) * (1 if line.isascii() else 2) + line.count("\t") * tab for line in lines)
        else:
            cells = max((_cells(line, tab) for line in lines), default=0)
        return LineSizes(cells, longest)

    def before(self, lines: Sequence[str]) -> LineSizes:
        """Of lines that are about to change; nothing where their getting shorter would not be looked for."""
        if len(self._lines()) > _MANY or max(map(len, lines), default=0) > _LONG:
            return LineSizes(0, 0)
        return self.of(lines)

    def replaced(self, old: LineSizes, new: LineSizes) -> None:
        """Some lines that were `old` (see `before`) are `new` now; all others are as they were."""
        known = self._known
        if known is None:
            return
        is_shorter = any(was == most and now < most for was, now, most in zip(old, new, known, strict=True))
        if is_shorter and len(self._lines()) <= _MANY:
            self._known = None
        else:
            self._known = LineSizes(max(known.cells, new.cells), max(known.characters, new.characters))


def _cells(line: str, tab: int) -> int:
    if line.isascii():
        return len(line.expandtabs(tab)) if "\t" in line else len(line)
    return cell_len(line.expandtabs(tab))
