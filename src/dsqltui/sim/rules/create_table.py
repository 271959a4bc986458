"""CREATE TABLE: columns, keys and clauses that Aurora DSQL refuses."""

from collections.abc import Sequence

from dsqltui.sim.rules.columns import (
    ColumnDefinition,
    read_column,
    refuse_column_clauses,
    refuse_deferrable,
    refuse_identity,
)
from dsqltui.sim.rules.messages import (
    EXCLUSION,
    INDEX_COLUMNS,
    KEY_COLUMNS,
    KEY_SIZE,
    KEY_TYPE,
    STATEMENT,
    TABLE_CLAUSE,
    TABLE_COLUMNS,
    TEMP_TABLE,
    UNLOGGED,
)
from dsqltui.sim.rules.reading import TokenReader
from dsqltui.sim.rules.types import NOT_IN_KEYS, TypeName, refuse_type

MAX_COLUMNS = 256
"""Accepted on a real cluster, although guide and message say 255."""
MAX_KEY_COLUMNS = 8
MAX_KEY_BYTES = 2000
"""Declared lengths of a key's character columns together."""

_CONSTRAINTS = frozenset("constraint primary unique check foreign exclude".split())


def refuse_persistence(reader: TokenReader) -> None:
    """Skip the words between CREATE and the kind of object; raise PgError when they make it temporary or unlogged."""
    reader.take_any("global", "local")
    if reader.take_any("temp", "temporary"):
        message = TEMP_TABLE if reader.at("table") else TEMP_TABLE.as_guess()
        raise message.error()
    if reader.take("unlogged"):
        message = UNLOGGED if reader.at("table") else UNLOGGED.as_guess()
        raise message.error()


def refuse_create_table(reader: TokenReader) -> None:
    """Raise PgError for what the service refuses. The reader stands behind TABLE."""
    reader.take("if", "not", "exists")
    names = reader.names()
    if names[:1] == ("pg_temp",):
        raise TEMP_TABLE.as_guess().error()
    if reader.at("partition", "of"):
        raise TABLE_CLAUSE.error(clause="PARTITION OF")
    if "as" in reader.outer_words:
        raise STATEMENT.error(statement="CreateTableAs")
    body = reader.parenthesised()
    if body is not None:
        _refuse_elements(body.pieces())
    _refuse_clauses(reader)


def _refuse_elements(elements: Sequence[TokenReader]) -> None:
    columns: list[ColumnDefinition] = []
    constraints: list[TokenReader] = []
    for element in elements:
        if is_constraint(element):
            constraints.append(element)
        elif not element.at("like"):
            column = read_column(element)
            if column is not None:
                _refuse_column(column)
                columns.append(column)
    types = {column.name: column.type for column in columns}
    has_primary = any(column.is_primary for column in columns)
    for constraint in constraints:
        has_primary = _refuse_constraint(constraint, types) or has_primary
    if len(columns) > MAX_COLUMNS:
        raise (INDEX_COLUMNS if has_primary else TABLE_COLUMNS).error()


def is_constraint(element: TokenReader) -> bool:
    """Whether a table constraint comes next. EXCLUDE is also a possible column name."""
    if element.at("exclude"):
        return element.at("exclude", "using") or element.at("exclude", "(")
    return element.word in _CONSTRAINTS


def _refuse_column(column: ColumnDefinition) -> None:
    refuse_type(column.type)
    refuse_column_clauses(column)
    refuse_identity(column)
    refuse_deferrable(column.rest.outer_words)
    if column.is_key:
        refuse_key([column.type])


def _refuse_constraint(constraint: TokenReader, types: dict[str, TypeName]) -> bool:
    """Raise PgError for a table constraint that is refused; whether it is the primary key."""
    if constraint.take("constraint"):
        constraint.names()
    if constraint.at("exclude"):
        raise EXCLUSION.error()
    refuse_deferrable(constraint.outer_words)
    is_primary = constraint.take("primary", "key")
    if not is_primary and not constraint.take("unique"):
        return False
    if constraint.take("nulls"):
        constraint.take("not")
        constraint.take("distinct")
    keys = constraint.parenthesised()
    if keys is None:
        return is_primary
    names = [piece.names() for piece in keys.pieces()]
    if len(names) > MAX_KEY_COLUMNS:
        raise KEY_COLUMNS.error()
    refuse_key([types[name[0]] for name in names if len(name) == 1 and name[0] in types])
    return is_primary


def refuse_key(types: Sequence[TypeName]) -> None:
    """Raise PgError when columns of these types together can be no key."""
    for named in types:
        if named.name in NOT_IN_KEYS:
            raise KEY_TYPE.as_guess().error(type=named.name)
    if sum(named.declared_bytes for named in types) > MAX_KEY_BYTES:
        raise KEY_SIZE.error()


def _refuse_clauses(reader: TokenReader) -> None:
    """What may stand behind the columns."""
    while reader.token is not None:
        if reader.take("partition", "by"):
            raise TABLE_CLAUSE.error(clause="PARTITION BY")
        for words, clause in (
            (("inherits",), "INHERITS"),
            (("using",), "USING"),
            (("with", "("), "WITH"),
            (("on", "commit"), "ON COMMIT"),
            (("tablespace",), "TABLESPACE"),
        ):
            if reader.at(*words):
                raise TABLE_CLAUSE.as_guess().error(clause=clause)
        if reader.parenthesised() is None:
            reader.skip()
