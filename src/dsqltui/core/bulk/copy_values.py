"""The values of one row of COPY data, so that a row that may be in the table can be looked for by its key."""

import re
from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.core.results.copy_rows import CopyFormat, read_character, read_null, said_in

_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """As much of COPY's options as the values of a row depend on."""

    rows: CopyFormat
    delimiter: bytes
    null: bytes


def read_value_format(options: str, rows: CopyFormat) -> ValueFormat:
    """From the options as written."""
    tokens, said = said_in(options)
    delimiter = read_character(tokens, said, "delimiter") or (b"," if rows.is_csv else b"\t")
    null = read_null(tokens, said)
    return ValueFormat(rows, delimiter, (b"" if rows.is_csv else b"\\N") if null is None else null)


def values_of(row: bytes, form: ValueFormat) -> list[str | None]:
    """The values, None for NULL. Raises ValueError for a row that is no COPY data in UTF-8."""
    row = row.rstrip(b"\n").rstrip(b"\r") if not form.rows.is_csv else row.removesuffix(b"\n").removesuffix(b"\r")
    return _csv(row, form) if form.rows.is_csv else [_text(cell, form) for cell in _cells(row, form.delimiter)]


def _cells(row: bytes, delimiter: bytes) -> list[bytes]:
    if b"\\" not in row:
        return row.split(delimiter)
    return re.findall(
        rb"(?:^|" + re.escape(delimiter) + rb")((?:\\.|[^\\" + re.escape(delimiter) + rb"])*)", row, re.DOTALL
    )


def _text(cell: bytes, form: ValueFormat) -> str | None:
    if cell == form.null:
        return None
    return _ESCAPE.sub(_escaped, cell).decode() if b"\\" in cell else cell.decode()


def _escaped(found: re.Match[bytes]) -> bytes:
    octal, hexadecimal, letter = found.groups()
    if octal:
        return bytes([int(octal, 8) & 255])
    if hexadecimal:
        return bytes([int(hexadecimal, 16)])
    return _ESCAPES.get(letter, letter)


def _csv(row: bytes, form: ValueFormat) -> list[str | None]:
    quote, escape = form.rows.quote, form.rows.escape
    values: list[str | None] = []
    cell, was_quoted, is_open, at = bytearray(), False, False, 0
    while at <= len(row):
        byte = row[at : at + 1]
        if is_open and byte == escape and row[at + 1 : at + 2] in (quote, escape) and row[at + 1 : at + 2]:
            cell += row[at + 1 : at + 2]
            at += 1
        elif byte == quote:
            is_open, was_quoted = not is_open, True
        elif not byte and is_open:
            raise ValueError(_("a quote is not closed"))
        elif not byte or (byte == form.delimiter and not is_open):
            values.append(None if not was_quoted and bytes(cell) == form.null else cell.decode())
            cell, was_quoted = bytearray(), False
        else:
            cell += byte
        at += 1
    return values
