"""JSON: one array of objects, or one object a line. Numbers, booleans and JSON columns stay what they are."""

import json
import re
from collections.abc import Callable, Sequence

from dsqltui.core.formats.encoder import unique_names
from dsqltui.core.results.outcome import Column, Row

_BOOL, _JSON_OIDS = 16, (114, 3802)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?\Z", re.ASCII)
_BREAKS = str.maketrans("\r\n", "  ")

Write = Callable[[str], str]


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _number(text: str) -> str:
    return text if _NUMBER.match(text) else _string(text)  # NaN and Infinity are no JSON numbers


def _writer(column: Column) -> Write:
    """How a column's values are written."""
    if column.type_oid == _BOOL:
        return lambda text: {"t": "true", "f": "false"}.get(text, _string(text))
    if column.type_oid in _JSON_OIDS:
        return lambda text: text.translate(_BREAKS)  # JSON strings hold no raw line breaks: none of these is in one
    return _number if column.is_number and column.type_oid != 790 else _string


class JsonLines:
    """One object a line. Columns of one name get `_2`, `_3`."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._keys = [f"{_string(name)}: " for name in unique_names(columns)]
        self._writers = [_writer(column) for column in columns]

    def begin(self) -> str:
        """Nothing."""
        return ""

    def page(self, rows: Sequence[Row]) -> str:
        """One object a row."""
        return "".join(self.object(row) + "\n" for row in rows)

    def end(self) -> str:
        """Nothing."""
        return ""

    def object(self, row: Row) -> str:
        """A row as an object."""
        fields = (
            key + ("null" if value is None else write(value))
            for key, write, value in zip(self._keys, self._writers, row, strict=True)
        )
        return "{" + ", ".join(fields) + "}"


class JsonArray(JsonLines):
    """One array, an object a line in it."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__(columns)
        self._is_empty = True

    def begin(self) -> str:
        """The bracket."""
        return "["

    def page(self, rows: Sequence[Row]) -> str:
        """One object a row, after a comma."""
        if not rows:
            return ""
        first, self._is_empty = ("\n" if self._is_empty else ",\n"), False
        return first + ",\n".join(map(self.object, rows))

    def end(self) -> str:
        """The other bracket."""
        return "]\n" if self._is_empty else "\n]\n"
