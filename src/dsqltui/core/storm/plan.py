"""What a storm is to do, and what it may cost on AWS."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.core.storm.script import LoadScript
from dsqltui.core.transactions.retry import Backoff

NO_RETRY = Backoff(attempts=1)
MOST_SESSIONS = 2_000
CONNECTS_PER_S = 100.0
"""New connections that Aurora DSQL lets a cluster make per second. Source: AWS User Guide, quotas, read 2026-11."""
_WRITE_DPU, _READ_DPU = 0.05, 0.00375
"""The least that a transaction costs. Source: AWS User Guide, billing, read 2026-11; a peered cluster writes twice."""
_QUICKEST_S = 0.02
"""A transaction on AWS takes hardly less from nearby; for an estimate without a rate."""


@dataclass(frozen=True, slots=True)
class StormPlan:
    """One load."""

    scripts: tuple[LoadScript, ...]
    sessions: int = 16
    """Shared out evenly between the endpoints, A first."""
    seconds: float | None = 10.0
    """How long; None: until `transactions` are done."""
    transactions: int | None = None
    """How many runs, over all sessions; None: as many as there is time for."""
    rate: float | None = None
    """Runs that begin per second, over all sessions; None: as fast as they can."""
    backoff: Backoff = NO_RETRY
    """How a run that loses is tried again; one attempt: it is not."""
    seed: int | None = None
    """Makes the random numbers the same each time."""
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def writes(self) -> bool:
        """Whether a script writes, as far as its words tell."""
        return any(script.writes for script in self.scripts)

    @property
    def most_runs(self) -> int:
        """Runs at the most, roughly: for an estimate."""
        seconds = self.seconds if self.seconds is not None else 1e9
        by_time = seconds * (self.rate if self.rate is not None else self.sessions / _QUICKEST_S)
        return round(min(by_time, self.transactions if self.transactions is not None else by_time))

    @property
    def estimated_dpu(self) -> float:
        """The least that `most_runs` cost, all of them at their first attempt, on a peered cluster."""
        return self.most_runs * (2 * _WRITE_DPU if self.writes else _READ_DPU)

    def question(self, hosts: Sequence[str]) -> str:
        """What a person is asked before it runs on AWS: what it does and costs."""
        until = " or ".join(
            (
                *([f"{self.seconds:g} s"] if self.seconds is not None else []),
                *(
                    [_("{transactions:,} transactions").format(transactions=self.transactions)]
                    if self.transactions is not None
                    else []
                ),
            )
        )
        rate = _(" at {rate:g} a second").format(rate=self.rate) if self.rate is not None else ""
        what = _("write to") if self.writes else _("read from")
        return _(
            "{sessions} sessions will {what} {hosts} for {until}{rate}. Up to about {most_runs:,} "
            "transactions, {estimated_dpu:,.0f} DPU at the least price of each (retries and large "
            "rows cost more)."
        ).format(
            sessions=self.sessions,
            what=what,
            hosts=_(" and ").join(hosts),
            until=until,
            rate=rate,
            most_runs=self.most_runs,
            estimated_dpu=self.estimated_dpu,
        )


class ScriptChoice:
    """Draws scripts by their weights."""

    def __init__(self, scripts: Sequence[LoadScript]) -> None:
        self._scripts = tuple(scripts)
        self._weights = [script.weight for script in scripts]
        if not any(self._weights):
            raise ValueError(_("all scripts have the weight 0; give one of them more"))

    def draw(self, rng: random.Random) -> LoadScript:
        """The next one."""
        return self._scripts[0] if len(self._scripts) == 1 else rng.choices(self._scripts, self._weights)[0]


class Schedule:
    """When runs are due with a rate: at random like independent visitors (a Poisson process), whoever may be busy.

    A run that begins late was due all the same, and its time counts from then: no coordinated omission.
    """

    def __init__(self, rate: float, rng: random.Random) -> None:
        self._rate = rate
        self._rng = rng
        self._next_s = 0.0

    def take(self) -> float:
        """The next one's time, in seconds from the start."""
        due = self._next_s
        self._next_s += self._rng.expovariate(self._rate)
        return due

    def left_before(self, end_s: float) -> int:
        """How many more are due before `end_s`; they are taken."""
        count = 0
        while self._next_s < end_s:
            self.take()
            count += 1
        return count
