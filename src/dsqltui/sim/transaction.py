"""One transaction of one session: its snapshot, its shadows, its limits, and how it commits or loses."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable

from dsqltui.core.lexer import quote_identifier as ident
from dsqltui.core.limits import TRANSACTION_BYTE_LIMIT
from dsqltui.sim import refusals
from dsqltui.sim.analysis import Name, Nature
from dsqltui.sim.backend import FAILED, IDLE, Backend
from dsqltui.sim.catalog import Catalog
from dsqltui.sim.commit_log import CommitLog, Key, Touch, Touched, strongest
from dsqltui.sim.direct import LARGE_TABLE_BYTES, SAVEPOINT, InPlace, replay
from dsqltui.sim.shadow import Relation
from dsqltui.sim.shadow_set import ShadowSet
from dsqltui.sim.wire import PgError

Observe = Callable[[], Awaitable[Backend]]

_SYSTEM = frozenset({"sys", "pg_dsqltui", "information_schema"})
_WITHOUT_TRIGGERS = ("SET CONSTRAINTS ALL IMMEDIATE", "SET LOCAL session_replication_role = replica")
_CANCELLED = "57014"
_LOST_TO_OTHERS = frozenset({"40001", "40P01", "23505", "23P01"})
"""What PostgreSQL says at write-back when somebody else committed first; DSQL calls all of it OC000."""

ROWS_THAT_MAY_BE_TOO_LARGE = 5
"""A row has at most 2 MiB: fewer rows cannot reach the size limit."""


class Transaction:
    """An open transaction. Its owner holds the backend; COMMIT also needs the cluster's commit lock.

    `is_failed` is the client's view: an error happened, only COMMIT or ROLLBACK ends it. The backend's own transaction
    may be gone by then (`is_over`).
    """

    def __init__(
        self,
        backend: Backend,
        role: str,
        log: CommitLog,
        catalog: Catalog,
        row_limit: int,
        *,
        is_explicit: bool,
        opened_at: float,
    ) -> None:
        self._backend = backend
        self._role = role
        self._log = log
        self._catalog = catalog
        self._row_limit = row_limit
        self.is_explicit = is_explicit
        self.opened_at = opened_at
        """Seconds, on the clock of the faults."""
        self.is_failed = False
        self.has_begun = False
        self.is_over = False
        self._is_read_only = False
        self.is_evicted = False
        """Another session changed the schema: the client is told OC001 at its next statement."""
        self.is_outrun = False
        """Somebody committed a change of a table that a slow statement of it was writing in place: it has lost."""
        self.has_ddl = False
        self.has_dml = False
        """It wrote rows or flagged them."""
        self._has_written_rows = False
        self.at_commit: list[Callable[[], Awaitable[None]]] = []
        """What to do once it has committed, such as starting jobs."""
        self.shadows = ShadowSet(backend, role, catalog)
        self._in_place: InPlace | None = None
        self._locked: set[tuple[str, str]] = set()
        """Tables with rows flagged by FOR UPDATE, not only by the checks of foreign keys."""
        self._rows_changed = 0

    async def begin(self, *, is_read_only: bool | None = None) -> None:
        """Open it and take the snapshot. `is_read_only` None: as the session's characteristics say."""
        self._log.opened(self)
        mode = {True: " READ ONLY", False: " READ WRITE", None: ""}[is_read_only]
        begin = (
            f"BEGIN ISOLATION LEVEL REPEATABLE READ{mode}; SELECT pg_catalog.current_setting('transaction_read_only')"
        )
        self._is_read_only = (await self._backend.query(begin))[0][0] == "on"
        self.has_begun = True

    # -- statements

    def check_order(self, nature: Nature) -> None:
        """Raise when the statement may not follow what the transaction did before: one DDL, and no DML with it."""
        if nature is Nature.DDL:
            if self.has_ddl:
                raise refusals.SEVERAL_DDL.error()
            if self.has_dml:
                raise refusals.DDL_AND_DML.error()
            self.has_ddl = True
        elif nature in (Nature.WRITE, Nature.LOCK):
            if self.has_ddl:
                raise refusals.DDL_AND_DML.error()
            self.has_dml = True
            self._has_written_rows = self._has_written_rows or nature is Nature.WRITE

    @property
    def has_written(self) -> bool:
        """It wrote rows or the catalog; flagging rows is not writing."""
        return self.has_ddl or self._has_written_rows

    def lacks_shadows(self, names: Iterable[Name]) -> bool:
        """Whether one of the names may stand for a table without its shadow."""
        placed = self._in_place.relations if self._in_place is not None else {}
        return any((schema, name) not in placed for schema, name in self.shadows.missing(names))

    async def ensure_shadows(self, names: Iterable[Name], *, locks: bool = False) -> list[Relation]:
        """Copy the tables about to be written or, with `locks`, flagged by FOR UPDATE. Raises PgError.

        Returns those that are too large to be copied without need, and all once one is written in place: the caller
        claims them and calls `write_in_place`, or `copy` when they cannot be claimed; after a demotion, if need be.
        """
        if self._is_read_only:  # PostgreSQL refuses the write itself
            return []
        left: list[Relation] = []
        for schema, name in names:
            if self.shadows.has(schema, name) and not locks:
                continue
            await self.shadows.look_at_tables()
            relation = await self._catalog.relation(self._backend, schema, name)
            if relation is None:
                continue
            where = (relation.schema, relation.name)
            if locks and relation.kind == "r":
                self._locked.add(where)
            if where in self.shadows.names or relation.schema in _SYSTEM or relation.schema.startswith("pg_"):
                continue
            if relation.kind == "v":
                left += await self.ensure_shadows(relation.base_relations, locks=locks)
            elif relation.kind == "r" and not (self._in_place and where in self._in_place.relations):
                if await self._may_write_in_place(relation):
                    left.append(relation)
                else:
                    await self.shadows.copy(relation)
        return left

    # -- in place

    async def _may_write_in_place(self, relation: Relation) -> bool:
        if self._in_place is not None:  # one gear for all: a savepoint would take shadows made after it along
            return True
        if self.shadows or not relation.fits_in_place:
            return False
        size = await self._backend.query(f"SELECT pg_table_size({relation.oid})")
        return int(size[0][0] or 0) >= LARGE_TABLE_BYTES

    async def write_in_place(self, relation: Relation) -> None:
        """The table was claimed: write its real rows."""
        if self._in_place is None:
            self._in_place = await InPlace.begin(self._backend)
        self._in_place.relations[relation.schema, relation.name] = relation

    @property
    def is_in_place(self) -> bool:
        return self._in_place is not None

    async def move_to_shadows(self, observer: Backend) -> None:
        """Undo what was written in place and do it again on shadows, in the same snapshot."""
        in_place = self._in_place
        if in_place is None or self.is_over:
            return
        if self._backend.status == FAILED:  # nothing of it can be committed
            await self.fail()
            return
        await self._backend.query("RESET SESSION AUTHORIZATION")
        written = await in_place.read(self._backend, observer)
        await self._backend.query(f"ROLLBACK TO {SAVEPOINT}")  # restores the identity too
        self._in_place = None
        for table in written:
            await self.shadows.copy(table.relation)
            await self._backend.query("RESET SESSION AUTHORIZATION")
            shadow = self.shadows.tables[table.relation.schema, table.relation.name]
            await replay(self._backend, table, shadow.full_name)
            await self._backend.query(f"SET SESSION AUTHORIZATION {ident(self._role)}")

    # -- limits

    def count(self, rows: int) -> None:
        """Add a statement's rows to the transaction's; raise at the limit. Source: AWS User Guide, quotas."""
        self._rows_changed += rows
        if self._rows_changed > self._row_limit:
            raise refusals.ROW_LIMIT.error()

    @property
    def shadowed_oids(self) -> list[str]:
        """The tables that COMMIT will write."""
        return [shadow.relation.oid for shadow in self.shadows.tables.values()]

    # -- the end

    async def commit(self, observe: Observe) -> None:
        """Write the shadows back and commit. The commit lock is held. Raises PgError when the transaction lost.

        `observe` opens a superuser's session; it is needed only after writing in place beside other transactions.
        """
        touched: Touched = {}
        try:
            if self.is_evicted:
                raise refusals.SCHEMA_CONFLICT.error()
            await self._check_size()
            touched = await self._check_touched_rows(observe)
            apply = [
                sql
                for where, shadow in self.shadows.tables.items()
                for sql in (
                    *shadow.apply(is_locked=where in self._locked or not shadow.relation.family),
                    *shadow.let_go(),
                )
            ]
            apply += self.shadows.drop_clones()
            if apply:
                # foreign keys were enforced among the copies: what is deferred of that first, then no triggers
                has_keys = any(shadow.relation.family for shadow in self.shadows.tables.values())
                await self._as_superuser("; ".join((*(_WITHOUT_TRIGGERS if has_keys else ()), *apply, "COMMIT")))
            else:
                await self._backend.query("COMMIT")
            if apply or self._in_place is not None:
                self._log.committed(self, touched)
        except PgError as error:
            await self._roll_back_backend()
            if error.sqlstate in _LOST_TO_OTHERS and not self.is_evicted and self.shadows:
                raise refusals.DATA_CONFLICT.error() from error
            raise
        except asyncio.CancelledError:  # the client has gone; PostgreSQL may have committed all the same
            self._log.committed(self, touched)
            raise
        finally:
            self.is_over = True
            self._log.closed(self)
        for action in self.at_commit:
            await action()

    async def _check_size(self) -> None:
        """Raise when the changed rows are larger than a transaction may be. Source: AWS User Guide, quotas."""
        if self._rows_changed < ROWS_THAT_MAY_BE_TOO_LARGE:
            return
        queries = [shadow.size() for shadow in self.shadows.tables.values()]
        queries += self._in_place.sizes() if self._in_place is not None else []
        if not queries:
            return
        rows = await self._as_superuser(f"SELECT coalesce(sum(x), 0) FROM ({' UNION ALL '.join(queries)}) AS sizes (x)")
        size = int(rows[0][0] or 0)
        if size > TRANSACTION_BYTE_LIMIT:
            raise refusals.SIZE_LIMIT.error(size=str(math.ceil(size / (1024 * 1024))))

    async def _check_touched_rows(self, observe: Observe) -> Touched:
        """The rows touched, by key. Raises OC000 when somebody committed one of them since the snapshot."""
        if self._log.is_alone(self) and not self._log.must_check(self):
            return {}
        found: list[tuple[Key, Touch]] = []
        for where, shadow in self.shadows.tables.items():
            if not shadow.relation.key:
                continue
            flag = Touch.EXCLUSIVE if where in self._locked or not shadow.relation.family else Touch.KEY_SHARE
            for key, kind in await self._as_superuser(shadow.touched()):
                touch = flag if kind == "f" else Touch.CHANGE if kind == "u" else Touch.EXCLUSIVE
                found.append(((shadow.relation.oid, key or ""), touch))
        if self._in_place is not None:
            observer = await observe()
            try:
                found += await self._in_place.touched(self._as_superuser, observer)
            finally:
                observer.close()
        touched = strongest(found)
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
        while not self.is_over and self._backend.status != IDLE:
            try:
                await self._backend.query("ROLLBACK")
            except PgError as error:
                if error.sqlstate != _CANCELLED:
                    raise  # else a cancel request for the statement before came late

    async def _as_superuser(self, sql: str) -> list[tuple[str | None, ...]]:
        return await self._backend.query_as_superuser(sql, self._role)
