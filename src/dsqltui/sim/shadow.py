"""The SQL of a shadow: a transaction's private copy of a table, its own write log, and how it is written back.

Before a transaction first writes (or flags) rows of table T it copies T's snapshot into a temporary table of the same
name, which PostgreSQL finds first. Nothing real is locked or changed until COMMIT, so nobody ever waits.

The copy needs no triggers to know what changed: all copied rows share one `cmin`. A row with another `cmin` is new or
changed; a snapshot row without its unchanged copy was changed or deleted; `xmax` on an unchanged copy means FOR UPDATE.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from dsqltui.core.lexer import quote_identifier as ident
from dsqltui.core.lexer import quote_literal as literal


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    name: str
    is_generated: bool
    is_settable: bool
    """UPDATE may give it a value: it is neither generated nor GENERATED ALWAYS AS IDENTITY."""
    identity_sequence: str | None
    """The sequence behind an identity column."""


@dataclass(frozen=True, slots=True)
class UniqueIndex:
    name: str
    definition: str
    """From USING on, as pg_get_indexdef prints it."""
    is_primary: bool
    is_constraint: bool
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view as the catalog describes it."""

    oid: str
    schema: str
    name: str
    kind: str
    """pg_class.relkind: "r" table, "v" view, others are left alone."""
    columns: tuple[ColumnInfo, ...] = ()
    unique_indexes: tuple[UniqueIndex, ...] = ()
    dependent_views: tuple[tuple[str, str], ...] = ()
    """(schema, view) that read it, in creation order."""
    base_relations: tuple[tuple[str, str], ...] = ()
    """For a view: what it reads."""
    foreign_keys: tuple[tuple[str, str], ...] = ()
    """(oid, oid of the referenced table) of foreign keys on it or to it."""

    @property
    def full_name(self) -> str:
        return f"{ident(self.schema)}.{ident(self.name)}"

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key's columns; empty when there is none."""
        return next((index.columns for index in self.unique_indexes if index.is_primary), ())

    @property
    def parents(self) -> frozenset[str]:
        """Tables its foreign keys reference."""
        return frozenset(parent for child, parent in self.foreign_keys if child == self.oid)

    @property
    def is_parent(self) -> bool:
        """Whether a foreign key references it."""
        return any(parent == self.oid for _, parent in self.foreign_keys)

    @property
    def column_list(self) -> str:
        return ", ".join(ident(c.name) for c in self.columns if not c.is_generated)


FORGET_PLANS = "DISCARD PLANS"
"""Prepared statements are planned anew: a new temporary relation does not invalidate their plans by itself."""

DESCRIBE = """
SELECT c.oid::text, n.nspname, c.relname, c.relkind::text,
  (SELECT json_agg(json_build_object('name', a.attname, 'generated', a.attgenerated <> '',
            'settable', a.attgenerated = '' AND a.attidentity <> 'a',
            'sequence', CASE WHEN a.attidentity <> '' THEN pg_catalog.pg_get_serial_sequence(
               quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname) END) ORDER BY a.attnum)
     FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)::text,
  (SELECT json_agg(json_build_object('name', ic.relname, 'definition', sys_internal.index_definition(i.indexrelid),
            'primary', i.indisprimary,
            'constraint', EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k
                                   WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u')),
            'columns', (SELECT json_agg(a.attname ORDER BY k.place)
                          FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
                          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
                         WHERE k.place <= i.indnkeyatts)))
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid)::text,
  (WITH RECURSIVE dependent AS (
       SELECT r.ev_class AS oid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
        WHERE d.refobjid = c.oid AND d.classid = 'pg_rewrite'::regclass AND r.ev_class <> c.oid
       UNION
       SELECT r.ev_class FROM dependent JOIN pg_catalog.pg_depend d ON d.refobjid = dependent.oid
         JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
        WHERE d.classid = 'pg_rewrite'::regclass AND r.ev_class <> dependent.oid)
   SELECT json_agg(json_build_array(vn.nspname, v.relname) ORDER BY v.oid)
     FROM dependent JOIN pg_catalog.pg_class v ON v.oid = dependent.oid AND v.relkind = 'v'
     JOIN pg_catalog.pg_namespace vn ON vn.oid = v.relnamespace WHERE vn.nspname !~ '^pg_temp')::text,
  (SELECT json_agg(DISTINCT jsonb_build_array(tn.nspname, t.relname))
     FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_depend d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass
     JOIN pg_catalog.pg_class t ON t.oid = d.refobjid AND t.oid <> c.oid AND t.relkind IN ('r', 'v')
     JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace WHERE r.ev_class = c.oid)::text,
  (SELECT json_agg(json_build_array(k.conrelid::text, k.confrelid::text)) FROM pg_catalog.pg_constraint k
    WHERE k.contype = 'f' AND c.oid IN (k.conrelid, k.confrelid))::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = {relation}
"""


