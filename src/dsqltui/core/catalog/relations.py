"""What the sidebar shows of the catalog: relations, their parts, indexes, roles; and the SQL it writes for a person.

Each kind of value comes from one query of sql/catalog/, in one round trip, and is made here from its rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dsqltui.core.results.outcome import Row
from dsqltui.core.sql.lexer import quote_identifier, quote_literal

_PLAIN_FIRST = frozenset("abcdefghijklmnopqrstuvwxyz_")
_PLAIN = _PLAIN_FIRST | frozenset("0123456789$")
# Words that PostgreSQL 16 reserves and that a table or column could well be called.
_RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
    collation column concurrently constraint create cross current_date current_role current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign
    freeze from full grant group having ilike in initially inner intersect into is isnull join lateral leading
    left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps
    placing primary references returning right select session_user similar some symmetric system_user table
    tablesample then to trailing true union unique user using variadic verbose when where window with
    """.split()
)


def quoted(name: str) -> str:
    """An identifier as it must be written in SQL."""
    is_plain = name[:1] in _PLAIN_FIRST and set(name) <= _PLAIN and name not in _RESERVED
    return name if is_plain else quote_identifier(name)


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view, sequence or function."""

    oid: int
    schema: str
    name: str
    kind: str
    """r table, v view, S sequence (pg_class.relkind), f function."""
    row_estimate: int | None
    """pg_class.reltuples; None when it was never analysed."""
    arguments: str = ""
    """Of a function, as the server writes them."""
    unindexed_keys: int = 0
    """Foreign keys of the table that no index begins with: deleting a parent reads all its rows."""

    @property
    def key(self) -> tuple[str, int]:
        """Unique; functions and relations are numbered apart."""
        return ("f" if self.kind == "f" else "r", self.oid)

    @property
    def sql_name(self) -> str:
        """`schema.name`, quoted where needed."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def word(self) -> str:
        """table, view, sequence."""
        return {"r": "table", "v": "view", "S": "sequence", "f": "function"}.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class RelationPart:
    """A column or constraint of a relation."""

    what: str
    """column, constraint."""
    name: str
    definition: str
    """Type, NOT NULL and default; or the constraint's text."""
    is_key: bool = False
    """Whether a column belongs to the primary key."""
    lacks_index: bool = False
    """Whether it is a foreign key that no valid index begins with."""

    def index_sql(self, table: str) -> str:
        """The index that a foreign key lacks; `table` is quoted already."""
        columns = self.definition.partition("FOREIGN KEY (")[2].partition(") REFERENCES")[0]
        return f"CREATE INDEX ASYNC ON {table} ({columns});"


