"""Characters that look like SQL and are none: from documents, web pages and an input method that is still on.

PostgreSQL takes every character beyond ASCII for a letter: a no-break space, `；` or `’` becomes part of a name, and
the syntax error points somewhere else. Within literals, quoted names and comments they are what the person wants.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.core.sql.lexer import Kind, Token, scan

_SPACES = (0x00A0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
_NOTHING = (
    *(0x00AD, 0x034F, 0x061C, 0x180E),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *(0xFEFF, 0xFE0E, 0xFE0F),
)
"""Without a width: joiners, marks of direction, a byte order mark, a soft hyphen."""
_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if not chr(code - 0xFEE0).isalnum()}
_REPLACEMENTS: dict[str, str] = {
    **dict.fromkeys(map(chr, _SPACES), " "),
    **dict.fromkeys(map(chr, _NOTHING), ""),
    **{chr(code): plain for code, plain in _FULL_WIDTH.items()},
    **dict.fromkeys("‘’‚‛′´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–−﹣", "-"),
    **dict.fromkeys("—―", "--"),
    **{
        "、": ",",
        "，": ",",
        "。": ".",
        "…": "...",
        "×": "*",
        "÷": "/",
        "≤": "<=",
        "≥": ">=",
        "≠": "<>",
        "∗": "*",
        "⁄": "/",
    },
}
INVISIBLE = frozenset(map(chr, _NOTHING))
"""What has no cell of its own on a screen."""
_OUTSIDE = frozenset({Kind.WORD, Kind.OP, Kind.NUMBER, Kind.PARAM, Kind.SEMICOLON})


@dataclass(frozen=True, slots=True)
class OddCharacter:
    """One of them, outside of literals, quoted names and comments."""

    offset: int
    """Into the text that was looked at."""
    character: str
    replacement: str
    """What PostgreSQL would understand; empty: nothing."""

    @property
    def name(self) -> str:
        """`FULLWIDTH SEMICOLON (U+FF1B)`."""
        return f"{unicodedata.name(self.character, 'a character without a name')} (U+{ord(self.character):04X})"


def odd_in_tokens(tokens: Iterable[Token]) -> Iterator[OddCharacter]:
    """Those of tokens of the lexer, in order."""
    for token in tokens:
        if token.kind in _OUTSIDE and not token.text.isascii():
            for at, character in enumerate(token.text):
                if (replacement := _REPLACEMENTS.get(character)) is not None:
                    yield OddCharacter(token.start + at, character, replacement)


def odd_in(sql: str) -> list[OddCharacter]:
    """All of a text."""
    return [] if sql.isascii() else list(odd_in_tokens(scan(sql)[0]))


def replaced(sql: str) -> str:
    """The text with all of them replaced; literals, quoted names and comments are as they were.

    A quotation mark that is put right begins or ends a literal, so it is looked at anew until nothing is left to do.
    """
    for _unused in range(len(sql) + 1):
        found = odd_in(sql)
        if not found:
            return sql
        first_quote = next((index for index, odd in enumerate(found) if odd.replacement in ("'", '"')), None)
        if first_quote is None:
            return _with(sql, found)
        closing = _closing(found, first_quote)
        sql = _with(
            sql, found[: closing + 1] if closing == first_quote else [*found[: first_quote + 1], found[closing]]
        )
    return sql


def _closing(found: Sequence[OddCharacter], opening: int) -> int:
    """The index of the next quotation mark of the same kind, which ends what this one begins; its own if none does."""
    mark = found[opening].replacement
    return next((index for index in range(opening + 1, len(found)) if found[index].replacement == mark), opening)


def _with(sql: str, found: Iterable[OddCharacter]) -> str:
    parts: list[str] = []
    at = 0
    for odd in found:
        parts += (sql[at : odd.offset], odd.replacement)
        at = odd.offset + 1
    return "".join((*parts, sql[at:]))


def explained(sql: str, most: int = 3) -> str:
    """One sentence that names the first of them with line and column; empty when there are none."""
    found = odd_in(sql)
    if not found:
        return ""
    named = []
    for odd in found[:most]:
        start = sql.rfind("\n", 0, odd.offset) + 1
        line, column = sql.count("\n", 0, odd.offset) + 1, odd.offset - start + 1
        instead = (
            _("write {replacement!r}").format(replacement=odd.replacement)
            if odd.replacement.strip()
            else _("write a space")
            if odd.replacement
            else _("remove it")
        )
        named.append(
            _("{name} at line {line}, column {column}: {instead}").format(
                name=odd.name, line=line, column=column, instead=instead
            )
        )
    more = _("; and {count} more").format(count=len(found) - most) if len(found) > most else ""
    return _("Outside of quotes the statement holds what SQL does not know: {named}{more}.").format(
        named="; ".join(named), more=more
    )
