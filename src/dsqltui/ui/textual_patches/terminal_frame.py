"""What the terminal shows, cell by cell, and the fewest bytes that make it show something else.

A frame of Textual says how lines are to look, whether or not they look so already. Here every cell that was sent is
known, so that only cells that differ are sent, colours are named once, and a line's end is erased instead of filled.
"""

from collections.abc import Iterable

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment

from dsqltui.ui.textual_patches.cell_looks import PLAIN, CellLook, codes_between, look_of

_UNKNOWN = "\x00"
"""Of a cell: nobody knows what is there. Never painted."""
_NEAR = 4
"""Cells that are cheaper to send again than to jump over."""
_ERASE_FROM, _SPACES_FROM = 4, 14
"""Cells from which on erasing is shorter than spaces: to the end of a line, and within it."""
_PICTURES_FROM = "\U0001f000"
"""Emoji: terminals do not agree how wide they are."""

_Row = tuple[list[str], list[CellLook]]
"""A letter and its look for each cell. Behind a letter of two cells stands an empty one."""


class TerminalFrame:
    """The cells of a terminal. `put` what is to be seen, then send what `changes` gives."""

    def __init__(self, *, erases_with_background: bool) -> None:
        """`erases_with_background`: what is erased takes the background that is set; not so GNU screen or a VT100."""
        self._erases = erases_with_background
        self.size = (0, 0)
        """Columns and rows."""
        self._shown: list[_Row] = []
        self._wanted: list[_Row] = []
        self._touched: set[int] = set()
        self.is_unknown = True
        """Whether every cell is to be put again: the terminal may show anything."""

    def forget(self) -> None:
        """The terminal shows something else: another program painted, or its size changed."""
        self.is_unknown = True

    def begin(self, columns: int, rows: int) -> None:
        """Every cell is going to be put; none of a terminal of this size is known if that is so for any."""
        if not self.is_unknown and (columns, rows) == self.size:
            return
        self.size = columns, rows
        self.is_unknown = False
        self._shown = [([_UNKNOWN] * columns, [PLAIN] * columns) for _ in range(rows)]
        self._wanted = [([" "] * columns, [PLAIN] * columns) for _ in range(rows)]
        self._touched = set(range(rows))

    def put(self, x: int, y: int, segments: Iterable[Segment], colors: ColorSystem) -> None:
        """These letters are to stand from cell `x` of row `y` on; what is beyond the edge is cut."""
        columns, rows = self.size
        if not 0 <= y < rows or not 0 <= x < columns:
            return
        letters: list[str] = []
        looks: list[CellLook] = []
        for text, style, control in segments:
            if control:
                continue
            cells = list(text) if text.isascii() else _cells(text)
            if letters and cells and not text[0].isascii() and cell_len(cells[0]) == 0:  # an accent, in another look
                letters[-2 if letters[-1] == "" else -1] += cells.pop(0)
            letters += cells
            looks += [look_of(style, colors)] * len(cells)
        if len(letters) > columns - x:
            del letters[columns - x :], looks[columns - x :]
        if not letters:
            return
        line, line_looks = self._wanted[y]
        end = x + len(letters)
        line[x:end] = letters
        line_looks[x:end] = looks
        _mend(line, x)
        _mend(line, end)
        self._touched.add(y)

    def changes(self) -> str:
        """What makes the terminal show all that was put; empty when it does already. Then it counts as sent.

        Begins and ends with the terminal's own colours set; where the cursor is left is not said.
        """
        out = _Output(self._erases)
        for y in sorted(self._touched):
            shown, wanted = self._shown[y], self._wanted[y]
            if shown == wanted:
                continue
            out.row(y, shown, wanted)
            self._shown[y] = (wanted[0][:], wanted[1][:])
        self._touched.clear()
        return out.text()


