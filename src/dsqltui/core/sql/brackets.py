"""The bracket that belongs to another one; those in strings, comments and quoted names are text, not brackets."""

from collections.abc import Callable, Iterator

from dsqltui.core.sql.lexer import Kind, Token

Location = tuple[int, int]
"""(row, column)"""

_CLOSER = {"(": ")", "[": "]", "{": "}"}
_OPENER = {closer: opener for opener, closer in _CLOSER.items()}
_REACH = 2_000
"""Lines looked at; a lone bracket in a big file must not make every key slow."""


def partner(tokens: Callable[[int], tuple[Token, ...]], line_count: int, at: Location) -> Location | None:
    """Where the partner of the bracket at `at` is; None when there is no bracket there, or no partner near.

    `tokens` gives the tokens of a line, with columns as offsets.
    """
    row, column = at
    if not 0 <= row < line_count:
        return None
    here = next((token for token in tokens(row) if token.start == column and token.kind is Kind.OP), None)
    if here is None or (here.text not in _CLOSER and here.text not in _OPENER):
        return None
    expected: list[str] = []
    pairs = _CLOSER if here.text in _CLOSER else _OPENER
    for place, text in _brackets(tokens, line_count, at, forward=here.text in _CLOSER):
        if text in pairs:
            expected.append(pairs[text])
        elif expected and text == expected[-1]:
            expected.pop()
            if not expected:
                return place
        else:
            return None  # crossed brackets: nobody's partner
    return None


def _brackets(
    tokens: Callable[[int], tuple[Token, ...]], line_count: int, start: Location, *, forward: bool
) -> Iterator[tuple[Location, str]]:
    """Brackets from `start` on, itself first."""
    row, column = start
    last = min(line_count, row + _REACH) if forward else max(-1, row - _REACH)
    for line in range(row, last, 1 if forward else -1):
        found = [token for token in tokens(line) if token.kind is Kind.OP]
        for token in found if forward else reversed(found):
            is_before = token.start < column if forward else token.start > column
            if line == row and is_before:
                continue
            if token.text in _CLOSER or token.text in _OPENER:
                yield (line, token.start), token.text
