"""Makes faults happen: one holder that connections, statements and commits ask, and that can be changed at any time."""

import asyncio
import random
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from dsqltui.core.aws.limits import TRANSACTION_AGE_LIMIT_S
from dsqltui.sim.faults.faults import NO_FAULTS, FaultError, Faults, with_changes
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.rules.messages import AGE_LIMIT, SERVER_UNAVAILABLE, Evidence, Message

# The text is documented, its SQLSTATE is not: 08006 is what the other refusals at connect have.
WAKING_UP = Message(
    "08006", "unable to accept connection, waking up cluster, please retry later", Evidence.DOCUMENTED, "2026-09"
)


class FaultControl:
    """The faults as they are now. It belongs to one event loop; nothing here fails or waits unless it was told to."""

    def __init__(
        self,
        faults: Faults = NO_FAULTS,
        regions: Collection[str] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`regions` are those that can become unreachable; None: not checked. Raises FaultError.

        `clock` tells seconds and never goes back.
        """
        self._faults = faults
        self._regions = regions
        self._clock = clock
        self._awake_at: float | None = None
        self._commits = 0
        self._losing_position = 0
        self._random = random.Random(self._faults.conflict_seed)
        self._watchers: dict[object, Callable[[], None]] = {}
        self._check_regions(self._faults)

    @property
    def current(self) -> Faults:
        """The faults now; counts are what is left of them."""
        return self._faults

    def change(self, changes: Mapping[str, object]) -> Faults:
        """Change faults by name to JSON values, None for the default; all or nothing. Raises FaultError."""
        faults = with_changes(self._faults, changes)
        self._check_regions(faults)
        self._faults = faults
        if "waking-time" in changes:
            self._awake_at = None
        if changes.keys() & {"conflict-every", "conflict-seed"}:
            self._commits = 0
            self._random = random.Random(faults.conflict_seed)
        for watcher in list(self._watchers.values()):
            watcher()
        return faults

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have `watcher` called after every change; returns what ends that."""
        key = object()
        self._watchers[key] = watcher

        def stop() -> None:
            self._watchers.pop(key, None)

        return stop

    # -- connections

    def is_reachable(self, region: str) -> bool:
        """Whether the endpoint of the Region can be reached."""
        return region not in self._faults.unreachable

    def connect_error(self) -> PgError | None:
        """Why the next connect is refused; asking uses it up."""
        faults = self._faults
        if faults.waking_connects:
            self._faults = replace(faults, waking_connects=faults.waking_connects - 1)
            return WAKING_UP.error()
        if faults.waking_s:
            now = self._clock()
            if self._awake_at is None:
                self._awake_at = now + faults.waking_s
            if now < self._awake_at:
                return WAKING_UP.error()
            self._faults = replace(faults, waking_s=0.0)
            self._awake_at = None
        return None

    def token_time(self, now: datetime) -> datetime:
        """What the clock says against which tokens are checked."""
        return now + timedelta(seconds=self._faults.token_clock_skew_s)

    # -- statements and commits

    def statement_error(self) -> PgError | None:
        """What the next statement fails with instead of being run; asking uses it up. The session survives."""
        left = self._faults.server_unavailable
        if not left:
            return None
        self._faults = replace(self._faults, server_unavailable=left - 1)
        return SERVER_UNAVAILABLE.error()

    def transaction_error(self, opened_at: float) -> PgError | None:
        """The error of a transaction opened at that reading of `now`, once it is too old."""
        age, limit = self._clock() - opened_at, self._faults.transaction_age_limit_s
        if age <= limit:
            return None
        said = (
            text.replace(f"{TRANSACTION_AGE_LIMIT_S}s", f"{limit:g}s") for text in (AGE_LIMIT.text, AGE_LIMIT.detail)
        )
        text, detail = said  # a shortened limit is told as it is
        return PgError(AGE_LIMIT.sqlstate, text, D=detail.format(age=int(age)))

    def now(self) -> float:
        """Seconds on the clock of `transaction_error`."""
        return self._clock()

    @property
    def is_at_commits(self) -> bool:
        """Whether COMMITs of writing transactions have to ask `before_commit` and the methods below it at all."""
        faults = self._faults
        return bool(self.commit_latency_s or faults.conflict_every or faults.lose_commit_answer)

    async def before_commit(self) -> None:
        """The way to the other Region, for the COMMIT of a transaction that wrote. Hold no lock meanwhile."""
        if seconds := self.commit_latency_s:
            await asyncio.sleep(seconds)

    @property
    def commit_latency_s(self) -> float:
        """Added to the COMMIT of a transaction that wrote: for every one, and for the farthest pair of Regions."""
        faults, here = self._faults, self._regions
        pairs = (s for one, other, s in faults.pair_latency_s if here is None or {one, other} <= set(here))
        return faults.commit_latency_s + max(pairs, default=0.0)

    def next_commit_conflicts(self) -> bool:
        """Whether the COMMIT of this writing transaction is to lose although nobody was in its way; asking counts."""
        every, seed = self._faults.conflict_every, self._faults.conflict_seed
        if not every:
            return False
        position = self._commits % every
        if position == 0:
            self._losing_position = self._random.randrange(every) if seed else every - 1
        self._commits += 1
        return position == self._losing_position

    def next_commit_answer_is_lost(self) -> bool:
        """Whether the client of a commit that wrote and is done never hears of it; asking uses it up."""
        left = self._faults.lose_commit_answer
        if left:
            self._faults = replace(self._faults, lose_commit_answer=left - 1)
        return left > 0

    def _check_regions(self, faults: Faults) -> None:
        if self._regions is None:
            return
        named = {region for one, other, _ in faults.pair_latency_s for region in (one, other)}
        if strangers := sorted(named - set(self._regions)):
            raise FaultError(
                f"commit-latency-between names {strangers[0]}; "
                f"this simulator has endpoints in {', '.join(self._regions)}"
            )
        if strangers := sorted(faults.unreachable - set(self._regions)):
            raise FaultError(
                f"{strangers[0]} cannot become unreachable: this simulator has endpoints in {', '.join(self._regions)}"
            )
