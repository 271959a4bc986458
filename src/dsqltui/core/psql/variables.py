"""psql's variables in SQL: `:name`, `:'name'` and `:"name"` replaced, never within quotes, comments or `::`."""

import bisect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dsqltui.core.sql.lexer import NAME_CHARACTER, Kind, quote_identifier, quote_literal, scan

_REFERENCE = re.compile(
    rf""":(?:(?P<plain>{NAME_CHARACTER}+)
          |'(?P<literal>{NAME_CHARACTER}+)'
          |"(?P<identifier>{NAME_CHARACTER}+)"
          |\{{\?(?P<exists>{NAME_CHARACTER}+)\}})""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Substituted:
    """SQL with its variables replaced."""

    text: str
    _original: str
    _edits: tuple[tuple[int, int, int, int], ...]
    """Start and end in `text`, start and end in the original, of each replacement, in order."""
    _lead: int = 0
    """Characters before the original's, which only `text` has."""

    @property
    def is_changed(self) -> bool:
        """Whether anything was replaced."""
        return bool(self._edits)

    def within(self, before: str, after: str) -> "Substituted":
        """The same between other texts."""
        return Substituted(f"{before}{self.text}{after}", self._original, self._edits, len(before))

    def original_position(self, position: int) -> int:
        """The 1-based character of the original at which a 1-based character of `text` stands.

        Within a replaced variable: where the variable stands.
        """
        offset = max(0, position - 1 - self._lead)
        index = bisect.bisect_right(self._edits, offset, key=lambda edit: edit[0]) - 1
        if index < 0:
            return min(offset, len(self._original)) + 1
        _, new_end, old_start, old_end = self._edits[index]
        return old_start + 1 if offset < new_end else old_end + offset - new_end + 1


def as_it_is(sql: str) -> Substituted:
    """Nothing replaced."""
    return Substituted(sql, sql, ())


def substitute(sql: str, variables: Mapping[str, str]) -> Substituted:
    """`sql` with the variables that exist replaced, in their values too; what names no variable stays, as in psql.

    `:{?name}` becomes TRUE or FALSE, and `\\:` a colon that names nothing.
    """
    if ":" not in sql:
        return as_it_is(sql)
    pieces: list[str] = []
    edits: list[tuple[int, int, int, int]] = []
    taken = length = 0
    for start, end, value in _replacements(sql, variables):
        pieces += (sql[taken:start], value)
        new_start = length + start - taken
        length = new_start + len(value)
        edits.append((new_start, length, start, end))
        taken = end
    return Substituted("".join((*pieces, sql[taken:])), sql, tuple(edits))


def _replacements(sql: str, variables: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and replacement of each reference. After one, the rest is lexed anew."""
    position = 0
    while position < len(sql):
        is_done = True
        for token in scan(sql[position:])[0]:
            if token.kind is Kind.OP and token.text == "\\:":
                position = position + token.end
                yield position - 2, position, ":"
                is_done = False
                break
            if token.kind is not Kind.OP or token.text != ":":
                continue
            found = _REFERENCE.match(sql, position + token.start)
            value = _value(found, variables) if found is not None else None
            if found is not None and value is not None:
                yield found.start(), found.end(), value
                position, is_done = found.end(), False
                break
        if is_done:
            return


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str | None:
    if found["exists"] is not None:
        return "TRUE" if found["exists"] in variables else "FALSE"
    name = found["plain"] or found["literal"] or found["identifier"]
    value = variables.get(name)
    if value is None:
        return None
    if found["plain"]:
        others = {other: text for other, text in variables.items() if other != name} if ":" in value else {}
        return substitute(value, others).text
    return quote_literal(value) if found["literal"] else quote_identifier(value)
