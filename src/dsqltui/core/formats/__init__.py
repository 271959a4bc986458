"""Results as text, for files, the clipboard and standard output: pure, a page of rows at a time.

`encoder(Format.CSV, columns)` gives what writes one result; `encoded(encoder, rows)` drives it over rows at hand.
"""

from collections.abc import Sequence
from enum import Enum

from dsqltui.core.formats.delimited import Csv, SafeCsv, Tsv
from dsqltui.core.formats.encoder import Encoder, encoded
from dsqltui.core.formats.insert import Insert
from dsqltui.core.formats.json_text import JsonArray, JsonLines
from dsqltui.core.formats.markdown import Markdown
from dsqltui.core.formats.table import Records, Table
from dsqltui.core.results.outcome import Column

__all__ = ["Encoder", "Format", "encoded", "encoder"]


class Format(Enum):
    """The value is its name on the command line."""

    TABLE = "table"
    """psql's aligned table."""
    RECORDS = "records"
    """psql's expanded display."""
    CSV = "csv"
    SAFE_CSV = "safe-csv"
    """CSV in which no cell is a formula for a spreadsheet."""
    TSV = "tsv"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"
    INSERT = "insert"

    @property
    def suffix(self) -> str:
        """Of a file's name, with the dot."""
        return {"table": ".txt", "safe-csv": ".csv", "records": ".txt", "markdown": ".md", "insert": ".sql"}.get(
            self.value, f".{self.value}"
        )


def encoder(
    format_: Format, columns: Sequence[Column], *, null: str = "", table: str = "table_name", title: str = ""
) -> Encoder:
    """What writes a result of these columns.

    `null` stands for NULL in TABLE and RECORDS (the others have their own), `title` above them; `table` is the SQL
    name that INSERT writes to.
    """
    match format_:
        case Format.TABLE:
            return Table(columns, null=null, title=title)
        case Format.RECORDS:
            return Records(columns, null=null, title=title)
        case Format.CSV:
            return Csv(columns)
        case Format.SAFE_CSV:
            return SafeCsv(columns)
        case Format.TSV:
            return Tsv(columns)
        case Format.JSON:
            return JsonArray(columns)
        case Format.JSONL:
            return JsonLines(columns)
        case Format.MARKDOWN:
            return Markdown(columns)
        case Format.INSERT:
            return Insert(columns, table=table)
