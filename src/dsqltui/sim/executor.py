"""Runs statements for one session, whatever protocol they came by: relay, transactions, commit, eviction.

Lock order: the cluster's commit lock first, then the session's backend lock. The backend lock is held while anybody
talks to the session's PostgreSQL backend, so that another session's DDL can evict an idle transaction directly.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from dsqltui.sim import refusals, wire
from dsqltui.sim.analysis import Analysis, Name, Nature
from dsqltui.sim.backend import FAILED, IDLE, IN_TRANSACTION, Backend
from dsqltui.sim.cluster import Cluster
from dsqltui.sim.rewrite import Rewritten
from dsqltui.sim.rules.transactions import refuse_in_transaction
from dsqltui.sim.shadow import Relation
from dsqltui.sim.transaction import ROWS_THAT_MAY_BE_TOO_LARGE, Transaction, changed_rows
from dsqltui.sim.wire import Frames, PgError

_T = TypeVar("_T")
_DEMOTION_PATIENCE_S = 1.0
_STATEMENT_ENDS = b"ZECG"
_STEP_ENDS = b"ZECGIs123nT"
_COUNTED_STEPS = frozenset({b"1", b"2", b"3", b"C", b"I", b"s", b"T", b"n"})
_MUCH_WRITTEN = 100 * 1024
"""Bytes of PostgreSQL's log. It holds compressed values, and PostgreSQL's compression makes them 91 times smaller at
most: 10 MiB leave 115 KiB there."""
_CANCEL_ATTEMPTS = 40
_CANCELLED = "57014"


class Sink(Protocol):
    """Where replies go."""

    def write(self, data: bytes, /) -> None: ...

    async def drain(self) -> None: ...


class Held:
    """Replies kept until the outcome is known."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes, /) -> None:
        self.data += data

    async def drain(self) -> None:
        return


@dataclass(slots=True)
class Reply:
    """How a relayed statement ended."""

    tag: str = ""
    held: bytes = b""
    """The CommandComplete that was kept back."""
    error: PgError | None = None
    """The error, as the client was told it."""
    is_cancelled: bool = False
    """PostgreSQL gave up on a timeout or a cancel request."""
    parsed: int = 0
    """Parse messages that succeeded; counted only for so many steps."""


