"""COPY ... FROM STDIN in autocommit: a transaction of its own, of which the rows' keys are told and not the rows.

The data that the client sent are kept, so that a COPY that had to make way is run again from them; beside every other
write that is done from images of the rows, which for a load cost more than the rows.
"""

from dsqltui.sim.execution.autocommit_write import Attempt, run_alone, until_it_is_through
from dsqltui.sim.execution.executor import Executor
from dsqltui.sim.pg import wire
from dsqltui.sim.pg.copy_feed import CopyFeed
from dsqltui.sim.pg.relay import HeldCopy
from dsqltui.sim.sql.rewrite import Rewritten

_LEAST_RUNS = 3


async def copy_directly(executor: Executor, rewritten: Rewritten) -> bytes:
    """Run one, and commit it; the replies for the client. Raises PgError when it lost."""
    feed = CopyFeed()

    async def attempt() -> Attempt:
        held = HeldCopy(executor.client, feed)
        reply = await run_alone(executor, wire.query(rewritten.text), held, rewritten, feed=feed)
        return Attempt(reply, held.data, feed.is_complete)

    return await until_it_is_through(executor, attempt, least_runs=_LEAST_RUNS)
