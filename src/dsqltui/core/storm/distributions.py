"""The random numbers of pgbench's scripts.

Source of the formulas: PostgreSQL 16 documentation, pgbench, "Built-In Functions", random_exponential, random_gaussian
and random_zipfian; for Zipf's law L. Devroye, "Non-Uniform Random Variate Generation" (1986), rejection by the
inequality of page 551. `*_share` give the exact probability of each value for those who want to compare.
"""

import math
from random import Random

MIN_GAUSSIAN = 2.0
"""The smallest parameter of `gaussian`."""
MIN_ZIPFIAN, MAX_ZIPFIAN = 1.001, 1000.0
"""The bounds of the parameter of `zipfian`."""


def uniform(rng: Random, low: int, high: int) -> int:
    """Every whole number from `low` to `high` alike."""
    return rng.randint(low, high)


def exponential(rng: Random, low: int, high: int, parameter: float) -> int:
    """Small ones more often: the density falls by exp(-parameter) from `low` to `high`. `parameter` > 0."""
    cut = math.exp(-parameter)
    at = -math.log(cut + (1.0 - cut) * (1.0 - rng.random())) / parameter  # from 0 to below 1
    return min(high, low + int((high - low + 1) * at))


def exponential_share(low: int, high: int, parameter: float, value: int) -> float:
    """How often `exponential` gives that value, from 0 to 1."""
    count, rank = high - low + 1, value - low
    above = math.exp(-parameter * rank / count) - math.exp(-parameter * (rank + 1) / count)
    return above / (1.0 - math.exp(-parameter))


def gaussian(rng: Random, low: int, high: int, parameter: float) -> int:
    """Those in the middle more often: a normal distribution cut at `parameter` deviations, at least MIN_GAUSSIAN."""
    while True:
        deviation = rng.gauss(0.0, 1.0)
        if -parameter <= deviation < parameter:
            break
    at = (deviation + parameter) / (2.0 * parameter)
    return min(high, low + int((high - low + 1) * at))


def gaussian_share(low: int, high: int, parameter: float, value: int) -> float:
    """How often `gaussian` gives that value, from 0 to 1."""
    count, rank = high - low + 1, value - low

    def below(at: float) -> float:
        return 0.5 * (1.0 + math.erf(parameter * (2.0 * at - 1.0) / math.sqrt(2.0)))

    return (below((rank + 1) / count) - below(rank / count)) / (below(1.0) - below(0.0))


def zipfian(rng: Random, low: int, high: int, parameter: float) -> int:
    """The k-th number in proportion to 1 / k ** parameter. From MIN_ZIPFIAN to MAX_ZIPFIAN."""
    count = high - low + 1
    power = parameter - 1.0
    bound = 2.0**power
    least = (count + 1.0) ** -power  # what is less would give numbers above the range: not drawn instead of rejected
    while True:
        rank = min(count, math.floor((least + (1.0 - least) * (1.0 - rng.random())) ** (-1.0 / power)))
        slope = (1.0 + 1.0 / rank) ** power
        if rng.random() * rank * (slope - 1.0) / (bound - 1.0) <= slope / bound:
            return int(low + rank - 1)


def zipfian_share(low: int, high: int, parameter: float, value: int) -> float:
    """How often `zipfian` gives that value, from 0 to 1. Sums over the whole range."""
    total = math.fsum(rank**-parameter for rank in range(1, high - low + 2))
    return float((value - low + 1) ** -parameter) / total
