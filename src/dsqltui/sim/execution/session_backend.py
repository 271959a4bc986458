"""One session's PostgreSQL backend, and what other sessions may ask of it: to give way.

Aurora DSQL's transactions never wait for each other (dsql facts 3). PostgreSQL's would, for rows and for DDL: whoever
waits has the holder of the lock set aside, evicted or stopped.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from functools import partial
from typing import TypeVar

from dsqltui.sim.cluster.shared_cluster import SharedCluster
from dsqltui.sim.execution.backend_lock import BackendLock
from dsqltui.sim.execution.client_errors import ClientErrors
from dsqltui.sim.execution.kept_settings import Settings, set_again, settings_of
from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.relay import Relay, Sink
from dsqltui.sim.pg.wire import Frames, PgError
from dsqltui.sim.transactions.acting import Acting
from dsqltui.sim.transactions.phase import Phase
from dsqltui.sim.transactions.schema_history import SessionSchema
from dsqltui.sim.transactions.transaction import Transaction

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_PATIENCE_S = 1.0
"""How long another session's running statement may be in the way before it is stopped."""
_CANCEL_ATTEMPTS = 40


@contextmanager
def _unless_it_goes() -> Iterator[None]:
    """What another session asks of this one is done, unless the client goes meanwhile and PostgreSQL's process with it:
    that one gives everything up by itself, and who asked goes on."""
    try:
        yield
    except OSError as gone:
        _log.info("a session has gone while it gave way: %s", gone)


class _Pushing:
    """What `SessionBackend.pushing` gives."""

    __slots__ = ("_session",)

    def __init__(self, session: "SessionBackend") -> None:
        self._session = session

    def __enter__(self) -> None:
        self._session.cluster.waiting.begins(self._session)

    def __exit__(self, *_: object) -> None:
        self._session.cluster.waiting.ends(self._session)


class _Talking:
    """What `SessionBackend.talking` and `running_statement` give."""

    __slots__ = ("_lock", "_runs_statement", "_session")

    def __init__(self, session: "SessionBackend", lock: asyncio.Lock, *, runs_statement: bool) -> None:
        self._session = session
        self._lock = lock
        self._runs_statement = runs_statement

    async def __aenter__(self) -> Backend:
        session = self._session
        await self._lock.acquire()
        if self._runs_statement and session.transaction is not None and session.transaction.is_evicted:
            self._lock.release()
            raise session.errors.schema_conflict()
        return session.backend

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


