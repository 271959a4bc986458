"""The simple query protocol: a string of statements, each answered in turn."""

from dsqltui.sim.execution.autocommit_copy import copy_directly
from dsqltui.sim.execution.autocommit_write import write_directly
from dsqltui.sim.execution.captured import OneRun, run_captured
from dsqltui.sim.execution.executor import Executor
from dsqltui.sim.execution.outgoing import Outgoing, schema_of
from dsqltui.sim.execution.own_statements import OwnStatements
from dsqltui.sim.execution.statement_plan import StatementPlan
from dsqltui.sim.explain.explain import PlanSchema
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.copy_feed import CopyFeed
from dsqltui.sim.pg.relay import Held, Reply
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.sql.analysis import Name, Nature
from dsqltui.sim.transactions.transaction import Transaction

_EMPTY_QUERY_RESPONSE = wire.message(b"I")


class SimpleQueries:
    """Answers Query messages; the caller writes ReadyForQuery."""

    def __init__(self, executor: Executor, own: OwnStatements) -> None:
        self._executor = executor
        self._own = own
        self._held = b""
        """The answer of the last statement of an implicit transaction, until that is committed."""

    async def run(self, text: str) -> None:
        """Run every statement of the string up to the first error.

        Several statements outside an explicit transaction are one transaction, as in PostgreSQL.
        """
        executor = self._executor
        plans = StatementPlan.all_of(text)
        if not plans:
            executor.client.write(_EMPTY_QUERY_RESPONSE)
            return
        try:
            last = len(plans) - 1
            for number, plan in enumerate(plans):
                if number < last and executor.transaction is None and not plan.analysis.is_control:
                    async with executor.talking():
                        await executor.open_transaction(is_explicit=False)
                if not await self._run_one(plan, is_last=number == last):
                    await executor.fail_transaction()
                    return
            if executor.transaction is not None and not executor.transaction.is_explicit:
                held, self._held = self._held, b""
                await executor.commit()
                executor.client.write(held)
        except PgError as error:
            executor.tell(error)
            await executor.fail_transaction()

    async def _run_one(self, plan: StatementPlan, *, is_last: bool) -> bool:
        """Run one statement; False when PostgreSQL's error was forwarded. Raises PgError for errors of ours."""
        executor, analysis, own = self._executor, plan.analysis, plan.own
        executor.check_may_run(analysis)
        executor.check_available(analysis)
        await executor.check_schema(analysis)
        await executor.refuse(plan)
        if own is not None:
            answer = await self._own.run(plan)
            self._answer((wire.row_description(own.columns) if own.columns else b"") + answer, is_last=is_last)
            return True
        targets = await executor.targets(analysis)
        await executor.show_ddl(analysis)
        if executor.transaction is not None:
            executor.transaction.check_order(executor.nature(analysis, targets))
            reply = await self._relay_in(executor.transaction, plan, targets)
            if reply.error is None:
                self._answer(reply.held, is_last=is_last)
            return reply.error is None
        if analysis.nature is Nature.WRITE or targets:
            return await self._autocommit_write(plan, targets)
        return await self._relay(plan)

    def _answer(self, answer: bytes, *, is_last: bool) -> None:
        """Write the answer, or keep it until the implicit transaction that it ends is committed."""
        transaction = self._executor.transaction
        if is_last and transaction is not None and not transaction.is_explicit:
            self._held = answer
        else:
            self._executor.client.write(answer)

    async def _plan_schema(self, out: Outgoing) -> PlanSchema | None:
        if out.explain is None:
            return None
        return await schema_of(self._executor.cluster.ask, self._executor.transaction)

    async def _relay(self, plan: StatementPlan) -> bool:
        """Have PostgreSQL run it outside a transaction and forward the replies; false when it failed."""
        executor, analysis = self._executor, plan.analysis
        async with executor.running_statement() as backend:
            out = plan.outgoing(None)
            sink = out.sink(executor.client, await self._plan_schema(out))
            rewritten = out.rewritten.behind(plan.lead)
            backend.send(wire.query(rewritten.text))
            reply = await executor.relay.run(sink, rewritten)
            executor.deallocations += analysis.first == "deallocate" and reply.error is None
            if reply.error is None and analysis.nature is Nature.READ:
                executor.counters.committed(is_read_only=True)
            return reply.error is None

    async def _relay_in(self, transaction: Transaction, plan: StatementPlan, targets: tuple[Name, ...]) -> Reply:
        """Have PostgreSQL run it in the transaction and forward the replies but the tag.

        What it changes counts; when it met what others had committed meanwhile, it is run again, privately.
        """
        executor, analysis = self._executor, plan.analysis
        out = plan.outgoing(transaction)

        async def run(held: Held | None, feed: CopyFeed | None) -> OneRun:
            nonlocal out
            await transaction.shadows.look(analysis)
            flagging = await transaction.flagging(plan.sql) if analysis.nature is Nature.LOCK else None
            out = plan.outgoing(transaction, flagging)
            sink = out.sink(held or executor.client, await self._plan_schema(out))
            rewritten = out.rewritten.behind(plan.lead)
            backend.send(wire.query(rewritten.text))
            with executor.pushing():
                reply = await executor.relay.run(sink, rewritten, holds_tag=True, holds_error=True, feed=feed)
            return OneRun(reply, flagging)

        async with executor.running_statement() as backend:
            await executor.settle_transaction(targets)
            reply = await run_captured(executor, transaction, analysis, targets, run, is_held=bool(targets))
            if reply.error is not None:
                return reply
            if out.is_show and reply.held:
                reply.held = wire.command_complete("SHOW")
            executor.deallocations += analysis.first == "deallocate"
            if analysis.first in ("set", "reset"):
                transaction.note_setting(out.rewritten.text)
            if analysis.sets_path:
                await transaction.shadows.path_changed()
            return reply

    async def _autocommit_write(self, plan: StatementPlan, targets: tuple[Name, ...]) -> bool:
        executor = self._executor
        if plan.analysis.copies_in and plan.analysis.catalog_use is None:
            rewritten = plan.outgoing(None).rewritten.behind(plan.lead)
            executor.client.write(await copy_directly(executor, rewritten))
            return True
        # COPY waits for the client, and EXPLAIN ANALYZE's plan is translated
        if plan.goes_directly:
            executor.client.write(await write_directly(executor, wire.query(plan.sql), steps=None, lead=plan.lead))
            return True
        async with executor.talking():
            transaction = await executor.open_transaction(is_explicit=False)
        transaction.check_order(executor.nature(plan.analysis, targets))
        reply = await self._relay_in(transaction, plan, targets)
        if reply.error is not None:
            return False
        await executor.commit()
        executor.client.write(reply.held)
        return True