@dataclass(frozen=True, slots=True)
class Index:
    """An index, with the job that built it where sys.jobs still knows it."""

    oid: int
    schema: str
    table: str
    name: str
    columns: str
    """Key columns and expressions as the server writes them."""
    includes: str
    """INCLUDE columns; of a primary key all others, which are not listed."""
    is_unique: bool
    is_primary: bool
    is_valid: bool
    definition: str
    """pg_get_indexdef's text."""
    job_id: str
    job_state: str
    job_details: str
    table_oid: int

    @property
    def sql_name(self) -> str:
        """`schema.name`, quoted where needed."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def table_name(self) -> str:
        """`schema.table`, quoted where needed."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"

    @property
    def is_building(self) -> bool:
        """Invalid, but a job is at work on it."""
        return not self.is_valid and self.job_state in ("submitted", "processing")


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A database role with what leads to it and what it may do."""

    name: str
    can_login: bool
    arns: tuple[str, ...]
    """IAM roles and users that may connect as it."""
    grants: tuple[str, ...]
    """`SELECT on xpoints: 9 tables` and the like."""


def relations_of(rows: Iterable[Row]) -> tuple[Relation, ...]:
    """From sql/catalog/relations.sql: oid, schema, name, kind, estimate, arguments, foreign keys without an index; an
    empty schema has no oid."""
    return tuple(
        Relation(int(oid), schema or "", name or "", kind or "", _estimate(estimate), arguments or "", int(keys or 0))
        for oid, schema, name, kind, estimate, arguments, keys in rows
        if oid is not None
    )


def schemas_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """The schemas of the same rows, also the empty ones."""
    return tuple(dict.fromkeys(row[1] or "" for row in rows))


def parts_of(rows: Iterable[Row]) -> tuple[RelationPart, ...]:
    """From sql/catalog/relation_parts.sql: what, name, definition, is_key, lacks_index."""
    return tuple(
        RelationPart(what or "", name or "", text or "", is_key == "t", lacks == "t")
        for what, name, text, is_key, lacks in rows
    )


def indexes_of(rows: Iterable[Row]) -> tuple[Index, ...]:
    """From sql/catalog/indexes.sql; invalid ones first, then by table."""
    indexes = [
        Index(
            int(oid or 0),
            schema or "",
            table or "",
            name or "",
            columns or "",
            includes or "",
            unique == "t",
            primary == "t",
            valid == "t",
            definition or "",
            job or "",
            state or "",
            details or "",
            int(table_oid or 0),
        )
        for (
            oid,
            schema,
            table,
            name,
            columns,
            includes,
            unique,
            primary,
            valid,
            definition,
            job,
            state,
            details,
            table_oid,
        ) in rows
    ]
    return tuple(sorted(indexes, key=lambda i: (i.is_valid, i.schema, i.table, not i.is_primary, i.name)))


def roles_of(rows: Iterable[Row]) -> tuple[RoleLine, ...]:
    """From sql/catalog/roles.sql: name, can_login, ARNs and grants, each separated by line feeds."""
    return tuple(RoleLine(name or "", login == "t", _lines(arns), _lines(grants)) for name, login, arns, grants in rows)


def _estimate(text: str | None) -> int | None:
    value = float(text) if text else -1.0
    return int(value) if value >= 0 else None


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()


# -- SQL for an editor; nothing here runs -----------------------------------------------------------------------------


def create_index_sql(table: str, columns: Sequence[str], *, is_unique: bool, includes: Sequence[str]) -> str:
    """CREATE INDEX ASYNC on `table`, which is quoted already; the service names the index."""
    unique = "UNIQUE " if is_unique else ""
    include = f" INCLUDE ({', '.join(map(quoted, includes))})" if includes else ""
    return f"CREATE {unique}INDEX ASYNC ON {table} ({', '.join(map(quoted, columns))}){include};"


def drop_index_sql(index: Index) -> str:
    """DROP INDEX, which also is the only way to stop its build."""
    return f"DROP INDEX {index.sql_name};"


def recreate_index_sql(index: Index) -> str:
    """The way out of an invalid index: drop it, then build it again, each a transaction of its own."""
    return recreate_sql(index.sql_name, index.definition)


def recreate_sql(sql_name: str, definition: str) -> str:
    """The same for an index of that name, quoted already, and pg_get_indexdef's text of it."""
    definition = definition.replace(" USING btree_index ", " ").replace(" USING btree ", " ")
    head, _, tail = definition.partition(" INDEX ")
    name, _, rest = tail.partition(" ON ")
    return f"DROP INDEX {sql_name};\n{head} INDEX ASYNC {name} ON {rest};"


def top_rows_sql(relation: Relation, count: int = 20) -> str:
    """The first rows."""
    return f"SELECT * FROM {relation.sql_name} LIMIT {count};"


def count_sql(relation: Relation) -> str:
    """The catalog's estimate, which costs nothing; AWS recommends it over count(*)."""
    return count_sql_of(relation.sql_name)


def count_sql_of(sql_name: str) -> str:
    """The same for a table of that name, quoted already."""
    oid = f"{quote_literal(sql_name)}::regclass"
    return f"SELECT reltuples::bigint AS row_estimate FROM pg_class WHERE oid = {oid};"


def explain_sql(index: Index) -> str:
    """A query that can use the index, explained."""
    return f"EXPLAIN SELECT {index.columns} FROM {index.table_name} ORDER BY {index.columns} LIMIT 10;"


def wait_sql(job_id: str) -> str:
    """Wait for a job; false means that it failed."""
    return f"CALL sys.wait_for_job({quote_literal(job_id)});"
