"""The second stage: refusals that depend on what exists. Each check is one query; it refuses when it finds a row.

The queries run in the client's own session, so that names mean what they mean to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dsqltui.core.sql.lexer import quote_identifier as ident
from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.rules.alter_table import Alterations, read_alterations
from dsqltui.sim.rules.create_index import IndexDefinition, refuse_create_index
from dsqltui.sim.rules.create_table import MAX_COLUMNS, MAX_KEY_BYTES
from dsqltui.sim.rules.messages import (
    ALTER_TABLE,
    DROP_KEY_COLUMN,
    IDENTITY_TYPE,
    INDEX_COLUMNS,
    INDEXES,
    KEY_SIZE,
    KEY_TYPE,
    SCHEMAS,
    STATISTICS,
    SYNC_INDEX,
    TABLE_COLUMNS,
    TABLES,
    Message,
)
from dsqltui.sim.rules.reading import TokenReader, read
from dsqltui.sim.rules.types import NOT_IN_KEYS
from dsqltui.sim.sql.analysis import Analysis

MAX_SCHEMAS = 10
MAX_TABLES = 1000
MAX_INDEXES = 24
MAX_STATISTICS = 5

_NOT_IN_KEYS = ", ".join(literal(name) for name in sorted(NOT_IN_KEYS))
_OWN_SCHEMAS = "nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'sys', 'pg_dsqltui')"
"""Schemas of users, public among them."""


@dataclass(frozen=True, slots=True)
class CatalogCheck:
    """A question to the catalog. A row as the answer refuses the statement."""

    message: Message
    sql: str
    placeholder: str = ""
    """What the row's first column stands for in the message."""

    async def refuse(self, backend: Backend) -> None:
        """Raise the PgError when the question has an answer."""
        try:
            rows = await backend.query(self.sql)
        except PgError as error:  # there is no such table: said without a place in a text that nobody sent
            error.fields.pop("P", None)
            raise
        if rows:
            raise self.message.error(**({self.placeholder: rows[0][0] or ""} if self.placeholder else {}))


async def refuse_by_catalog(backend: Backend, analysis: Analysis, sql: str) -> None:
    """Raise the PgError with which the service refuses the statement for what exists. `refuse` has let it pass."""
    for check in catalog_checks(analysis, sql):
        await check.refuse(backend)


async def refuse_new_index(backend: Backend, newer_than: str) -> None:
    """Raise PgError when a key of an index with a greater oid has a type no key can have, an expression's for one."""
    await CatalogCheck(
        KEY_TYPE,
        f"""SELECT pg_catalog.format_type(a.atttypid, NULL) FROM pg_catalog.pg_index i
              JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum <= i.indnkeyatts
             WHERE i.indexrelid > {newer_than}::oid AND pg_catalog.format_type(a.atttypid, NULL) IN ({_NOT_IN_KEYS})
             ORDER BY a.attnum LIMIT 1""",
        "type",
    ).refuse(backend)


def catalog_checks(analysis: Analysis, sql: str) -> tuple[CatalogCheck, ...]:
    """What to ask before the statement runs, in order; nothing for most statements."""
    if analysis.first not in ("create", "alter"):
        return ()
    reader = read(sql)
    if reader.take("alter", "table"):
        return tuple(_alter_table_checks(read_alterations(sql)))
    reader.take("create")
    if reader.take("schema"):
        return (_SCHEMA_CHECK,)
    if reader.take("statistics"):
        return tuple(_statistics_checks(reader))
    if reader.take("table"):
        return tuple(_create_table_checks(reader))
    reader.take("unique")
    if reader.take("index"):
        return tuple(_index_checks(refuse_create_index(reader, allows_sync=True)))
    return ()


def _regclass(names: tuple[str, ...]) -> str:
    """SQL for the oid of the relation of that name, NULL when there is none. A database before it is left out."""
    return f"pg_catalog.to_regclass({literal('.'.join(ident(name) for name in names[-2:]))})"


_SCHEMA_CHECK = CatalogCheck(
    SCHEMAS,
    f"SELECT 1 FROM pg_catalog.pg_namespace WHERE {_OWN_SCHEMAS} AND nspname <> 'public' "
    f"HAVING count(*) >= {MAX_SCHEMAS}",
)
"""Counts even when IF NOT EXISTS names a schema that is there (recorded)."""