def describe(schema: str | None, name: str) -> str:
    """The query whose one row `relation_from_row` reads; no row when there is no such relation."""
    written = ident(name) if schema is None else f"{ident(schema)}.{ident(name)}"
    return DESCRIBE.replace("{relation}", f"to_regclass({literal(written)})")


def relation_from_row(row: tuple[str | None, ...]) -> Relation:
    """A `describe` row as a value."""
    oid, schema, name, kind, columns, indexes, views, bases, foreign_keys = row
    return Relation(
        oid=oid or "",
        schema=schema or "",
        name=name or "",
        kind=kind or "",
        columns=tuple(
            ColumnInfo(c["name"], c["generated"], c["settable"], c["sequence"])
            for c in json.loads(columns or "null") or ()
        ),
        unique_indexes=tuple(
            UniqueIndex(
                i["name"],
                i["definition"].split(" USING ", 1)[1],
                i["primary"],
                i["constraint"],
                tuple(i["columns"] or ()),
            )
            for i in json.loads(indexes or "null") or ()
        ),
        dependent_views=tuple((s, v) for s, v in json.loads(views or "null") or ()),
        base_relations=tuple((s, t) for s, t in json.loads(bases or "null") or ()),
        foreign_keys=tuple((child, parent) for child, parent in json.loads(foreign_keys or "null") or ()),
    )


