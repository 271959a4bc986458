"""The SQL of a shadow: a transaction's private copy of a table, its own write log, and how it is written back.

Before a transaction first writes (or flags) rows of table T it copies T's snapshot into a temporary table of the same
name, which PostgreSQL finds first. Nothing real is locked or changed until COMMIT, so nobody ever waits.

The copy needs no triggers to know what changed: all copied rows share one `cmin`. A row with another `cmin` is new or
changed; a snapshot row without its unchanged copy was changed or deleted; `xmax` on an unchanged copy means FOR UPDATE.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dsqltui.core.lexer import quote_identifier as ident
from dsqltui.core.lexer import quote_literal as literal


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    name: str
    is_generated: bool
    identity_sequence: str | None
    """The sequence behind an identity column."""
    has_grants: bool
    """Somebody was granted something on the column itself."""


@dataclass(frozen=True, slots=True)
class UniqueIndex:
    name: str
    definition: str
    """From USING on, as pg_get_indexdef prints it."""
    is_primary: bool
    is_constraint: bool
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    name: str
    parent: tuple[str, str]
    """(schema, table)"""
    columns: str
    """FOREIGN KEY (...) as pg_get_constraintdef prints it, up to REFERENCES."""
    rules: str
    """What follows the parent's name: its columns, actions, deferrability."""


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
    foreign_keys: tuple[ForeignKey, ...] = ()
    """Of a table: its references to others."""
    family: tuple[tuple[str, str], ...] = ()
    """(schema, table) of all tables that foreign keys connect with this one, itself not among them."""

    @property
    def full_name(self) -> str:
        return f"{ident(self.schema)}.{ident(self.name)}"

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key's columns; empty when there is none."""
        return next((index.columns for index in self.unique_indexes if index.is_primary), ())

    @property
    def fits_in_place(self) -> bool:
        """Whether a transaction may write the table itself: by its key it finds what it did, and no other table is
        touched by that."""
        return bool(self.key) and not self.family

    @property
    def column_list(self) -> str:
        return ", ".join(ident(c.name) for c in self.columns if not c.is_generated)


def key_hash(alias: str, key: Iterable[str]) -> str:
    """SQL for a row's primary key as one text."""
    return f"hash_record_extended(ROW({', '.join(f'{alias}.{ident(c)}' for c in key)}), 0)::text"


WITHOUT_EVENT_TRIGGERS = "SET LOCAL session_replication_role = replica"
WITH_EVENT_TRIGGERS = "SET LOCAL session_replication_role = origin"
"""Copies are nothing for the event triggers, which take as long as a copy of a small table. No rows are changed between
the two but the copy's."""
FORGET_PLANS = "DISCARD PLANS"
"""Prepared statements are planned anew: a new temporary relation does not invalidate their plans by itself."""


def take_over(copy: str, oid: str) -> str:
    """SQL that gives a copy the owner, the grants and, for a view, the options of the relation with that oid."""
    return (
        "UPDATE pg_catalog.pg_class c SET relowner = r.relowner, relacl = r.relacl, "
        "reloptions = CASE r.relkind WHEN 'v' THEN r.reloptions END "
        f"FROM pg_catalog.pg_class r WHERE c.oid = {literal(copy)}::regclass AND r.oid = {oid}"
    )


def take_over_columns(copy: str, oid: str) -> str:
    """The same for the columns: their grants and kinds of identity.

    The sequence behind an identity column serves the copy too; `Shadow.create` says so in pg_depend.
    """
    return (
        "UPDATE pg_catalog.pg_attribute a SET attacl = r.attacl, attidentity = r.attidentity "
        f"FROM pg_catalog.pg_attribute r WHERE a.attrelid = {literal(copy)}::regclass AND r.attrelid = {oid} "
        "AND r.attname = a.attname AND (r.attacl IS NOT NULL OR r.attidentity <> '')"
    )


