"""Cases of a table of which a few run always and the others in `make test-long`."""

from collections.abc import Iterable
from typing import Any

import pytest


def spread(cases: Iterable[Any], every: int) -> list[Any]:
    """For `parametrize`: each `every`-th case, the first one included, runs always; the others are marked `long`."""
    return [case if place % every == 0 else _long(case) for place, case in enumerate(cases)]


def _long(case: Any) -> Any:
    return pytest.param(*(case if type(case) is tuple else (case,)), marks=pytest.mark.long)
