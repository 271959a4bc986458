"""Runs statements for one session, whatever protocol they came by: relay, transactions, commit, eviction.

Lock order: the cluster's commit lock first, then the session's backend lock. The backend lock is held while anybody
talks to the session's PostgreSQL backend, so that another session's DDL can evict an idle transaction directly.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeVar

from dsqltui.core.lexer import quote_identifier as ident
from dsqltui.core.lexer import quote_literal as literal
from dsqltui.sim import iam, jobs, refusals, wire
from dsqltui.sim.analysis import Analysis, Name, Nature
from dsqltui.sim.backend import FAILED, IDLE, IN_TRANSACTION, Backend
from dsqltui.sim.cluster import Cluster
from dsqltui.sim.rewrite import Rewritten
from dsqltui.sim.shadow import Relation
from dsqltui.sim.transaction import Transaction, changed_rows
from dsqltui.sim.wire import TEXT_OID, Frames, PgError

_T = TypeVar("_T")
_STATEMENT_ENDS = b"ZECG"
_STEP_ENDS = b"ZECGIs123nT"
_COUNTED_STEPS = frozenset({b"1", b"2", b"3", b"C", b"I", b"s", b"T", b"n"})
_FIRST_LOCK_TIMEOUT_MS = 20
_LOCK_TIMEOUT_MS = 200
_DDL_ATTEMPTS = 20
_CANCEL_ATTEMPTS = 40
_CANCELLED = "57014"
_LOCK_NOT_AVAILABLE = "55P03"


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


class Own(Enum):
    """Statements the simulator answers itself instead of relaying their text."""

    CONTROL = "BEGIN, COMMIT, ROLLBACK"
    DDL = "DDL, relayed under the commit lock"
    INDEX = "CREATE INDEX ASYNC"
    IAM = "AWS IAM GRANT and REVOKE"

    @property
    def columns(self) -> tuple[tuple[str, int], ...]:
        """The result columns: (name, type oid)."""
        return (("job_id", TEXT_OID),) if self is Own.INDEX else ()


def own_kind(analysis: Analysis) -> Own | None:
    """Who answers the statement; None for PostgreSQL."""
    if analysis.is_control:
        return Own.CONTROL
    if analysis.nature is not Nature.DDL:
        return None
    if iam.is_iam_command(analysis.words):
        return Own.IAM
    return Own.INDEX if "async" in analysis.words[2:4] and "index" in analysis.words[1:3] else Own.DDL


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
        self._cluster = cluster
        self.backend = backend
        self._role = role
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
        self._is_interrupted = False
        """Another session's DDL stopped the statement that runs."""
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
        if self.transaction is not None and self.transaction.is_evicted and not analysis.is_control:
            raise refusals.SCHEMA_CONFLICT.error()

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
        catalog = self._cluster.catalog
        if not analysis.calls:
            return analysis.targets
        if not catalog.knows_functions:
            backend = await self._cluster.open_superuser()
            try:
                await catalog.load_functions(backend)
            finally:
                backend.close()
        return analysis.targets + catalog.written_by(analysis.calls)

    async def make_writable(self, names: tuple[Name, ...], *, locks: bool) -> None:
        """Let the open transaction write these relations, or with `locks` flag their rows: on shadows, or in place
        where a table is large and nobody else wants it. The backend is not held. Raises PgError."""
        if not names:
            return
        async with self.running_statement():
            large = await self._transaction.ensure_shadows(names, locks=locks)
        for relation in large:
            async with self._cluster.commit_lock:
                is_claimed = self._claim(relation)
            if not is_claimed and self._transaction.is_in_place:
                await self.demote()
            async with self.running_statement():
                if is_claimed and self._cluster.in_place.get(relation.oid) is self:
                    await self._transaction.write_in_place(relation)
                else:
                    await self._transaction.copy(relation)

    def _claim(self, relation: Relation) -> bool:
        """Whether the table may be written in place: nobody does, and nothing was committed since the snapshot."""
        transaction, cluster = self._transaction, self._cluster
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
            self._role,
            self._cluster.log,
            self._cluster.catalog,
            self._cluster.settings.transaction_row_limit,
            is_explicit=is_explicit,
        )
        self.transaction = transaction
        try:
            await transaction.begin(is_read_only=is_read_only)
        except BaseException:
            self._cluster.log.closed(transaction)
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
        try:
            async with self._cluster.commit_lock:
                if transaction.is_evicted:
                    raise refusals.SCHEMA_CONFLICT.error()
                if transaction.has_ddl:
                    await self._cluster.evict_others(self)
                await self._cluster.demote_others(self, transaction.shadowed_oids)
                async with self.talking():
                    await transaction.commit(self._cluster.open_superuser)
        finally:
            self.transaction = None
            self._cluster.release(self)
        return "COMMIT"

    async def roll_back(self) -> str:
        """Undo the transaction; its command tag."""
        transaction, self.transaction = self.transaction, None
        if transaction is not None and not transaction.is_over:
            async with self.talking():
                await transaction.roll_back()
        self._cluster.release(self)
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
            self._cluster.release(self)

    # -- statements the simulator answers

    async def run_own(self, own: Own, analysis: Analysis, sql: str, lead: int = 0) -> bytes:
        """Run one; its rows and its CommandComplete for the client. Raises PgError.

        `lead` characters stand before it in what the client sent.
        """
        if own is Own.CONTROL:
            return await self._control(analysis)
        if self.transaction is not None:
            self.transaction.check_order(Nature.DDL)
        if own is Own.DDL:
            return await self._run_ddl(Rewritten(sql, lead=lead))
        if own is Own.INDEX:
            job_id = await self._submit_index(sql, lead)
            return wire.data_row([job_id]) + wire.command_complete("CREATE INDEX")
        command = iam.parse_iam_command(sql)
        await self._run_iam(command)
        return wire.command_complete(command.tag)

    async def _control(self, analysis: Analysis) -> bytes:
        transaction = self.transaction
        warning = b""
        if analysis.nature is Nature.BEGIN:
            if transaction is None:
                said = " ".join(analysis.words)
                async with self.talking():
                    await self.open_transaction(is_explicit=True, is_read_only="read only" in said)
            elif transaction.is_explicit:
                warning = wire.notice("WARNING", "25001", "there is already a transaction in progress")
            else:
                transaction.is_explicit = True  # BEGIN inside a multi-statement string takes over what ran before it
            return warning + wire.command_complete("BEGIN")
        if transaction is None or not transaction.is_explicit:
            warning = wire.notice("WARNING", "25P01", "there is no transaction in progress")
        tag = await (self.commit() if analysis.nature is Nature.COMMIT else self.roll_back())
        return warning + wire.command_complete(tag)

    async def _run_ddl(self, statement: Rewritten) -> bytes:
        """Run DDL. It never waits for open transactions or running statements of others: they are evicted.

        Statements that fail by themselves, with a syntax error or a name that is taken, evict nobody.
        """
        async with self._cluster.commit_lock:
            if self.transaction is not None:  # there is no second attempt in a transaction
                await self._cluster.evict_others(self)
            for attempt in range(_DDL_ATTEMPTS):
                held = Held()
                async with self.talking() as backend:
                    timeout_ms = _LOCK_TIMEOUT_MS if attempt or self.transaction else _FIRST_LOCK_TIMEOUT_MS
                    backend.send(wire.query(f"SET lock_timeout = {timeout_ms}"))
                    backend.send(wire.query(statement.text) + wire.query("RESET lock_timeout"))
                    await backend.reply()
                    reply = await self.relay(held, statement)
                    in_failed_transaction = backend.status == FAILED
                    await self._ignore_failed_transaction(backend)
                is_blocked = reply.error is not None and reply.error.sqlstate == _LOCK_NOT_AVAILABLE
                if not is_blocked or in_failed_transaction:
                    break
                await self._cluster.evict_others(self)
                if attempt:
                    await self._cluster.interrupt_others(self)
            if reply.error is None and self.transaction is None:
                await self._cluster.evict_others(self)
                self._cluster.catalog.changed()
        if reply.error is not None:
            raise reply.error
        return bytes(held.data)

    async def _ignore_failed_transaction(self, backend: Backend) -> None:
        """Read the reply of a RESET that a failed transaction refuses."""
        try:
            await backend.reply()
        except PgError as error:
            if error.sqlstate != refusals.TRANSACTION_FAILED.sqlstate:
                raise

    async def _submit_index(self, sql: str, lead: int) -> str:
        command = jobs.parse_index_command(sql)
        if command is None:
            raise PgError("42601", 'syntax error at or near "async"')
        job_id = jobs.new_job_id()

        async def start() -> None:
            self._cluster.start_job(job_id)

        async with self._in_ddl_transaction() as transaction, self.talking() as backend:
            try:
                made = await jobs.make_index(backend, command)
            except PgError as error:
                raise self._for_client(error, command.rewritten.behind(lead)) from None
            await self._as_superuser(backend, jobs.submission(job_id, made))
            transaction.at_commit.append(start)
        return job_id

    async def _run_iam(self, command: iam.IamCommand) -> None:
        async with self._in_ddl_transaction(), self.talking() as backend:
            known = await backend.query(f"SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {literal(command.role)}")
            if not known:
                raise iam.NO_SUCH_ROLE.error(role=command.role)
            if self._role != "admin":
                raise iam.NOT_ADMIN.error(role=command.role)
            await self._as_superuser(backend, command.sql(self._role))

    @asynccontextmanager
    async def _in_ddl_transaction(self) -> AsyncIterator[Transaction]:
        """The open transaction, or one of its own that is committed at the end."""
        if self.transaction is not None:
            yield self.transaction
            return
        async with self.talking():
            transaction = await self.open_transaction(is_explicit=False)
        transaction.has_ddl = True
        try:
            yield transaction
        except BaseException:
            await self.roll_back()
            raise
        await self.commit()

    async def _as_superuser(self, backend: Backend, sql: str) -> None:
        await backend.query(f"RESET SESSION AUTHORIZATION; {sql}; SET SESSION AUTHORIZATION {ident(self._role)}")

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
                reply.error = self._for_client(error, rewritten)
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
        self.client.write((refusals.SCHEMA_CONFLICT.error() if self._is_evicted_by(error) else error).frame())

    def _is_evicted_by(self, error: PgError) -> bool:
        """Whether another session's DDL is behind the error."""
        is_evicted = self.transaction is not None and self.transaction.is_evicted
        return error.sqlstate == _CANCELLED and (is_evicted or self._is_interrupted)

    def _for_client(self, error: PgError, rewritten: Rewritten) -> PgError:
        """PostgreSQL's error as Aurora DSQL would give it."""
        if self._is_evicted_by(error):
            return refusals.SCHEMA_CONFLICT.error()
        if error.sqlstate in ("40001", "40P01"):
            return refusals.DATA_CONFLICT.error()
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

        The replies for the client, or None when it has to go through a shadow: others are open, or it took so long
        that it would hold up their commits. Raises PgError when the commit is refused. `lead` characters stand before
        the statement in what the client sent.
        """
        cluster = self._cluster
        async with cluster.commit_lock:
            if not cluster.log.is_alone():
                return None
            limit_ms = max(1, int(cluster.settings.direct_write_s * 1000))
            held = Held()
            async with self.talking() as backend:
                begin = f"BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL statement_timeout = {limit_ms}"
                backend.send(wire.query(begin) + sends)
                await backend.reply()
                try:
                    reply = await self.relay(held, Rewritten("", lead=lead), steps=steps, holds_tag=True)
                    commits = reply.error is None and self._is_within_limit(reply.tag)
                    backend.send((wire.message(b"S") if steps is not None else b"") + commits * wire.query("COMMIT"))
                    if steps is not None:
                        await self.sync(backend)
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
        return changed_rows(tag) <= self._cluster.settings.transaction_row_limit

    # -- what other sessions ask of this one

    async def evict(self) -> None:
        """Another session changes the schema. An idle transaction is ended here and now; a running statement first."""
        transaction = self.transaction
        if transaction is None or transaction.is_over or transaction.is_evicted:
            return
        transaction.is_evicted = True
        if self._copying is not None:
            self._copying.cancel()
        await self._acquire_by_cancelling()
        try:
            if not (transaction.is_over or self._is_closed):
                await transaction.evict()
        finally:
            self._cluster.release(self)
            self._backend_lock.release()

    async def demote(self) -> None:
        """Undo what the transaction wrote in place and do it again on shadows, once its statement has ended."""
        async with self._backend_lock:
            self.foreign_uses += 1
            self._cluster.release(self)
            transaction = self.transaction
            if transaction is None or self._is_closed:
                return
            observer = await self._cluster.open_superuser()
            try:
                await transaction.move_to_shadows(observer)
            finally:
                observer.close()

    async def interrupt(self) -> None:
        """Another session's DDL waits for a running statement of this one: stop it."""
        if self._backend_lock.locked() and not self._is_closed:
            self._is_interrupted = True
            await self.backend.cancel()

    async def _acquire_by_cancelling(self) -> None:
        """Get the backend, cancelling what runs on it; a client that does not read its rows loses the session."""
        acquiring = asyncio.ensure_future(self._backend_lock.acquire())
        for attempt in range(_CANCEL_ATTEMPTS):
            done, _ = await asyncio.wait({acquiring}, timeout=0.005 if attempt == 0 else 0.05)
            if done:
                return
            await self.backend.cancel()
        self._abandon()
        await acquiring

    def close(self) -> None:
        """The session ends; what is open is rolled back by PostgreSQL when the backend's connection closes."""
        self._is_closed = True
        transaction, self.transaction = self.transaction, None
        if transaction is not None:
            transaction.is_over = True
            self._cluster.log.closed(transaction)
        self._cluster.release(self)
        self.backend.close()

    async def running(self, work: Awaitable[_T]) -> _T:
        """Do the work for one client message, remembering that it is under way."""
        self.is_running = True
        self._is_interrupted = False
        result = await work
        self.is_running = False
        return result
