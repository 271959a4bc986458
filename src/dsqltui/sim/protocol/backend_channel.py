"""The extended protocol towards PostgreSQL: what is queued for the backend, and how its replies come back.

Source: PostgreSQL 16 documentation, Message Flow: replies come in the order of the messages, Flush asks for them
without ending anything, and after an error everything up to a Sync is skipped. A client's Sync is not passed on as it
is: in PostgreSQL it would commit what Aurora DSQL has to check first (dsql facts 3).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dsqltui.sim.execution.executor import Executor
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.backend import Backend
from dsqltui.sim.pg.changes import Told
from dsqltui.sim.pg.relay import Reply, Sink
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.protocol.prepared import Prepared, with_hidden_columns
from dsqltui.sim.rules import refusals
from dsqltui.sim.sql.analysis import Name
from dsqltui.sim.sql.rewrite import Rewritten
from dsqltui.sim.transactions.flagging import Flagging

FLUSH = wire.message(b"H")
_SYNC = wire.message(b"S")


class BackendChannel:
    """The messages under way between one client's statements and its backend."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._statements: dict[str, Prepared] = {}
        """The client's prepared statements, by name."""
        self._binds: dict[str, tuple[bytes, int]] = {}
        """By portal: the Bind message's body, and how often others had used the backend when it was sent."""
        self._unsent_binds: set[str] = set()
        """Portals whose Bind is queued."""
        self._begun: set[str] = set()
        """Portals of which rows may have been fetched."""
        self._used: tuple[str, Prepared, tuple[Name, ...], bool] | None = None
        """The portal that what is queued begins with, when its Bind was sent before, what it writes, and whether it was
        begun."""
        self._pending = bytearray()
        self._pending_steps = 0
        self._runs_something = False
        """Bind or Execute is queued."""
        self._rewritten = Rewritten("")
        self._sink: Sink = executor.client
        self._held = b""
        """A CommandComplete that was kept back."""
        self._parsing: list[str] = []
        """Names of statements that were queued for the backend, which has not confirmed them."""
        self._foreign_uses = 0
        """Of the executor's: when the backend was last seen to have what it was given."""
        self._needed: Prepared | None = None
        """The unnamed statement, when a Bind is queued for it and its Parse was sent before."""
        self._has_failed = False
        """An error happened: everything up to the next Sync is skipped."""
        self._wants_sync = False
        """The backend was sent messages of this protocol since its last Sync."""

    def forget_unnamed(self) -> None:
        """A simple query destroys the backend's unnamed statement."""
        if "" in self._statements:
            self._statements[""].known_text = None

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

    def _queue(self, message: bytes) -> None:
        self._pending += message
        self._pending_steps += 1
        self._runs_something = self._runs_something or message[:1] in (b"B", b"E")

    def _bound(self, portal: str, body: bytes) -> None:
        """A Bind is about to be queued."""
        self._binds[portal] = body, self._executor.foreign_uses
        self._unsent_binds.add(portal)
        self._begun.discard(portal)

    async def _will_use(self, portal: str, prepared: Prepared, *, executes: bool = False) -> None:
        """A Describe or Execute of the portal is about to be queued: it is to be there still, if others have the
        backend before that is sent."""
        if portal in self._binds and portal not in self._unsent_binds and self._executor.transaction is not None:
            await self._flush()
            self._used = portal, prepared, await self._executor.targets(prepared.plan.analysis), portal in self._begun
        if executes:
            self._begun.add(portal)

    async def _portal_again(
        self, backend: Backend, portal: str, prepared: Prepared, targets: tuple[Name, ...], is_begun: bool
    ) -> None:
        """Have the portal in the backend anew if it went when others used that. Raises PgError, OC000, when some of its
        rows were fetched already."""
        bind, uses = self._binds[portal]
        if self._executor.foreign_uses == uses or self._executor.transaction is None:
            return
        if is_begun:
            raise refusals.DATA_CONFLICT.error()
        await self._again(backend, prepared, bind, targets)
        self._binds[portal] = bind, self._executor.foreign_uses

    async def _settled(self, backend: Backend) -> None:
        """The transaction is all there again, if it was set aside after the texts were chosen, and so is the unnamed
        statement, which went when others used the backend. The backend is held."""
        executor = self._executor
        transaction, runs = executor.transaction, self._runs_something
        was_set_aside = transaction is not None and transaction.is_set_aside
        used, self._used = self._used, None
        self._runs_something = False
        if used is not None:
            await self._portal_again(backend, *used)
        elif runs and was_set_aside:
            await executor.settle_transaction()
        has_texts = runs and (used is None or bool(self._unsent_binds))
        if was_set_aside and has_texts and transaction is not None and transaction.is_private:
            raise refusals.DATA_CONFLICT.error()
        needed, self._needed = self._needed, None
        if executor.foreign_uses != self._foreign_uses and "" not in self._parsing:
            self._foreign_uses = executor.foreign_uses
            self.forget_unnamed()
            if needed is not None:
                await self._parse_on(backend, needed)
        for portal in self._unsent_binds & self._binds.keys():
            self._binds[portal] = self._binds[portal][0], executor.foreign_uses
        self._unsent_binds.clear()

    async def _flush(self, *, holds_tag: bool = False) -> None:
        """Send what is queued and forward exactly its replies; with `holds_tag` all but the last CommandComplete."""
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
            backend.send(data + FLUSH)
            with executor.pushing():
                reply = await executor.relay.run(self._sink, self._rewritten, steps=steps, holds_tag=holds_tag)
            self._held = reply.held
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

    def _parse_message(self, prepared: Prepared) -> bytes:
        self._rewritten = self._rewrite(prepared)
        return prepared.parse_message(self._rewritten)

    def _rewrite(self, prepared: Prepared) -> Rewritten:
        return prepared.rewritten(self._executor.transaction)

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
        backend.send(b"".join(messages) + FLUSH)
        replies = len(messages)
        while replies:
            kind, body = await backend.frames.one()
            if kind == b"E":
                prepared.known_text = None
                await self._skip(backend)
                raise PgError.from_body(body)
            replies -= kind in (b"1", b"2", b"3")

    def _flagging(self, prepared: Prepared) -> Flagging | None:
        """How its flagged rows are told, if the backend has it in that form."""
        return prepared.flagging if self._executor.transaction is not None else None

    def _bind_message(self, prepared: Prepared, body: bytes) -> bytes:
        flagging = self._flagging(prepared)
        return wire.message(b"B", body if flagging is None else with_hidden_columns(body, len(flagging.spaces)))

    @asynccontextmanager
    async def _answering(self, prepared: Prepared) -> AsyncIterator[None]:
        """The replies to what is queued meanwhile go through the statement's own sink."""
        sink = prepared.sink(self._executor.client)
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

    async def _look(self, prepared: Prepared) -> None:
        """Let names mean what the statement needs, after the statements before it."""
        transaction = self._executor.transaction
        if transaction is None or not transaction.shadows.must_look(prepared.plan.analysis):
            return
        await self._flush()
        if not self._has_failed:
            self.forget_unnamed()
            async with self._executor.running_statement():
                await transaction.shadows.look(prepared.plan.analysis)

    async def _again(self, backend: Backend, prepared: Prepared, bind: bytes, targets: tuple[Name, ...]) -> None:
        """Have the statement and its portal in the backend anew, as the transaction stands now."""
        await self._executor.settle_transaction(targets)
        if self._executor.transaction is not None:
            await self._executor.transaction.shadows.look(prepared.plan.analysis)
        await self._parse_on(backend, prepared)
        await self._silently(backend, prepared, self._bind_message(prepared, bind))
