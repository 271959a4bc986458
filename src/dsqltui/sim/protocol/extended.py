"""The extended query protocol: Parse, Bind, Describe, Execute, Close, in batches that end with Flush or Sync."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dsqltui.sim.execution.autocommit_write import write_directly
from dsqltui.sim.execution.executor import Executor
from dsqltui.sim.execution.own_statements import OwnStatements
from dsqltui.sim.explain.explain import PlanSink
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.changes import Told
from dsqltui.sim.pg.relay import Held, Reply, Sink
from dsqltui.sim.pg.row_count import rows_changed
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.protocol.outgoing import Renaming, TaggedShow, schema_of
from dsqltui.sim.protocol.prepared import Prepared, portal_of, statement_of, strings, with_hidden_columns
from dsqltui.sim.rules import refusals
from dsqltui.sim.sql.analysis import Name, Nature
from dsqltui.sim.sql.rewrite import Rewritten
from dsqltui.sim.transactions.flagging import Flagging, FlagSink
from dsqltui.sim.transactions.transaction import Transaction

Message = tuple[bytes, bytes]

_PARSE_COMPLETE = wire.message(b"1")
_BIND_COMPLETE = wire.message(b"2")
_CLOSE_COMPLETE = wire.message(b"3")
_NO_DATA = wire.message(b"n")
_NO_PARAMETERS = wire.message(b"t", b"\0\0")
_FLUSH = wire.message(b"H")
_SYNC = wire.message(b"S")


class ExtendedQueries:
    """Answers the extended protocol's messages; the caller writes ReadyForQuery after a Sync."""

    def __init__(self, executor: Executor, own: OwnStatements) -> None:
        self._executor = executor
        self._own = own
        self._statements: dict[str, Prepared] = {}
        self._portals: dict[str, Prepared] = {}
        self._binds: dict[str, tuple[bytes, int]] = {}
        """By portal: the Bind message's body, and how often others had used the backend when it was sent."""
        self._pending = bytearray()
        self._pending_steps = 0
        self._runs_something = False
        """Bind or Execute is queued."""
        self._rewritten = Rewritten("")
        self._sink: Sink = executor.client
        self._held = b""
        self._parsing: list[str] = []
        """Names of statements that were queued for the backend, which has not confirmed them."""
        self._foreign_uses = 0
        """Of the executor's: when the backend was last seen to have what it was given."""
        self._needed: Prepared | None = None
        """The unnamed statement, when a Bind is queued for it and its Parse was sent before."""
        self._deallocations = 0
        self._moves = 0
        self._has_failed = False
        """An error happened: everything up to the next Sync is skipped."""
        self._wants_sync = False
        """The backend was sent messages of this protocol since its last Sync."""

    async def handle(self, batch: list[Message], *, is_sync: bool) -> bool:
        """Process the messages before a Flush or a Sync; whether the client now waits for ReadyForQuery.

        It does not after a Sync that was sent with a COPY FROM STDIN: as in PostgreSQL that one has no meaning, and
        another follows the data.
        """
        copies = self._executor.relay.copies_from_client
        self._forget_deallocated()
        try:
            if not self._has_failed:
                await self._run(batch, is_sync=is_sync)
        except PgError as error:
            await self._failed(error)
        if not is_sync or self._executor.relay.copies_from_client > copies:
            return False
        try:
            await self._finish()
        except PgError as error:
            await self._failed(error)
        finally:
            self._has_failed = False
            self._held = b""
        return True

    def _forget_deallocated(self) -> None:
        """After DEALLOCATE ALL the client may use the names of its statements again; another backend knows none."""
        if self._executor.moves != self._moves:
            self._moves = self._executor.moves
            for prepared in self._statements.values():
                prepared.known_text = None
            self._portals.clear()
            self._binds.clear()
        if self._executor.deallocations != self._deallocations:
            self._deallocations = self._executor.deallocations
            self._statements = {"": self._statements[""]} if "" in self._statements else {}

    def forget_unnamed(self) -> None:
        """A simple query destroys the backend's unnamed statement."""
        if "" in self._statements:
            self._statements[""].known_text = None

    async def _run(self, batch: list[Message], *, is_sync: bool) -> None:
        executor = self._executor
        if is_sync and executor.transaction is None and await self._run_directly(batch):
            return
        executes = any(kind == b"E" for kind, _ in batch)
        for kind, body in batch:
            if self._has_failed:
                return
            if kind == b"P":
                await self._parse(body, executes=executes)
            elif kind == b"B":
                await self._bind(body)
            elif kind == b"D":
                await self._describe(body)
            elif kind == b"E":
                await self._execute(body)
            else:
                await self._close(body)
        if not is_sync:
            await self._flush()
            self._release()

    async def _failed(self, error: PgError) -> None:
        """Report an error of ours, after the replies that come before it, and skip to the next Sync."""
        try:
            await self._flush()
        except PgError as earlier:  # evicted: what comes before it cannot run any more
            error = earlier
        for name in filter(None, self._parsing):
            del self._statements[name]
        self._parsing.clear()
        if not self._has_failed:
            self._release()
            self._executor.tell(error)
        self._has_failed = True
        if self._wants_sync:
            await self._sync_backend()
        await self._executor.fail_transaction()

    async def _finish(self) -> None:
        """Sync: the backend's replies, then the end of an implicit transaction."""
        executor = self._executor
        transaction = executor.transaction
        is_implicit = transaction is not None and not transaction.is_explicit
        held = b""
        if self._pending_steps and not is_implicit:
            await self._sync_backend()
            if transaction is None and not self._has_failed:
                executor.counters.committed(is_read_only=True)
        else:
            await self._flush()
            held, self._held = self._held, b""  # the end of an implicit transaction is told once it is committed
            if self._wants_sync:
                await self._sync_backend()
        if self._has_failed:
            await executor.fail_transaction()
            return
        if is_implicit:
            await executor.commit()
        executor.client.write(held)

    async def _sync_backend(self) -> None:
        """Send what is queued with a Sync, forward the replies; the backend listens again after an error."""
        self._release()
        executor = self._executor
        data, steps = bytes(self._pending), self._pending_steps
        self._pending.clear()
        self._pending_steps = 0
        self._wants_sync = False
        async with executor.running_statement() if data else executor.talking() as backend:
            if data:
                await self._settled(backend)
            backend.send(data + _SYNC)
            if any(self._parsing):
                reply = await executor.relay.run(executor.client, self._rewritten, steps=steps)
                self._confirm(reply)
                self._has_failed = self._has_failed or reply.error is not None
            reply = await executor.relay.run(executor.client, self._rewritten)
        self._parsing.clear()
        self._has_failed = self._has_failed or reply.error is not None

    def _confirm(self, reply: Reply) -> None:
        """Forget the named statements that the backend did not parse: the client may use their names again."""
        if reply.error is not None:
            for name in filter(None, self._parsing[reply.parsed :]):
                del self._statements[name]
        self._parsing.clear()

    async def _settle(self) -> None:
        """Have the backend answer what it was sent; outside a transaction it must not be left in one of its own."""
        if self._executor.transaction is None and (self._wants_sync or self._pending_steps):
            await self._sync_backend()
        else:
            await self._flush()
            self._release()

    # -- to the backend and back

    def _queue(self, message: bytes) -> None:
        self._pending += message
        self._pending_steps += 1
        self._runs_something = self._runs_something or message[:1] in (b"B", b"E")

    async def _settled(self, backend: Backend) -> None:
        """The transaction is all there again, if it was set aside after the texts were chosen, and so is the unnamed
        statement, which went when others used the backend. The backend is held."""
        executor = self._executor
        transaction, runs = executor.transaction, self._runs_something
        self._runs_something = False
        if runs and transaction is not None and transaction.is_set_aside:
            await executor.settle_transaction()
            if transaction.is_private:
                raise refusals.DATA_CONFLICT.error()
        needed, self._needed = self._needed, None
        if executor.foreign_uses != self._foreign_uses and "" not in self._parsing:
            self._foreign_uses = executor.foreign_uses
            self.forget_unnamed()
            if needed is not None:
                await self._parse_on(backend, needed)

    async def _flush(self) -> None:
        """Send what is queued and forward exactly its replies."""
        if not self._pending_steps:
            return
        self._release()
        data, steps = bytes(self._pending), self._pending_steps
        self._pending.clear()
        self._pending_steps = 0
        executor = self._executor
        async with executor.running_statement() as backend:
            await self._settled(backend)
            self._wants_sync = True
            backend.send(data + _FLUSH)
            with executor.pushing():
                reply = await executor.relay.run(self._sink, self._rewritten, steps=steps)
            if reply.error is not None:
                self._has_failed = True
                await self._skip(backend)
            self._took_notices(backend)
        self._confirm(reply)

    def _took_notices(self, backend: Backend) -> None:
        """Something that was not taken for a write has changed rows all the same."""
        told = Told.of(backend.drain_notices())
        transaction = self._executor.transaction
        if told.messages and transaction is not None and not self._has_failed:
            transaction.add(told, told.row_count)

    async def _skip(self, backend: Backend) -> None:
        """After an error let the backend listen again at once: another session may have to roll it back."""
        self._wants_sync = False
        backend.send(_SYNC)
        await backend.sync()

    def _release(self) -> None:
        """Send the CommandComplete that was kept back."""
        if self._held:
            self._executor.client.write(self._held)
            self._held = b""

    async def _answer(self, data: bytes) -> None:
        """Write a reply of ours, after those of the backend that come before it."""
        await self._flush()
        self._release()
        if not self._has_failed:
            self._executor.client.write(data)

    # -- messages

    async def _parse(self, body: bytes, *, executes: bool) -> None:
        executor = self._executor
        prepared = Prepared.of(body)
        analysis = prepared.analysis
        executor.check_may_run(analysis)
        if analysis.makes_index_now:
            await self._settle()
            self.forget_unnamed()
        await self._look_at_schema(prepared)
        if self._has_failed:
            return
        await executor.refuse(analysis, prepared.statement)
        if prepared.name and prepared.name in self._statements:
            raise PgError("42P05", f'prepared statement "{prepared.name}" already exists')
        self._statements[prepared.name] = prepared
        if prepared.own is not None:
            await self._answer(_PARSE_COMPLETE)
            return
        if executes:
            await self._prepare_write(prepared)
        if analysis.first == "explain":
            await self._look_up_plan(prepared)
        await self._look(prepared)
        if not self._has_failed:
            self._parsing.append(prepared.name)
            self._queue(self._parse_message(prepared))

    async def _look_at_schema(self, prepared: Prepared) -> None:
        """Raise OC001 when others have changed what the statement touches; let it see the transaction's own DDL. The
        client's unnamed statement may be gone then."""
        if self._executor.schema.is_behind and self._executor.asks_for_path(prepared.analysis):
            await self._settle()
            self.forget_unnamed()
        if self._has_failed:
            return
        await self._executor.check_schema(prepared.analysis)
        if self._executor.ddl is not None:
            await self._settle()
            self.forget_unnamed()
            if not self._has_failed:
                await self._executor.show_ddl(prepared.analysis)

    def _parse_message(self, prepared: Prepared) -> bytes:
        self._rewritten = self._rewrite(prepared)
        return prepared.parse_message(self._rewritten)

    def _rewrite(self, prepared: Prepared) -> Rewritten:
        return prepared.rewritten(self._executor.transaction)

    async def _look_up_plan(self, prepared: Prepared) -> None:
        """Ask the catalog what the plan's rendering needs; not later, it would destroy the unnamed statement."""
        prepared.explain = prepared.plan_request()
        if prepared.explain is None:
            return
        await self._settle()
        if self._has_failed:
            return
        self.forget_unnamed()
        prepared.plan_schema = await schema_of(self._executor.cluster.ask, self._executor.transaction)

    @asynccontextmanager
    async def _answering(self, prepared: Prepared) -> AsyncIterator[None]:
        """The replies to what is queued meanwhile go through the statement's own sink."""
        sink = self._sink_for(prepared, self._executor.client)
        if sink is self._executor.client:
            yield
            return
        await self._flush()
        self._sink = sink
        try:
            yield
            await self._flush()
        finally:
            self._sink = self._executor.client

    async def _prepare_write(self, prepared: Prepared) -> None:
        """Open an implicit transaction for a writing statement if there is none; have the transaction ready for it."""
        executor = self._executor
        targets = await executor.targets(prepared.analysis)
        is_lock = prepared.analysis.nature is Nature.LOCK
        writes = prepared.analysis.nature is Nature.WRITE or bool(targets)
        transaction = executor.transaction
        if (transaction is None and writes) or (transaction is not None and transaction.lacks_shadows(targets)):
            await self._settle()
            if self._has_failed:
                return
            self.forget_unnamed()
            async with executor.running_statement():
                if transaction is None:
                    transaction = await executor.open_transaction(is_explicit=False)
                await executor.settle_transaction(targets)
        if transaction is not None and is_lock:
            await self._flush()
            async with executor.running_statement():
                prepared.flagging = None if self._has_failed else await transaction.flagging(prepared.statement)

    async def _look(self, prepared: Prepared) -> None:
        """Let names mean what the statement needs, after the statements before it."""
        transaction = self._executor.transaction
        if transaction is None or not transaction.shadows.must_look(prepared.analysis):
            return
        await self._flush()
        if not self._has_failed:
            self.forget_unnamed()
            async with self._executor.running_statement():
                await transaction.shadows.look(prepared.analysis)

    async def _bind(self, body: bytes) -> None:
        portal, name, _ = strings(body, 2)
        prepared = statement_of(self._statements, wire.decode(name))
        self._portals[wire.decode(portal)] = prepared
        if self._executor.foreign_uses != self._foreign_uses:
            self._foreign_uses = self._executor.foreign_uses
            self.forget_unnamed()
        self._executor.check_may_run(prepared.analysis)
        if prepared.own is not None:
            await self._answer(_BIND_COMPLETE)
            return
        await self._look_at_schema(prepared)
        await self._prepare_write(prepared)
        await self._look(prepared)
        if self._has_failed:
            return
        if prepared.known_text != self._rewrite(prepared).text:
            await self._parse_again(prepared)
        self._rewritten = self._rewrite(prepared)
        if not prepared.name and "" not in self._parsing:
            self._needed = prepared
        self._binds[wire.decode(portal)] = body, self._executor.foreign_uses
        self._queue(self._bind_message(prepared, body))

    def _bind_message(self, prepared: Prepared, body: bytes) -> bytes:
        flagging = self._flagging(prepared)
        return wire.message(b"B", body if flagging is None else with_hidden_columns(body, len(flagging.spaces)))

    def _flagging(self, prepared: Prepared) -> Flagging | None:
        """How its flagged rows are told, if the backend has it in that form."""
        return prepared.flagging if self._executor.transaction is not None else None

    async def _parse_again(self, prepared: Prepared) -> None:
        """Give the backend the text that fits the shadows now; the client does not see it."""
        await self._flush()
        if self._has_failed:
            return
        async with self._executor.running_statement() as backend:
            await self._parse_on(backend, prepared)

    async def _parse_on(self, backend: Backend, prepared: Prepared) -> None:
        message = self._parse_message(prepared)
        if prepared.name:
            await self._silently(backend, prepared, wire.message(b"C", b"S" + wire.cstring(prepared.name)), message)
        else:
            await self._silently(backend, prepared, message)

    async def _silently(self, backend: Backend, prepared: Prepared, *messages: bytes) -> None:
        """Have the backend take messages that the client knows nothing of. Raises PgError."""
        self._wants_sync = True
        backend.send(b"".join(messages) + _FLUSH)
        replies = len(messages)
        while replies:
            kind, body = await backend.frames.one()
            if kind == b"E":
                prepared.known_text = None
                await self._skip(backend)
                raise PgError.from_body(body)
            replies -= kind in (b"1", b"2", b"3")

    async def _describe(self, body: bytes) -> None:
        is_statement, name = body[:1] == b"S", wire.decode(body[1:-1])
        prepared = statement_of(self._statements, name) if is_statement else portal_of(self._portals, name)
        if prepared.own is None:
            await self._look(prepared)
            if is_statement and prepared.known_text is None:
                await self._parse_again(prepared)
            async with self._answering(prepared):
                self._queue(wire.message(b"D", body))
            return
        columns = prepared.own.columns
        described = wire.row_description(columns) if columns else _NO_DATA
        await self._answer((_NO_PARAMETERS if is_statement else b"") + described)

    async def _execute(self, body: bytes) -> None:
        executor = self._executor
        prepared = portal_of(self._portals, wire.decode(body.split(b"\0", 1)[0]))
        executor.check_may_run(prepared.analysis)
        executor.check_available()
        if prepared.own is not None:
            await self._settle()
            if not self._has_failed:
                self.forget_unnamed()
                executor.client.write(await self._own.run(prepared.own, prepared.analysis, prepared.sql))
            return
        await self._look(prepared)
        transaction = executor.transaction
        if transaction is None:
            async with self._answering(prepared):
                self._queue(wire.message(b"E", body))
            await self._after_executing(prepared)
            return
        targets = await executor.targets(prepared.analysis)
        nature = executor.nature(prepared.analysis, targets)
        writes = nature in (Nature.WRITE, Nature.LOCK)
        transaction.check_order(nature)
        async with self._answering(prepared):
            if writes:
                await self._write(transaction, prepared, body, targets)
            else:
                self._queue(wire.message(b"E", body))
        await self._after_executing(prepared)
        if prepared.analysis.first in ("set", "reset"):
            await self._flush()
            if not self._has_failed:
                transaction.note_setting(self._rewrite(prepared).text)
        if transaction.shadows and prepared.analysis.sets_path:
            await self._flush()
            if not self._has_failed:
                self.forget_unnamed()
                async with executor.running_statement():
                    await transaction.shadows.path_changed()

    async def _after_executing(self, prepared: Prepared) -> None:
        if prepared.analysis.first == "deallocate":
            await self._flush()
            self._executor.deallocations += not self._has_failed
            self._forget_deallocated()

    async def _write(
        self, transaction: Transaction, prepared: Prepared, body: bytes, targets: tuple[Name, ...]
    ) -> None:
        """Execute what writes or flags rows. Its CommandComplete is held until the row limit, and in autocommit the
        COMMIT, has been passed; when it met what others had committed meanwhile, it is run again, privately."""
        await self._flush()
        if self._has_failed:
            return
        self._release()
        executor = self._executor
        portal = wire.decode(body.split(b"\0", 1)[0])
        bind, uses = self._binds[portal]
        is_copy = prepared.analysis.copies_in
        async with executor.running_statement() as backend:
            if executor.foreign_uses != uses:  # it was set aside since then, and the portal is gone
                await self._again(backend, prepared, bind, targets)
            while True:
                held = Held()
                flagging = self._flagging(prepared)
                sink = self._sink_for(prepared, executor.client if is_copy else held)
                self._wants_sync = True
                backend.send(wire.message(b"E", body) + _FLUSH)
                with executor.pushing():
                    reply = await executor.relay.run(sink, self._rewritten, steps=1, holds_tag=True, holds_error=True)
                if reply.error is not None:
                    await self._skip(backend)
                told = Told.of(backend.drain_notices())
                sees_too_much = reply.error is None and transaction.sees_too_much(told.touched())
                if is_copy or not (sees_too_much or transaction.is_conflict(reply.sqlstate)):
                    break
                await executor.try_again(targets, reply.sqlstate)
                await self._again(backend, prepared, bind, targets)
            executor.client.write(bytes(held.data))
            if reply.error is not None:
                executor.client.write(reply.error.frame())
                self._has_failed = True
                return
            transaction.add(told, rows_changed(told, reply.tag))
            await executor.flag(prepared.analysis, flagging)
        self._held = reply.held
        if transaction.is_explicit:
            self._release()

    async def _again(self, backend: Backend, prepared: Prepared, bind: bytes, targets: tuple[Name, ...]) -> None:
        """Have the statement and its portal in the backend anew, as the transaction stands now."""
        await self._executor.settle_transaction(targets)
        if self._executor.transaction is not None:
            await self._executor.transaction.shadows.look(prepared.analysis)
        await self._parse_on(backend, prepared)
        await self._silently(backend, prepared, self._bind_message(prepared, bind))

    def _sink_for(self, prepared: Prepared, client: Sink) -> Sink:
        if prepared.explain is not None and prepared.plan_schema is not None:
            return PlanSink(client, prepared.explain, prepared.plan_schema)
        if prepared.column is not None:
            return Renaming(client, prepared.column)
        if prepared.is_show_all:
            return TaggedShow(client)
        flagging = self._flagging(prepared)
        return client if flagging is None else FlagSink(client, flagging)

    async def _close(self, body: bytes) -> None:
        name = wire.decode(body[1:-1])
        known = self._statements if body[:1] == b"S" else self._portals
        prepared = known.pop(name, None)
        if prepared is None or prepared.own is not None:
            await self._answer(_CLOSE_COMPLETE)
        else:
            self._queue(wire.message(b"C", body))

    # -- the quick way for one autocommit write

    async def _run_directly(self, batch: list[Message]) -> bool:
        """One write in autocommit, nobody else open: PostgreSQL itself commits it. False when that does not apply."""
        executor = self._executor
        kinds = b"".join(kind for kind, _ in batch)
        if kinds not in (b"PBE", b"PBDE", b"PDBE", b"BE", b"BDE"):
            return False
        if any(body.count(b"\0") < 2 for kind, body in batch if kind in (b"P", b"B")):  # malformed: answered in turn
            return False
        first = batch[0][1]
        if kinds[:1] == b"P":
            prepared = Prepared.of(first)
            if prepared.name or strings(batch[kinds.index(b"B")][1], 2)[1]:
                return False
        else:
            prepared = statement_of(self._statements, wire.decode(strings(first, 2)[1]))
            if prepared.known_text != self._rewrite(prepared).text or not prepared.name:
                return False
        analysis = prepared.analysis
        if (
            not (analysis.nature is Nature.WRITE and not analysis.locks_rows and analysis.may_go_directly)
            or prepared.own is not None
        ):
            return False
        executor.check_may_run(analysis)
        executor.check_available()
        await executor.check_schema(analysis)
        if executor.cluster.settings.has_dialect:
            refusals.refuse(analysis, prepared.sql)
        data = b"".join(wire.message(kind, body) for kind, body in batch) + _FLUSH
        steps = sum(kind in (b"P", b"B", b"D", b"E") for kind, _ in batch)
        self.forget_unnamed()
        answer = await write_directly(executor, data, steps=steps)
        if kinds[:1] == b"P":
            self._statements[""] = prepared
        executor.client.write(answer)
        return True
