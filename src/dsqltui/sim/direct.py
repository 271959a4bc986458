"""Writing in place: how a transaction changes a large table without copying it, as long as nobody else wants it.

A shadow costs a copy of the table. For a large one the transaction writes the real rows instead, uncommitted and
locked in PostgreSQL, after a savepoint. The cluster lets only one transaction at a time do so on a table and its family
(the tables foreign keys connect with it), and only while nothing was committed since its snapshot. Whoever wants to
commit a change of such a table has the writer `demoted` first: what it did is read, undone, and done again on shadows,
in the same snapshot. So nobody meets its locks, and it behaves from then on as if it had used shadows from the start.

Which rows are its own: in its snapshot it sees no row of another transaction whose number is not below the snapshot's
xmax, so `xmin >= xmax of the snapshot` says "written by me".
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dsqltui.core.lexer import quote_identifier as ident
from dsqltui.sim.backend import Backend
from dsqltui.sim.commit_log import Key, Touch
from dsqltui.sim.shadow import Relation, key_hash

Query = Callable[[str], Awaitable[list[tuple[str | None, ...]]]]

SAVEPOINT = "dsqltui_in_place"
LARGE_TABLE_BYTES = 4 * 1024 * 1024
"""From this size on a table is written in place. Below it a copy costs some milliseconds, and contention is cheaper."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a transaction did to one table in place; COPY text."""

    relation: Relation
    new_rows: bytes
    """Rows it inserted or changed."""
    old_keys: bytes
    """Keys of the rows it changed or deleted, as they were."""
    flagged_keys: bytes
    """Keys of the rows it only flagged with FOR UPDATE."""


class InPlace:
    """The tables one transaction writes in place; all have a primary key and no foreign keys."""

    def __init__(self, snapshot_xmax: str) -> None:
        self._xmax = snapshot_xmax
        self.relations: dict[tuple[str, str], Relation] = {}

    @classmethod
    async def begin(cls, backend: Backend) -> "InPlace":
        """Set the savepoint. Raises PgError."""
        rows = await backend.query(
            f"SAVEPOINT {SAVEPOINT}; SELECT mod(pg_snapshot_xmax(pg_current_snapshot())::text::numeric, 4294967296)"
        )
        return cls(rows[0][0] or "0")

    async def touched(self, superuser: Query, observer: Backend) -> list[tuple[Key, Touch]]:
        """The rows it touched, for the commit log.

        `superuser` runs a query in the transaction; `observer` is another session, which still sees the old rows.
        """
        found: list[tuple[Key, Touch]] = []
        for relation in self.relations.values():
            table, key = relation.full_name, key_hash("t", relation.key)
            old = {row[0] or "" for row in await observer.query(f"SELECT {key} FROM {table} t WHERE {self._seen}")}
            new = await superuser(f"SELECT {key} FROM {table} t WHERE {self._written}")
            flagged = {row[0] or "" for row in await superuser(f"SELECT {key} FROM {table} t WHERE {self._flagged}")}
            for hashed in {row[0] or "" for row in new}:
                found.append(((relation.oid, hashed), Touch.CHANGE if hashed in old else Touch.EXCLUSIVE))
                old.discard(hashed)
            found += [((relation.oid, hashed), Touch.EXCLUSIVE) for hashed in old | flagged]
        return found

    def sizes(self) -> list[str]:
        """The queries for the bytes of the rows written, as text."""
        return [
            f"SELECT sum(octet_length(t::text)) FROM {relation.full_name} t WHERE {self._written}"
            for relation in self.relations.values()
        ]

    async def read(self, backend: Backend, observer: Backend) -> list[Written]:
        """Everything it did, to be done again on shadows. `backend` acts as the superuser in the transaction."""
        found = []
        for relation in self.relations.values():
            table, key = relation.full_name, ", ".join(f"t.{ident(c)}" for c in relation.key)
            columns = ", ".join(f"t.{ident(c.name)}" for c in relation.columns if not c.is_generated)
            flagged = await _copy_out(backend, f"SELECT {key} FROM {table} t WHERE {self._flagged}")
            old = await _copy_out(observer, f"SELECT {key} FROM {table} t WHERE {self._seen}")
            kept = set(flagged.splitlines(keepends=True))
            found.append(
                Written(
                    relation,
                    await _copy_out(backend, f"SELECT {columns} FROM {table} t WHERE {self._written}"),
                    b"".join(line for line in old.splitlines(keepends=True) if line not in kept),
                    flagged,
                )
            )
        return found

    @property
    def _written(self) -> str:
        """In the transaction: rows it made."""
        return f"t.xmin::text::bigint >= {self._xmax}"

    @property
    def _flagged(self) -> str:
        """In the transaction: rows it locked and left as they were."""
        return f"t.xmax::text::bigint >= {self._xmax} AND NOT {self._written}"

    @property
    def _seen(self) -> str:
        """For another session: rows it changed, deleted or locked; what aborted before does not count."""
        return f"t.xmax::text::bigint >= {self._xmax} AND pg_xact_status(t.xmax::text::xid8) = 'in progress'"


async def replay(backend: Backend, written: Written, copy: str) -> None:
    """Do again on the shadow `copy` what was done in place. `backend` acts as the superuser."""
    key = written.relation.key
    on = " AND ".join(f"k.{ident(c)} = s.{ident(c)}" for c in key)
    keys = "pg_temp.dsqltui_keys"
    for data, action in (
        (written.flagged_keys, f"SELECT 1 FROM {copy} s WHERE EXISTS (SELECT 1 FROM {keys} k WHERE {on}) FOR UPDATE"),
        (written.old_keys, f"DELETE FROM {copy} s USING {keys} k WHERE {on}"),
    ):
        columns = ", ".join(ident(c) for c in key)
        await backend.query(f"CREATE TEMP TABLE dsqltui_keys AS SELECT {columns} FROM {copy} WITH NO DATA")
        await backend.copy_in(f"COPY {keys} FROM STDIN", data)
        await backend.query(f"{action}; DROP TABLE {keys}")
    await backend.copy_in(f"COPY {copy} ({written.relation.column_list}) FROM STDIN", written.new_rows)


async def _copy_out(backend: Backend, select: str) -> bytes:
    return await backend.copy_out(f"COPY ({select}) TO STDOUT")
