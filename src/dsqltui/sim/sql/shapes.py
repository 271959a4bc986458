"""Statements that differ in whole numbers alone have one shape, so that what is known of one is known of the others.

A shape has a nought for every digit of those numbers: all offsets stay, and nothing the simulator knows of a query or
a write before PostgreSQL sees it depends on a number's value. Texts with quotes, comments or several statements are
their own shape: a digit may stand for something else there.
"""

import re

_LONGEST = 4_096
_HAS_SHAPE = re.compile(r"\s*(?:select|insert|update|delete)\s[^'\"$\\;]*;?\s*", re.IGNORECASE)
_COMMENT = re.compile(r"--|/\*")
_NUMBER = re.compile(r"(?<![\w.])[0-9]+(?![\w.])")


def shape(text: str) -> str:
    """The shape of one statement, or the text itself."""
    if len(text) > _LONGEST or _HAS_SHAPE.fullmatch(text) is None or _COMMENT.search(text) is not None:
        return text
    return _NUMBER.sub(_noughts, text)


def _noughts(number: re.Match[str]) -> str:
    return "0" * len(number[0])
