"""The extended query protocol: Parse, Bind, Describe, Execute, Close, in batches that end with Flush or Sync.

Source: PostgreSQL 16 documentation, Message Flow, Extended Query: an error skips to the next Sync, which ends an
implicit transaction; the unnamed statement lasts until the next Parse of it or the next Query. What Aurora DSQL adds is
decided where the simple protocol decides it, in the executor and the transaction.
"""

from dsqltui.sim.execution.autocommit_write import write_directly
from dsqltui.sim.execution.captured import OneRun, run_captured
from dsqltui.sim.execution.executor import Executor
from dsqltui.sim.execution.outgoing import schema_of
from dsqltui.sim.execution.own_statements import OwnStatements
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.copy_feed import CopyFeed
from dsqltui.sim.pg.relay import Held
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.protocol.backend_channel import FLUSH, BackendChannel
from dsqltui.sim.protocol.prepared import Prepared, portal_of, statement_of, strings
from dsqltui.sim.rules import refusals
from dsqltui.sim.sql.analysis import Name, Nature
from dsqltui.sim.transactions.transaction import Transaction

Message = tuple[bytes, bytes]

_PARSE_COMPLETE = wire.message(b"1")
_BIND_COMPLETE = wire.message(b"2")
_CLOSE_COMPLETE = wire.message(b"3")
_NO_DATA = wire.message(b"n")
_NO_PARAMETERS = wire.message(b"t", b"\0\0")


