"""What the sessions know of the schema: relations by name and SQL functions. Forgotten at every DDL."""

from dataclasses import dataclass, field

from dsqltui.sim.backend import Backend
from dsqltui.sim.functions import Functions
from dsqltui.sim.shadow import Relation, describe, relation_from_row

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
    functions: Functions = field(default_factory=Functions)
    """Users' SQL functions. `load_code` must have run."""
    knows_code: bool = False
    has_cascades: bool = False
    """There are foreign keys whose actions change rows. `load_code` must have run."""

    def changed(self) -> None:
        """A catalog change was committed."""
        self.version += 1
        self._relations.clear()
        self.knows_code = False

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

    async def load_code(self, backend: Backend) -> None:
        """Find what changes rows by itself: SQL functions and foreign keys' actions. The session's search path is
        emptied."""
        self.functions = await Functions.load(backend)
        self.has_cascades = (await backend.query(_CASCADES))[0][0] == "t"
        self.knows_code = True
