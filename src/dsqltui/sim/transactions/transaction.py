"""One transaction of one session: its snapshot, what it changed, its limits, and how it commits or loses.

It writes the tables themselves. Rows that it has changed are locked in PostgreSQL, and nobody may wait for them: when
another transaction wants one, this one is set aside, that is, undone to its beginning (`set_aside`). What it did is
known from its changes, and is done again before its next statement or COMMIT (`come_back`), which sets aside whoever is
in the way then. Once somebody has committed a change of a row that it changed too, PostgreSQL would stop it, where
Aurora DSQL says so at COMMIT: it goes on in its snapshot with private copies (`go_private`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from dsqltui.core.sql.lexer import quote_identifier as ident
from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.sim.pg.backend import FAILED, Backend
from dsqltui.sim.pg.changes import Changes, Told
from dsqltui.sim.pg.commit_log import CommitLog, Touched
from dsqltui.sim.pg.wire import PgError, query
from dsqltui.sim.rules import refusals
from dsqltui.sim.sql.analysis import Name, Nature
from dsqltui.sim.sql.relation import StoredRelation
from dsqltui.sim.transactions.acting import Acting
from dsqltui.sim.transactions.flagging import Flagging
from dsqltui.sim.transactions.limits import ChangeLimits
from dsqltui.sim.transactions.losing import DEADLOCK, LostConflict, OutrunBySchema, may_be_of_others
from dsqltui.sim.transactions.phase import Phase, following
from dsqltui.sim.transactions.redo import redo
from dsqltui.sim.transactions.relation_cache import RelationCache
from dsqltui.sim.transactions.row_flags import RowFlags
from dsqltui.sim.transactions.shadow_set import ShadowSet
from dsqltui.sim.transactions.shape import has_changed

_SYSTEM = frozenset({"sys", "information_schema"})
_CANCELLED, _NOT_FOUND = "57014", "42"
_SAVEPOINT = "dsqltui"
_TO_BEGINNING = f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}"
_ATTEMPTS = 10


class Transaction:
    """An open transaction. Its owner holds the backend; COMMIT also needs the cluster's commit lock.

    `phase` is what the client will be told; PostgreSQL's own transaction may be gone by then (`is_over`).
    """

    def __init__(
        self,
        backend: Backend,
        log: CommitLog,
        catalog: RelationCache,
        acting: Acting,
        row_limit: int,
        *,
        is_explicit: bool,
        opened_at: float,
    ) -> None:
        self._backend = backend
        self._log = log
        self._catalog = catalog
        self._acting = acting
        self._limits = ChangeLimits(row_limit)
        self.is_explicit = is_explicit
        self.opened_at = opened_at
        """Seconds, on the clock of the faults."""
        self.phase = Phase.NEW
        self.is_over = False
        """PostgreSQL's transaction is gone, whatever the client knows."""
        self._is_read_only = False
        self._can_come_back = True
        self.has_ddl = False
        self.has_dml = False
        """It wrote rows or flagged them."""
        self._has_written_rows = False
        self.at_commit: list[Callable[[], Awaitable[None]]] = []
        """What to do once it has committed, such as starting jobs."""
        self.shadows = ShadowSet(backend, catalog, acting)
        self.changes = Changes()
        self._flags = RowFlags(backend, catalog, acting, self.shadows, self.changes, self.relation)
        self._settings: list[str] = []
        """The client's SET statements, which are undone with the rest."""

    def go(self, phase: Phase) -> None:
        """It comes to that phase, unless it has lost meanwhile."""
        self.phase = following(self.phase, phase)

    @property
    def is_evicted(self) -> bool:
        return self.phase is Phase.EVICTED

    @property
    def is_outrun(self) -> bool:
        return self.phase is Phase.OUTRUN

    @property
    def is_private(self) -> bool:
        return self.phase is Phase.PRIVATE

    @property
    def is_set_aside(self) -> bool:
        return self.phase is Phase.SET_ASIDE

    # -- its beginning

    def opening_for_one(self) -> str:
        """As `opening`, for one write in autocommit: who is set aside then is run again instead of coming back. The
        snapshot is the write's own."""
        self._log.opened(self)
        self._can_come_back = False
        self.go(Phase.IN_PLACE)
        return "BEGIN ISOLATION LEVEL REPEATABLE READ"

    def opening(self, *, is_read_only: bool | None = None) -> str:
        """Register with the log; the SQL that opens it and takes the snapshot. Its rows are for `opened`.

        `is_read_only` None: as the session's characteristics say.
        """
        self._log.opened(self)
        mode = {True: " READ ONLY", False: " READ WRITE", None: ""}[is_read_only]
        return (
            f"BEGIN ISOLATION LEVEL REPEATABLE READ{mode}; SELECT pg_catalog.current_setting('transaction_read_only'); "
            f"SAVEPOINT {_SAVEPOINT}"
        )

    def opened(self, rows: list[tuple[str | None, ...]], error: PgError | None = None) -> None:
        """PostgreSQL has answered `opening`, which fails only when it is stopped: OC000 is told then."""
        self._is_read_only = error is None and rows[0][0] == "on"
        self.go(Phase.IN_PLACE if error is None else Phase.OUTRUN)

    async def begin(self, *, is_read_only: bool | None = None) -> None:
        """Open it and take the snapshot."""
        self.opened(await self._backend.query(self.opening(is_read_only=is_read_only)))

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

    @property
    def has_changes(self) -> bool:
        """There is something to commit: rows written or flagged, or DDL."""
        return self.has_dml or self.has_ddl or bool(self.changes)

    def note_setting(self, sql: str) -> None:
        """The client set a parameter."""
        self._settings.append(sql)

    def lacks_shadows(self, names: Iterable[Name]) -> bool:
        """Whether the statement cannot run yet: what it writes is to be copied, or the transaction to come back."""
        return self.is_set_aside or (self.is_private and bool(self.shadows.missing(names)))

    async def ensure_shadows(self, names: Iterable[Name]) -> None:
        """Once it has lost: copy the tables about to be written or flagged. Raises PgError."""
        if not self.is_private or self._is_read_only:  # PostgreSQL refuses the write itself
            return
        for schema, name in names:
            if self.shadows.has(schema, name):
                continue
            await self.shadows.look_at_tables()
            relation = await self.relation(schema, name)
            if relation is not None:
                await self._copy_all([relation])

    async def relation(self, schema: str | None, name: str) -> StoredRelation | None:
        """The relation that the client means by that name; None for none, and for those of the system."""
        written = ident(name) if schema is None else f"{ident(schema)}.{ident(name)}"
        rows = await self._backend.ask(f"SELECT pg_catalog.to_regclass({literal(written)})::pg_catalog.oid")
        if rows[0][0] is None:
            return None
        found = int(rows[0][0])
        relation = await self._relation_of(str(self.shadows.oids.get(found, found)))
        if relation is None or relation.schema in _SYSTEM or relation.schema.startswith("pg_"):
            return None
        return relation

    async def _relation_of(self, oid: str) -> StoredRelation | None:
        return await self._catalog.relation_of(oid, is_given_up=lambda: self.is_evicted)

    async def _copy(self, relation: StoredRelation) -> None:
        if (relation.schema, relation.name) in self.shadows.names:
            return
        if relation.kind == "v":
            for schema, name in relation.base_relations:
                base = await self._catalog.relation(schema, name)
                if base is not None:
                    await self._copy(base)
        elif relation.kind == "r" and not relation.schema.startswith("pg_"):
            await self.shadows.copy(relation, self.changes.tables)

    # -- beside others

    def is_conflict(self, sqlstate: str) -> bool:
        """Whether an error of PostgreSQL may come from what others committed since the snapshot."""
        return not (self.is_private or self.is_over) and self._is_of_others(sqlstate)

    def _is_of_others(self, sqlstate: str) -> bool:
        return may_be_of_others(sqlstate, others_committed=self._log.must_check(self))

    @property
    def must_check(self) -> bool:
        """Whether somebody committed since the snapshot, so that PostgreSQL may show what it should not."""
        return not self.is_private and self._log.must_check(self)

    def sees_too_much(self, told: Told) -> bool:
        """Whether a statement that did this may have seen what is not in the snapshot: PostgreSQL takes a key whose row
        somebody else has deleted since for free, and shows both rows."""
        return self.must_check and self._log.is_conflicting(self, told.touched())

    def is_outdone(self, touched: Touched) -> bool:
        """Whether somebody who committed since the snapshot touched one of these rows."""
        return self._log.must_check(self) and self._log.is_conflicting(self, touched)

    async def set_aside(self) -> None:
        """Another transaction wants rows of this one: give up the locks. Nothing is lost by that."""
        if self.is_over:
            return
        if self.phase in (Phase.IN_PLACE, Phase.PRIVATE) and self._backend.status == FAILED:
            await self.fail()  # nothing of it can be committed
        elif self.phase is Phase.IN_PLACE:
            await self.to_beginning()

    async def to_beginning(self) -> None:
        """Undo everything in PostgreSQL; `come_back` does it again."""
        if not (self._can_come_back and self.changes.is_whole):
            self.go(Phase.OUTRUN)
            await self.roll_back()
            return
        self.go(Phase.SET_ASIDE)  # at once: who waited for it goes on before PostgreSQL's answer is here
        await self._undo()

    async def _undo(self) -> None:
        await self._backend.undo("; ".join((_TO_BEGINNING, *self._settings)))
        self._backend.drain_notices()

    async def come_back(self) -> None:
        """Do again what was set aside; if somebody has committed in the way, go on privately. Raises PgError: OC001
        when others have changed the tables so that their rows cannot be done again."""
        if not self.is_set_aside or self.is_over:
            return
        if not self.is_outdone(self.changes.touched):
            try:
                await self._redo()
            except PgError as error:
                if error.sqlstate == _CANCELLED or isinstance(error.__cause__, OutrunBySchema):
                    raise  # DDL of another session wants it gone, or has passed it
                await self._undo()
            else:
                self.go(Phase.IN_PLACE)
                return
        await self.go_private()

    async def _redo(self) -> None:
        """Do again what was undone. Raises PgError: OC001 as `come_back` does; then it is undone, or to be undone."""
        for attempt in range(_ATTEMPTS):
            relations = await self._changed_relations()
            try:
                for step in redo(relations, self.changes.tables):
                    await self._acting.run(step.relation.owner_oid, step.command, argument=step.argument)
                self._backend.drain_notices()
                return
            except PgError as error:
                if error.sqlstate != DEADLOCK or attempt == _ATTEMPTS - 1:
                    await self._tell_schema_conflict(error, relations)
                    raise
                await self._undo()

    async def go_private(self) -> None:
        """Go on with copies. In PostgreSQL it is at its beginning. Raises PgError, as `come_back` does."""
        self.go(Phase.PRIVATE)
        await self._copy_all(await self._changed_relations())

    async def _copy_all(self, relations: list[StoredRelation]) -> None:
        try:
            for relation in relations:
                await self._copy(relation)
        except PgError as error:
            await self._tell_schema_conflict(error, relations)
            raise

    async def _changed_relations(self) -> list[StoredRelation]:
        """The tables it wrote. Raises PgError, OC001, when one is gone."""
        found = [await self._relation_of(oid) for oid in self.changes.tables]
        relations = [relation for relation in found if relation is not None]
        if len(relations) < len(found):
            raise refusals.SCHEMA_CONFLICT.error() from OutrunBySchema()
        return relations

    async def _tell_schema_conflict(self, error: PgError, relations: Iterable[StoredRelation]) -> None:
        """Raise OC001 when the error of doing rows again, or of copying tables, comes from DDL that others committed:
        the rows do not fit, or names are not there any more. Else nothing."""
        if error.sqlstate == _CANCELLED or self._is_of_others(error.sqlstate):
            return
        if self._backend.status == FAILED:
            await self._undo()
        oids = {*self.changes.tables, *(relation.oid for relation in relations)}
        if await has_changed(oids, self._backend.ask, self._catalog.ask):
            raise refusals.SCHEMA_CONFLICT.error() from OutrunBySchema()
        if error.sqlstate.startswith(_NOT_FOUND):  # by a CHECK's function, which has not the client's search path here
            raise refusals.DATA_CONFLICT.error()

    # -- what a statement did

    def add(self, told: Told, rows: int) -> None:
        """A statement has succeeded and changed so many rows. Raises PgError at the limit."""
        self.changes.add(told)
        self._limits.count(rows)

    async def flagging(self, sql: str) -> Flagging | None:
        """How a plain SELECT ... FOR UPDATE is sent; None for other forms, and where nothing may be flagged."""
        return None if self._is_read_only else await self._flags.form(sql)

    async def flag(self, flagged: Flagging | None, names: Iterable[Name], *, is_exclusive: bool) -> None:
        """A statement flagged rows: those it told or, when it could not tell them, those it locked in the relations."""
        if flagged is not None:
            self._flags.note(flagged.found, is_exclusive=is_exclusive)
        elif not self._is_read_only:
            await self._flags.note_locked(names, is_exclusive=is_exclusive)

    # -- the end

    async def commit(self, is_sent: Callable[[], None]) -> None:
        """Commit. The commit lock is held until `is_sent` is called: from then on others are checked against this one.
        Raises PgError when the transaction lost."""
        touched, number, is_of_others = self.changes.touched, 0, True
        try:
            if self.is_evicted:
                raise refusals.SCHEMA_CONFLICT.error()
            if self.is_outrun or self.is_outdone(touched):
                raise refusals.DATA_CONFLICT.error() from LostConflict()
            self._limits.check_size(self.changes)
            if self.is_private and self.changes:  # what it lost by, if anything, it has taken back
                await self.to_beginning()
                if self.is_outrun:
                    raise refusals.DATA_CONFLICT.error()
            if self.is_set_aside:
                await self._redo()  # it has worked once: what stands in its way now is others' doing
            is_of_others = self._log.must_check(self)  # before its own COMMIT counts as well
            self._backend.send(query("COMMIT"))
            if self.changes or self.has_ddl:
                number = self._log.committing(self, touched)
            is_sent()
            await self._backend.reply()
        except PgError as error:
            is_ours = self.is_evicted or error.__cause__ is not None
            is_lost = not is_ours and may_be_of_others(error.sqlstate, others_committed=is_of_others)
            await self._roll_back()
            if is_lost:
                raise refusals.DATA_CONFLICT.error() from LostConflict()
            raise
        except asyncio.CancelledError:  # the client has gone; PostgreSQL may have committed all the same
            if number:
                await self._backend.hear_out()  # until then a snapshot may lack it
            raise
        finally:
            self._backend.drain_notices()
            self.is_over = True
            self._log.landed(number)
            self._log.closed(self)
        for action in self.at_commit:
            await action()

    async def roll_back(self) -> None:
        """Undo everything."""
        try:
            await self._roll_back()
        finally:
            self.is_over = True
            self._log.closed(self)

    async def evict(self) -> None:
        """The schema changes under it: give up the snapshot and the locks now, tell the client later."""
        if not self.is_over:
            self.go(Phase.EVICTED)
            await self.roll_back()

    async def fail(self) -> None:
        """An error of ours: the client must roll back; nothing of it can ever be committed."""
        self.go(Phase.FAILED)
        if not self.is_over:
            await self.roll_back()

    async def _roll_back(self) -> None:
        if not self.is_over:
            await self._backend.roll_back()
