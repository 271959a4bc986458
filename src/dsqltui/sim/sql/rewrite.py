"""Replace pieces of a statement and keep track, so that an error position still points into what the client sent."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from dsqltui.core.sql.lexer import quote_identifier


@dataclass(frozen=True, slots=True)
class Qualified:
    """A `schema.name` in the text, which may have to be replaced by a shadow's name."""

    start: int
    end: int
    schema: str
    name: str
    wants_alias: bool
    """The name stands alone as a relation: columns may be qualified by it, so the shadow needs it as an alias."""
    is_column_prefix: bool
    """`schema.name.column`: only the prefix is to be replaced."""


ShadowNames = dict[tuple[str, str], str]
"""(schema, relation) -> name of its shadow in pg_temp."""


@dataclass(frozen=True, slots=True)
class Shift:
    """`[start, end)` of the original became `length` characters."""

    start: int
    end: int
    length: int


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What PostgreSQL is sent instead of the client's text."""

    text: str
    shifts: tuple[Shift, ...] = ()
    lead: int = 0
    """Characters before it in what the client sent, which PostgreSQL was not sent."""

    def original_position(self, position: int) -> int:
        """The 1-based position in the client's text for one in the sent text."""
        return self.lead + self._original_offset(position - 1) + 1

    def _original_offset(self, offset: int) -> int:
        moved = 0
        for shift in self.shifts:
            start = shift.start + moved
            if offset < start:
                break
            if offset < start + shift.length:
                return shift.start
            moved += shift.length - (shift.end - shift.start)
        return offset - moved

    def behind(self, lead: int) -> Self:
        """The same where the client sent so many characters before it."""
        return self if lead == self.lead else replace(self, lead=lead)


@dataclass(frozen=True, slots=True, order=True)
class Replacement:
    """`text` instead of `[start, end)` of a statement."""

    start: int
    end: int
    text: str


def replaced(sql: str, replacements: Iterable[Replacement]) -> Rewritten:
    """The statement with its pieces replaced; they must not overlap."""
    pieces: list[str] = []
    shifts: list[Shift] = []
    position = 0
    for replacement in sorted(replacements):
        pieces += [sql[position : replacement.start], replacement.text]
        shifts.append(Shift(replacement.start, replacement.end, len(replacement.text)))
        position = replacement.end
    if not shifts:
        return Rewritten(sql)
    return Rewritten("".join(pieces) + sql[position:], tuple(shifts))


def shadow_replacements(qualified: tuple[Qualified, ...], shadows: ShadowNames) -> list[Replacement]:
    """Let `schema.table` mean the transaction's shadow of it. Unqualified names need nothing: pg_temp comes first."""
    found: list[Replacement] = []
    for name in qualified:
        shadow = shadows.get((name.schema, name.name))
        if shadow is None:
            continue
        text = f"pg_temp.{quote_identifier(shadow)}"
        if shadow != name.name and name.is_column_prefix:
            text = quote_identifier(name.name)
        elif shadow != name.name and name.wants_alias:
            text += f" AS {quote_identifier(name.name)}"
        found.append(Replacement(name.start, name.end, text))
    return found


def with_shadows(sql: str, qualified: tuple[Qualified, ...], shadows: ShadowNames) -> Rewritten:
    """The statement with `shadow_replacements`."""
    return replaced(sql, shadow_replacements(qualified, shadows))