def _create_table_checks(reader: TokenReader) -> Iterator[CatalogCheck]:
    is_optional = reader.take("if", "not", "exists")
    exists = f" AND {_regclass(reader.names())} IS NULL" if is_optional else ""
    yield CatalogCheck(
        TABLES,
        "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE c.relkind = 'r' AND {_OWN_SCHEMAS} HAVING count(*) >= {MAX_TABLES}{exists}",
    )


def _statistics_checks(reader: TokenReader) -> Iterator[CatalogCheck]:
    if reader.skip_to("from"):
        reader.skip()
        table = _regclass(reader.names())
        yield CatalogCheck(
            STATISTICS,
            f"SELECT 1 FROM pg_catalog.pg_statistic_ext WHERE stxrelid = {table} HAVING count(*) >= {MAX_STATISTICS}",
        )


def _index_checks(index: IndexDefinition) -> Iterator[CatalogCheck]:
    if not index.table:
        return
    table = _regclass(index.table)
    columns = ", ".join(literal(name) for name in index.columns) or "NULL"
    attributes = f"FROM pg_catalog.pg_attribute a WHERE a.attrelid = {table} AND a.attname IN ({columns})"
    yield CatalogCheck(
        KEY_TYPE,
        f"SELECT pg_catalog.format_type(a.atttypid, NULL) {attributes} "
        f"AND pg_catalog.format_type(a.atttypid, NULL) IN ({_NOT_IN_KEYS}) "
        "ORDER BY a.attnum LIMIT 1",
        "type",
    )
    yield CatalogCheck(
        KEY_SIZE,
        f"SELECT 1 {attributes} AND a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 0 "
        f"HAVING sum(a.atttypmod - 4) > {MAX_KEY_BYTES}",
    )
    if not index.is_async:
        yield CatalogCheck(SYNC_INDEX.as_guess(), f"SELECT 1 FROM {'.'.join(map(ident, index.table[-2:]))} LIMIT 1")
    exists = ""
    if index.if_not_exists and index.name:
        exists = (
            f" AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_class t ON t.oid = {table} "
            f"AND t.relnamespace = c.relnamespace WHERE c.relname = {literal(index.name)})"
        )
    yield CatalogCheck(
        INDEXES,
        f"SELECT 1 FROM pg_catalog.pg_index WHERE indrelid = {table} HAVING count(*) >= {MAX_INDEXES}{exists}",
    )


def _alter_table_checks(altered: Alterations) -> Iterator[CatalogCheck]:
    if not altered.table:
        return
    table = _regclass(altered.table)
    if altered.added_columns:
        count = (
            f"SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = {table} AND attnum > 0 AND NOT attisdropped "
            f"HAVING count(*) + {altered.added_columns} > {MAX_COLUMNS}"
        )
        primary = f"EXISTS (SELECT 1 FROM pg_catalog.pg_index WHERE indrelid = {table} AND indisprimary)"
        yield CatalogCheck(INDEX_COLUMNS, f"{count} AND {primary}")
        yield CatalogCheck(TABLE_COLUMNS, f"{count} AND NOT {primary}")
    for column in altered.new_identities:
        yield CatalogCheck(
            IDENTITY_TYPE.as_guess(),
            f"SELECT pg_catalog.format_type(atttypid, NULL) FROM pg_catalog.pg_attribute WHERE attrelid = {table} "
            f"AND attname = {literal(column)} AND atttypid <> 'bigint'::regtype",
            "type",
        )
    for constraint in altered.dropped_constraints:
        yield CatalogCheck(
            ALTER_TABLE.filled(action="DROP CONSTRAINT"),
            f"SELECT 1 FROM pg_catalog.pg_constraint WHERE conrelid = {table} AND contype = 'p' "
            f"AND conname = {literal(constraint)}",
        )
    for column in altered.dropped_columns:
        yield CatalogCheck(
            DROP_KEY_COLUMN,
            f"SELECT a.attname FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid "
            f"WHERE a.attrelid = {table} AND a.attname = {literal(column)} AND i.indisprimary "
            "AND a.attnum = ANY (i.indkey)",
            "column",
        )
