"""One write in autocommit: a transaction of its own that begins with the statement, and is run again when it lost."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dsqltui.sim.execution.executor import Executor
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.changes import Told
from dsqltui.sim.pg.copy_feed import CopyFeed
from dsqltui.sim.pg.relay import Held, Reply
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.rules import refusals
from dsqltui.sim.sql.analysis import Nature
from dsqltui.sim.sql.rewrite import Rewritten
from dsqltui.sim.transactions.losing import DEADLOCK, SERIALIZATION_FAILURE, LostConflict

_NO_IMAGES = "SET LOCAL dsqltui.row_images = off"
"""For the triggers, `sql/sim/code/3-capture.sql`."""


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
        return Attempt(await run_alone(executor, sends, held, Rewritten("", lead=lead), steps=steps), held.data)

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


async def run_alone(
    executor: Executor,
    sends: bytes,
    sink: Held,
    rewritten: Rewritten,
    *,
    steps: int | None = None,
    feed: CopyFeed | None = None,
) -> Reply:
    """Begin a transaction, run what `sends` holds and count what it changes; not committed yet. Raises PgError."""
    transaction = executor.new_transaction(is_explicit=False)
    transaction.check_order(Nature.WRITE)
    try:
        async with executor.running_statement() as backend:
            opening = transaction.opening_for_one()  # not before: from now on others may have it set aside
            if feed is not None:
                opening = f"{opening}; {_NO_IMAGES}"
            # one round trip for BEGIN and the statement
            backend.send(wire.query(opening) + sends)
            await backend.reply()
            with executor.pushing():
                reply = await executor.relay.run(
                    sink, rewritten, steps=steps, holds_tag=True, holds_error=True, feed=feed
                )
            if steps is not None:
                backend.send(wire.message(b"S"))
                await backend.sync()
            told = Told.of(backend.drain_notices())
            if reply.error is None:
                transaction.add(told, told.row_count if feed is None else 0)  # see rows_changed
                transaction.changes.copied_bytes = 0 if feed is None else feed.size
        return reply
    except BaseException:
        await executor.roll_back()
        raise