DESCRIBE = """
SELECT c.oid::text, n.nspname, c.relname, c.relkind::text,
  (SELECT json_agg(json_build_object('name', a.attname, 'generated', a.attgenerated <> '',
            'grants', a.attacl IS NOT NULL,
            'sequence', CASE WHEN a.attidentity <> '' THEN pg_catalog.pg_get_serial_sequence(
               quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname) END) ORDER BY a.attnum)
     FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)::text,
  (SELECT json_agg(json_build_object('name', ic.relname, 'definition', pg_dsqltui.index_definition(i.indexrelid),
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
  (SELECT json_agg(json_build_object('name', k.conname, 'schema', pn.nspname, 'parent', p.relname,
            'definition', pg_catalog.pg_get_constraintdef(k.oid)) ORDER BY k.conname)
     FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
     JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    WHERE k.contype = 'f' AND k.conrelid = c.oid)::text,
  (WITH RECURSIVE family AS (
       SELECT c.oid AS oid
       UNION
       SELECT CASE WHEN k.conrelid = family.oid THEN k.confrelid ELSE k.conrelid END
         FROM family JOIN pg_catalog.pg_constraint k
           ON k.contype = 'f' AND family.oid IN (k.conrelid, k.confrelid))
   SELECT json_agg(json_build_array(fn.nspname, f.relname) ORDER BY f.oid)
     FROM family JOIN pg_catalog.pg_class f ON f.oid = family.oid AND f.oid <> c.oid
     JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace)::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = {relation}
"""


def describe(schema: str | None, name: str) -> str:
    """The query whose one row `relation_from_row` reads; no row when there is no such relation."""
    written = ident(name) if schema is None else f"{ident(schema)}.{ident(name)}"
    return DESCRIBE.replace("{relation}", f"to_regclass({literal(written)})")


