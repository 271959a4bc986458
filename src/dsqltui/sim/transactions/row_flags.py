"""Which rows FOR UPDATE and FOR KEY SHARE flagged in a transaction.

Source: AWS User Guide, concurrency control: a flagged row counts at COMMIT as one that was changed
(dsql facts 3, 11.17).
"""

import json
from collections.abc import Awaitable, Callable, Iterable

from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.changes import Changes
from dsqltui.sim.pg.commit_log import Key, Touch
from dsqltui.sim.sql.analysis import Name
from dsqltui.sim.sql.relation import StoredRelation, key_hash
from dsqltui.sim.transactions.acting import Acting
from dsqltui.sim.transactions.flagging import Flagging, flagging, lock_form
from dsqltui.sim.transactions.relation_cache import RelationCache
from dsqltui.sim.transactions.shadow_set import ShadowSet

FindRelation = Callable[[str | None, str], Awaitable[StoredRelation | None]]


class RowFlags:
    """Of one transaction. The owner holds the backend while it calls a method that waits."""

    def __init__(
        self,
        backend: Backend,
        catalog: RelationCache,
        acting: Acting,
        shadows: ShadowSet,
        changes: Changes,
        relation: FindRelation,
    ) -> None:
        """`relation` finds what the client means by a name."""
        self._backend = backend
        self._catalog = catalog
        self._acting = acting
        self._shadows = shadows
        self._changes = changes
        self._relation = relation

    async def form(self, sql: str) -> Flagging | None:
        """How a plain SELECT ... FOR UPDATE is sent; None for other forms."""
        form = lock_form(sql)
        if form is None:
            return None
        tables: list[tuple[str, tuple[str, ...]]] = []
        for table in form.tables:
            relation = await self._relation(*table.name)
            if relation is None or relation.kind != "r" or not relation.key:
                return None
            tables.append((relation.oid, relation.key))
        return flagging(form, tables)

    def note(self, keys: Iterable[Key], *, is_exclusive: bool) -> None:
        """A statement flagged these rows."""
        self._changes.flag(dict.fromkeys(keys, Touch.EXCLUSIVE if is_exclusive else Touch.KEY_SHARE))

    async def note_locked(self, names: Iterable[Name], *, is_exclusive: bool) -> None:
        """A statement locked rows of these relations in PostgreSQL: note their keys, which takes reading the tables."""
        rows = await self._backend.ask(
            "SELECT pg_dsqltui_act.subtransaction($1)", self._acting.word_for("subtransaction")
        )
        own = int(rows[0][0] or 0)
        for schema, name in names:
            for table in await self._tables_of(await self._relation(schema, name)):
                key = key_hash("t", table.key) if table.key else "t::pg_catalog.text"
                copy = self._shadows.tables.get((table.schema, table.name))
                found = await self._acting.run(
                    table.owner_oid,
                    f"SELECT json_agg({key}) FROM {table.full_name if copy is None else copy.full_name} AS t "
                    f"WHERE t.xmax::text = '{own}'",
                )
                self.note(((table.oid, hashed) for hashed in json.loads(found or "[]")), is_exclusive=is_exclusive)

    async def _tables_of(self, relation: StoredRelation | None) -> list[StoredRelation]:
        """The tables that a table or a view is made of."""
        if relation is None or relation.kind == "r":
            return [relation] if relation is not None else []
        found = []
        for schema, name in relation.base_relations:
            found += await self._tables_of(await self._catalog.relation(schema, name))
        return found
