"""CREATE INDEX: only asynchronous, and with few of PostgreSQL's options.

Order of the checks (recorded 2026-10): name, CONCURRENTLY, USING, number of keys, mode, each key.
"""

from dataclasses import dataclass

from dsqltui.core.sql.lexer import identifier
from dsqltui.sim.rules.create_table import MAX_KEY_COLUMNS
from dsqltui.sim.rules.messages import INDEX_CLAUSE, KEY_COLUMNS, OPERATOR_CLASS, SORT_ORDER, SYNC_INDEX
from dsqltui.sim.rules.reading import TokenReader, is_name, syntax_error


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """CREATE INDEX taken apart, as far as the rules need it."""

    name: str | None
    if_not_exists: bool
    table: tuple[str, ...]
    is_async: bool
    columns: tuple[str, ...]
    """Keys that are plain columns; expressions are left out."""


def refuse_create_index(reader: TokenReader, *, allows_sync: bool = False) -> IndexDefinition:
    """Raise PgError for what the service refuses; else the definition. The reader stands behind INDEX.

    `allows_sync` is for sessions with disable_sync_create_index off.
    """
    is_async = reader.take("async")
    is_concurrent = reader.take("concurrently")
    is_async = reader.take("async") or is_async
    if_not_exists = reader.take("if", "not", "exists")
    name = _read_name(reader, is_needed=if_not_exists)
    if is_concurrent:
        raise INDEX_CLAUSE.error(clause="CONCURRENTLY")
    reader.take("on")
    reader.take("only")
    table = reader.names()
    if reader.at("using"):
        raise INDEX_CLAUSE.error(clause="USING")
    inside = reader.parenthesised()
    keys = [] if inside is None else inside.pieces()
    if len(keys) > MAX_KEY_COLUMNS:
        raise KEY_COLUMNS.error()
    if not (is_async or allows_sync):
        raise SYNC_INDEX.error()
    columns = [column for key in keys if (column := _read_key(key)) is not None]
    _refuse_clauses(reader)
    return IndexDefinition(name, if_not_exists, table, is_async, tuple(columns))


def _read_name(reader: TokenReader, *, is_needed: bool) -> str | None:
    """The index's own name, which takes no schema and may be left out except after IF NOT EXISTS."""
    if reader.token is None:
        return None
    if reader.at("on"):
        if is_needed:
            raise syntax_error(reader.token)
        return None
    token = reader.skip()
    if reader.token is not None and reader.at("."):
        raise syntax_error(reader.token)
    return identifier(token) if token is not None and is_name(token) else None


def _read_key(key: TokenReader) -> str | None:
    """The column a key is, None for an expression. Raises PgError for a sort order or an operator class."""
    names: tuple[str, ...] = ()
    if key.parenthesised() is None:
        names = key.names()
        if key.parenthesised() is not None:  # a function call
            names = ()
    if key.take("collate"):
        key.names()
    if key.token is not None and is_name(key.token) and key.word not in ("asc", "desc", "nulls"):
        raise OPERATOR_CLASS.error()
    if key.at("asc") or key.at("desc"):
        raise SORT_ORDER.error()
    return names[0] if len(names) == 1 else None


def _refuse_clauses(reader: TokenReader) -> None:
    """What may stand between the keys and the predicate, which is PostgreSQL's to judge."""
    while reader.token is not None and not reader.at("where"):
        for words, clause in ((("with", "("), "WITH"), (("tablespace",), "TABLESPACE")):
            if reader.at(*words):
                raise INDEX_CLAUSE.as_guess().error(clause=clause)
        if reader.parenthesised() is None:
            reader.skip()
