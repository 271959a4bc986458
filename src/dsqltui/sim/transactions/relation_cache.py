"""What the sessions know of the schema: relations by name and SQL functions. Forgotten at every DDL.

The simulator's own session reads it, which looks at the system catalogs only.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.sim.pg.relay import CANCELLED
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.sql.functions import Functions, Query
from dsqltui.sim.sql.relation import StoredRelation, describe, relation_from_row

_LOCK_NOT_AVAILABLE = "55P03"
_ATTEMPTS = 30
_CASCADES = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f'
                  AND (confupdtype IN ('c', 'n', 'd') OR confdeltype IN ('c', 'n', 'd')))
"""


@dataclass(slots=True)
class RelationCache:
    """A cache shared by all sessions."""

    ask: Query
    """Runs a query of the system catalogs."""
    version: int = 0
    """Goes up with every committed catalog change."""
    _relations: dict[str, StoredRelation] = field(default_factory=dict)
    """By oid."""
    _oids: dict[tuple[str, str], str | None] = field(default_factory=dict)
    functions: Functions = field(default_factory=Functions)
    """Users' SQL functions. `load_code` must have run."""
    knows_code: bool = False
    has_cascades: bool = False
    """There are foreign keys whose actions change rows. `load_code` must have run."""

    def changed(self) -> None:
        """A catalog change was committed."""
        self.version += 1
        self._relations.clear()
        self._oids.clear()
        self.knows_code = False

    async def relation(self, schema: str, name: str) -> StoredRelation | None:
        """The relation of that name, None when there is none. Raises PgError."""
        where = schema, name
        if where not in self._oids:
            rows = await self._ask_patiently(
                "SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                f"WHERE n.nspname = {literal(schema)} AND c.relname = {literal(name)}"
            )
            self._oids[where] = rows[0][0] if rows else None
        oid = self._oids[where]
        return await self.relation_of(oid) if oid is not None else None

    async def relation_of(self, oid: str, is_given_up: Callable[[], bool] = lambda: False) -> StoredRelation | None:
        """The relation with that oid, None when there is none. Raises PgError.

        DDL that has the relation is waited for, until `is_given_up`: it may wait for who asks.
        """
        if oid not in self._relations:
            version = self.version
            rows = await self._ask_patiently(describe(oid), is_given_up)
            if not rows:
                return None
            found = relation_from_row(rows[0])
            if version != self.version:  # it may be of before the change
                return found
            self._relations[oid] = found
        return self._relations[oid]

    async def _ask_patiently(
        self, sql: str, is_given_up: Callable[[], bool] = lambda: False
    ) -> list[tuple[str | None, ...]]:
        """The answer, as soon as nobody's DDL has the relations. Raises PgError, after a while as one cancelled."""
        for _ in range(_ATTEMPTS):
            try:
                return await self.ask(sql)
            except PgError as error:
                if error.sqlstate != _LOCK_NOT_AVAILABLE:
                    raise
            if is_given_up():
                break
        raise PgError(CANCELLED, "canceling statement due to lock timeout")

    async def view_text(self, oid: str) -> str:
        """What a view selects, with every name in full. Raises PgError."""
        rows = await self._ask_patiently(f"SELECT pg_dsqltui.view_definition({int(oid)}::pg_catalog.oid)")
        return (rows[0][0] or "").rstrip(";")

    async def load_code(self) -> None:
        """Find what changes rows by itself: SQL functions and foreign keys' actions."""
        version = self.version
        self.functions = await Functions.load(self._ask_patiently)
        self.has_cascades = (await self._ask_patiently(_CASCADES))[0][0] == "t"
        self.knows_code = version == self.version
