"""Looks which statements wait in PostgreSQL for rows of others, so that those others can be set aside.

One look for all sessions at once: with many of them at work every statement takes its time, and hardly any of them
waits for somebody.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from dsqltui.sim.pg.wire import PgError

_log = logging.getLogger(__name__)
_SOON_S, _LATER_S = 0.003, 0.05
"""How long a statement runs before somebody looks whether it waits for another session; and how long it takes at most
to the next look: they come after 3, 6, 12, ... ms."""
_LEAST_S = 0.002
"""Between two looks."""


class RunningStatement(Protocol):
    """What runs in one session's PostgreSQL process."""

    @property
    def pid(self) -> int: ...

    async def push(self, pids: Sequence[int]) -> None:
        """Set aside who is in its way: the sessions with these processes. Raises PgError, OSError."""
        ...


class Waiting:
    """The statements that run now."""

    def __init__(self, ask: Callable[[str], Awaitable[list[tuple[str | None, ...]]]]) -> None:
        """`ask` queries PostgreSQL with the rights to see who waits for whom."""
        self._ask = ask
        self._looked_at_s: dict[RunningStatement, float] = {}
        """When each is looked at next, on the loop's clock."""
        self._began_at_s: dict[RunningStatement, float] = {}
        self._pushing: dict[RunningStatement, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None

    def begins(self, statement: RunningStatement) -> None:
        """It is sent to PostgreSQL."""
        loop = asyncio.get_running_loop()
        now = self._began_at_s[statement] = loop.time()
        self._looked_at_s[statement] = now + _SOON_S
        if self._timer is None:
            self._timer = loop.call_later(_SOON_S, self._tick)

    def ends(self, statement: RunningStatement) -> None:
        """It is answered, or nobody waits for the answer any more."""
        self._looked_at_s.pop(statement, None)
        self._began_at_s.pop(statement, None)
        if self._pushing and (task := self._pushing.pop(statement, None)) is not None:
            task.cancel()

    def _tick(self) -> None:
        self._timer = None
        if not self._looked_at_s:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._looking is None and min(self._looked_at_s.values()) <= now:
            self._looking = loop.create_task(self._look(), name="who waits for whom")
            self._looking.add_done_callback(self._looked)
        due_s = min(self._looked_at_s.values()) - now
        self._timer = loop.call_later(max(due_s, _LEAST_S), self._tick)

    def _looked(self, task: "asyncio.Task[None]") -> None:
        self._looking = None
        if not task.cancelled() and (problem := task.exception()) is not None:
            _log.info("it cannot be seen who waits for whom: %s", problem)  # PostgreSQL is being started again

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        due = {each.pid: each for each, at in self._looked_at_s.items() if at <= now and each not in self._pushing}
        for each, at in self._looked_at_s.items():
            if at <= now:
                self._looked_at_s[each] = now + min(_LATER_S, now - self._began_at_s[each])
        if not due:
            return
        # PostgreSQL locks a table's file for a moment while it grows: loads would set each other aside for that
        rows = await self._ask(
            "SELECT p, pg_catalog.unnest(pg_catalog.pg_blocking_pids(p)) "
            f"FROM pg_catalog.unnest('{{{','.join(map(str, due))}}}'::pg_catalog.int4[]) AS p "
            "LEFT JOIN LATERAL pg_catalog.pg_stat_get_activity(p) AS a ON true "
            "WHERE a.wait_event IS DISTINCT FROM 'extend'"
        )
        in_the_way: dict[int, list[int]] = {}
        for pid, other in rows:
            in_the_way.setdefault(int(pid or 0), []).append(int(other or 0))
        for number, others in in_the_way.items():
            statement = due[number]
            if statement in self._looked_at_s:
                self._pushing[statement] = loop.create_task(self._push(statement, others), name="push")

    async def _push(self, statement: RunningStatement, others: Sequence[int]) -> None:
        try:
            await statement.push(others)
        except (PgError, OSError) as error:  # one that has just ended, perhaps; the next look tells
            _log.info("a session in the way could not be set aside: %s", error)
        finally:
            if self._pushing.get(statement) is asyncio.current_task():
                del self._pushing[statement]
