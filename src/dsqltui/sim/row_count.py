"""How many rows a statement changed: what its command tag tells, or what PostgreSQL counted where the tag tells less.

A tag knows nothing of rows that a WITH, a function, EXPLAIN ANALYZE or a foreign key's action changed.
"""

from dsqltui.sim.backend import Backend

_COUNTED_TAGS = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
"""COPY is left out: whether it counts is not known, and the published workshop loads 5,000 rows with one COPY."""

SO_FAR = (
    "(SELECT coalesce(sum(pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid) "
    "+ pg_stat_get_xact_tuples_deleted(c.oid)), 0) "
    "FROM pg_catalog.pg_class c WHERE c.relkind = 'r' AND c.oid >= 16384)"
)
"""SQL for the rows of users' tables, and of copies of them, that the backend has changed lately. PostgreSQL forgets it
only between transactions: within one the difference of two such counts is what was changed meanwhile."""


def told_by(tag: str) -> int:
    """Rows a command tag says were changed."""
    parts = tag.split()
    return int(parts[-1]) if parts and parts[0] in _COUNTED_TAGS else 0


async def so_far(backend: Backend) -> int:
    """`SO_FAR`, asked inside a transaction; it leaves the client's unnamed statement and portal alone."""
    return int((await backend.ask(f"SELECT {SO_FAR}"))[0][0] or 0)
