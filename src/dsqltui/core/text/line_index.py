"""A text kept as lines: joined, and its offsets, computed once for each of its versions."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate


class LineIndex:
    """Of lines that change. What is asked between two changes is looked for once."""

    def __init__(self, lines: Callable[[], Sequence[str]]) -> None:
        """`lines` gives all of them as they are."""
        self._lines = lines
        self._text: str | None = None
        self._ends: list[int] | None = None
        """Characters before each line, and at last all of them, line ends not counted."""

    def forget(self) -> None:
        """The lines changed."""
        self._text = self._ends = None

    @property
    def text(self) -> str:
        """All lines, joined."""
        if self._text is None:
            self._text = "\n".join(self._lines())
        return self._text

    @property
    def length(self) -> int:
        """Characters of all lines, joined."""
        before = self._before()
        return before[-1] + max(0, len(before) - 2)

    def offset_at(self, row: int, column: int) -> int:
        """The character offset of a place."""
        return self._before()[row] + row + column

    def location_at(self, offset: int) -> tuple[int, int]:
        """Row and column of an offset; the end of the text for one behind it."""
        before = self._before()
        last = len(before) - 2
        row = bisect_right(range(last + 1), max(0, offset), key=lambda row: before[row] + row) - 1
        return row, min(max(0, offset) - before[row] - row, before[row + 1] - before[row])

    def _before(self) -> list[int]:
        if self._ends is None:
            self._ends = list(accumulate(map(len, self._lines()), initial=0))
        return self._ends
