"""COPY ... FROM STDIN in autocommit: a transaction of its own, of which the rows' keys are told and not the rows.

The data that the client sent are kept, so that a COPY that had to make way is run again from them; beside every other
write that is done from images of the rows, which for a load cost more than the rows.
"""

from dsqltui.sim.execution.autocommit_write import Attempt, until_it_is_through
from dsqltui.sim.execution.executor import Executor
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.changes import Told
from dsqltui.sim.pg.copy_feed import CopyFeed
from dsqltui.sim.pg.relay import Held, HeldCopy, Reply
from dsqltui.sim.sql.analysis import Nature
from dsqltui.sim.sql.rewrite import Rewritten

_LEAST_RUNS = 3
_NO_IMAGES = "SET LOCAL dsqltui.row_images = off"
"""For the triggers, `sql/sim/code/3-capture.sql`."""


async def copy_directly(executor: Executor, rewritten: Rewritten) -> bytes:
    """Run one, and commit it; the replies for the client. Raises PgError when it lost."""
    feed = CopyFeed()

    async def attempt() -> Attempt:
        held = HeldCopy(executor.client, feed)
        reply = await _run(executor, rewritten, held, feed)
        return Attempt(reply, held.data, feed.is_complete)

    return await until_it_is_through(executor, attempt, least_runs=_LEAST_RUNS)


async def _run(executor: Executor, rewritten: Rewritten, sink: Held, feed: CopyFeed) -> Reply:
    transaction = executor.new_transaction(is_explicit=False)
    transaction.check_order(Nature.WRITE)
    try:
        async with executor.running_statement() as backend:
            backend.send(wire.query(f"{transaction.opening_for_one()}; {_NO_IMAGES}") + wire.query(rewritten.text))
            await backend.reply()
            with executor.pushing():
                reply = await executor.relay.run(sink, rewritten, holds_tag=True, holds_error=True, feed=feed)
            told = Told.of(backend.drain_notices())
            if reply.error is None:
                transaction.add(told, 0)  # see rows_changed
                transaction.changes.copied_bytes = feed.size
        return reply
    except BaseException:
        await executor.roll_back()
        raise
