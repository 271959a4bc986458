"""Runs statements for one session, whatever protocol they came by: transactions, commit, eviction.

Lock order: the cluster's commit lock first, then the session's backend lock. The backend lock is held while anybody
talks to the session's PostgreSQL backend, so that another session's DDL can evict an idle transaction directly.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TypeVar

from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.sim.cluster.shared_cluster import SharedCluster
from dsqltui.sim.execution.counting import counted
from dsqltui.sim.execution.ddl import PendingDdl
from dsqltui.sim.pg.backend import FAILED, IDLE, IN_TRANSACTION, Backend
from dsqltui.sim.pg.relay import CANCELLED, Relay, Sink
from dsqltui.sim.pg.wire import Frames, PgError
from dsqltui.sim.rules import refusals
from dsqltui.sim.rules.sizes import size_error
from dsqltui.sim.rules.transactions import refuse_in_transaction
from dsqltui.sim.sql.analysis import Analysis, Name, Nature
from dsqltui.sim.sql.rewrite import Rewritten
from dsqltui.sim.sql.stand_ins import SYNC_INDEX_STAND_IN
from dsqltui.sim.transactions.acting import Acting
from dsqltui.sim.transactions.catalog_diff import made_by
from dsqltui.sim.transactions.flagging import Flagging
from dsqltui.sim.transactions.schema_history import SchemaChange, SessionSchema
from dsqltui.sim.transactions.transaction import DEADLOCK, OutrunBySchema, Transaction

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_PATIENCE_S = 1.0
"""How long another session's running statement may be in the way before it is stopped."""
_SOON_S, _LATER_S = 0.003, 0.05
"""How long a statement runs before somebody looks whether it waits for another session, and again."""
_CANCEL_ATTEMPTS = 40
_WRONG_OBJECT_TYPE = "42809"
_SETTINGS_OF_SESSION = (
    "SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session' AND name NOT LIKE 'transaction%'"
)