class ExtendedQueries(BackendChannel):
    """Answers the extended protocol's messages; the caller writes ReadyForQuery after a Sync."""

    def __init__(self, executor: Executor, own: OwnStatements) -> None:
        super().__init__(executor)
        self._own = own
        self._portals: dict[str, Prepared] = {}
        self._deallocations = 0
        self._moves = 0

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
            await self._flush(holds_tag=is_implicit)
            held, self._held = self._held, b""  # the end of an implicit transaction is told once it is committed
            if self._wants_sync:
                await self._sync_backend()
        if self._has_failed:
            await executor.fail_transaction()
            return
        if is_implicit:
            await executor.commit()
        executor.client.write(held)

    # -- messages

    async def _parse(self, body: bytes, *, executes: bool) -> None:
        executor = self._executor
        prepared = Prepared.of(body)
        analysis = prepared.plan.analysis
        executor.check_may_run(analysis)
        if analysis.makes_index_now:
            await self._settle()
            self.forget_unnamed()
        await self._look_at_schema(prepared)
        if self._has_failed:
            return
        await executor.refuse(prepared.plan)
        if prepared.name and prepared.name in self._statements:
            raise PgError("42P05", f'prepared statement "{prepared.name}" already exists')
        self._statements[prepared.name] = prepared
        if prepared.plan.own is not None:
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
        if self._executor.schema.is_behind and self._executor.asks_for_path(prepared.plan.analysis):
            await self._settle()
            self.forget_unnamed()
        if self._has_failed:
            return
        await self._executor.check_schema(prepared.plan.analysis)
        if self._executor.ddl is not None:
            await self._settle()
            self.forget_unnamed()
            if not self._has_failed:
                await self._executor.show_ddl(prepared.plan.analysis)

    async def _look_up_plan(self, prepared: Prepared) -> None:
        """Ask the catalog what the plan's rendering needs; not later, it would destroy the unnamed statement."""
        if prepared.plan.outgoing(None).explain is None:
            return
        await self._settle()
        if self._has_failed:
            return
        self.forget_unnamed()
        prepared.plan_schema = await schema_of(self._executor.cluster.ask, self._executor.transaction)

    async def _prepare_write(self, prepared: Prepared) -> None:
        """Open an implicit transaction for a writing statement if there is none; have the transaction ready for it."""
        executor = self._executor
        targets = await executor.targets(prepared.plan.analysis)
        is_lock = prepared.plan.analysis.nature is Nature.LOCK
        writes = prepared.plan.analysis.nature is Nature.WRITE or bool(targets)
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
                prepared.flagging = None if self._has_failed else await transaction.flagging(prepared.plan.sql)

    async def _bind(self, body: bytes) -> None:
        portal, name, _ = strings(body, 2)
        prepared = statement_of(self._statements, wire.decode(name))
        self._portals[wire.decode(portal)] = prepared
        if self._executor.foreign_uses != self._foreign_uses:
            self._foreign_uses = self._executor.foreign_uses
            self.forget_unnamed()
        self._executor.check_may_run(prepared.plan.analysis)
        if prepared.plan.own is not None:
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
        self._bound(wire.decode(portal), body)
        self._queue(self._bind_message(prepared, body))

    async def _describe(self, body: bytes) -> None:
        is_statement, name = body[:1] == b"S", wire.decode(body[1:-1])
        prepared = statement_of(self._statements, name) if is_statement else portal_of(self._portals, name)
        if prepared.plan.own is None:
            await self._look(prepared)
            if is_statement and prepared.known_text is None:
                await self._parse_again(prepared)
            async with self._answering(prepared):
                if not is_statement:
                    await self._will_use(name, prepared)
                self._queue(wire.message(b"D", body))
            return
        columns = prepared.plan.own.columns
        described = wire.row_description(columns) if columns else _NO_DATA
        await self._answer((_NO_PARAMETERS if is_statement else b"") + described)

    async def _execute(self, body: bytes) -> None:
        executor = self._executor
        prepared = portal_of(self._portals, wire.decode(body.split(b"\0", 1)[0]))
        executor.check_may_run(prepared.plan.analysis)
        executor.check_available(prepared.plan.analysis)
        if prepared.plan.own is not None:
            await self._settle()
            if not self._has_failed:
                self.forget_unnamed()
                executor.client.write(await self._own.run(prepared.plan))
            return
        await self._look(prepared)
        transaction = executor.transaction
        if transaction is None:
            async with self._answering(prepared):
                self._queue(wire.message(b"E", body))
            await self._after_executing(prepared)
            return
        targets = await executor.targets(prepared.plan.analysis)
        nature = executor.nature(prepared.plan.analysis, targets)
        writes = nature in (Nature.WRITE, Nature.LOCK)
        transaction.check_order(nature)
        async with self._answering(prepared):
            if writes:
                await self._write(transaction, prepared, body, targets)
            else:
                await self._will_use(wire.decode(body.split(b"\0", 1)[0]), prepared, executes=True)
                self._queue(wire.message(b"E", body))
        await self._after_executing(prepared)
        if prepared.plan.analysis.first in ("set", "reset"):
            await self._flush()
            if not self._has_failed:
                transaction.note_setting(self._rewrite(prepared).text)
        if transaction.shadows and prepared.plan.analysis.sets_path:
            await self._flush()
            if not self._has_failed:
                self.forget_unnamed()
                async with executor.running_statement():
                    await transaction.shadows.path_changed()

    async def _after_executing(self, prepared: Prepared) -> None:
        if prepared.plan.analysis.first == "deallocate":
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
        is_there = False

        async def run(held: Held | None, feed: CopyFeed | None) -> OneRun:
            nonlocal is_there
            if not is_there:
                await self._again(backend, prepared, bind, targets)
            is_there = False
            flagging = self._flagging(prepared)
            self._wants_sync = True
            backend.send(wire.message(b"E", body) + FLUSH)
            with executor.pushing():
                reply = await executor.relay.run(
                    prepared.sink(held or executor.client),
                    self._rewritten,
                    steps=1,
                    holds_tag=True,
                    holds_error=True,
                    feed=feed,
                )
            if reply.error is not None:
                await self._skip(backend)
            return OneRun(reply, flagging)

        async with executor.running_statement() as backend:
            is_there = executor.foreign_uses == uses  # else it was set aside since then, and the portal is gone
            reply = await run_captured(executor, transaction, prepared.plan.analysis, targets, run)
        if reply.error is not None:
            self._has_failed = True
            return
        self._held = reply.held
        if transaction.is_explicit:
            self._release()

    async def _close(self, body: bytes) -> None:
        name = wire.decode(body[1:-1])
        known = self._statements if body[:1] == b"S" else self._portals
        prepared = known.pop(name, None)
        if prepared is None or prepared.plan.own is not None:
            await self._answer(_CLOSE_COMPLETE)
        else:
            self._queue(wire.message(b"C", body))

    # -- the quick way for one autocommit write

    async def _run_directly(self, batch: list[Message]) -> bool:
        """One write in autocommit: begun, run and committed without looking at each message. False when that does not
        apply."""
        executor = self._executor
        kinds = b"".join(kind for kind, _ in batch)
        prepared = self._written_by(kinds, batch)
        if prepared is None:
            return False
        analysis = prepared.plan.analysis
        executor.check_may_run(analysis)
        executor.check_available(analysis)
        await executor.check_schema(analysis)
        if executor.cluster.settings.has_dialect:
            refusals.refuse(analysis, prepared.plan.shape)
        data = b"".join(wire.message(kind, body) for kind, body in batch) + FLUSH
        steps = sum(kind in (b"P", b"B", b"D", b"E") for kind, _ in batch)
        self.forget_unnamed()
        answer = await write_directly(executor, data, steps=steps)
        if kinds[:1] == b"P":
            self._statements[""] = prepared
        executor.client.write(answer)
        return True

    def _written_by(self, kinds: bytes, batch: list[Message]) -> Prepared | None:
        """The write that these messages prepare and run as they are; None for anything else."""
        if kinds not in (b"PBE", b"PBDE", b"PDBE", b"BE", b"BDE"):
            return None
        if any(body.count(b"\0") < 2 for kind, body in batch if kind in (b"P", b"B")):  # malformed: answered in turn
            return None
        first = batch[0][1]
        if kinds[:1] == b"P":
            prepared = Prepared.of(first)
            if prepared.name or strings(batch[kinds.index(b"B")][1], 2)[1]:
                return None
        else:
            prepared = statement_of(self._statements, wire.decode(strings(first, 2)[1]))
            if prepared.known_text != self._rewrite(prepared).text or not prepared.name:
                return None
        return prepared if prepared.plan.goes_directly else None
