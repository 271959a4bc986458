"""One write in autocommit that PostgreSQL itself commits: no copy, while nobody else has a transaction open."""

from dsqltui.sim import refusals, row_count, wire
from dsqltui.sim.backend import IDLE, Backend
from dsqltui.sim.executor import Executor
from dsqltui.sim.relay import Held
from dsqltui.sim.rewrite import Rewritten
from dsqltui.sim.transaction import ROWS_THAT_MAY_BE_TOO_LARGE

_MUCH_WRITTEN = 100 * 1024
"""Bytes of PostgreSQL's log. It holds compressed values, and PostgreSQL's compression makes them 91 times smaller at
most: 10 MiB leave 115 KiB there."""


async def write_directly(
    executor: Executor, sends: bytes, *, steps: int | None, lead: int = 0, counts_all: bool = False
) -> bytes | None:
    """Run one write and commit it in PostgreSQL itself: allowed while no other transaction is open.

    The replies for the client, or None when it has to go through a shadow: others are open, it took so long that it
    would hold up their commits, or it wrote so much that its size must be known exactly. Raises PgError when the
    commit is refused. `lead` characters stand before the statement in what the client sent. With `counts_all` it may
    change more rows than its command tag tells.
    """
    cluster = executor.cluster
    async with cluster.commit_lock:
        if not cluster.log.is_alone() or cluster.faults.is_at_commits:
            return None
        limit_ms = max(1, int(cluster.settings.direct_write_s * 1000))
        held = Held()
        async with executor.talking() as backend:
            begin = (
                f"BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL statement_timeout = {limit_ms}; "
                f"SELECT pg_current_wal_insert_lsn(), {row_count.SO_FAR if counts_all else 0}"
            )
            backend.send(wire.query(begin) + sends)
            written_before, rows_before = (await backend.reply())[0]
            try:
                reply = await executor.relay.run(held, Rewritten("", lead=lead), steps=steps, holds_tag=True)
                rows = row_count.told_by(reply.tag)
                commit = wire.query("COMMIT")
                is_small = not counts_all and rows < ROWS_THAT_MAY_BE_TOO_LARGE
                commits_at_once = is_small and reply.error is None
                backend.send((wire.message(b"S") if steps is not None else b"") + commits_at_once * commit)
                if steps is not None:
                    await backend.sync()
                if reply.error is None and counts_all:
                    rows = await row_count.so_far(backend) - int(rows_before or 0)
                if reply.error is None and rows > cluster.settings.transaction_row_limit:
                    raise refusals.ROW_LIMIT.error()
                if reply.error is None and not commits_at_once:
                    if rows >= ROWS_THAT_MAY_BE_TOO_LARGE and await _has_written_much(backend, written_before or "0/0"):
                        return None
                    backend.send(commit)
                if reply.error is None:
                    await backend.reply()
                    cluster.log.committed(None, {})  # whoever began meanwhile has an older snapshot
            finally:
                if backend.status != IDLE:
                    await backend.query("ROLLBACK")
            if reply.is_cancelled:
                return None
    return bytes(held.data) + reply.held


async def _has_written_much(backend: Backend, since: str) -> bool:
    """Whether PostgreSQL's log grew so much since that position that the size limit may have been reached."""
    rows = await backend.query(f"SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '{since}') > {_MUCH_WRITTEN}")
    return rows[0][0] == "t"
