"""Column types: which ones Aurora DSQL has, and what it calls the others.

Source: AWS User Guide, "Supported data types", 2026-09; recordings of refused types, 2026-09.
"""

from dataclasses import dataclass

from dsqltui.core.sql.lexer import Kind
from dsqltui.sim.rules.messages import CHAR_LENGTH, DATATYPE, NO_SUCH_TYPE, VARCHAR_LENGTH
from dsqltui.sim.rules.reading import TokenReader, number

SERIAL = frozenset("serial serial2 serial4 serial8 smallserial bigserial".split())

UNSUPPORTED = frozenset(
    """
    money xml inet cidr macaddr point line lseg box path polygon circle tsvector tsquery bit pg_lsn int4range tsrange
    """.split()
) | {"bit varying"}
"""Recorded to be refused as a column's type."""

UNSUPPORTED_BY_GUESS = frozenset(
    """
    macaddr8 int8range numrange tstzrange daterange int4multirange int8multirange nummultirange tsmultirange
    tstzmultirange datemultirange jsonpath txid_snapshot pg_snapshot xid xid8 cid tid oid name refcursor aclitem
    int2vector oidvector regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc
    regprocedure regrole regtype gtsvector
    """.split()
) | {'"char"'}
"""Types of PostgreSQL that the guide does not list; nobody published a refusal."""

NOT_IN_KEYS = frozenset({"json", "jsonb", "bytea", "interval", "time with time zone"})
"""Types no primary key and no index can hold. Recorded for CREATE INDEX, 2026-10."""

_CANONICAL = {
    "int": "integer",
    "int4": "integer",
    "int2": "smallint",
    "int8": "bigint",
    "float": "double precision",
    "float4": "real",
    "float8": "double precision",
    "decimal": "numeric",
    "dec": "numeric",
    "bool": "boolean",
    "char": "character",
    "bpchar": "character",
    "nchar": "character",
    "varchar": "character varying",
    "varbit": "bit varying",
    "timetz": "time with time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
}
_MAX_CHAR, _MAX_VARCHAR = 4096, 65535
_INTERVAL_FIELDS = ("year", "month", "day", "hour", "minute", "second", "to")


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as a column definition names it."""

    name: str
    """PostgreSQL's display name, without lengths; the name as written when it is no built-in alias."""
    length: int | None = None
    """The first number in parentheses."""
    is_array: bool = False
    schema: str | None = None
    """Another schema than pg_catalog."""

    @property
    def shown(self) -> str:
        """As messages show it."""
        return f"{self.name}[]" if self.is_array else self.name

    @property
    def declared_bytes(self) -> int:
        """The declared length of a character type, 0 for every other type."""
        return (self.length or 0) if self.name in ("character", "character varying") else 0

    @property
    def is_varying(self) -> bool:
        return self.name == "character varying"


def read_type(reader: TokenReader) -> TypeName | None:
    """The type that comes next, None when there is none."""
    is_quoted = reader.token is not None and reader.token.kind is Kind.IDENT
    parts = reader.names()
    if not parts:
        return None
    schema = parts[-2] if len(parts) > 1 and parts[-2] != "pg_catalog" else None
    name = parts[-1]
    if is_quoted and name == "char":
        name = '"char"'
    elif len(parts) == 1 and not is_quoted:
        name = _with_further_words(name, reader)
    length = _length(reader)
    if name in ("time", "timestamp", "interval"):
        if reader.take("with", "time", "zone"):
            name += "tz"
        elif not reader.take("without", "time", "zone"):
            while reader.take_any(*_INTERVAL_FIELDS) and name == "interval":
                reader.parenthesised()
    is_array = reader.take("array")
    while reader.word == "[":
        is_array = True
        reader.parenthesised()
    return TypeName(_CANONICAL.get(name, name), length, is_array, schema)


def _with_further_words(name: str, reader: TokenReader) -> str:
    if name == "double" and reader.take("precision"):
        return "float8"
    if name == "national" and reader.take_any("character", "char"):
        name = "char"
    if name in ("character", "char", "nchar") and reader.take("varying"):
        return "varchar"
    if name == "bit" and reader.take("varying"):
        return "varbit"
    return name


def _length(reader: TokenReader) -> int | None:
    inside = reader.parenthesised() if reader.word == "(" else None
    return None if inside is None else number(inside.word)


def refuse_type(named: TypeName) -> None:
    """Raise PgError for a type no column can have. A type nobody knows is left to PostgreSQL: it may be a domain."""
    if named.schema is not None and not named.is_array:
        return
    if named.name in SERIAL:
        message = NO_SUCH_TYPE if named.name == "serial" else NO_SUCH_TYPE.as_guess()
        raise message.error(type=named.name)
    if named.is_array or named.name in UNSUPPORTED:
        raise DATATYPE.error(type=named.shown)
    if named.name in UNSUPPORTED_BY_GUESS:
        raise DATATYPE.as_guess().error(type=named.shown)
    if named.name == "character" and (named.length or 0) > _MAX_CHAR:
        raise CHAR_LENGTH.error()
    if named.is_varying and (named.length or 0) > _MAX_VARCHAR:
        raise VARCHAR_LENGTH.error()
