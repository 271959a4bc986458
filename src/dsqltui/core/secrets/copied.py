"""The data lines of COPY ... FROM STDIN in a script: the fields of secret columns."""

import re
from collections.abc import Iterator, Sequence

from dsqltui.core.secrets.names import is_secret_name
from dsqltui.core.secrets.shapes import Span

COPY = re.compile(
    r"copy\b(?P<head>[^;]*?)\bfrom\s+(?:stdin|pstdin)\b(?P<options>(?:'[^'\n]*'|[^;'\n])*(?:;|(?=\n)|\Z))",
    re.IGNORECASE,
)
_COLUMNS = re.compile(r"\(([^()]*)\)\s*\Z")
_END = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
_DELIMITER = re.compile(r"delimiter\s+(?:as\s+)?[eE]?'(\\?.)'", re.IGNORECASE)


class CopyData:
    """One COPY with its data; offsets are those of the text."""

    def __init__(self, text: str, found: re.Match[str]) -> None:
        self._text = text
        self.start = min(len(text), text.find("\n", found.end()) + 1 or len(text))
        end = _END.search(text, self.start)
        self.end = end.end() if end is not None else len(text)
        self._data_end = end.start() if end is not None else len(text)
        options = found["options"]
        self._is_csv = re.search(r"\bcsv\b", options, re.IGNORECASE) is not None
        self._has_header = re.search(r"\bheader\b", options, re.IGNORECASE) is not None
        delimiter = _DELIMITER.search(options)
        self._delimiter = delimiter[1].replace("\\t", "\t")[-1] if delimiter else "," if self._is_csv else "\t"
        columns = _COLUMNS.search(found["head"].strip())
        self._columns = [name.strip(' "\n') for name in columns[1].split(",")] if columns else []

    def spans(self) -> Iterator[Span]:
        """The fields of secret columns, by the list of columns or by the header."""
        at = self.start
        columns: Sequence[str] = self._columns
        is_first = True
        for line in self._text[self.start : self._data_end].splitlines(keepends=True):
            fields = list(self._fields(line.rstrip("\r\n")))
            if is_first and self._has_header:
                columns = columns or [line[begin:end].strip('"') for begin, end in fields]
            else:
                for name, (begin, end) in zip(columns, fields, strict=False):
                    if is_secret_name(name) and line[begin:end] not in ("", "\\N", '""'):
                        yield at + begin, at + end
            is_first = False
            at += len(line)

    def _fields(self, line: str) -> Iterator[Span]:
        at = 0
        if self._is_csv and '"' in line:
            yield from self._quoted(line)
            return
        for field in line.split(self._delimiter):
            yield at, at + len(field)
            at += len(field) + 1

    def _quoted(self, line: str) -> Iterator[Span]:
        begin, is_quoted = 0, False
        for at, char in enumerate(line):
            if char == '"':
                is_quoted = not is_quoted
            elif char == self._delimiter and not is_quoted:
                yield begin, at
                begin = at + 1
        yield begin, len(line)
