"""What a SQL literal says, with the place each character of it comes from."""

import re
from collections.abc import Sequence

from dsqltui.core.sql.lexer import Kind, Token

_E = re.compile(r"\\(?:x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)|''|.", re.DOTALL)
_U = re.compile(r"\\(?:\+[0-9a-fA-F]{6}|[0-9a-fA-F]{4}|\\)|''|\"\"|.", re.DOTALL)
_PLAIN = re.compile(r"''|\"\"|.", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def content(token: Token, escape: str = "\\") -> tuple[str, Sequence[int]]:
    """What a token holds without quotes, comment signs and escapes, and where in the text each character stands.

    There is one place more than characters: the end. `escape` is the character that UESCAPE names for U&'...'.
    """
    text = token.text
    if token.kind is Kind.COMMENT:
        begin = 2
        return text[begin:], range(token.start + begin, token.end + 1)
    if token.kind not in (Kind.STRING, Kind.IDENT):
        return text, range(token.start, token.end + 1)
    if text.startswith("$"):
        begin = text.index("$", 1) + 1
        tag = text[:begin]
        end = len(text) - len(tag) if text.endswith(tag) and len(text) >= 2 * len(tag) else len(text)
        return text[begin:end], range(token.start + begin, token.start + end + 1)
    mark = '"' if token.kind is Kind.IDENT else "'"
    begin = text.index(mark) + 1
    end = len(text) - 1 if len(text) > begin and text.endswith(mark) else len(text)
    lead = text[: begin - 1].lower()
    body = text[begin:end]
    if mark * 2 not in body and (lead not in ("e", "u&") or (escape if lead == "u&" else "\\") not in body):
        return body, range(token.start + begin, token.start + end + 1)
    if lead == "u&" and escape != "\\":
        body = body.replace("\\", "\ufffd").replace(escape, "\\")  # as long as before: places stay
    pattern = _E if lead == "e" else _U if lead == "u&" else _PLAIN
    pieces: list[str] = []
    places: list[int] = []
    for found in pattern.finditer(body):
        pieces.append(_meaning(found[0], lead))
        places.append(token.start + begin + found.start())
    return "".join(pieces), [*places, token.start + end]


def _meaning(piece: str, lead: str) -> str:
    if len(piece) == 1 or piece in ("''", '""', "\\\\"):
        return piece[-1]
    body = piece[1:]
    try:
        if lead == "u&":
            return chr(int(body.lstrip("+"), 16))
        if body[0] in "xuU" and len(body) > 1:
            return chr(int(body[1:], 16))
        if body[0] in "01234567":
            return chr(int(body, 8) & 0xFF)
    except (ValueError, OverflowError):
        return "\ufffd"
    return _LETTERS.get(body, body)
