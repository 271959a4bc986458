"""A column of type numeric without precision is numeric(18,6) on Aurora DSQL.

Source: AWS User Guide, numeric types; psql's \\d shows it in the workshop DAT401 and in a recording of 2026-10. That a
domain over numeric is one too is guessed.
"""

from collections.abc import Iterator

from dsqltui.sim.rules.alter_table import alter_actions
from dsqltui.sim.rules.create_table import is_constraint
from dsqltui.sim.rules.reading import TokenReader, read
from dsqltui.sim.rules.types import read_type
from dsqltui.sim.sql.rewrite import Replacement

_PRECISION = "(18,6)"


def precisions(sql: str) -> list[Replacement]:
    """The precision to put behind each bare numeric of the DDL statement."""
    return [Replacement(end, end, _PRECISION) for end in _bare_numerics(sql)]


def _bare_numerics(sql: str) -> Iterator[int]:
    """Where the types end, in characters."""
    reader = read(sql)
    if reader.take("create"):
        yield from _in_create(reader)
    elif reader.at("alter", "table"):
        for action in alter_actions(sql)[1]:
            if action.take("add") and not is_constraint(action):
                action.take("column")
                action.take("if", "not", "exists")
                yield from _in_column(action)


def _in_create(reader: TokenReader) -> Iterator[int]:
    """The reader stands behind CREATE."""
    if reader.take("table"):
        reader.take("if", "not", "exists")
        reader.names()
        body = reader.parenthesised()
        for element in body.pieces() if body is not None else ():
            if not is_constraint(element) and not element.at("like"):
                yield from _in_column(element)
    elif reader.take("domain"):
        reader.names()
        reader.take("as")
        yield from _at_type(reader)
    elif reader.take("schema"):
        for element in reader.pieces("create")[1:]:
            yield from _in_create(element)


def _in_column(reader: TokenReader) -> Iterator[int]:
    if len(reader.names()) == 1:
        yield from _at_type(reader)


def _at_type(reader: TokenReader) -> Iterator[int]:
    named = read_type(reader)
    if named is not None and named.name == "numeric" and named.schema is None and not named.is_array:
        last = reader.last
        if last is not None and last.text != ")":
            yield last.end
