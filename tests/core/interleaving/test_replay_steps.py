"""An order of several transactions in two panes."""

import itertools

import pytest

from dsqltui.core.interleaving.replay_steps import panes_of


@pytest.mark.parametrize(
    ("order", "panes"),
    [
        ((0, 1, 0, 1), ("A", "B")),
        ((1, 0, 1, 0), ("A", "B")),
        ((0, 1, 1, 2, 2, 0), ("A", "B", "B")),
        ((0, 0, 1, 1, 2, 2, 3, 3), ("A", "B", "A", "A")),
        ((0, 1, 2, 0, 1, 2), None),
    ],
)
def test_who_sits_where(order: tuple[int, ...], panes: tuple[str, ...] | None) -> None:
    assert panes_of(order) == panes


def test_nobody_shares_a_pane_with_one_that_is_open() -> None:
    for order in set(itertools.permutations((0, 0, 1, 1, 2, 2))):
        panes = panes_of(order)
        spans = [(order.index(n), len(order) - 1 - order[::-1].index(n)) for n in range(3)]
        open_at_once = max(sum(first <= at <= last for first, last in spans) for at in range(6))
        assert (panes is None) == (open_at_once > 2)
        for one, other in itertools.combinations(range(3), 2):
            if panes is not None and panes[one] == panes[other]:
                assert spans[one][1] < spans[other][0] or spans[other][1] < spans[one][0]
