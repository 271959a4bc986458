"""Which cells of a line are sent: all that changed, hardly any other, and no wide character is cut."""

import random

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from dsqltui.ui.textual_patches.line_diff import changed_cells

PIECES = ("a", "b", "ab", " ", "東", "日本", "é", "e\u0301", "x\u0301y", "한")
STYLES = (Style(color="red"), Style(bold=True), Style.null())


def strip_of(*pieces: tuple[str, Style]) -> Strip:
    return Strip([Segment(text, style) for text, style in pieces])


def filled(strip: Strip, width: int) -> Strip:
    return strip.adjust_cell_length(width) if strip.cell_length < width else strip.crop(0, width)


@pytest.mark.parametrize("seed", range(300))
def test_what_is_sent_over_the_old_line_gives_the_new_one(seed: int) -> None:
    rng = random.Random(seed)
    pieces = [(rng.choice(PIECES), rng.choice(STYLES)) for _ in range(rng.randrange(1, 8))]
    other = list(pieces)
    at = rng.randrange(len(other))
    other[at : at + rng.randrange(3)] = [(rng.choice(PIECES), rng.choice(STYLES)) for _ in range(rng.randrange(3))]
    old, new = filled(strip_of(*pieces), 24), filled(strip_of(*other), 24)
    start, end = changed_cells(old, new, 24)
    assert 0 <= start < end <= 24
    painted = Strip.join([old.crop(0, start), new.crop(start, end), old.crop(end, 24)])
    assert painted.text == new.text
    assert [(text, style) for text, style, _ in painted.simplify()] == [(t, s) for t, s, _ in new.simplify()]


def test_one_letter_at_the_end_is_two_cells() -> None:
    cursor = Style(reverse=True)
    old = strip_of(("1 ", STYLES[0]), ("sel", Style.null()), (" ", cursor), (" " * 20, Style.null()))
    new = strip_of(("1 ", STYLES[0]), ("sele", Style.null()), (" ", cursor), (" " * 19, Style.null()))
    assert changed_cells(old, new, old.cell_length) == (5, 7)


def test_an_accent_takes_its_letter_along() -> None:
    old, new = strip_of(("東e x", Style.null())), strip_of(("東e\u0301 x", Style.null()))
    assert changed_cells(old, new, cell_len("東e x"))[0] <= 2
