"""The last line of defence: no control or direction character of any widget reaches the terminal."""

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# All of them have no width in Rich's tables (surrogates: one), so that deleting keeps the layout.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class ControlFilter(LineFilter):
    """Deletes what a terminal could act on; values were made visible before, by `core.text.safe_text`."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The segments of one painted line without unsafe characters; the same list when there are none."""
        if not any(_is_unsafe(segment.text) for segment in segments):
            return segments
        return [Segment(_UNSAFE.sub("", text), style, control) for text, style, control in segments]


def _is_unsafe(text: str) -> bool:
    return not text.isprintable() and _UNSAFE.search(text) is not None
