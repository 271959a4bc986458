"""What a relation looks like in the catalog: whether others have changed it since a transaction's snapshot.

A transaction that was set aside holds no locks, so others' DDL passes it. The rows it is to do again were told in the
shape of its snapshot. PostgreSQL reads its catalogs for a command as they are now, but for a query as they were at the
snapshot: the two differ exactly when DDL was committed in between, whether the simulator has heard of that or not.
"""

from collections.abc import Awaitable, Callable, Iterable

Ask = Callable[[str], Awaitable[list[tuple[str | None, ...]]]]

_SHAPE = """
SELECT c.oid, pg_catalog.jsonb_build_array(c.relname, c.relnamespace, c.relowner,
  (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(a.attname, a.atttypid, a.atttypmod, a.attnotnull,
            a.attidentity, a.attgenerated, a.attisdropped) ORDER BY a.attnum)
     FROM pg_catalog.pg_attribute a
    WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0),
  (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(k.oid, k.convalidated) ORDER BY k.oid)
     FROM pg_catalog.pg_constraint k WHERE k.conrelid OPERATOR(pg_catalog.=) c.oid),
  (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(i.indexrelid, i.indisvalid) ORDER BY i.indexrelid)
     FROM pg_catalog.pg_index i WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid))
  FROM pg_catalog.pg_class c
 WHERE c.oid OPERATOR(pg_catalog.=) ANY (ARRAY[{oids}]::pg_catalog.oid[])
 ORDER BY c.oid
"""


async def has_changed(oids: Iterable[str], in_snapshot: Ask, now: Ask) -> bool:
    """Whether one of the relations is not in the catalog as it was for the transaction that `in_snapshot` asks.

    `now` asks a session that sees what is committed. Raises PgError.
    """
    query = _SHAPE.format(oids=", ".join(str(int(oid)) for oid in oids))
    return await in_snapshot(query) != await now(query)
