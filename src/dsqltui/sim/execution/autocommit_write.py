"""One write in autocommit: a transaction of its own that begins with the statement, and is run again when it lost."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dsqltui.sim.execution.executor import Executor
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.changes import Told
from dsqltui.sim.pg.relay import Held, Reply
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.rules import refusals
from dsqltui.sim.sql.analysis import Nature
from dsqltui.sim.sql.rewrite import Rewritten
from dsqltui.sim.transactions.losing import DEADLOCK, SERIALIZATION_FAILURE, LostConflict


@dataclass(frozen=True, slots=True)
class Attempt:
    """A write that was run and not committed yet."""

    reply: Reply
    data: bytearray
    """Replies for the client."""
    can_run_again: bool = True


async def write_directly(executor: Executor, sends: bytes, *, steps: int | None, lead: int = 0) -> bytes:
    """Run one write that was not begun yet, and commit it; the replies for the client. Raises PgError when it failed by
    a rule of ours or lost too often.

    `steps` as for Relay.run. `lead` characters stand before the statement in what the client sent.
    """

    async def attempt() -> Attempt:
        held = Held()
        return Attempt(await _run(executor, sends, held, steps=steps, lead=lead), held.data)

    return await until_it_is_through(executor, attempt)


async def until_it_is_through(
    executor: Executor, attempt: Callable[[], Awaitable[Attempt]], *, least_runs: int = 1
) -> bytes:
    """Run a write and commit it; the replies for the client. Raises PgError.

    A quick one that lost is run again as long as it is quick, others so often; Aurora DSQL's would meet others far more
    rarely.
    """
    clock = asyncio.get_running_loop().time
    ends = clock() + executor.cluster.settings.direct_write_s
    for run in itertools.count(1):
        ran = await attempt()
        is_last = not ran.can_run_again or (run >= least_runs and clock() > ends)
        if ran.reply.sqlstate in (SERIALIZATION_FAILURE, DEADLOCK):
            await executor.roll_back()
            if is_last:
                executor.counters.conflicted()
                raise refusals.DATA_CONFLICT.error()
            continue
        if ran.reply.error is not None:
            await executor.roll_back()
            return bytes(ran.data) + ran.reply.error.frame()
        try:
            await executor.commit()
        except PgError as error:
            if not isinstance(error.__cause__, LostConflict):
                raise
            if is_last:
                executor.counters.conflicted()
                raise
            continue
        return bytes(ran.data) + ran.reply.held
    raise AssertionError("it is run until it is through")


async def _run(executor: Executor, sends: bytes, held: Held, *, steps: int | None, lead: int) -> Reply:
    transaction = executor.new_transaction(is_explicit=False)
    transaction.check_order(Nature.WRITE)
    try:
        async with executor.running_statement() as backend:
            # one round trip for BEGIN and the statement
            backend.send(wire.query(transaction.opening_for_one()) + sends)
            await backend.reply()
            with executor.pushing():
                reply = await executor.relay.run(
                    held, Rewritten("", lead=lead), steps=steps, holds_tag=True, holds_error=True
                )
            if steps is not None:
                backend.send(wire.message(b"S"))
                await backend.sync()
            notices = backend.drain_notices()
            if reply.error is None:
                told = Told.of(notices)
                transaction.add(told, told.row_count)
        return reply
    except BaseException:
        await executor.roll_back()
        raise
