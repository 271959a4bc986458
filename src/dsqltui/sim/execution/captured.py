"""A statement in an open transaction, with what it changes captured: the loop that both protocols share.

Source: dsql facts 3: a transaction sees its snapshot and never waits; conflicts are told at COMMIT.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dsqltui.sim.execution.executor import Executor
from dsqltui.sim.pg.changes import Told
from dsqltui.sim.pg.copy_feed import CopyFeed
from dsqltui.sim.pg.relay import Held, HeldCopy, Reply
from dsqltui.sim.pg.row_count import rows_changed
from dsqltui.sim.sql.analysis import Analysis, Name
from dsqltui.sim.transactions.flagging import Flagging
from dsqltui.sim.transactions.transaction import Transaction


@dataclass(frozen=True, slots=True)
class OneRun:
    """What one run of it brought."""

    reply: Reply
    flagging: Flagging | None


async def run_captured(
    executor: Executor,
    transaction: Transaction,
    analysis: Analysis,
    targets: tuple[Name, ...],
    run: Callable[[Held | None, CopyFeed | None], Awaitable[OneRun]],
    *,
    is_held: bool = True,
) -> Reply:
    """Have PostgreSQL run it, and tell the client the replies but the tag. What it changes counts; when it met what
    others had committed meanwhile, it is run again, privately. The backend is held. Raises PgError.

    `run` sends it and waits for the answer, with the replies in the `Held`; to the client, and only once, unless
    `is_held`.
    """
    feed = CopyFeed() if analysis.copies_in else None
    while True:
        held = None if not is_held else Held() if feed is None else HeldCopy(executor.client, feed)
        ran = await run(held, feed)
        reply = ran.reply
        told = Told.of(executor.backend.drain_notices())
        sees_too_much = reply.error is None and transaction.sees_too_much(told)
        if held is None or not (sees_too_much or transaction.is_conflict(reply.sqlstate)):
            break
        await executor.try_again(targets, reply.sqlstate, feed)
    if held is not None:
        executor.client.write(bytes(held.data))
    if reply.error is not None:
        executor.client.write(reply.error.frame())
        return reply
    transaction.add(told, rows_changed(told, reply.tag))
    await executor.flag(analysis, ran.flagging)
    return reply
