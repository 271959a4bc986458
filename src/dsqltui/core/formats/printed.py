r"""Results as `\pset` wants them: psql's unaligned format, CSV, the aligned table without its head, a word for NULL."""

from collections.abc import Sequence

from dsqltui.core.formats.encoder import Encoder
from dsqltui.core.formats.table import Records, Table
from dsqltui.core.psql.print_options import PrintOptions
from dsqltui.core.results.outcome import Column, Row


def printed(options: PrintOptions, columns: Sequence[Column], *, is_expanded: bool) -> Encoder:
    """What writes a result of these columns; `options.format` empty means aligned."""
    if options.format == "csv":
        return PsqlCsv(columns, options, is_expanded=is_expanded)
    if options.format == "unaligned":
        return Unaligned(columns, options, is_expanded=is_expanded)
    bare, title = options.tuples_only, "" if options.tuples_only else options.title
    if is_expanded:
        return Records(columns, null=options.null, title=title, is_bare=bare)
    return Table(columns, null=options.null, title=title, has_footer=options.footer and not bare, has_head=not bare)


class Unaligned:
    """Values with a separator between them, a record a line; expanded, a value a line."""

    def __init__(self, columns: Sequence[Column], options: PrintOptions, *, is_expanded: bool) -> None:
        self._names = [column.name for column in columns]
        self._options = options
        self._is_expanded = is_expanded
        self._count = 0
        self._is_begun = False

    def begin(self) -> str:
        """Title and names."""
        options = self._options
        lines = [] if options.tuples_only or not options.title else [options.title]
        if not options.tuples_only and not self._is_expanded:
            lines.append(options.fieldsep.join(self._names))
        return self._joined(lines)

    def page(self, rows: Sequence[Row]) -> str:
        """The rows."""
        return "".join(map(self._record, rows))

    def end(self) -> str:
        """The number of rows."""
        options = self._options
        closing = "" if options.recordsep == "\0" else "\n"
        has_count = not options.tuples_only and options.footer and (not self._is_expanded or not self._count)
        if has_count:
            return self._joined([f"({self._count} row{'' if self._count == 1 else 's'})"]) + closing
        return closing if self._is_begun else ""

    def _record(self, row: Row) -> str:
        self._count += 1
        sep, null = self._options.fieldsep, self._options.null
        if not row:
            return ""  # no columns: psql tells their number alone
        values = [null if value is None else value for value in row]
        if not self._is_expanded:
            return self._joined([sep.join(values)])
        between = self._options.recordsep if self._count > 1 else ""
        return between + self._joined([f"{n}{sep}{v}" for n, v in zip(self._names, values, strict=True)])

    def _joined(self, lines: list[str]) -> str:
        """Separators stand between records: each but the first brings its own."""
        text = ""
        for line in lines:
            text += (self._options.recordsep if self._is_begun else "") + line
            self._is_begun = True
        return text


class PsqlCsv:
    """psql's CSV, whose NULL and separator may be chosen; expanded, a name and a value a line."""

    def __init__(self, columns: Sequence[Column], options: PrintOptions, *, is_expanded: bool) -> None:
        self._columns = columns
        self._options = options
        self._is_expanded = is_expanded

    def begin(self) -> str:
        """The line of names."""
        if self._is_expanded or self._options.tuples_only:
            return ""
        return self._line([column.name for column in self._columns])

    def page(self, rows: Sequence[Row]) -> str:
        """The rows."""
        if not self._columns:
            return ""
        if not self._is_expanded:
            return "".join(map(self._line, rows))
        pairs = ((column.name, value) for row in rows for column, value in zip(self._columns, row, strict=True))
        return "".join(map(self._line, pairs))

    def end(self) -> str:
        """Nothing."""
        return ""

    def _line(self, values: Sequence[str | None]) -> str:
        return self._options.csv_fieldsep.join(map(self._field, values)) + "\n"

    def _field(self, value: str | None) -> str:
        text = self._options.null if value is None else value
        if text == "\\." or any(sign in text for sign in (self._options.csv_fieldsep, '"', "\n", "\r")):
            return '"' + text.replace('"', '""') + '"'
        return text
