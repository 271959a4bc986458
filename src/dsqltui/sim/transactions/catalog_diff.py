"""What the DDL of an open transaction has changed in the catalog, compared with what everybody else sees.

The transaction's own rows are those whose `xmin` is not older than its snapshot; the rows they replace are those that
another session still sees with such an `xmax`. What is the same on both sides, as after GRANTing what was granted
before, was not changed.

One side is read in the client's session, where a search path may have the client's operators before PostgreSQL's: they
are named in full.
"""

from collections import defaultdict

from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.observer import Observer
from dsqltui.sim.transactions.schema_history import SchemaChange

_CATALOGS = {
    "pg_class": "x.oid",
    "pg_attribute": "x.attrelid",
    "pg_attrdef": "x.adrelid",
    "pg_constraint": "CASE WHEN x.conrelid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid THEN x.conrelid END",
    "pg_index": "x.indrelid",
    "pg_rewrite": "x.ev_class",
    "pg_sequence": "x.seqrelid",
    "pg_statistic_ext": "x.stxrelid",
    # not of a relation
    "pg_auth_members": "NULL",
    "pg_default_acl": "NULL",
    "pg_description": "NULL",
    "pg_namespace": "NULL",
    "pg_proc": "NULL",
    "pg_type": "NULL",
}
"""Catalogs that DDL changes, and the relation that a row belongs to."""
_EQUAL = "OPERATOR(pg_catalog.=)"
_VOLATILE = (
    "relpages reltuples relallvisible relfrozenxid relminmxid relfilenode relhasindex relhastriggers relchecks".split()
)
"""Columns of pg_class that say nothing of the relation's shape, or what other rows say better. `relhastriggers` of a
table changes when another one refers to it."""
_THRESHOLD = (
    "SELECT pg_catalog.mod(pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text"
    "::pg_catalog.numeric, 4294967296)"
)
_MINE = "pg_catalog.age(x.xmin) OPERATOR(pg_catalog.<=) pg_catalog.age('{threshold}'::pg_catalog.xid)"
_REPLACED = (
    "pg_catalog.age(x.xmax) OPERATOR(pg_catalog.<=) pg_catalog.age('{threshold}'::pg_catalog.xid) "
    "AND pg_catalog.pg_xact_status(x.xmax::pg_catalog.text::pg_catalog.xid8) OPERATOR(pg_catalog.=) 'in progress'"
)
"""By age, which also holds where the numbers begin anew. Over all rows of the catalogs, at each DDL, it is twice as
fast as numbers read from their text."""


def _rows(condition: str) -> str:
    """SQL for the rows of all catalogs for which it holds: catalog, relation's oid, schema and name, the row's text."""
    shown = "pg_catalog.to_jsonb(x)"
    of_class = f"({shown} OPERATOR(pg_catalog.-) ARRAY[{', '.join(map(literal, _VOLATILE))}]::pg_catalog.text[])"
    parts = [
        f"SELECT {literal(name)} AS catalog, {relation}::pg_catalog.oid AS relation, "
        f"{of_class if name == 'pg_class' else shown}::pg_catalog.text AS line FROM pg_catalog.{name} x "
        f"WHERE {condition}"
        for name, relation in _CATALOGS.items()
    ]
    return f"""
    SELECT r.catalog, c.oid, n.nspname, c.relname, r.line
      FROM ({" UNION ALL ".join(parts)}) AS r
      LEFT JOIN pg_catalog.pg_index i ON i.indexrelid {_EQUAL} r.relation
      LEFT JOIN pg_catalog.pg_class c ON c.oid {_EQUAL} coalesce(i.indrelid, r.relation)
      LEFT JOIN pg_catalog.pg_namespace n ON n.oid {_EQUAL} c.relnamespace
     WHERE n.nspname IS NULL OR n.nspname OPERATOR(pg_catalog.!~~) 'pg\\_%'"""


_READERS = f"""
WITH RECURSIVE readers AS (
  SELECT c.oid FROM pg_catalog.pg_class c WHERE c.oid {_EQUAL} ANY ('{{{{{{oids}}}}}}'::pg_catalog.oid[])
   UNION
  SELECT r.ev_class FROM readers
    JOIN pg_catalog.pg_depend d
      ON d.refobjid {_EQUAL} readers.oid AND d.refclassid {_EQUAL} 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN pg_catalog.pg_rewrite r
      ON r.oid {_EQUAL} d.objid AND d.classid {_EQUAL} 'pg_catalog.pg_rewrite'::pg_catalog.regclass)
SELECT n.nspname, c.relname FROM readers JOIN pg_catalog.pg_class c ON c.oid {_EQUAL} readers.oid
  JOIN pg_catalog.pg_namespace n ON n.oid {_EQUAL} c.relnamespace
"""
"""Relations and the views that read them, through other views too."""


async def made_by(backend: Backend, observer: Observer) -> SchemaChange:
    """The change that the transaction open on `backend` has made so far. Raises PgError.

    Nobody else changes the catalog meanwhile. `observer` sees what is committed.
    """
    threshold = (await backend.query(_THRESHOLD))[0][0]
    new = await backend.query(_rows(_MINE.format(threshold=threshold)))
    old = await observer.query(_rows(_REPLACED.format(threshold=threshold)))
    before, after = _by_relation(old), _by_relation(new)
    differing = {relation for relation in before.keys() | after.keys() if before[relation] != after[relation]}
    existed = {row[1] for row in old} | await _existing(observer, differing)
    names = {row[1]: set[tuple[str, str]]() for row in old + new}
    for _, relation, schema, name, _ in old + new:
        names[relation].add((schema or "", name or ""))
    changed = {oid for oid in differing if oid is not None and oid in existed}
    found = {name for oid in changed for name in names[oid]}
    if changed:
        rows = await backend.query(_READERS.format(oids=", ".join(sorted(oid for oid in changed if oid))))
        found |= {(schema or "", name or "") for schema, name in rows}
    created = {name for oid in differing - existed - {None} for name in names[oid]}
    return SchemaChange(frozenset(found), frozenset(created), is_real=bool(differing))


def _by_relation(rows: list[tuple[str | None, ...]]) -> defaultdict[str | None, list[tuple[str | None, ...]]]:
    """The rows' texts by their relation's oid, in an order that can be compared."""
    found: defaultdict[str | None, list[tuple[str | None, ...]]] = defaultdict(list)
    for catalog, relation, _, _, line in sorted(rows, key=lambda row: (row[0] or "", row[4] or "")):
        found[relation].append((catalog, line))
    return found


async def _existing(observer: Observer, oids: set[str | None]) -> set[str | None]:
    """Those of the relations that everybody sees."""
    wanted = sorted(oid for oid in oids if oid)
    if not wanted:
        return set()
    rows = await observer.query(f"SELECT oid FROM pg_catalog.pg_class WHERE oid IN ({', '.join(wanted)})")
    return {row[0] for row in rows}
