"""Runs statements for one session, whatever protocol they came by: transactions and their commit.

Sources: PostgreSQL 16 documentation, Message Flow (implicit transactions, the status of ReadyForQuery); dsql facts 3
(one DDL, 3,000 rows, 10 MiB, OC000 at COMMIT), 11.1 (the snapshot is taken at BEGIN), 11.19 (OC001).

Lock order: the cluster's commit lock first, then the session's backend lock. The backend lock is held while anybody
talks to the session's PostgreSQL backend, so that another session's DDL can evict an idle transaction directly.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from dsqltui.sim.cluster.shared_cluster import SharedCluster
from dsqltui.sim.execution.commit_turn import CommitTurn
from dsqltui.sim.execution.counting import counted
from dsqltui.sim.execution.ddl import PendingDdl
from dsqltui.sim.execution.session_backend import SessionBackend
from dsqltui.sim.execution.statement_plan import StatementPlan
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.backend import FAILED, IDLE, IN_TRANSACTION, Backend
from dsqltui.sim.pg.copy_feed import CopyFeed
from dsqltui.sim.pg.relay import Sink
from dsqltui.sim.pg.wire import Frames, PgError
from dsqltui.sim.rules import refusals
from dsqltui.sim.rules.transactions import refuse_in_transaction
from dsqltui.sim.sql.analysis import Analysis, Name, Nature
from dsqltui.sim.sql.stand_ins import SYNC_INDEX_STAND_IN
from dsqltui.sim.transactions.catalog_diff import made_by
from dsqltui.sim.transactions.flagging import Flagging
from dsqltui.sim.transactions.losing import DEADLOCK
from dsqltui.sim.transactions.phase import Phase
from dsqltui.sim.transactions.schema_history import SchemaChange
from dsqltui.sim.transactions.transaction import Transaction

_MOST_WEAR = 32
"""Then a session gets a fresh backend; see `renewal`."""


def _not_yet() -> None:
    """The turn of a COMMIT of DDL ends with it."""


class Executor(SessionBackend):
    """The statements of one session. `client` gets the replies."""

    def __init__(
        self,
        cluster: SharedCluster,
        backend: Backend,
        role: str,
        client: Sink,
        client_frames: Frames,
        abandon: Callable[[], None],
    ) -> None:
        """`abandon` ends the client's connection at once."""
        super().__init__(cluster, backend, client, client_frames, abandon)
        self.counters = cluster.counters.of("")
        self.role = role
        self.ddl: PendingDdl | None = None
        """The open transaction's."""
        self.deallocations = 0
        """How often the client had all its prepared statements forgotten."""

    def tell(self, error: PgError) -> None:
        """Report an error of ours, or of internal SQL."""
        self.client.write(self.errors.told(error).frame())

    # -- state

    @property
    def status(self) -> bytes:
        """The byte for ReadyForQuery."""
        if self.transaction is None:
            return IDLE
        return FAILED if self.has_failed else IN_TRANSACTION

    @property
    def has_failed(self) -> bool:
        """Whether the open transaction can only be ended."""
        transaction = self.transaction
        if transaction is None:
            return False
        return transaction.phase is Phase.FAILED or (not transaction.is_over and self.backend.status == FAILED)

    def check_may_run(self, analysis: Analysis) -> None:
        """Raise for what is refused outright: a failed or evicted transaction, statements DSQL does not know."""
        if self.has_failed and analysis.nature not in (Nature.COMMIT, Nature.ROLLBACK):
            raise refusals.TRANSACTION_FAILED.error()
        transaction = self.transaction
        if transaction is None or analysis.is_control or self.has_failed:
            return
        if transaction.is_evicted or transaction.is_outrun:
            self.counters.conflicted()
            raise self.errors.schema_conflict() if transaction.is_evicted else refusals.DATA_CONFLICT.error()
        too_old = self.cluster.faults.transaction_error(transaction.opened_at)
        if too_old is not None:
            self.counters.timed_out()
            raise too_old
        if transaction.is_explicit and self.cluster.settings.has_dialect:
            refuse_in_transaction(analysis.words)

    async def refuse(self, plan: StatementPlan) -> None:
        """Raise for what Aurora DSQL refuses by the statement's text, and the session's settings."""
        allows_sync_index = False
        if plan.analysis.makes_index_now and not self.has_failed:
            async with self.running_statement() as backend:
                rows = await backend.query(
                    f"SELECT NOT pg_catalog.current_setting('{SYNC_INDEX_STAND_IN}')::pg_catalog.bool"
                )
            allows_sync_index = rows[0][0] == "t"
        if self.cluster.settings.has_dialect:
            refusals.refuse(plan.analysis, plan.shape, allows_sync_index=allows_sync_index)

    # -- the schema as others changed it

    def asks_for_path(self, analysis: Analysis) -> bool:
        """Whether `check_schema` would have to ask the backend, which must not be in the middle of anything then."""
        return bool(self.schema.outdated(analysis.touched) or self.schema.too_new(analysis.touched) or analysis.calls)

    async def check_schema(self, analysis: Analysis) -> None:
        """Raise OC001 when others have changed a relation that the statement touches; remember what it touches."""
        self.schema.starts(analysis.touched)
        if self.has_failed:
            return
        if self.schema.is_behind:
            if analysis.calls:
                await self.targets(analysis)  # which loads the functions
            names = frozenset(self._touched(analysis))
            await self._check_outdated(names)
            found = self.schema.too_new(names)
            if found is not None and await self._is_on_path(found[1]):
                raise PgError("42P01", f'relation "{found[0]}" does not exist')
        if self.transaction is not None:
            self.schema.touch(self._touched(analysis))

    def _touched(self, analysis: Analysis) -> tuple[Name, ...]:
        if not analysis.calls:
            return analysis.touched
        return analysis.touched + self.cluster.catalog.functions.touched_by(analysis.calls)

    async def _check_outdated(self, names: frozenset[Name]) -> None:
        schemas = self.schema.outdated(names)
        if schemas is not None and await self._is_on_path(schemas):
            raise self.errors.schema_conflict()

    async def _is_on_path(self, schemas: frozenset[str]) -> bool:
        """Whether names are looked up in one of the schemas; none: it does not matter."""
        if not schemas:
            return True
        async with self.talking() as backend:
            rows = await backend.query("SELECT pg_catalog.unnest(pg_catalog.current_schemas(false))")
        return not schemas.isdisjoint(row[0] or "" for row in rows)

    async def show_ddl(self, analysis: Analysis) -> None:
        """The statement is to see what the transaction's DDL did. Nothing is under way on the backend."""
        if self.ddl is not None and analysis.nature in (Nature.READ, Nature.WRITE, Nature.LOCK):
            async with self.talking() as backend:
                await self.ddl.show(backend)

    async def put_ddl_aside(self) -> None:
        """The client's message has been answered: nobody must wait for this transaction's DDL."""
        if self.ddl is not None:
            async with self.talking() as backend:
                await self.ddl.put_aside(backend)

    async def _apply_ddl(self, ddl: PendingDdl) -> SchemaChange:
        """Do the transaction's DDL for good. The commit lock is held. Raises PgError."""
        async with self.talking() as backend:
            await self.cluster.clear_the_way(self, ddl.apply(backend))
            change = await made_by(backend, self.cluster.observer)
        if self._transaction.is_explicit and self.schema.has_lost(change):
            raise self.errors.schema_conflict()
        return replace(change, is_real=change.is_real or ddl.is_of_roles)

    def check_available(self, analysis: Analysis) -> None:
        """Raise the fault that the statement is to fail with, or 53100 when the disk has no room for what it writes.
        The session survives both."""
        if analysis.nature in (Nature.WRITE, Nature.DDL) and analysis.first != "drop":
            self.cluster.disk.check()
        error = self.cluster.faults.statement_error()
        if error is not None:
            raise error

    # -- what a statement writes

    async def targets(self, analysis: Analysis) -> tuple[Name, ...]:
        """Relations the statement writes or flags, also through SQL functions it calls."""
        if not (analysis.calls or analysis.nature is Nature.WRITE):
            return analysis.targets
        catalog = self.cluster.catalog
        if not catalog.knows_code:
            await catalog.load_code()
        return analysis.targets + catalog.functions.written_by(analysis.calls)

    def nature(self, analysis: Analysis, targets: tuple[Name, ...]) -> Nature:
        """What the statement does to rows, SQL functions that it calls included. `targets` are what `targets` gave."""
        if analysis.nature is Nature.LOCK:
            if not targets:
                return Nature.READ
            return Nature.WRITE if self.cluster.catalog.functions.written_by(analysis.calls) else Nature.LOCK
        return Nature.WRITE if targets else analysis.nature

    async def settle_transaction(self, names: tuple[Name, ...] = ()) -> None:
        """Before a statement that writes or flags these relations: the transaction is all there, in PostgreSQL or, once
        it has lost, on private copies. The backend is held. Raises PgError."""
        transaction = self.transaction
        if transaction is None or transaction.is_over:
            return
        if transaction.is_set_aside:
            self.foreign_uses += 1  # the client's unnamed statement may be gone now
            with self.pushing():
                await transaction.come_back()
        await transaction.ensure_shadows(names)

    async def try_again(self, names: tuple[Name, ...], sqlstate: str, feed: CopyFeed | None = None) -> None:
        """A statement met what others had committed since the snapshot, and is to be run again: privately then. A COPY
        whose data were too many to be kept in its `feed` has lost. The backend is held. Raises PgError."""
        transaction = self._transaction
        if feed is not None and feed.is_begun and not feed.is_complete:
            transaction.go(Phase.OUTRUN)
            await transaction.roll_back()
        else:
            await transaction.to_beginning()
        if transaction.is_outrun:
            raise refusals.DATA_CONFLICT.error()
        if sqlstate != DEADLOCK:
            await transaction.go_private()
        await self.settle_transaction(names)

    async def flag(self, analysis: Analysis, flagging: Flagging | None) -> None:
        """A statement has flagged rows in the open transaction, if it does so. The backend is held. Raises PgError."""
        if analysis.locks_rows:
            await self._transaction.flag(flagging, analysis.targets, is_exclusive=analysis.locks_exclusively)

    @property
    def _transaction(self) -> Transaction:
        if self.transaction is None:
            raise AssertionError("no transaction is open")
        return self.transaction

    # -- transactions

    def new_transaction(self, *, is_explicit: bool) -> Transaction:
        """The session's transaction from now on, which PostgreSQL does not know yet."""
        self.transaction = Transaction(
            self.backend,
            self.cluster.log,
            self.cluster.catalog,
            self.acting,
            self.cluster.settings.transaction_row_limit,
            is_explicit=is_explicit,
            opened_at=self.cluster.faults.now(),
        )
        self.schema.begin()
        return self.transaction

    async def open_transaction(self, *, is_explicit: bool, is_read_only: bool | None = None) -> Transaction:
        """Begin one in the backend. The backend is held."""
        transaction = self.new_transaction(is_explicit=is_explicit)
        try:
            await transaction.begin(is_read_only=is_read_only)
        except PgError:
            self._transaction_is_over()
            await transaction.roll_back()
            raise
        except BaseException:
            self.cluster.log.closed(transaction)
            self._transaction_is_over()
            raise
        return transaction

    async def announce_transaction(self, *, is_read_only: bool | None) -> None:
        """Begin an explicit one without waiting for the backend: who uses it next does, and who commits meanwhile (dsql
        facts 11.1: the snapshot is of BEGIN)."""
        async with self.talking() as backend:
            transaction = self.new_transaction(is_explicit=True)
            lock = self._backend_lock
            beginning = self.cluster.beginning

            def answered(rows: list[tuple[str | None, ...]], error: PgError | None) -> None:
                beginning.discard(lock)
                transaction.opened(rows, error)

            beginning.add(lock)
            lock.send(backend, wire.query(transaction.opening(is_read_only=is_read_only)), answered)

    @counted
    async def commit(self) -> str:
        """End the transaction; its command tag. Raises PgError when it lost; the session is idle either way."""
        transaction = self.transaction
        if transaction is None:
            return "COMMIT"
        if self.has_failed:
            return await self.roll_back()
        faults = self.cluster.faults
        try:
            loses = transaction.has_dml and faults.next_commit_conflicts()
            if transaction.has_dml or transaction.has_ddl:
                await faults.before_commit()
            # one that changed nothing is in nobody's way
            async with CommitTurn(self.cluster.commit_lock if transaction.has_changes else None) as turn:
                if transaction.has_changes:
                    await self.cluster.all_have_begun()
                if self.ddl is not None:
                    await self.cluster.log.all_landed()
                if transaction.is_evicted:
                    raise self.errors.schema_conflict()
                too_old = faults.transaction_error(transaction.opened_at)
                if too_old is not None or loses:
                    async with self.talking():
                        await transaction.roll_back()
                    raise too_old or refusals.DATA_CONFLICT.error()
                self._is_committing = True
                change = await self._schema_at_commit(transaction)
                if transaction.is_set_aside:
                    await self.push_back()
                try:
                    async with self.talking():
                        with self.pushing(), self.cluster.schema.landing(change):
                            await transaction.commit(turn.is_over if self.ddl is None else _not_yet)
                except asyncio.CancelledError:  # the client went in the middle: it may be committed all the same
                    self.cluster.schema_changed(change)
                    raise
                if self.ddl is not None:
                    self.cluster.schema_changed(change)
                    self.schema.refresh()
        except PgError as error:  # while it is known what stopped it: soon no transaction is left to ask
            raise self.errors.conflict_behind(error) or error from error.__cause__
        finally:
            self._is_committing = False
            self._transaction_is_over()
        if transaction.has_written:
            self.lose_answer_if_told()
        return "COMMIT"

    def lose_answer_if_told(self) -> None:
        """A commit that wrote is done. Raises ConnectionAbortedError when the fault is set that nobody hears of it."""
        if self.cluster.faults.next_commit_answer_is_lost():
            self._abandon()
            raise ConnectionAbortedError("the fault lose-commit-answer")

    async def _schema_at_commit(self, transaction: Transaction) -> SchemaChange:
        """Check what the transaction touched, and do its DDL. The commit lock is held. Raises PgError when it has lost:
        it is rolled back then."""
        try:
            await self._check_outdated(self.schema.touched)
            return SchemaChange() if self.ddl is None else await self._apply_ddl(self.ddl)
        except PgError as error:
            if error.sqlstate == refusals.SCHEMA_CONFLICT.sqlstate:
                self.schema.refresh()
            async with self.talking():
                await transaction.roll_back()
            raise

    @property
    def is_worn(self) -> bool:
        """Whether the backend keeps much that is of no use any more, and no transaction is open."""
        return self.wear >= _MOST_WEAR and self.transaction is None and self.cluster.settings.has_dialect

    def _transaction_is_over(self) -> None:
        self._pushers.clear()
        self.wear += self.ddl is not None
        if self.transaction is not None:
            self.wear += len(self.transaction.shadows.tables)
        self.transaction = None
        self.ddl = None
        self.schema.end()

    async def roll_back(self) -> str:
        """Undo the transaction; its command tag."""
        transaction = self.transaction
        self._transaction_is_over()
        if transaction is not None and not transaction.is_over:
            async with self.talking():
                await transaction.roll_back()
        return "ROLLBACK"

    async def fail_transaction(self) -> None:
        """An error of ours happened: an explicit transaction has failed, an implicit one is gone."""
        transaction = self.transaction
        if transaction is None:
            return
        if not transaction.is_explicit:
            await self.roll_back()
        elif transaction.phase is not Phase.FAILED:
            async with self.talking():
                await transaction.fail()

    # -- what other sessions ask of this one
