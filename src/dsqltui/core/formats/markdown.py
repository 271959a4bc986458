"""A table in GitHub's Markdown; nothing in a value is taken for markup."""

from collections.abc import Sequence

from dsqltui.core.results.outcome import Column, Row
from dsqltui.core.text.markup import markdown_text


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
