"""Where the rows of COPY data end, so that a file can be cut into transactions. Works on bytes, in any encoding that
has ASCII in it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dsqltui.core.sql.lexer import Kind, Token, scan

_FALSE = frozenset({"false", "off", "0", "'false'", "'off'"})


@dataclass(frozen=True, slots=True)
class CopyFormat:
    """As much of COPY's options as the ends of rows depend on."""

    is_csv: bool = False
    has_header: bool = False
    quote: bytes = b'"'
    escape: bytes = b'"'


def said_in(options: str) -> tuple[list[Token], list[str]]:
    """Tokens of COPY's options, and their texts in lower case."""
    tokens = [token for token in scan(options)[0] if token.kind is not Kind.COMMENT]
    return tokens, [token.text.lower() for token in tokens]


def read_options(options: str) -> CopyFormat:
    """From the options as written, in the old form (`csv header`) or the new one (`with (format csv, header)`)."""
    tokens, said = said_in(options)
    is_csv = "csv" in said or "'csv'" in said
    quote = read_character(tokens, said, "quote") or b'"'
    has_header = "header" in said and (said[said.index("header") + 1 :] or [""])[0] not in _FALSE
    return CopyFormat(is_csv, has_header, quote, read_character(tokens, said, "escape") or quote)


def read_character(tokens: list[Token], said: list[str], option: str) -> bytes | None:
    """The one character of an option such as QUOTE; None when it is not said."""
    body = _string(tokens, said, option)
    return body or None


def read_null(tokens: list[Token], said: list[str]) -> bytes | None:
    """What stands for NULL; None when it is not said."""
    return _string(tokens, said, "null")


def _string(tokens: list[Token], said: list[str], option: str) -> bytes | None:
    if option not in said:
        return None
    for token in tokens[said.index(option) + 1 :][:2]:
        if token.kind is Kind.STRING:
            body = token.text[token.text.index("'") + 1 : -1]
            if token.text[0] in "eE":
                body = {"\\\\": "\\", "\\'": "'", "\\t": "\t"}.get(body, body)
            return body.replace("''", "'").encode()
    return None


def rows_of(lines: Iterable[bytes], form: CopyFormat) -> Iterator[bytes]:
    """The rows of COPY data, given its lines with their ends. A line `\\.` ends them. The header counts as a row."""
    open_row: list[bytes] = []
    is_open = False
    for line in lines:
        if not open_row and line.rstrip(b"\r\n") == b"\\.":
            return
        is_open = _leaves_open(line, form, is_open)
        if is_open:
            open_row.append(line)
        elif open_row:
            yield b"".join((*open_row, line))
            open_row = []
        else:
            yield line
    if open_row:
        yield b"".join(open_row)


def _leaves_open(line: bytes, form: CopyFormat, was_open: bool) -> bool:
    """Whether the row goes on behind the line, for which it was open in a quoted value or not."""
    if not form.is_csv:
        body = line.rstrip(b"\r\n")
        return line.endswith(b"\n") and (len(body) - len(body.rstrip(b"\\"))) % 2 == 1
    if form.quote not in line:
        return was_open
    if form.escape == form.quote:
        return was_open ^ (line.count(form.quote) % 2 == 1)
    for piece in re.finditer(re.escape(form.escape) + b"." + b"|" + re.escape(form.quote), line, re.DOTALL):
        if piece[0] == form.quote:
            was_open = not was_open
        elif not was_open and piece[0][1:] == form.quote:  # escapes count within quotes only
            was_open = True
    return was_open
