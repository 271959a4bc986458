r"""The answers of `\d` commands as results, so that the grid shows them and the panes can be compared."""

from dsqltui.core.answers.answers import Shown
from dsqltui.core.answers.describe import TitledTable, text_of
from dsqltui.core.results.outcome import Column, Rows

_TEXT = 25


def as_outcome(table: TitledTable, shown: Shown) -> Rows:
    r"""A list of things as rows of its columns; a table with footers (`\d NAME`) as the lines psql prints."""
    if table.counts_rows or (not table.footers and not table.title.endswith('"')):
        rows = table.rows
        return Rows(table.in_words.typed_columns, rows, table.title, False, shown.duration_s)
    lines = text_of(table, is_expanded=shown.is_expanded).rstrip("\n").split("\n")
    return Rows(
        (Column(table.title, _TEXT),), tuple((line,) for line in lines[1:]), table.title, False, shown.duration_s
    )
