"""GRANT and REVOKE: which objects they take."""

from dsqltui.sim.rules.messages import GRANT_OBJECT, SYSTEM_ENTITY
from dsqltui.sim.rules.reading import TokenReader

_SYSTEM_SCHEMAS = frozenset({"public", "sys", "pg_catalog", "information_schema"})
_ODD_OBJECTS = (
    ("database",),
    ("tablespace",),
    ("language",),
    ("foreign", "data", "wrapper"),
    ("foreign", "server"),
    ("large", "object"),
    ("parameter",),
    ("procedure",),
    ("type",),
)


def refuse_grant(reader: TokenReader) -> None:
    """Raise PgError for an object no privilege can be granted on. The reader stands at GRANT or REVOKE."""
    is_grant = reader.at("grant")
    if not reader.skip_to("on"):  # of a role
        return
    reader.skip()
    for words in _ODD_OBJECTS:
        if reader.at(*words):
            is_recorded = is_grant and words == ("database",)
            raise (GRANT_OBJECT if is_recorded else GRANT_OBJECT.as_guess()).error()
    if not reader.take("schema"):
        return
    schemas = {name for piece in reader.pieces() for name in piece.names()[:1]}
    if schemas & _SYSTEM_SCHEMAS:
        is_recorded = is_grant and "public" in schemas
        raise (SYSTEM_ENTITY if is_recorded else SYSTEM_ENTITY.as_guess()).error()