class Executor:
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
        self.cluster = cluster
        self.counters = cluster.counters.of("")
        self.backend = backend
        self.role = role
        self.client = client
        self.relay = Relay(backend, client_frames, self.for_client, self._copies)
        self.acting = Acting(backend, cluster.word, cluster.let_act)
        self.transaction: Transaction | None = None
        self.ddl: PendingDdl | None = None
        """The open transaction's."""
        settings = cluster.settings
        self.schema = SessionSchema(cluster.schema, settings.oc001_scope, tells_idle=settings.tells_idle_sessions)
        self._backend_lock = asyncio.Lock()
        self._abandon = abandon
        self._is_closed = False
        self._kept_settings: list[tuple[str | None, ...]] = []
        self._is_interrupted = False
        """Another session's DDL stopped the statement that runs."""
        self._is_committing = False
        """It holds the commit lock, and gives way to nobody."""
        self._interrupts = 0
        """Cancel requests of that kind under way; they may meet the next statement."""
        self.reconnect: Callable[[], Awaitable[Backend]] | None = None
        """Opens a backend like the first one."""
        self._has_entered = asyncio.Event()
        self._has_entered.set()
        self.moves = 0
        """How often the session has gone over to another database of the same name; see `leave`."""
        self.foreign_uses = 0
        """How often another session used the backend; its unnamed statement is gone then."""
        self.deallocations = 0
        """How often the client had all its prepared statements forgotten."""
        self.is_running = False
        """A client message is being worked on; it stays so when the client goes in the middle of it."""

    # -- state

    @property
    def status(self) -> bytes:
        """The byte for ReadyForQuery."""
        if self.transaction is None:
            return IDLE
        return FAILED if self.has_failed else IN_TRANSACTION

    @property
    def is_in_transaction(self) -> bool:
        """Whether the client has begun a transaction that is not over."""
        return self.transaction is not None and not self.transaction.is_over

    @property
    def has_failed(self) -> bool:
        """Whether the open transaction can only be ended."""
        transaction = self.transaction
        if transaction is None:
            return False
        return transaction.is_failed or (not transaction.is_over and self.backend.status == FAILED)

    def check_may_run(self, analysis: Analysis) -> None:
        """Raise for what is refused outright: a failed or evicted transaction, statements DSQL does not know."""
        if self.has_failed and analysis.nature not in (Nature.COMMIT, Nature.ROLLBACK):
            raise refusals.TRANSACTION_FAILED.error()
        transaction = self.transaction
        if transaction is None or analysis.is_control or self.has_failed:
            return
        if transaction.is_evicted or transaction.is_outrun:
            self.counters.conflicted()
            raise self._schema_conflict() if transaction.is_evicted else refusals.DATA_CONFLICT.error()
        too_old = self.cluster.faults.transaction_error(transaction.opened_at)
        if too_old is not None:
            self.counters.timed_out()
            raise too_old
        if transaction.is_explicit and self.cluster.settings.has_dialect:
            refuse_in_transaction(analysis.words)

    async def refuse(self, analysis: Analysis, sql: str) -> None:
        """Raise for what Aurora DSQL refuses by the statement's text, and the session's settings."""
        allows_sync_index = False
        if analysis.makes_index_now and not self.has_failed:
            async with self.running_statement() as backend:
                rows = await backend.query(f"SELECT NOT current_setting('{SYNC_INDEX_STAND_IN}')::boolean")
            allows_sync_index = rows[0][0] == "t"
        if self.cluster.settings.has_dialect:
            refusals.refuse(analysis, sql, allows_sync_index=allows_sync_index)

    # -- the schema as others changed it

    def _schema_conflict(self) -> PgError:
        """OC001. The session has the newest schema afterwards."""
        self.schema.refresh()
        return refusals.SCHEMA_CONFLICT.error()

    def asks_for_path(self, analysis: Analysis) -> bool:
        """Whether `check_schema` would have to ask the backend, which must not be in the middle of anything then."""
        return bool(self.schema.outdated(analysis.touched) or self.schema.too_new(analysis.touched) or analysis.calls)

    async def check_schema(self, analysis: Analysis) -> None:
        """Raise OC001 when others have changed a relation that the statement touches; remember what it touches."""
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
        self.schema.touch(self._touched(analysis))

    def _touched(self, analysis: Analysis) -> tuple[Name, ...]:
        return analysis.touched + self.cluster.catalog.functions.touched_by(analysis.calls)

    async def _check_outdated(self, names: frozenset[Name]) -> None:
        schemas = self.schema.outdated(names)
        if schemas is not None and await self._is_on_path(schemas):
            raise self._schema_conflict()

    async def _is_on_path(self, schemas: frozenset[str]) -> bool:
        """Whether names are looked up in one of the schemas; none: it does not matter."""
        if not schemas:
            return True
        async with self.talking() as backend:
            rows = await backend.query("SELECT pg_catalog.unnest(pg_catalog.current_schemas(false))")
        return not schemas.isdisjoint(row[0] or "" for row in rows)

    async def show_ddl(self, analysis: Analysis) -> None:
        """The statement is to see what the transaction's DDL did. Nothing is under way on the backend."""
        if self.ddl is not None and analysis.nature in (Nature.READ, Nature.LOCK):
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
            raise self._schema_conflict()
        return replace(change, is_real=change.is_real or ddl.is_of_roles)

    def check_available(self) -> None:
        """Raise the fault that the next statement is to fail with. The session survives it."""
        error = self.cluster.faults.statement_error()
        if error is not None:
            raise error

    @asynccontextmanager
    async def talking(self) -> AsyncIterator[Backend]:
        """Have the backend to oneself."""
        async with self._backend_lock:
            yield self.backend

    @asynccontextmanager
    async def running_statement(self) -> AsyncIterator[Backend]:
        """Have the backend for a statement of the client. Raises OC001 when the transaction was ended meanwhile: the
        statement must not run outside it."""
        async with self._backend_lock:
            transaction = self.transaction
            if transaction is not None and transaction.is_evicted and not transaction.is_failed:
                raise self._schema_conflict()
            yield self.backend

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

    async def try_again(self, names: tuple[Name, ...], sqlstate: str) -> None:
        """A statement met what others had committed since the snapshot, and is to be run again: privately then. The
        backend is held. Raises PgError."""
        transaction = self._transaction
        await transaction.to_beginning()
        if transaction.is_outrun:
            raise refusals.DATA_CONFLICT.error()
        if sqlstate != DEADLOCK:
            await transaction.go_private()
        await self.settle_transaction(names)

    async def flag(self, analysis: Analysis, flagging: Flagging | None) -> None:
        """A statement has flagged rows in the open transaction, if it does so. The backend is held. Raises PgError."""
        is_exclusive = analysis.locks_exclusively
        if analysis.locks_rows and flagging is not None:
            self._transaction.flag(flagging.found, is_exclusive=is_exclusive)
        elif analysis.locks_rows:
            await self._transaction.flag_locked(analysis.targets, is_exclusive=is_exclusive)

    @contextmanager
    def pushing(self) -> Iterator[None]:
        """While PostgreSQL runs something of this session that may wait for rows of others: set those aside."""
        loop = asyncio.get_running_loop()
        pusher: asyncio.Task[None] | None = None

        def start() -> None:
            nonlocal pusher
            pusher = loop.create_task(self._push(), name="push")

        timer = loop.call_later(_SOON_S, start)
        try:
            yield
        finally:
            timer.cancel()
            if pusher is not None:
                pusher.cancel()

    async def _push(self) -> None:
        while True:
            try:
                await self.cluster.set_blockers_aside(self)
            except (PgError, OSError) as error:  # one that has just ended, perhaps; the next look tells
                _log.info("a session in the way could not be set aside: %s", error)
            await asyncio.sleep(_LATER_S)

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
            async with self.cluster.commit_lock:
                if transaction.is_evicted:
                    raise self._schema_conflict()
                too_old = faults.transaction_error(transaction.opened_at)
                if too_old is not None or loses:
                    async with self.talking():
                        await transaction.roll_back()
                    raise too_old or refusals.DATA_CONFLICT.error()
                self._is_committing = True
                change = await self._schema_at_commit(transaction)
                try:
                    async with self.talking():
                        with self.pushing():
                            await transaction.commit()
                except asyncio.CancelledError:  # the client went in the middle: it may be committed all the same
                    self.cluster.schema_changed(change)
                    raise
                except PgError as error:  # while it is known what stopped it: soon no transaction is left to ask
                    raise (self._conflict_behind(error) or error) from None
                if self.ddl is not None:
                    self.cluster.schema_changed(change)
                    self.schema.refresh()
        except PgError as error:
            raise self._conflict_behind(error) or error from error.__cause__
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

    def _transaction_is_over(self) -> None:
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
        elif not transaction.is_failed:
            async with self.talking():
                await transaction.fail()

    def _copies(self) -> Mapping[int, int]:
        return {} if self.transaction is None else self.transaction.shadows.oids

    # -- errors

    def tell(self, error: PgError) -> None:
        """Report an error of ours, or of internal SQL that another session's DDL cancelled."""
        if isinstance(error.__cause__, OutrunBySchema):  # the session knows of the change now
            self.schema.refresh()
        self.client.write((self._conflict_behind(error) or size_error(error) or error).frame())

    def _conflict_behind(self, error: PgError) -> PgError | None:
        """What another session did, when it is behind the error."""
        if error.sqlstate != CANCELLED:
            return None
        transaction = self.transaction
        if self._is_interrupted or (transaction is not None and transaction.is_evicted):
            return self._schema_conflict()
        return refusals.DATA_CONFLICT.error() if transaction is not None and transaction.is_outrun else None

    def for_client(self, error: PgError, rewritten: Rewritten) -> PgError:
        """PostgreSQL's error as Aurora DSQL would give it."""
        conflict = self._conflict_behind(error)
        if conflict is not None:
            return conflict
        if error.sqlstate in ("40001", "40P01"):
            return refusals.DATA_CONFLICT.error()
        if error.sqlstate == "53400":  # temp_file_limit
            return refusals.TEMP_SPACE.error()
        too_large = size_error(error)
        if too_large is not None:
            return too_large
        fields = error.fields
        if error.sqlstate == _WRONG_OBJECT_TYPE:  # a literal has no type yet to PostgreSQL
            fields["M"] = fields["M"].replace("wait_for_job(unknown)", "wait_for_job(text)")
        if "P" in fields:
            fields["P"] = str(rewritten.original_position(int(fields["P"])))
        if self.transaction is not None:
            if fields.get("s", "").startswith("pg_temp"):
                schema = self.transaction.shadows.real_schema(fields.get("t", ""))
                fields.pop("s")
                if schema is not None:
                    fields["s"] = schema
            for code in fields.keys() & {"M", "t", "n"}:
                fields[code] = self.transaction.shadows.real_names(fields[code])
        return error

    # -- what other sessions ask of this one

    async def evict(self) -> None:
        """Another session changes what this one uses. An idle transaction is ended here and now; a running statement
        first."""
        transaction = self.transaction
        if transaction is None or transaction.is_over or transaction.is_evicted:
            return
        transaction.is_evicted = True
        self.relay.stop_copy()
        if transaction.has_begun:
            await self._acquire_by_cancelling()
        else:
            await self._backend_lock.acquire()
        try:
            if not (transaction.is_over or self._is_closed):
                await transaction.evict()
        finally:
            self._backend_lock.release()

    async def set_aside(self) -> None:
        """Another session's statement waits for rows that this one's transaction has changed: undo it for now.

        A statement that does not end soon is stopped, and its transaction has lost: others do not wait for it. One that
        commits is waited for: nobody stands in its way for long.
        """
        if self._is_committing:
            return
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._backend_lock.acquire()
        except TimeoutError:
            if self.transaction is not None:
                self.transaction.is_outrun = True
            self.relay.stop_copy()
            await self._acquire_by_cancelling()
        try:
            transaction = self.transaction
            if transaction is None or self._is_closed:
                return
            self.foreign_uses += 1
            undoing = asyncio.ensure_future(self._set_aside(transaction))
            try:
                await asyncio.shield(undoing)
            except asyncio.CancelledError:  # the other's statement ended meanwhile: not half done
                await asyncio.gather(undoing, return_exceptions=True)
                raise
        finally:
            self._backend_lock.release()

    async def _set_aside(self, transaction: Transaction) -> None:
        if transaction.is_outrun and not transaction.is_over:
            await transaction.roll_back()
        else:
            await transaction.set_aside()

    async def interrupt(self) -> None:
        """Another session's DDL waits for a running statement of this one: stop it."""
        if self._backend_lock.locked() and not self._is_closed:
            self._is_interrupted = True
            self._interrupts += 1
            try:
                await self.backend.cancel()
            finally:
                self._interrupts -= 1

    async def leave(self) -> None:
        """The database is about to be exchanged for another one: give up the open transaction and the backend, which
        stays taken until `enter`."""
        self._has_entered.clear()
        await self.evict()
        self._is_interrupted = self._backend_lock.locked()
        await self._acquire_by_cancelling()
        self.moves += 1
        try:
            self._kept_settings = await self.backend.query(_SETTINGS_OF_SESSION)
        except (PgError, OSError) as error:
            _log.info("a session is cut off, its settings cannot be read: %s", error)
            self._abandon()
        self.backend.close()

    async def enter(self) -> None:
        """After `leave`: go on with another backend, with the settings that the client had made. The client is cut off
        when there is none."""
        try:
            if self._is_closed or self.reconnect is None:
                return
            backend = await self.reconnect()
            self.backend = backend
            self.relay.move_to(backend)
            self.acting = Acting(backend, self.cluster.word, self.cluster.let_act)
            self.schema.refresh()
            for name, value in self._kept_settings:
                await backend.query(
                    f"SELECT pg_catalog.set_config({literal(name or '')}, {literal(value or '')}, false)"
                )
        except (PgError, OSError) as error:
            _log.info("a session could not go over to the other database: %s", error)
            self._abandon()
        finally:
            if self._is_closed:  # the client has gone meanwhile
                self.backend.close()
            self._backend_lock.release()
            self._has_entered.set()

    async def _acquire_by_cancelling(self) -> None:
        """Get the backend, cancelling what runs on it; a client that does not read its rows loses the session."""
        acquiring = asyncio.ensure_future(self._backend_lock.acquire())
        try:
            for attempt in range(_CANCEL_ATTEMPTS):
                done, _ = await asyncio.wait({acquiring}, timeout=0.005 if attempt == 0 else 0.05)
                if done:
                    return
                await self.backend.cancel()
            self._abandon()
            await acquiring
        except BaseException:  # the client whose DDL this is has gone
            if not acquiring.cancel():
                self._backend_lock.release()
            raise

    def close(self) -> None:
        """The session ends; what is open is rolled back by PostgreSQL when the backend's connection closes."""
        self._is_closed = True
        transaction, self.transaction = self.transaction, None
        if transaction is not None:
            transaction.is_over = True
            self.cluster.log.closed(transaction)
        self.backend.close()

    async def running(self, work: Awaitable[_T]) -> _T:
        """Do the work for one client message, remembering that it is under way."""
        await self._has_entered.wait()
        self.is_running = True
        self._is_interrupted = self._interrupts > 0
        result = await work
        self.is_running = False
        return result
