"""What the sessions know of the schema: relations by name and SQL functions that write. Forgotten at every DDL."""

from dataclasses import dataclass, field

from dsqltui.sim.analysis import Name, relations_written_by
from dsqltui.sim.backend import Backend
from dsqltui.sim.shadow import Relation, describe, relation_from_row

_FUNCTIONS = """
SELECT p.proname, p.prosrc FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
 WHERE p.oid >= 16384 AND l.lanname = 'sql' AND n.nspname NOT IN ('pg_catalog', 'sys', 'pg_dsqltui')
"""

_CASCADES = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f'
                  AND (confupdtype IN ('c', 'n', 'd') OR confdeltype IN ('c', 'n', 'd')))
"""


@dataclass(slots=True)
class Catalog:
    """A cache shared by all sessions."""

    version: int = 0
    """Goes up with every committed catalog change."""
    _relations: dict[tuple[str, str], Relation] = field(default_factory=dict)
    _writing_functions: dict[str, tuple[Name, ...]] | None = None
    functions: frozenset[str] = frozenset()
    """Names of users' SQL functions. `load_code` must have run."""
    has_cascades: bool = False
    """There are foreign keys whose actions change rows. `load_code` must have run."""

    def changed(self) -> None:
        """A catalog change was committed."""
        self.version += 1
        self._relations.clear()
        self._writing_functions = None

    async def relation(self, backend: Backend, schema: str | None, name: str) -> Relation | None:
        """The relation a session means by that name, None when there is none. Raises PgError.

        Unqualified names depend on the session's search path and are looked up each time.
        """
        if schema is not None and (schema, name) in self._relations:
            return self._relations[schema, name]
        rows = await backend.query(describe(schema, name))
        if not rows:
            return None
        found = relation_from_row(rows[0])
        return self._relations.setdefault((found.schema, found.name), found)

    @property
    def knows_code(self) -> bool:
        return self._writing_functions is not None

    async def load_code(self, backend: Backend) -> None:
        """Find what changes rows by itself: the SQL functions that write, and foreign keys' actions."""
        found: dict[str, tuple[Name, ...]] = {}
        functions = [(name or "", source or "") for name, source in await backend.query(_FUNCTIONS)]
        self.functions = frozenset(name for name, _ in functions)
        for name, source in functions:
            written = relations_written_by(source)
            if written:
                found[name] = found.get(name, ()) + written
        self.has_cascades = (await backend.query(_CASCADES))[0][0] == "t"
        self._writing_functions = found

    def written_by(self, calls: frozenset[str]) -> tuple[Name, ...]:
        """Relations the called functions write. `load_code` must have run."""
        functions = self._writing_functions or {}
        return tuple(name for call in calls & functions.keys() for name in functions[call])
