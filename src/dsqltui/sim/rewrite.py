"""Replace pieces of a statement and keep track, so that an error position still points into what the client sent."""

from dataclasses import dataclass, replace
from typing import Self

from dsqltui.core.lexer import quote_identifier
from dsqltui.sim.analysis import Qualified

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
        return replace(self, lead=lead)


def with_shadows(sql: str, qualified: tuple[Qualified, ...], shadows: ShadowNames) -> Rewritten:
    """Let `schema.table` mean the transaction's shadow of it. Unqualified names need nothing: pg_temp comes first."""
    pieces: list[str] = []
    shifts: list[Shift] = []
    position = 0
    for name in qualified:
        shadow = shadows.get((name.schema, name.name))
        if shadow is None:
            continue
        replacement = f"pg_temp.{quote_identifier(shadow)}"
        if shadow != name.name and name.is_column_prefix:
            replacement = quote_identifier(name.name)
        elif shadow != name.name and name.wants_alias:
            replacement += f" AS {quote_identifier(name.name)}"
        pieces += [sql[position : name.start], replacement]
        shifts.append(Shift(name.start, name.end, len(replacement)))
        position = name.end
    if not shifts:
        return Rewritten(sql)
    return Rewritten("".join(pieces) + sql[position:], tuple(shifts))
