"""A COMMIT as the counters see it."""

import functools
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from dsqltui.sim.pg.counters import ClusterCounters
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.rules import refusals
from dsqltui.sim.transactions.losing import LostConflict
from dsqltui.sim.transactions.transaction import Transaction


class Commits(Protocol):
    """What has a transaction to commit, and counters."""

    counters: ClusterCounters
    transaction: Transaction | None

    @property
    def has_failed(self) -> bool: ...


C = TypeVar("C", bound=Commits)


def counted(commit: Callable[[C], Awaitable[str]]) -> Callable[[C], Awaitable[str]]:
    """A method that commits, counted. A write in autocommit that lost is tried again: not counted here."""

    @functools.wraps(commit)
    async def committed(self: C) -> str:
        transaction = self.transaction
        if transaction is None or self.has_failed:
            return await commit(self)
        started = time.monotonic()
        try:
            tag = await commit(self)
        except PgError as error:
            is_tried_again = not transaction.is_explicit and isinstance(error.__cause__, LostConflict)
            if error.sqlstate == refusals.DATA_CONFLICT.sqlstate and not is_tried_again:
                self.counters.conflicted()
            raise
        size = transaction.changes.size if transaction.has_written else 0
        is_read_only = not (transaction.has_dml or transaction.has_ddl)
        self.counters.committed(is_read_only=is_read_only, took_s=time.monotonic() - started, bytes_written=size)
        return tag

    return committed