class SessionBackend:
    """The backend with its lock, the client's open transaction in it, and the way of replies to `client`."""

    def __init__(
        self,
        cluster: SharedCluster,
        backend: Backend,
        client: Sink,
        client_frames: Frames,
        abandon: Callable[[], None],
    ) -> None:
        """`abandon` ends the client's connection at once."""
        self.cluster = cluster
        self.backend = backend
        self.client = client
        settings = cluster.settings
        self.schema = SessionSchema(cluster.schema, settings.oc001_scope, tells_idle=settings.tells_idle_sessions)
        self.acting = Acting(backend, cluster.word, cluster.let_act)
        self.errors = ClientErrors(self.schema)
        self.relay = Relay(backend, client_frames, self.errors.for_client, self._copies)
        self._backend_lock = BackendLock()
        self._talking = _Talking(self, self._backend_lock, runs_statement=False)
        self._running = _Talking(self, self._backend_lock, runs_statement=True)
        self._pushing = _Pushing(self)
        self._abandon = abandon
        self._is_closed = False
        self._is_committing = False
        """It holds the commit lock, and gives way to nobody."""
        self._pushers: list[Callable[[], Awaitable[None]]] = []
        """Ask the sessions that had the open transaction set aside to give its rows back."""
        self._interrupts = 0
        """Cancel requests of `interrupt` under way; they may meet the next statement."""
        self.foreign_uses = 0
        """How often another session used the backend; its unnamed statement is gone then."""
        self.is_running = False
        """A client message is being worked on; it stays so when the client goes in the middle of it."""
        self.reconnect: Callable[[], Awaitable[Backend]] | None = None
        """Opens a backend like the first one."""
        self.moves = 0
        """How often the session has gone over to another backend; see `leave` and `exchange`."""
        self.wear = 0
        """DDL statements that the backend has run, and private copies of tables that it has had."""
        self._kept_settings: Settings = []
        self._has_entered = asyncio.Event()
        self._has_entered.set()

    @property
    def transaction(self) -> Transaction | None:
        """The client's open one."""
        return self.errors.transaction

    @transaction.setter
    def transaction(self, transaction: Transaction | None) -> None:
        self.errors.transaction = transaction

    @property
    def is_in_transaction(self) -> bool:
        """Whether the client has begun a transaction that is not over."""
        return self.transaction is not None and not self.transaction.is_over

    def _copies(self) -> Mapping[int, int]:
        return {} if self.transaction is None else self.transaction.shadows.oids

    def talking(self) -> AbstractAsyncContextManager[Backend]:
        """Have the backend to oneself."""
        return self._talking

    def running_statement(self) -> AbstractAsyncContextManager[Backend]:
        """Have the backend for a statement of the client. Raises OC001 when the transaction was ended meanwhile: the
        statement must not run outside it."""
        return self._running

    def pushing(self) -> AbstractContextManager[None]:
        """While PostgreSQL runs something of this session that may wait for rows of others: set those aside."""
        return self._pushing

    @property
    def pid(self) -> int:
        """PostgreSQL's process of the backend."""
        return self.backend.pid

    async def push(self, pids: Sequence[int]) -> None:
        """Set aside the sessions with these processes: a statement of this one waits for them."""
        for other in self.cluster.sessions_of(pids):
            if other is not self:
                await other.set_aside(partial(self._give_back, self.transaction))

    async def push_back(self) -> None:
        """Before a COMMIT that does its transaction again: who had it set aside gives the rows back at once, before
        anything waits for them. The session's own backend lock is free."""
        pushers, self._pushers = self._pushers, []
        for gives_back in pushers:
            await gives_back()

    async def _give_back(self, transaction: Transaction | None) -> None:
        """Who was set aside for this transaction commits: be set aside in turn, unless a statement runs."""
        if transaction is not None and self.transaction is transaction and not self._backend_lock.locked():
            await self.set_aside(None)

    async def evict(self) -> None:
        """Another session changes what this one uses. An idle transaction is ended here and now; a running statement
        first."""
        transaction = self.transaction
        if transaction is None or transaction.is_over or transaction.phase in (Phase.EVICTED, Phase.FAILED):
            return
        has_begun = transaction.phase is not Phase.NEW
        transaction.go(Phase.EVICTED)
        self.relay.stop_copy()
        with _unless_it_goes():
            if has_begun:
                await self._acquire_by_cancelling()
            else:
                await self._backend_lock.acquire()
            try:
                if not (transaction.is_over or self._is_closed):
                    await transaction.evict()
            finally:
                self._backend_lock.release()

    async def set_aside(self, gives_back: Callable[[], Awaitable[None]] | None) -> None:
        """Another session's statement waits for rows that this one's transaction has changed: undo it for now.
        `gives_back` asks that one for them, when this one commits.

        A statement that does not end soon is stopped, and its transaction has lost: others do not wait for it. One that
        commits is waited for: nobody stands in its way for long.
        """
        if self._is_committing:
            return
        with _unless_it_goes():
            await self._give_way(gives_back)

    async def _give_way(self, gives_back: Callable[[], Awaitable[None]] | None) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._backend_lock.acquire()
        except TimeoutError:
            if self.transaction is not None:
                self.transaction.go(Phase.OUTRUN)
            self.relay.stop_copy()
            await self._acquire_by_cancelling()
        try:
            transaction = self.transaction
            if transaction is None or self._is_closed:
                return
            self.foreign_uses += 1
            if gives_back is not None:
                self._pushers.append(gives_back)
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
            self.errors.is_interrupted = True
            self._interrupts += 1
            try:
                with _unless_it_goes():
                    await self.backend.cancel()
            finally:
                self._interrupts -= 1

    async def leave(self) -> None:
        """The database is about to be exchanged for another one: give up the open transaction and the backend, which
        stays taken until `enter`."""
        self._has_entered.clear()
        await self.evict()
        self.errors.is_interrupted = self._backend_lock.locked()
        await self._acquire_by_cancelling()
        self.moves += 1
        try:
            self._kept_settings = await settings_of(self.backend)
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
            self._use(backend)
            self.schema.refresh()
            await set_again(backend, self._kept_settings)
        except (PgError, OSError) as error:
            _log.info("a session could not go over to the other database: %s", error)
            self._abandon()
        finally:
            if self._is_closed:  # the client has gone meanwhile
                self.backend.close()
            self._backend_lock.release()
            self._has_entered.set()

    def _use(self, backend: Backend) -> None:
        self.backend = backend
        self.relay.move_to(backend)
        self.acting = Acting(backend, self.cluster.word, self.cluster.let_act)

    async def exchange(self, fresh: Backend, moves: int) -> bool:
        """Go on with another backend of the same database, unless a transaction is open, or it has been exchanged
        meanwhile: `moves` is from before it was opened. The settings are kept. Raises PgError, OSError."""
        async with self.talking() as backend:
            if self.moves != moves or self.transaction is not None or self._is_closed:
                return False
            await set_again(fresh, await settings_of(backend))
            self.moves += 1
            self._use(fresh)
            backend.close()
            return True

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
        self._backend_lock.forget()
        self.cluster.beginning.discard(self._backend_lock)
        self.backend.close()

    async def running(self, work: Awaitable[_T]) -> _T:
        """Do the work for one client message, remembering that it is under way."""
        await self._has_entered.wait()
        self.is_running = True
        self.errors.is_interrupted = self._interrupts > 0
        result = await work
        self.is_running = False
        return result