@dataclass(frozen=True, slots=True)
class Shadow:
    """A relation and the private copy of it one transaction works on."""

    relation: Relation
    name: str
    """The copy's name in pg_temp: the relation's own where the search path finds it, else `schema.name`."""
    copied_cmin: str | None = field(default=None)
    """The command id all copied rows share; None when the table was empty."""

    @property
    def full_name(self) -> str:
        return f"pg_temp.{ident(self.name)}"

    @property
    def _unchanged(self) -> str:
        return "false" if self.copied_cmin is None else f"s.cmin = '{self.copied_cmin}'::cid"

    def create(self, role: str, privileges: str | None) -> str:
        """The script that makes and fills the copy; its last statement returns the shared cmin, if any row."""
        table, copy = self.relation.full_name, self.full_name
        out = [
            f"CREATE TEMP TABLE {ident(self.name)} "
            f"(LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED) ON COMMIT DROP"
        ]
        out += [
            f"ALTER TABLE {copy} ALTER COLUMN {ident(c.name)} "
            f"SET DEFAULT sys_internal.next_identity({literal(c.identity_sequence)})"
            for c in self.relation.columns
            if c.identity_sequence is not None
        ]
        columns = self.relation.column_list
        if columns:
            out.append(f"INSERT INTO {copy} ({columns}) SELECT {columns} FROM {table}")
        else:
            out.append(f"INSERT INTO {copy} SELECT FROM {table}")
        for index in self.relation.unique_indexes:  # same names: same error texts, ON CONFLICT ON CONSTRAINT works
            name = ident(index.name if self.name == self.relation.name else f"{self.relation.schema}.{index.name}")
            out.append(f"CREATE UNIQUE INDEX {name} ON {copy} USING {index.definition}")
            if index.is_constraint:
                kind = "PRIMARY KEY" if index.is_primary else "UNIQUE"
                out.append(f"ALTER TABLE {copy} ADD CONSTRAINT {name} {kind} USING INDEX {name}")
        if privileges:
            out.append(f"GRANT {privileges} ON {copy} TO {ident(role)}")
        out += [FORGET_PLANS, f"SELECT cmin::text FROM {copy} LIMIT 1"]
        return ";\n".join(out)

    def touched(self) -> str:
        """The query for what the transaction did: one column, the key of each row written or flagged. Needs a key.

        Keys are hashed, so that equal ones are the same text whatever their form (1.0, 1.00) and the session's settings.
        """
        table, copy, key = self.relation.full_name, self.full_name, self.relation.key
        on = " AND ".join(f"s.{ident(c)} = b.{ident(c)}" for c in key)
        before = f"hash_record_extended(ROW({', '.join(f'b.{ident(c)}' for c in key)}), 0)::text"
        after = f"hash_record_extended(ROW({', '.join(f's.{ident(c)}' for c in key)}), 0)::text"
        same = self._unchanged
        return (
            f"SELECT {before} FROM {table} b WHERE NOT EXISTS (SELECT 1 FROM {copy} s WHERE {on} AND {same}) "
            f"UNION SELECT {after} FROM {copy} s WHERE NOT ({same}) OR s.xmax::text <> '0'"
        )

    def write_back(self) -> "WriteBack":
        """The SQL that gives the table the net effect, in the transaction's own snapshot.

        PostgreSQL raises 40001 there when a touched row was changed by somebody who committed first.
        """
        table, copy, key = self.relation.full_name, self.full_name, self.relation.key
        same = self._unchanged
        if not key:  # rows are matched whole, as a multiset
            return WriteBack(
                deletes=(
                    f"DELETE FROM {table} WHERE ctid IN (SELECT b.place FROM (SELECT x.ctid AS place, "
                    f"x::text AS image, row_number() OVER (PARTITION BY x::text ORDER BY x.ctid) AS n "
                    f"FROM {table} x) b LEFT JOIN (SELECT s::text AS image, "
                    f"row_number() OVER (PARTITION BY s::text) AS n, 1 AS kept FROM {copy} s WHERE {same}) s "
                    f"USING (image, n) WHERE s.kept IS NULL)",
                ),
                writes=(self._insert(f"NOT ({same})"),),
            )
        on = " AND ".join(f"s.{ident(c)} = b.{ident(c)}" for c in key)
        flagged = (
            f"SELECT 1 FROM {table} b WHERE EXISTS "
            f"(SELECT 1 FROM {copy} s WHERE {on} AND {same} AND s.xmax::text <> '0') FOR UPDATE OF b",
        )
        if not self.relation.is_parent:
            # changed rows are deleted and inserted: unique values may be exchanged between them
            return WriteBack(
                flagged,
                (f"DELETE FROM {table} b WHERE NOT EXISTS (SELECT 1 FROM {copy} s WHERE {on} AND {same})",),
                (self._insert(f"NOT ({same})"),),
            )
        # rows that others reference stay where they are
        changed = ", ".join(
            f"{ident(c.name)} = s.{ident(c.name)}" for c in self.relation.columns if c.is_settable and c.name not in key
        )
        updates = (f"UPDATE {table} b SET {changed} FROM {copy} s WHERE {on} AND NOT ({same})",) if changed else ()
        return WriteBack(
            flagged,
            (f"DELETE FROM {table} b WHERE NOT EXISTS (SELECT 1 FROM {copy} s WHERE {on})",),
            (*updates, self._insert(f"NOT ({same}) AND NOT EXISTS (SELECT 1 FROM {table} b WHERE {on})")),
        )

    def _insert(self, condition: str) -> str:
        """Insert the copy's rows that meet the condition."""
        table, columns = self.relation.full_name, self.relation.column_list
        names, override = (f" ({columns})", " OVERRIDING SYSTEM VALUE") if columns else ("", "")
        return f"INSERT INTO {table}{names}{override} SELECT {columns} FROM {self.full_name} s WHERE {condition}"


@dataclass(frozen=True, slots=True)
class WriteBack:
    """Statements that bring one table up to date."""

    locks: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


def write_back(shadows: Iterable[Shadow]) -> list[str]:
    """Statements that bring all tables up to date: children go before their parents and come after them."""
    ordered = _parents_first(shadows)
    parts = [shadow.write_back() for shadow in ordered]
    return [
        *(sql for part in parts for sql in part.locks),
        *(sql for part in reversed(parts) for sql in part.deletes),
        *(sql for part in parts for sql in part.writes),
    ]


def _parents_first(shadows: Iterable[Shadow]) -> list[Shadow]:
    """Tables behind those that their foreign keys reference; tables that reference each other in any order."""
    waiting = {shadow.relation.oid: shadow for shadow in shadows}
    ordered: list[Shadow] = []

    def place(oid: str) -> None:
        shadow = waiting.pop(oid, None)
        if shadow is not None:
            for parent in sorted(shadow.relation.parents):
                place(parent)
            ordered.append(shadow)

    for oid in list(waiting):
        place(oid)
    return ordered
