"""How wide the lines are, known while they change."""

import random

from dsqltui.ui.widgets.widest_line import WidestLine

PIECES = ("select 1;", "", "\tx", "顧客", "a much longer line than the others", "é")


def test_known_while_lines_change_and_measured_anew_are_the_same() -> None:
    for seed in range(100):
        rng = random.Random(seed)
        lines = [rng.choice(PIECES) for _ in range(5)]
        widest = WidestLine(lambda lines=lines: lines, lambda: 4)  # type: ignore[misc]
        for _ in range(30):
            first = rng.randrange(len(lines))
            old = lines[first : first + rng.randint(1, 2)]
            new = [rng.choice(PIECES) for _ in range(rng.randint(1, 3))]
            before = widest.before(old)
            lines[first : first + len(old)] = new
            widest.replaced(before, widest.of(new))
            if rng.random() < 0.7:
                assert widest.sizes == widest.of(lines), (seed, lines)


def test_with_very_many_lines_it_gets_wider_and_not_narrower() -> None:
    lines = ["x"] * 2_000
    widest = WidestLine(lambda: lines, lambda: 4)
    assert widest.sizes == (1, 1)
    lines[3] = "wide"
    widest.replaced(widest.before(["x"]), widest.of(["wide"]))
    assert widest.sizes == (4, 4)
    lines[3] = ""
    widest.replaced(widest.before(["wide"]), widest.of([""]))
    assert widest.sizes == (4, 4)
    widest.forget()
    assert widest.sizes == (1, 1)
