"""What rendering a plan must know of the tables in it: columns, indexes, and whose shadow a pg_temp table is."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

VARYING_WIDTH = 32
"""Bytes that stand for a type of varying length, as PostgreSQL's planner assumes without statistics."""

FACTS = f"""
SELECT n.nspname, c.relname, c.reltuples::bigint::text,
  (SELECT json_agg(json_build_array(a.attname, CASE WHEN a.attlen > 0 THEN a.attlen ELSE {VARYING_WIDTH} END)
                   ORDER BY a.attnum)
     FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)::text,
  (SELECT json_agg(json_build_object('name', ic.relname, 'primary', i.indisprimary, 'keys', i.indnkeyatts, 'columns',
            (SELECT json_agg(a.attname ORDER BY k.place)
               FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
               JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number)) ORDER BY ic.relname)
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
    WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL)::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'sys', 'pg_dsqltui')
"""
"""The query for all tables; its rows are what `plan_schema` reads. Partial and expression indexes are left out."""


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """An index that holds whole columns of all rows."""

    name: str
    is_primary: bool
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    """Keys, then INCLUDE columns."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table of the cluster."""

    columns: tuple[str, ...]
    rows: int
    """As of its last ANALYZE; -1 when there was none."""
    indexes: tuple[IndexFacts, ...] = ()
    widths: Mapping[str, int] = field(default_factory=dict)
    """Bytes by column; VARYING_WIDTH for one of varying length."""

    @property
    def primary(self) -> IndexFacts | None:
        """The primary key's index, which is the table."""
        return next((index for index in self.indexes if index.is_primary), None)

    def index(self, name: str) -> IndexFacts | None:
        """The index of that name."""
        return next((index for index in self.indexes if index.name == name), None)

    def held_by(self, index: IndexFacts) -> frozenset[str]:
        """Columns that reading the index alone gives: entries of a secondary index hold the primary key, too."""
        if index.is_primary:
            return frozenset(self.columns)
        return frozenset(index.columns).union(self.primary.keys if self.primary is not None else ())

    def entry_width(self, index: str = "") -> int:
        """About how many bytes an entry of the index, or of the table, holds."""
        found = self.index(index)
        columns = frozenset(self.columns) if found is None else self.held_by(found)
        return sum(self.widths.get(column, 0) for column in columns)


@dataclass(frozen=True, slots=True)
class PlanSchema:
    """Facts by (schema, table), and the real (schema, table) by the name of its shadow in pg_temp."""

    tables: Mapping[tuple[str, str], TableFacts] = field(default_factory=dict)
    shadows: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def real_table(self, schema: str, table: str) -> tuple[str, str]:
        """The table that a relation in a plan stands for."""
        if schema.startswith("pg_temp"):
            return self.shadows.get(table, (schema, table))
        return schema, table

    def real_index(self, schema: str, table: str, index: str) -> str:
        """The real name of a shadow's index: the one of a shadow called `schema.table` is called `schema.index`."""
        real_schema, _ = self.real_table(schema, table)
        is_shadow = real_schema != schema and table.startswith(f"{real_schema}.")
        return index.removeprefix(f"{real_schema}.") if is_shadow else index


def plan_schema(
    rows: Iterable[tuple[str | None, ...]], shadow_names: Mapping[tuple[str, str], str] | None = None
) -> PlanSchema:
    """The schema from FACTS' rows and a transaction's `shadow_names`."""
    tables: dict[tuple[str, str], TableFacts] = {}
    for schema, table, estimate, columns, indexes in rows:
        widths: dict[str, int] = dict(json.loads(columns or "null") or ())
        tables[schema or "", table or ""] = TableFacts(
            columns=tuple(widths),
            widths=widths,
            rows=int(estimate or -1),
            indexes=tuple(
                IndexFacts(i["name"], i["primary"], tuple((i["columns"] or ())[: i["keys"]]), tuple(i["columns"] or ()))
                for i in json.loads(indexes or "null") or ()
            ),
        )
    return PlanSchema(tables, {shadow: real for real, shadow in (shadow_names or {}).items()})
