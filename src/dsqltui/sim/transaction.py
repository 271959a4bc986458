"""One transaction of one session: its snapshot, its shadows, its limits, and how it commits or loses."""

from collections.abc import Awaitable, Callable, Iterable

from dsqltui.core.lexer import quote_identifier as ident
from dsqltui.core.lexer import quote_literal as literal
from dsqltui.sim import refusals
from dsqltui.sim.analysis import Analysis, Name, Nature, analyse
from dsqltui.sim.backend import FAILED, Backend
from dsqltui.sim.catalog import Catalog
from dsqltui.sim.commit_log import CommitLog, Key
from dsqltui.sim.rewrite import Rewritten, ShadowNames, with_shadows
from dsqltui.sim.shadow import FORGET_PLANS, Relation, Shadow, write_back
from dsqltui.sim.wire import PgError

_LOST_TO_OTHERS = frozenset({"40001", "40P01", "23505", "23P01"})
"""What PostgreSQL says at write-back when somebody else committed first; DSQL calls all of it OC000."""

_FOREIGN_KEY_VIOLATION = "23503"

_COUNTED_TAGS = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
"""COPY is left out: whether it counts is not known, and the published workshop loads 5,000 rows with one COPY."""


class Transaction:
    """An open transaction. Its owner holds the backend; COMMIT also needs the cluster's commit lock.

    `is_failed` is the client's view: an error happened, only COMMIT or ROLLBACK ends it. The backend's own transaction
    may be gone by then (`is_over`).
    """

    def __init__(
        self, backend: Backend, role: str, log: CommitLog, catalog: Catalog, row_limit: int, *, is_explicit: bool
    ) -> None:
        self._backend = backend
        self._role = role
        self._log = log
        self._catalog = catalog
        self._row_limit = row_limit
        self.is_explicit = is_explicit
        self.is_failed = False
        self.is_over = False
        self._is_read_only = False
        self.is_evicted = False
        """Another session changed the schema: the client is told OC001 at its next statement."""
        self.has_ddl = False
        self.has_dml = False
        self.at_commit: list[Callable[[], Awaitable[None]]] = []
        """What to do once it has committed, such as starting jobs."""
        self._shadows: dict[tuple[str, str], Shadow] = {}
        self.shadow_names: ShadowNames = {}
        self._rows_changed = 0

    async def begin(self, *, is_read_only: bool = False) -> None:
        """Open it and take the snapshot."""
        self._log.opened(self)
        self._is_read_only = is_read_only
        mode = " READ ONLY" if is_read_only else ""
        await self._backend.query(f"BEGIN ISOLATION LEVEL REPEATABLE READ{mode}; SELECT 1")

    # -- statements

    def check_order(self, nature: Nature) -> None:
        """Raise when the statement may not follow what the transaction did before: one DDL, and no DML with it."""
        if nature is Nature.DDL:
            if self.has_ddl:
                raise refusals.SEVERAL_DDL.error()
            if self.has_dml:
                raise refusals.DDL_AND_DML.error()
            self.has_ddl = True
        elif nature is Nature.WRITE:
            if self.has_ddl:
                raise refusals.DDL_AND_DML.error()
            self.has_dml = True

    def rewrite(self, sql: str, analysis: Analysis) -> Rewritten:
        """The text PostgreSQL gets, so that written tables mean their shadows."""
        if not self.shadow_names:
            return Rewritten(sql)
        return with_shadows(sql, analysis.qualified, self.shadow_names)

    def lacks_shadows(self, names: Iterable[Name]) -> bool:
        """Whether one of the names may stand for a table without its shadow."""
        return any(not self._has_shadow(schema, name) for schema, name in names)

    def _has_shadow(self, schema: str | None, name: str) -> bool:
        if schema is not None:
            return (schema, name) in self.shadow_names
        # a shadow of the table's own name is what the search path finds first
        return any(name == relation == shadow for (_, relation), shadow in self.shadow_names.items())

    async def ensure_shadows(self, names: Iterable[Name]) -> None:
        """Copy the tables about to be written. Raises PgError."""
        if self._is_read_only:  # PostgreSQL refuses the write itself
            return
        for schema, name in names:
            if self._has_shadow(schema, name):
                continue
            relation = await self._catalog.relation(self._backend, schema, name)
            if relation is None or (relation.schema, relation.name) in self.shadow_names:
                continue
            if relation.schema.startswith("pg_") or relation.schema in ("sys", "sys_internal", "information_schema"):
                continue
            if relation.kind == "v":
                await self.ensure_shadows(relation.base_relations)
            elif relation.kind == "r":
                await self._copy(relation)

    async def _copy(self, relation: Relation) -> None:
        found = await self._backend.query(
            f"SELECT to_regclass(quote_ident({literal(relation.name)}))::oid = {relation.oid}, "
            f"{_privileges(f'{relation.oid}::regclass')}"
        )
        is_on_path, privileges = found[0][0] == "t", found[0][1]
        shadow = Shadow(relation, relation.name if is_on_path else f"{relation.schema}.{relation.name}")
        rows = await self._as_superuser(shadow.create(self._role, privileges))
        shadow = Shadow(relation, shadow.name, rows[0][0] if rows else None)
        self._shadows[relation.schema, relation.name] = shadow
        self.shadow_names[relation.schema, relation.name] = shadow.name
        for schema, view in relation.dependent_views:
            if (schema, view) not in self.shadow_names:
                await self._copy_view(schema, view)

    async def _copy_view(self, schema: str, view: str) -> None:
        """A temporary view with the same text, so that the view reads the shadows."""
        oid = f"{literal(f'{ident(schema)}.{ident(view)}')}::regclass"
        rows = await self._backend.query(
            f"SELECT pg_get_viewdef({oid}), to_regclass(quote_ident({literal(view)}))::oid = {oid}::oid, "
            f"{_privileges(oid)}"
        )
        definition, is_on_path, privileges = (rows[0][0] or "").rstrip(";"), rows[0][1] == "t", rows[0][2]
        name = view if is_on_path else f"{schema}.{view}"
        text = self.rewrite(definition, analyse(definition)).text
        grant = f"; GRANT {privileges} ON pg_temp.{ident(name)} TO {ident(self._role)}" if privileges else ""
        await self._as_superuser(f"CREATE TEMP VIEW {ident(name)} AS {text}{grant}; {FORGET_PLANS}")
        self.shadow_names[schema, view] = name

    def real_names(self, text: str) -> str:
        """`text` of an error with the names of tables and indexes for those that shadows off the search path have."""
        for shadow in self._shadows.values():
            relation = shadow.relation
            if shadow.name != relation.name:
                for name in (relation.name, *(index.name for index in relation.unique_indexes)):
                    text = text.replace(f"{relation.schema}.{name}", name)
        return text

    def real_schema(self, relation: str) -> str | None:
        """The schema of the table behind a shadow of that name, for error fields."""
        return next((s for (s, name), shadow in self.shadow_names.items() if relation in (name, shadow)), None)

    def count(self, tag: str) -> None:
        """Add a command tag's rows to the transaction's; raise at the limit. Source: AWS User Guide, quotas."""
        self._rows_changed += changed_rows(tag)
        if self._rows_changed > self._row_limit:
            raise refusals.ROW_LIMIT.error()

    # -- the end

    async def commit(self) -> None:
        """Write the shadows back and commit. The commit lock is held. Raises PgError when the transaction lost."""
        try:
            if self.is_evicted:
                raise refusals.SCHEMA_CONFLICT.error()
            touched = await self._check_touched_keys()
            script = "; ".join(write_back(self._shadows.values()))
            if script:
                await self._as_superuser(script + "; COMMIT")
            else:
                await self._backend.query("COMMIT")
            if script or touched:
                self._log.committed(self, touched)
            if self.has_ddl:
                self._catalog.changed()
        except PgError as error:
            await self._roll_back_backend()
            if self._is_lost_to_others(error):
                raise refusals.DATA_CONFLICT.error() from error
            raise
        finally:
            self.is_over = True
            self._log.closed(self)
        for action in self.at_commit:
            await action()

    def _is_lost_to_others(self, error: PgError) -> bool:
        """Whether PostgreSQL refused the write-back because of what others committed."""
        if self.is_evicted or not self._shadows:
            return False
        if error.sqlstate != _FOREIGN_KEY_VIOLATION:
            return error.sqlstate in _LOST_TO_OTHERS
        linked = {oid for s in self._shadows.values() for pair in s.relation.foreign_keys for oid in pair}
        return self._log.has_touched(self, linked)

    async def _check_touched_keys(self) -> list[Key]:
        """The keys written or flagged. Raises OC000 when somebody committed one of them since the snapshot."""
        if self._log.is_alone(self) and not self._log.must_check(self):
            return []
        touched: list[Key] = []
        for shadow in self._shadows.values():
            if not shadow.relation.key:
                continue
            rows = await self._as_superuser(shadow.touched())
            touched += [(shadow.relation.oid, key or "") for (key,) in rows]
        if self._log.is_conflicting(self, touched):
            raise refusals.DATA_CONFLICT.error()
        return touched

    async def roll_back(self) -> None:
        """Undo everything."""
        try:
            await self._roll_back_backend()
        finally:
            self.is_over = True
            self._log.closed(self)

    async def evict(self) -> None:
        """The schema changes under it: give up the snapshot and the locks now, tell the client later."""
        if not self.is_over:
            self.is_evicted = True
            await self.roll_back()

    async def fail(self) -> None:
        """An error of ours: the client must roll back; nothing of it can ever be committed."""
        self.is_failed = True
        if not self.is_over:
            await self.roll_back()

    async def _roll_back_backend(self) -> None:
        if not self.is_over and (self._backend.status == FAILED or self._backend.status == b"T"):
            await self._backend.query("ROLLBACK")

    async def _as_superuser(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run internal SQL with the rights of the simulator. An error rolls the identity back with the rest."""
        role = ident(self._role)
        return await self._backend.query(f"RESET SESSION AUTHORIZATION; {sql}; SET SESSION AUTHORIZATION {role}")


def changed_rows(tag: str) -> int:
    """Rows a command tag says were changed."""
    parts = tag.split()
    return int(parts[-1]) if parts and parts[0] in _COUNTED_TAGS else 0


def _privileges(relation: str) -> str:
    """SQL for what the session's role may do with a relation, as a list for GRANT."""
    return (
        "(SELECT string_agg(p, ', ') FROM unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) p "
        f"WHERE has_table_privilege({relation}, p))"
    )
