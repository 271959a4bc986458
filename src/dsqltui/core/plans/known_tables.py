"""What the doctor knows of the tables in a plan: columns, indexes, foreign keys; from one query of sql/catalog/."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dsqltui.core.catalog.relations import quoted
from dsqltui.core.results.outcome import Row

NOT_IN_KEYS = frozenset({"json", "jsonb", "bytea", "interval", "time with time zone"})
"""Types that Aurora DSQL refuses in a key: `datatype jsonb is not supported in a key` (recorded 2026)."""


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """A column."""

    name: str
    type: str
    """As PostgreSQL writes it, with length."""


@dataclass(frozen=True, slots=True)
class KnownIndex:
    """An index."""

    name: str
    keys: tuple[str, ...] = ()
    """Columns by their stored names, expressions as the server writes them."""
    includes: tuple[str, ...] = ()
    is_unique: bool = False
    is_primary: bool = False
    is_valid: bool = True
    predicate: str = ""
    """Of a partial index."""
    definition: str = ""
    """pg_get_indexdef's text."""
    job_id: str = ""
    job_state: str = ""
    """Of the newest job that built it, where sys.jobs still knows it."""

    @property
    def is_building(self) -> bool:
        """Invalid, but a job is at work on it."""
        return not self.is_valid and self.job_state in ("submitted", "processing")

    @property
    def serves(self) -> bool:
        """Whether it can be searched for all rows of the table."""
        return self.is_valid and not self.predicate


@dataclass(frozen=True, slots=True)
class KnownForeignKey:
    """A foreign key; `columns` of the child in the order of `parent_columns`."""

    name: str
    columns: tuple[str, ...]
    parent_schema: str
    parent: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A table. Names are as the server stores them."""

    schema: str
    name: str
    row_estimate: int | None = None
    """pg_class.reltuples; None when it was never analysed."""
    columns: tuple[KnownColumn, ...] = ()
    indexes: tuple[KnownIndex, ...] = ()
    foreign_keys: tuple[KnownForeignKey, ...] = ()

    @property
    def sql_name(self) -> str:
        """`schema.name`, quoted where needed."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def names(self) -> tuple[str, ...]:
        """Of its columns."""
        return tuple(column.name for column in self.columns)

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key's columns."""
        return next((index.keys for index in self.indexes if index.is_primary), ())

    def type_of(self, column: str) -> str:
        """Of a column; empty when it has none of that name."""
        return next((each.type for each in self.columns if each.name == column), "")

    def index(self, name: str) -> KnownIndex | None:
        """The index of that name."""
        return next((index for index in self.indexes if index.name == name), None)

    def held_by(self, index: KnownIndex) -> frozenset[str]:
        """Columns that the index's own entries give: a secondary index carries the primary key, too."""
        if index.is_primary:
            return frozenset(self.names)
        return frozenset((*index.keys, *index.includes, *self.key))

    def is_indexed(self, columns: Iterable[str]) -> bool:
        """Whether a usable index begins with these columns, in any order."""
        wanted = frozenset(columns)
        return any(index.serves and frozenset(index.keys[: len(wanted)]) == wanted for index in self.indexes)


@dataclass(frozen=True)
class KnownTables:
    """Tables by (schema, name), and which of them refer to which."""

    tables: Mapping[tuple[str, str], KnownTable] = field(default_factory=dict)

    def find(self, name: str, schema: str = "") -> KnownTable | None:
        """The table; without a schema the one in public, else the only one of that name."""
        if schema:
            return self.tables.get((schema, name))
        if ("public", name) in self.tables:
            return self.tables["public", name]
        found = [table for table in self.tables.values() if table.name == name]
        return found[0] if len(found) == 1 else None

    def children(self, parent: KnownTable) -> tuple[tuple[KnownTable, KnownForeignKey], ...]:
        """Foreign keys that point at the table, with the tables that have them."""
        return tuple(
            (table, key)
            for table in self.tables.values()
            for key in table.foreign_keys
            if (key.parent_schema, key.parent) == (parent.schema, parent.name)
        )


UNKNOWN = KnownTables()
"""When the catalog was not asked."""


def known_tables(rows: Iterable[Row]) -> KnownTables:
    """From sql/catalog/plan_facts.sql: schema, table, fact, name and five values, in its order.

    Facts that it does not know are passed over.
    """
    estimates: dict[tuple[str, str], int | None] = {}
    columns: dict[tuple[str, str], list[KnownColumn]] = {}
    indexes: dict[tuple[str, str], dict[str, _IndexRows]] = {}
    keys: dict[tuple[str, str], dict[str, _ForeignKeyRows]] = {}
    for schema, table, fact, name, *values in rows:
        place = (schema or "", table or "")
        v1, v2, v3, v4, v5 = (value or "" for value in values)
        if fact == "table":
            estimates[place] = int(float(v1)) if v1 and float(v1) >= 0 else None
        elif fact == "column":
            columns.setdefault(place, []).append(KnownColumn(name or "", v1))
        elif fact == "index":
            indexes.setdefault(place, {})[name or ""] = _IndexRows(v1, v2, v3, v4, v5)
        elif fact == "index part" and name in indexes.get(place, {}):
            found = indexes[place][name or ""]
            (found.includes if v2 == "t" else found.keys).append(v1)
        elif fact == "foreign key":
            found_key = keys.setdefault(place, {}).setdefault(name or "", _ForeignKeyRows(v2, v3))
            found_key.columns.append(v1)
            found_key.parent_columns.append(v4)
    return KnownTables(
        {
            place: KnownTable(
                *place,
                row_estimate=estimate,
                columns=tuple(columns.get(place, ())),
                indexes=tuple(rows.made(name) for name, rows in indexes.get(place, {}).items()),
                foreign_keys=tuple(rows.made(name) for name, rows in keys.get(place, {}).items()),
            )
            for place, estimate in estimates.items()
        }
    )


@dataclass(slots=True)
class _IndexRows:
    flags: str
    """Letters: u unique, p primary, v valid."""
    predicate: str
    definition: str
    job_id: str
    job_state: str
    keys: list[str] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)

    def made(self, name: str) -> KnownIndex:
        return KnownIndex(
            name,
            tuple(self.keys),
            tuple(self.includes),
            "u" in self.flags,
            "p" in self.flags,
            "v" in self.flags,
            self.predicate,
            self.definition,
            self.job_id,
            self.job_state,
        )


@dataclass(slots=True)
class _ForeignKeyRows:
    parent_schema: str
    parent: str
    columns: list[str] = field(default_factory=list)
    parent_columns: list[str] = field(default_factory=list)

    def made(self, name: str) -> KnownForeignKey:
        return KnownForeignKey(name, tuple(self.columns), self.parent_schema, self.parent, tuple(self.parent_columns))
