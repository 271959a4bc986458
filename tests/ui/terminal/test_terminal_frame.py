"""What is sent cell by cell leaves the terminal as a whole paint would: on a real emulation, with random frames."""

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from dsqltui.ui.textual_patches.cell_looks import PLAIN, codes_between, look_of
from dsqltui.ui.textual_patches.terminal_frame import TerminalFrame

COLUMNS, ROWS = 30, 3
STYLES = [
    None,
    Style.parse("red"),
    Style.parse("on blue"),
    Style.parse("bold red on blue"),
    Style.parse("bold"),
    Style.parse("reverse green"),
    Style.parse("underline on color(238)"),
    Style.parse("italic #123456 on #abcdef"),
]
LETTERS = ["a", "b", " ", " ", " ", "─", "│", "é", "東", "京", "e\u0301"]

Piece = tuple[int, int, list[tuple[str, Style | None]]]

pieces: st.SearchStrategy[list[Piece]] = st.lists(
    st.tuples(
        st.integers(0, COLUMNS - 1),
        st.integers(0, ROWS - 1),
        st.lists(
            st.tuples(
                st.lists(st.tuples(st.sampled_from(LETTERS), st.integers(1, 12)), min_size=1, max_size=4).map(
                    lambda runs: "".join(letter * times for letter, times in runs)
                ),
                st.sampled_from(STYLES),
            ),
            min_size=1,
            max_size=4,
        ),
    ),
    max_size=6,
)


class Screen:
    """A frame and the terminal that it is sent to."""

    def __init__(self, *, erases: bool = True) -> None:
        self.frame = TerminalFrame(erases_with_background=erases)
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.Stream(self.screen)
        self._stream.feed("\x1b[?7l")
        self.frame.begin(COLUMNS, ROWS)

    def paint(self, frame: list[Piece]) -> str:
        for x, y, texts in frame:
            self.frame.put(x, y, [Segment(text, style) for text, style in texts], ColorSystem.TRUECOLOR)
        sent = self.frame.changes()
        self._stream.feed(sent)
        return sent

    def scribble(self, text: str) -> None:
        self._stream.feed(text)

    def cells(self) -> list[tuple[object, ...]]:
        """What is seen; of a space, only what shows of it."""
        found: list[tuple[object, ...]] = []
        for y in range(ROWS):
            for x in range(COLUMNS):
                cell = self.screen.buffer[y][x]
                marks = (cell.bg, cell.underscore, cell.reverse, cell.strikethrough)
                letter = (cell.fg, cell.bold, cell.italics) if cell.data.strip() or any(marks[1:]) else ()
                found.append((cell.data, *marks, *letter))
        return found


@given(st.lists(pieces, min_size=1, max_size=4), st.booleans())
@settings(max_examples=150, deadline=None)
def test_differences_leave_the_terminal_as_a_whole_paint_would(frames: list[list[Piece]], erases: bool) -> None:
    by_differences, anew = Screen(erases=erases), Screen(erases=False)
    for frame in frames:
        by_differences.paint(frame)
        assert by_differences.paint(frame) == "", "the same frame twice"
    anew.paint([piece for frame in frames for piece in frame])
    assert by_differences.cells() == anew.cells()


@given(pieces)
@settings(max_examples=30, deadline=None)
def test_what_was_forgotten_is_painted_over_whatever_is_there(frame: list[Piece]) -> None:
    shown, anew = Screen(), Screen()
    shown.paint(frame)
    shown.scribble("\x1b[H\x1b[7;35m" + "X" * COLUMNS + "\x1b[2;5H" + "Y" * 9 + "\x1b[m")
    shown.frame.forget()
    shown.frame.begin(COLUMNS, ROWS)
    shown.paint(frame)
    anew.paint(frame)
    assert shown.cells() == anew.cells()


def painted(first: list[Piece], then: list[Piece], *, erases: bool = True) -> str:
    screen = Screen(erases=erases)
    screen.paint(first)
    return screen.paint(then)


def test_only_cells_that_differ_are_sent_and_a_colour_once() -> None:
    red = Style.parse("red")
    assert painted([(0, 0, [("select 1", red)])], [(0, 0, [("select 2", red)])]) == "\x1b[1;8H\x1b[31m2\x1b[m"
    assert painted([], [(0, 1, [("ab", red), ("cd", red)])]) == "\x1b[2H\x1b[31mabcd\x1b[m"
    assert painted([(3, 0, [("x     y", None)])], [(3, 0, [("a     b", None)])]) == "\x1b[1;4Ha\x1b[5Cb"
    assert painted([(3, 0, [("xzzy", None)])], [(3, 0, [("azzb", None)])]) == "\x1b[1;4Hazzb"


def test_the_end_of_a_line_is_erased_where_the_terminal_keeps_the_background() -> None:
    line: list[Piece] = [(0, 0, [("x" * COLUMNS, None)])]
    blue: list[Piece] = [(0, 0, [("a", None), (" " * (COLUMNS - 1), Style.parse("bold red on blue"))])]
    assert painted(line, blue) == "\x1b[1Ha\x1b[44m\x1b[K\x1b[m"
    assert painted(line, blue, erases=False) == "\x1b[1Ha\x1b[1;31;44m" + " " * (COLUMNS - 1) + "\x1b[m"


def test_a_letter_of_two_cells_goes_as_a_whole() -> None:
    assert painted([(0, 0, [("a東b", None)])], [(0, 0, [("a京b", None)])]) == "\x1b[1;2H京"
    assert painted([(0, 0, [("a東b", None)])], [(2, 0, [("x", None)])]) == "\x1b[1;2H x"


def test_behind_what_terminals_measure_differently_the_cursor_is_set_again() -> None:
    assert painted([], [(0, 0, [("👍z", None)])]) == "\x1b[1H👍\x1b[1;3Hz"
    assert painted([], [(COLUMNS - 1, 0, [("東", None)])]) == "", "half of it does not fit"


@pytest.mark.parametrize("before", STYLES)
@pytest.mark.parametrize("after", STYLES)
def test_codes_lead_from_each_look_to_each_other(before: Style | None, after: Style | None) -> None:
    one, other = (look_of(style, ColorSystem.TRUECOLOR) for style in (before, after))
    screen = pyte.Screen(3, 1)
    pyte.Stream(screen).feed(codes_between(PLAIN, one) + "x" + codes_between(one, other) + "y")
    direct = pyte.Screen(3, 1)
    pyte.Stream(direct).feed(" " + codes_between(PLAIN, other) + "y")
    assert screen.buffer[0][1] == direct.buffer[0][1]


def test_a_link_is_begun_and_ended() -> None:
    link = look_of(Style(link="https://example.org/"), ColorSystem.TRUECOLOR)
    assert codes_between(PLAIN, link) == "\x1b]8;;https://example.org/\x1b\\"
    assert codes_between(link, PLAIN) == "\x1b]8;;\x1b\\"
