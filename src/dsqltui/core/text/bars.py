"""Bars of one line, the one way in which figures by time are drawn."""

import math
from collections.abc import Sequence

_SOMETHING = "▂▃▄▅▆▇█"


def bars(values: Sequence[float | None], top: float | None = None) -> str:
    """A character for each value, the highest (or `top`) as high as the line: `▁` is nothing, a blank no value that is
    known."""
    most = max((value for value in values if value is not None), default=0.0) if top is None else top
    return "".join(" " if value is None else _bar(value, most) for value in values)


def _bar(value: float, most: float) -> str:
    if value <= 0 or most <= 0:
        return "▁"
    return _SOMETHING[min(len(_SOMETHING), math.ceil(value / most * len(_SOMETHING))) - 1]
