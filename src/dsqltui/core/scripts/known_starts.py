"""Where statements start in a text that a person changes, as far as that is known."""

from bisect import bisect_left, bisect_right


class KnownStarts:
    """Offsets at which nothing goes on from before, in two lists with a gap between them, where the text changes.

    Those before the gap are sure. Those behind it are counted from the end of the text, so that a change before them
    moves none; they are sure again as soon as one of them is met by who reads from before the gap on: what follows it
    has not changed.
    """

    def __init__(self) -> None:
        self.length = 0
        """Characters of the text."""
        self._before: list[int] = []
        self._behind: list[int] = []
        """Characters from there to the end of the text, the place nearest to the end first."""
        self._is_sure = True
        """Whether those behind the gap are."""

    def changed(self, start: int, end: int, growth: int) -> None:
        """The characters from `start` to `end` were replaced by so many more; a negative number: by fewer."""
        behind, length = self._behind, self.length
        kept, left = bisect_right(behind, length - end), bisect_right(behind, length - start)
        if self._is_sure:
            self._before += [length - rest for rest in reversed(behind[left:])]
        del behind[kept:]
        cut = bisect_left(self._before, start)
        changed = self._before[cut:]
        del self._before[cut:]
        if self._is_sure:
            behind += [length - place for place in reversed(changed) if place >= end]
        self.length = length + growth
        self._is_sure = not behind

    def forget(self, length: int) -> None:
        """It is another text."""
        self.length = length
        self._before, self._behind, self._is_sure = [], [], True

    def nearest(self, offset: int) -> int:
        """0, or the last but one that is sure and at or before `offset`.

        Not the last one: at the end of the text so far a statement may have become a comment.
        """
        if self._is_sure and self._behind and self.length - self._behind[-1] <= offset:
            first = bisect_left(self._behind, self.length - offset)
            self._before += [self.length - rest for rest in reversed(self._behind[first:])]
            del self._behind[first:]
        index = bisect_right(self._before, offset) - 2
        return self._before[index] if index >= 0 else 0

    def met(self, place: int) -> bool:
        """One was read; whether that makes those behind it sure."""
        if self._before and place <= self._before[-1]:
            return False
        rest = self.length - place
        index = bisect_left(self._behind, rest)
        is_known = index < len(self._behind) and self._behind[index] == rest
        if is_known:
            was_sure, self._is_sure = self._is_sure, True
            del self._behind[index + 1 :]  # passed by, and not met
            return not was_sure
        del self._behind[index:]
        self._before.append(place)
        return False

    def __len__(self) -> int:
        return len(self._before)
