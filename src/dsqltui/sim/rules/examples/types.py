"""Examples: types no column can have."""

from collections.abc import Iterator

from dsqltui.sim.rules import messages
from dsqltui.sim.rules.rule import Rule
from dsqltui.sim.rules.types import SERIAL, UNSUPPORTED, UNSUPPORTED_BY_GUESS


def types() -> Iterator[Rule]:
    """The rules of this subject."""
    for name in sorted(UNSUPPORTED | UNSUPPORTED_BY_GUESS):
        is_quoted = name.startswith('"')
        message = messages.DATATYPE.as_guess() if name in UNSUPPORTED_BY_GUESS else messages.DATATYPE
        column = name.strip('"').replace(" ", "_")
        near_miss = f'CREATE TABLE c ("{column}" text, name_of_{column} text)'
        identifier = column.replace("_", "-") + ("-quoted" if is_quoted else "")
        yield Rule(f"type-{identifier}", message.filled(type=name), f"CREATE TABLE c (v {name})", near_miss)
    for name in sorted(SERIAL):
        message = messages.NO_SUCH_TYPE if name == "serial" else messages.NO_SUCH_TYPE.as_guess()
        near_miss = f"CREATE TABLE c ({name} bigint)"
        yield Rule(f"type-{name}", message.filled(type=name), f"CREATE TABLE c (id {name} PRIMARY KEY)", near_miss)
