"""A table or view as the catalog describes it."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from dsqltui.core.sql.lexer import quote_identifier as ident


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    name: str
    is_generated: bool
    identity: str
    """pg_attribute.attidentity: "a" always, "d" by default, or empty."""
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
class ForeignKey:
    name: str
    parent: tuple[str, str]
    """(schema, table)"""
    columns: str
    """FOREIGN KEY (...) as pg_get_constraintdef prints it, up to REFERENCES."""
    rules: str
    """What follows the parent's name: its columns, actions, deferrability."""


@dataclass(frozen=True, slots=True)
class StoredRelation:
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
    owner_oid: str = ""
    has_acl: bool = False
    """Privileges were granted or revoked: `grants` of the relation itself are all there are."""
    grants: tuple[tuple[str, str], ...] = ()
    """Privileges granted: what stands before "ON table", and behind "TO"."""
    options: tuple[str, ...] = ()
    """Of a view: pg_class.reloptions."""
    is_referenced: bool = False
    """Of a table: foreign keys refer to it."""

    @property
    def full_name(self) -> str:
        return f"{ident(self.schema)}.{ident(self.name)}"

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key's columns; empty when there is none."""
        return next((index.columns for index in self.unique_indexes if index.is_primary), ())

    @property
    def column_list(self) -> str:
        return ", ".join(ident(c.name) for c in self.columns if not c.is_generated)


def key_hash(alias: str, key: Iterable[str]) -> str:
    """SQL for a row's primary key as one text, as the triggers tell it."""
    columns = ", ".join(f"{alias}.{ident(c)}" for c in key)
    return f"pg_catalog.hash_record_extended(ROW({columns}), 0)::pg_catalog.text"


DESCRIBE = """
SELECT c.oid::text, n.nspname, c.relname, c.relkind::text,
  (SELECT json_agg(json_build_object('name', a.attname, 'generated', a.attgenerated <> '',
            'identity', a.attidentity,
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
     JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace)::text,
  c.relowner::text,
  (SELECT json_agg(json_build_array(privilege, grantee || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END))
     FROM (SELECT privilege_type AS privilege, grantee, is_grantable FROM aclexplode(c.relacl)
           UNION ALL
           SELECT x.privilege_type || ' (' || quote_ident(a.attname) || ')', x.grantee, x.is_grantable
             FROM pg_catalog.pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = c.oid) AS given
          (privilege, grantee_oid, is_grantable),
          LATERAL (SELECT CASE WHEN grantee_oid = 0 THEN 'PUBLIC' ELSE
             (SELECT quote_ident(r.rolname) FROM pg_catalog.pg_authid r WHERE r.oid = grantee_oid) END)
          AS named (grantee)
    WHERE grantee IS NOT NULL)::text,
  c.relacl IS NOT NULL, array_to_json(c.reloptions)::text,
  EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.confrelid = c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = {relation}
"""


def describe(oid: str) -> str:
    """The query whose one row `relation_from_row` reads; no row when there is no such relation."""
    return DESCRIBE.replace("{relation}", str(int(oid)))


def relation_from_row(row: tuple[str | None, ...]) -> StoredRelation:
    """A `describe` row as a value."""
    oid, schema, name, kind, columns, indexes, views, bases, foreign_keys, family, owner, *more = row
    grants, has_acl, options, is_referenced = more
    given = tuple((privilege, grantee) for privilege, grantee in json.loads(grants or "null") or ())
    return StoredRelation(
        oid=oid or "",
        schema=schema or "",
        name=name or "",
        kind=kind or "",
        columns=tuple(
            ColumnInfo(c["name"], c["generated"], c["identity"], c["sequence"])
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
        owner_oid=owner or "",
        has_acl=has_acl == "t",
        grants=given,
        options=tuple(json.loads(options or "null") or ()),
        is_referenced=is_referenced == "t",
    )


def _foreign_key(name: str, parent: tuple[str, str], definition: str) -> ForeignKey:
    columns, rest = definition.split(" REFERENCES ", 1)
    start = re.match(r'(?:"(?:[^"]|"")*"|[^"(])*', rest)  # the parent's name, quoted or not, ends at a parenthesis
    return ForeignKey(name, parent, columns, rest[start.end() :] if start else "")