class Executor:
    """The statements of one session. `client` gets the replies."""

    def __init__(
        self,
        cluster: Cluster,
        backend: Backend,
        role: str,
        client: Sink,
        client_frames: Frames,
        abandon: Callable[[], None],
    ) -> None:
        self.cluster = cluster
        self.backend = backend
        self.role = role
        self.client = client
        self._client_frames = client_frames
        self.transaction: Transaction | None = None
        self._backend_lock = asyncio.Lock()
        self._abandon = abandon
        self._copying: asyncio.Future[None] | None = None
        """COPY data on its way from the client."""
        self.copies_from_client = 0
        """COPY FROM STDIN statements that began."""
        self._is_closed = False
        self._schema_has_changed = False
        """Another session's DDL was committed since the last statement on a table."""
        self._is_interrupted = False
        """Another session's DDL stopped the statement that runs."""
        self._interrupts = 0
        """Cancel requests of that kind under way; they may meet the next statement."""
        self.foreign_uses = 0
        """How often another session used the backend; its unnamed statement is gone then."""
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
        if self._schema_has_changed and analysis.touches_tables and not self.has_failed:
            self._schema_has_changed = False
            raise refusals.SCHEMA_CONFLICT.error()
        transaction = self.transaction
        if transaction is None or analysis.is_control or self.has_failed:
            return
        if transaction.is_evicted:
            raise refusals.SCHEMA_CONFLICT.error()
        too_old = self.cluster.faults.transaction_error(transaction.opened_at)
        if too_old is not None:
            raise too_old
        if transaction.is_explicit:
            refuse_in_transaction(analysis.words)

    def schema_changed(self) -> None:
        """Another session committed DDL; an evicted transaction hears of it by that."""
        self._schema_has_changed = self.transaction is None or not self.transaction.is_evicted

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
                raise refusals.SCHEMA_CONFLICT.error()
            yield self.backend

    # -- what a statement writes

    async def targets(self, analysis: Analysis) -> tuple[Name, ...]:
        """Relations the statement writes or flags, also through SQL functions it calls."""
        catalog = self.cluster.catalog
        if not analysis.calls:
            return analysis.targets
        if not catalog.knows_functions:
            backend = await self.cluster.open_superuser()
            try:
                await catalog.load_functions(backend)
            finally:
                backend.close()
        return analysis.targets + catalog.written_by(analysis.calls)

    async def make_writable(self, names: tuple[Name, ...], analysis: Analysis) -> None:
        """Let the open transaction write these relations, or flag their rows: on shadows, or in place where a table is
        large and nobody else wants it. The backend is not held. Raises PgError."""
        if not names:
            return
        locks = analysis.locks_exclusively
        if analysis.copies_in and self._transaction.is_in_place:  # it may wait for its client: nobody must for it
            await self.demote()
        async with self.running_statement():
            large = await self._transaction.ensure_shadows(names, locks=locks)
        for relation in large:
            async with self.cluster.commit_lock:
                is_claimed = not analysis.copies_in and self._claim(relation)
            if not is_claimed and self._transaction.is_in_place:
                await self.demote()
            async with self.running_statement():
                if is_claimed and self.cluster.in_place.get(relation.oid) is self:
                    await self._transaction.write_in_place(relation)
                else:
                    await self._transaction.copy(relation)

    def _claim(self, relation: Relation) -> bool:
        """Whether the table may be written in place: nobody does, and nothing was committed since the snapshot."""
        transaction, cluster = self._transaction, self.cluster
        if transaction.is_over or cluster.log.must_check(transaction):
            return False
        return cluster.in_place.setdefault(relation.oid, self) is self

    @property
    def _transaction(self) -> Transaction:
        if self.transaction is None:
            raise AssertionError("no transaction is open")
        return self.transaction

    # -- transactions

    async def open_transaction(self, *, is_explicit: bool, is_read_only: bool = False) -> Transaction:
        """Begin one in the backend. The backend is held."""
        transaction = Transaction(
            self.backend,
            self.role,
            self.cluster.log,
            self.cluster.catalog,
            self.cluster.settings.transaction_row_limit,
            is_explicit=is_explicit,
            opened_at=self.cluster.faults.now(),
        )
        self.transaction = transaction
        try:
            await transaction.begin(is_read_only=is_read_only)
        except PgError:
            self.transaction = None
            await transaction.roll_back()
            raise
        except BaseException:
            self.cluster.log.closed(transaction)
            self.transaction = None
            raise
        return transaction

    async def commit(self) -> str:
        """End the transaction; its command tag. Raises PgError when it lost; the session is idle either way."""
        transaction = self.transaction
        if transaction is None:
            return "COMMIT"
        if self.has_failed:
            return await self.roll_back()
        faults = self.cluster.faults
        try:
            writes = transaction.has_dml or transaction.has_ddl
            loses = writes and faults.next_commit_conflicts()
            if writes:
                await faults.before_commit()
            async with self.cluster.commit_lock:
                if transaction.is_evicted:
                    raise refusals.SCHEMA_CONFLICT.error()
                too_old = faults.transaction_error(transaction.opened_at)
                if too_old is not None or loses:
                    async with self.talking():
                        await transaction.roll_back()
                    raise too_old or refusals.DATA_CONFLICT.error()
                if transaction.has_ddl:
                    await self.cluster.evict_others(self)
                await self.cluster.demote_others(self, transaction.shadowed_oids)
                async with self.talking():
                    await transaction.commit(self.cluster.open_superuser)
                if transaction.has_ddl:
                    self.cluster.schema_changed_by(self)
        finally:
            self.transaction = None
            self.cluster.release(self)
            if transaction.has_ddl:  # also when the client went in the middle: it may be committed all the same
                self.cluster.catalog.changed()
        return "COMMIT"

    async def roll_back(self) -> str:
        """Undo the transaction; its command tag."""
        transaction, self.transaction = self.transaction, None
        if transaction is not None and not transaction.is_over:
            async with self.talking():
                await transaction.roll_back()
        self.cluster.release(self)
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
            self.cluster.release(self)

    # -- relay

    async def relay(
        self, sink: Sink, rewritten: Rewritten, *, steps: int | None = None, holds_tag: bool = False
    ) -> Reply:
        """Forward PostgreSQL's replies until ReadyForQuery (not forwarded), or for so many extended-protocol steps.

        With `holds_tag` the last CommandComplete is kept back. Errors reach the client with DSQL's words and with
        positions in the text it sent.
        """
        reply = Reply()
        frames = self.backend.frames
        ends = _STATEMENT_ENDS if steps is None else _STEP_ENDS
        while True:
            chunk = await frames.run(ends)
            if chunk:
                sink.write(chunk)
                await sink.drain()
                continue
            kind, body = await frames.one()
            if kind == b"Z":
                self.backend.status = body
                return reply
            if kind == b"E":
                error = PgError.from_body(body)
                reply.is_cancelled = error.sqlstate == _CANCELLED
                reply.error = self.for_client(error, rewritten)
                sink.write(reply.error.frame())
                if steps is not None:
                    return reply
                continue
            frame = wire.message(kind, body)
            reply.parsed += kind == b"1"
            if kind == b"C":
                reply.tag = body[:-1].decode()
            if kind == b"C" and holds_tag and steps in (None, 1):
                reply.held = frame
            else:
                sink.write(frame)
            if kind == b"G":
                await sink.drain()
                await self._copy_in()
            if steps is not None and kind in _COUNTED_STEPS:
                steps -= 1
                if steps == 0:
                    return reply

    async def _copy_in(self) -> None:
        """Forward COPY data to the backend until the client ends it, or DDL of others ends it before."""
        self.copies_from_client += 1
        copying = self._copying = asyncio.ensure_future(self._forward_copy())
        try:
            await asyncio.wait({copying})
            if copying.cancelled():  # evicted: what the client still sends is ignored
                self.backend.send(wire.message(b"f", wire.cstring("")))
            else:
                copying.result()
        finally:
            copying.cancel()
            self._copying = None

    async def _forward_copy(self) -> None:
        frames = self._client_frames
        while True:
            chunk = await frames.run(b"cfSHQPBEDCX")
            if chunk:
                self.backend.send(chunk)
                await self.backend.drain()
                continue
            kind, body = await frames.one()
            if kind in (b"S", b"H"):  # extended protocol: allowed and without meaning here
                continue
            if kind not in (b"c", b"f"):
                raise wire.ProtocolViolation("unexpected message during COPY")
            # PostgreSQL ignored the Flush that was sent with an extended COPY, as it does all until here
            self.backend.send(wire.message(kind, body) + wire.message(b"H"))
            return

    def tell(self, error: PgError) -> None:
        """Report an error of ours, or of internal SQL that another session's DDL cancelled."""
        self.client.write((self._conflict_behind(error) or error).frame())

    def _conflict_behind(self, error: PgError) -> PgError | None:
        """What another session did, when it is behind the error."""
        if error.sqlstate != _CANCELLED:
            return None
        transaction = self.transaction
        if self._is_interrupted or (transaction is not None and transaction.is_evicted):
            return refusals.SCHEMA_CONFLICT.error()
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
        fields = error.fields
        if "P" in fields:
            fields["P"] = str(rewritten.original_position(int(fields["P"])))
        if self.transaction is not None:
            if fields.get("s", "").startswith("pg_temp"):
                schema = self.transaction.real_schema(fields.get("t", ""))
                fields.pop("s")
                if schema is not None:
                    fields["s"] = schema
            for code in fields.keys() & {"M", "t", "n"}:
                fields[code] = self.transaction.real_names(fields[code])
        return error

    # -- autocommit writes

    async def write_directly(self, sends: bytes, *, steps: int | None, lead: int = 0) -> bytes | None:
        """Run one write and commit it in PostgreSQL itself: allowed while no other transaction is open.

        The replies for the client, or None when it has to go through a shadow: others are open, it took so long that it
        would hold up their commits, or it wrote so much that its size must be known exactly. Raises PgError when the
        commit is refused. `lead` characters stand before the statement in what the client sent.
        """
        cluster = self.cluster
        async with cluster.commit_lock:
            if not cluster.log.is_alone() or cluster.faults.is_at_commits:
                return None
            limit_ms = max(1, int(cluster.settings.direct_write_s * 1000))
            held = Held()
            async with self.talking() as backend:
                begin = (
                    f"BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL statement_timeout = {limit_ms}; "
                    "SELECT pg_current_wal_insert_lsn()"
                )
                backend.send(wire.query(begin) + sends)
                written_before = (await backend.reply())[0][0] or "0/0"
                try:
                    reply = await self.relay(held, Rewritten("", lead=lead), steps=steps, holds_tag=True)
                    commits = reply.error is None and self._is_within_limit(reply.tag)
                    is_small = changed_rows(reply.tag) < ROWS_THAT_MAY_BE_TOO_LARGE
                    commit = wire.query("COMMIT")
                    backend.send((wire.message(b"S") if steps is not None else b"") + (commits and is_small) * commit)
                    if steps is not None:
                        await self.sync(backend)
                    if commits and not is_small:
                        if await _has_written_much(backend, written_before):
                            return None
                        backend.send(commit)
                    if commits:
                        await backend.reply()
                        cluster.log.committed(None, {})  # whoever began meanwhile has an older snapshot
                    elif reply.error is None:
                        raise refusals.ROW_LIMIT.error()
                finally:
                    if backend.status != IDLE:
                        await backend.query("ROLLBACK")
                if reply.is_cancelled:
                    return None
        return bytes(held.data) + reply.held

    async def sync(self, backend: Backend) -> None:
        """Read up to ReadyForQuery; nothing else is expected before it."""
        while True:
            kind, body = await backend.frames.one()
            if kind == b"Z":
                backend.status = body
                return

    def _is_within_limit(self, tag: str) -> bool:
        return changed_rows(tag) <= self.cluster.settings.transaction_row_limit

    # -- what other sessions ask of this one

    async def evict(self, *, spares_autocommit: bool = False) -> None:
        """Another session changes the schema. An idle transaction is ended here and now; a running statement first."""
        transaction = self.transaction
        if transaction is None or transaction.is_over or transaction.is_evicted:
            return
        if spares_autocommit and not transaction.is_explicit:
            return
        transaction.is_evicted = True
        if self._copying is not None:
            self._copying.cancel()
        if transaction.has_begun:
            await self._acquire_by_cancelling()
        else:
            await self._backend_lock.acquire()
        try:
            if not (transaction.is_over or self._is_closed):
                await transaction.evict()
        finally:
            self.cluster.release(self)
            self._backend_lock.release()

    async def demote(self) -> None:
        """Undo what the transaction wrote in place and do it again on shadows, once its statement has ended.

        A statement that does not end soon is stopped, and its transaction has lost: others do not wait for it.
        """
        try:
            async with asyncio.timeout(_DEMOTION_PATIENCE_S):
                await self._backend_lock.acquire()
        except TimeoutError:
            if self.transaction is not None:
                self.transaction.is_outrun = True
            await self._acquire_by_cancelling()
        try:
            self.foreign_uses += 1
            self.cluster.release(self)
            transaction = self.transaction
            if transaction is None or self._is_closed:
                return
            observer = await self.cluster.open_superuser()
            try:
                await transaction.move_to_shadows(observer)
            finally:
                observer.close()
        finally:
            self._backend_lock.release()

    async def interrupt(self) -> None:
        """Another session's DDL waits for a running statement of this one: stop it."""
        if self._backend_lock.locked() and not self._is_closed:
            self._is_interrupted = True
            self._interrupts += 1
            try:
                await self.backend.cancel()
            finally:
                self._interrupts -= 1

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
        self.cluster.release(self)
        self.backend.close()

    async def running(self, work: Awaitable[_T]) -> _T:
        """Do the work for one client message, remembering that it is under way."""
        self.is_running = True
        self._is_interrupted = self._interrupts > 0
        result = await work
        self.is_running = False
        return result


async def _has_written_much(backend: Backend, since: str) -> bool:
    """Whether PostgreSQL's log grew so much since that position that the size limit may have been reached."""
    rows = await backend.query(f"SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '{since}') > {_MUCH_WRITTEN}")
    return rows[0][0] == "t"
