"""Random numbers against the formulas they claim to follow."""

import math
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from dsqltui.core.storm import distributions as d

DRAWS = 20_000


def _distance(draw: Callable[[], int], share: Callable[[int], float], low: int, high: int) -> float:
    """Chi-square per degree of freedom, values with few expected draws taken together."""
    seen = Counter(draw() for _ in range(DRAWS))
    assert low <= min(seen)
    assert max(seen) <= high
    bins: list[tuple[int, float]] = []
    counted, expected = 0, 0.0
    for value in range(low, high + 1):
        counted, expected = counted + seen[value], expected + DRAWS * share(value)
        if expected >= 20:
            bins.append((counted, expected))
            counted, expected = 0, 0.0
    assert len(bins) > 3
    return sum((count - wanted) ** 2 / wanted for count, wanted in bins) / (len(bins) - 1)


@pytest.mark.parametrize("parameter", [0.3, 2.5, 20.0])
def test_exponential(parameter: float) -> None:
    rng = Random(1)
    assert math.isclose(sum(d.exponential_share(-5, 34, parameter, v) for v in range(-5, 35)), 1.0)
    assert (
        _distance(
            lambda: d.exponential(rng, -5, 34, parameter), lambda v: d.exponential_share(-5, 34, parameter, v), -5, 34
        )
        < 1.9
    )


@pytest.mark.parametrize("parameter", [2.0, 2.5, 6.0])
def test_gaussian(parameter: float) -> None:
    rng = Random(2)
    assert math.isclose(sum(d.gaussian_share(1, 40, parameter, v) for v in range(1, 41)), 1.0)
    assert (
        _distance(lambda: d.gaussian(rng, 1, 40, parameter), lambda v: d.gaussian_share(1, 40, parameter, v), 1, 40)
        < 1.9
    )


@pytest.mark.parametrize("parameter", [1.001, 1.07, 1.5, 3.0])
def test_zipfian(parameter: float) -> None:
    rng = Random(3)
    shares = [d.zipfian_share(1, 100, parameter, v) for v in range(1, 101)]
    assert math.isclose(sum(shares), 1.0)
    assert _distance(lambda: d.zipfian(rng, 1, 100, parameter), lambda v: shares[v - 1], 1, 100) < 1.9


def test_uniform() -> None:
    rng = Random(4)
    assert _distance(lambda: d.uniform(rng, -3, 20), lambda _: 1 / 24, -3, 20) < 1.9


def test_one_value() -> None:
    rng = Random(5)
    for draw in (d.exponential, d.gaussian, d.zipfian):
        assert {draw(rng, 7, 7, 2.5) for _ in range(50)} == {7}