def relation_from_row(row: tuple[str | None, ...]) -> Relation:
    """A `describe` row as a value."""
    oid, schema, name, kind, columns, indexes, views, bases, foreign_keys, family = row
    return Relation(
        oid=oid or "",
        schema=schema or "",
        name=name or "",
        kind=kind or "",
        columns=tuple(
            ColumnInfo(c["name"], c["generated"], c["sequence"], c["grants"])
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
        foreign_keys=tuple(
            _foreign_key(k["name"], (k["schema"], k["parent"]), k["definition"])
            for k in json.loads(foreign_keys or "null") or ()
        ),
        family=tuple((s, t) for s, t in json.loads(family or "null") or ()),
    )


def _foreign_key(name: str, parent: tuple[str, str], definition: str) -> ForeignKey:
    columns, rest = definition.split(" REFERENCES ", 1)
    start = re.match(r'(?:"(?:[^"]|"")*"|[^"(])*', rest)  # the parent's name, quoted or not, ends at a parenthesis
    return ForeignKey(name, parent, columns, rest[start.end() :] if start else "")


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

    def index_name(self, index: UniqueIndex) -> str:
        """The copy's: the same, so that errors and ON CONFLICT ON CONSTRAINT name it, where the copy's name is."""
        return index.name if self.name == self.relation.name else f"{self.relation.schema}.{index.name}"

    def create(self) -> str:
        """The script that makes and fills the copy; its last statement returns the copy's oid and the rows' cmin."""
        table, copy = self.relation.full_name, self.full_name
        out = [
            WITHOUT_EVENT_TRIGGERS,
            f"CREATE TEMP TABLE {ident(self.name)} "
            f"(LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED) ON COMMIT DROP",
        ]
        columns = self.relation.column_list
        if columns:
            out.append(f"INSERT INTO {copy} ({columns}) SELECT {columns} FROM {table}")
        else:
            out.append(f"INSERT INTO {copy} SELECT FROM {table}")
        for index in self.relation.unique_indexes:
            name = ident(self.index_name(index))
            out.append(f"CREATE UNIQUE INDEX {name} ON {copy} USING {index.definition}")
            if index.is_constraint:
                kind = "PRIMARY KEY" if index.is_primary else "UNIQUE"
                out.append(f"ALTER TABLE {copy} ADD CONSTRAINT {name} {kind} USING INDEX {name}")
        out += [
            f"INSERT INTO pg_catalog.pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype) "
            f"SELECT 1259, {literal(c.identity_sequence)}::regclass, 0, 1259, attrelid, attnum, 'i' "
            f"FROM pg_catalog.pg_attribute "
            f"WHERE attrelid = {literal(copy)}::regclass AND attname = {literal(c.name)}"
            for c in self.relation.columns
            if c.identity_sequence is not None
        ]
        if any(c.identity_sequence or c.has_grants for c in self.relation.columns):
            out.append(take_over_columns(copy, self.relation.oid))
        out += [
            take_over(copy, self.relation.oid),
            WITH_EVENT_TRIGGERS,
            FORGET_PLANS,
            f"SELECT {literal(copy)}::regclass::oid, (SELECT cmin::text FROM {copy} LIMIT 1)",
        ]
        return ";\n".join(out)

    def let_go(self) -> list[str]:
        """Before COMMIT drops the copy: the sequences of identity columns are the table's alone again."""
        return [
            f"DELETE FROM pg_catalog.pg_depend WHERE classid = 1259 AND refclassid = 1259 AND deptype = 'i' "
            f"AND objid = {literal(c.identity_sequence)}::regclass AND refobjid = {literal(self.full_name)}::regclass"
            for c in self.relation.columns
            if c.identity_sequence is not None
        ]

    def foreign_keys(self, names: Mapping[tuple[str, str], str]) -> list[str]:
        """Statements that give the copy its foreign keys; `names` are the copies of the parents.

        NOT VALID: the rows copied fulfil them already.
        """
        out = []
        for key in self.relation.foreign_keys:
            rules = key.rules.removesuffix(" NOT VALID")
            out.append(
                f"ALTER TABLE {self.full_name} ADD CONSTRAINT {ident(key.name)} {key.columns} "
                f"REFERENCES pg_temp.{ident(names[key.parent])}{rules} NOT VALID"
            )
        return out

    def touched(self) -> str:
        """The query for what the transaction did: rows (key, kind), kind i(nserted), d(eleted), u(pdated), f(lagged).

        Needs a primary key. Keys are hashed, so that equal ones are the same text whatever their form (1.0, 1.00) and
        the session's settings.
        """
        table, copy, key = self.relation.full_name, self.full_name, self.relation.key
        on = " AND ".join(f"s.{ident(c)} = b.{ident(c)}" for c in key)
        before, after = key_hash("b", key), key_hash("s", key)
        same = self._unchanged
        return (
            f"SELECT {before}, 'd' FROM {table} b WHERE NOT EXISTS (SELECT 1 FROM {copy} s WHERE {on}) UNION ALL "
            f"SELECT {after}, CASE WHEN {same} THEN 'f' "
            f"WHEN EXISTS (SELECT 1 FROM {table} b WHERE {on}) THEN 'u' ELSE 'i' END "
            f"FROM {copy} s WHERE NOT ({same}) OR s.xmax::text <> '0'"
        )

    def size(self) -> str:
        """The query for the bytes of the rows written, as text."""
        return f"SELECT sum(octet_length(s::text)) FROM {self.full_name} s WHERE NOT ({self._unchanged})"

    def apply(self, *, is_locked: bool) -> list[str]:
        """Write the net effect back, in the transaction's own snapshot.

        PostgreSQL raises 40001 there when a touched row was changed by somebody who committed first. `is_locked`: rows
        were flagged by FOR UPDATE, not only by the checks of foreign keys, which other columns' changes do not break.
        """
        table, copy, key = self.relation.full_name, self.full_name, self.relation.key
        same = self._unchanged
        columns = self.relation.column_list
        insert = (
            f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {copy} s WHERE NOT ({same})"
            if columns
            else f"INSERT INTO {table} SELECT FROM {copy} s WHERE NOT ({same})"
        )
        if key:
            on = " AND ".join(f"s.{ident(c)} = b.{ident(c)}" for c in key)
            flagged = (
                f"SELECT 1 FROM {table} b WHERE EXISTS "
                f"(SELECT 1 FROM {copy} s WHERE {on} AND {same} AND s.xmax::text <> '0') FOR UPDATE OF b"
            )
            return [
                *([flagged] if is_locked else []),
                f"DELETE FROM {table} b WHERE NOT EXISTS (SELECT 1 FROM {copy} s WHERE {on} AND {same})",
                insert,
            ]
        # no primary key: rows are matched whole, as a multiset
        return [
            f"DELETE FROM {table} WHERE ctid IN (SELECT b.place FROM "
            f"(SELECT x.ctid AS place, x::text AS image, row_number() OVER (PARTITION BY x::text ORDER BY x.ctid) AS n "
            f"FROM {table} x) b LEFT JOIN (SELECT s::text AS image, row_number() OVER (PARTITION BY s::text) AS n, "
            f"1 AS kept FROM {copy} s WHERE {same}) s USING (image, n) WHERE s.kept IS NULL)",
            insert,
        ]
