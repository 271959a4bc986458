"""A table in GitHub's Markdown; nothing in a value is taken for markup."""

import re
from collections.abc import Sequence

from dsqltui.core.outcome import Column, Row
from dsqltui.core.safetext import many_lines

_ESCAPES = str.maketrans(
    {"\\": "\\\\", "|": "\\|", "<": "&lt;", "&": "&amp;", "`": "\\`", "*": "\\*", "[": "\\[", "~": "\\~", "\n": "<br>"}
)
LOOSE_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""Underscores that Markdown may take for emphasis; not those inside a word."""


def markdown_text(text: str) -> str:
    """`text` as one line of Markdown that reads as the text."""
    unified = many_lines(text.replace("\r\n", "\n"), len(text))
    return LOOSE_UNDERSCORE.sub(r"\\_", unified.translate(_ESCAPES))


class Markdown:
    """A pipe table; numbers are aligned to the right, NULL is written as NULL, line breaks as `<br>`."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns

    def begin(self) -> str:
        """Names and rule."""
        rules = ["---:" if column.is_number else "---" for column in self._columns]
        return self._line([markdown_text(column.name) for column in self._columns]) + self._line(rules)

    def page(self, rows: Sequence[Row]) -> str:
        """One line a row."""
        return "".join(self._line(["NULL" if value is None else markdown_text(value) for value in row]) for row in rows)

    def end(self) -> str:
        """Nothing."""
        return ""

    @staticmethod
    def _line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |\n"