class _Output:
    """Collects bytes, and knows where they leave the cursor and the colours."""

    def __init__(self, erases: bool) -> None:
        self._erases = erases
        self._parts: list[str] = []
        self._at: tuple[int, int] | None = None
        self._look = PLAIN

    def text(self) -> str:
        if self._parts:
            self._set_look(PLAIN)
        return "".join(self._parts)

    def row(self, y: int, shown: _Row, wanted: _Row) -> None:
        """Send the cells that differ."""
        letters, looks = wanted
        changed = _changed(shown, wanted)
        if not changed:
            return
        tail = _blank_tail(wanted)
        done = 0
        for index, x in enumerate(changed):
            if x < done or letters[x] == "":
                continue
            blank = looks[x].blank
            can_erase = self._erases and letters[x] == " " and looks[x].can_be_erased
            if can_erase and x >= tail and len(changed) - index >= _ERASE_FROM:
                self._go_to(x, y, wanted)
                self._set_look(blank)
                self._parts.append("\x1b[K")
                return
            if can_erase and (behind := _end_of_blanks(wanted, x, changed[-1] + 1)) - x >= _SPACES_FROM:
                self._go_to(x, y, wanted)
                self._set_look(blank)
                self._parts.append(f"\x1b[{behind - x}X")
                done = behind
                continue
            self._go_to(x, y, wanted)
            self._letter(x, y, wanted)

    def _letter(self, x: int, y: int, wanted: _Row) -> None:
        letters, looks = wanted
        letter, look = letters[x], looks[x]
        if letter != " " or self._look.blank is not look.blank:
            self._set_look(look)
        self._parts.append(letter)
        behind = x + 2 if letters[x + 1 : x + 2] == [""] else x + 1
        # Behind the last cell, and behind what terminals measure differently, the cursor may be anywhere.
        is_sure = behind < len(letters) and len(letter) == 1 and letter < _PICTURES_FROM
        self._at = (behind, y) if is_sure else None

    def _set_look(self, look: CellLook) -> None:
        if look is not self._look:
            self._parts.append(codes_between(self._look, look))
            self._look = look

    def _go_to(self, x: int, y: int, wanted: _Row) -> None:
        if self._at == (x, y):
            return
        if self._at is not None and self._at[1] == y and self._at[0] < x:
            at = self._at[0]
            letters, looks = wanted
            gap = range(at, x)
            if len(gap) <= _NEAR and all(_is_cheap(letters[cell], looks[cell], self._look) for cell in gap):
                self._parts.append("".join(letters[cell] for cell in gap))
            else:
                self._parts.append(f"\x1b[{x - at}C" if x - at > 1 else "\x1b[C")
        else:
            self._parts.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        self._at = (x, y)


def _is_cheap(letter: str, look: CellLook, now: CellLook) -> bool:
    """Whether a cell can be sent again without another colour."""
    return letter.isascii() and letter != "" and (look is now or (letter == " " and look.blank is now.blank))


def _changed(shown: _Row, wanted: _Row) -> list[int]:
    """Cells that look different, in order; a letter of two cells changes with both."""
    old, old_looks = shown
    new, new_looks = wanted
    found = {
        x
        for x, (before, after, one, other) in enumerate(zip(old, new, old_looks, new_looks, strict=True))
        if before != after or (one is not other and (after != " " or one.blank is not other.blank))
    }
    if "" not in old and "" not in new:
        return sorted(found)
    waiting = list(found)
    while waiting:
        x = waiting.pop()
        for line in (old, new):
            for beside in (x - 1 if line[x] == "" else x, x + 1 if line[x + 1 : x + 2] == [""] else x):
                if beside not in found and beside >= 0:
                    found.add(beside)
                    waiting.append(beside)
    return sorted(found)


def _blank_tail(row: _Row) -> int:
    """The cell from which on the row is nothing but spaces of one look."""
    letters, looks = row
    tail = len(letters)
    last = looks[-1].blank
    while tail and letters[tail - 1] == " " and looks[tail - 1].blank is last:
        tail -= 1
    return tail


def _end_of_blanks(row: _Row, start: int, limit: int) -> int:
    """Behind the spaces of one look that begin at `start`."""
    letters, looks = row
    blank = looks[start].blank
    end = start
    while end < limit and letters[end] == " " and looks[end].blank is blank:
        end += 1
    return end


def _cells(text: str) -> list[str]:
    """The letters of a text by cell: what has no width stands with the letter before it."""
    letters: list[str] = []
    is_joined = False
    for character in text:
        if letters and (is_joined or cell_len(character) == 0):
            letters[-1] += character
        else:
            letters.append(character)
        is_joined = character == "\u200d"
    cells: list[str] = []
    for letter in letters:
        cells.append(letter)  # a first one without width too: `put` knows where it belongs
        cells += [""] * (cell_len(letter) - 1)
    return cells


def _mend(line: list[str], x: int) -> None:
    """Half a letter is left at this border when the other half was painted over: a space."""
    if 0 < x < len(line) and line[x] == "" and not _is_wide(line[x - 1]):
        line[x] = " "
    if 0 < x <= len(line) and _is_wide(line[x - 1]) and line[x : x + 1] != [""]:
        line[x - 1] = " "


def _is_wide(letter: str) -> bool:
    return not letter.isascii() and cell_len(letter) == 2
