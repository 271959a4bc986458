"""What happens under load, counted: by endpoint, by second, by number of attempts. To be used on one event loop."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from dsqltui.core.results.errors import Conflict
from dsqltui.core.storm.heat import HeatMap
from dsqltui.core.storm.latency import LatencyHistogram, Percentiles
from dsqltui.core.storm.row_keys import RowKey


@dataclass(frozen=True, slots=True)
class SecondFigures:
    """A second at an endpoint."""

    second: int
    """From the start of the load, from 0."""
    commits: int
    conflicts: int
    transaction: Percentiles
    commit: Percentiles


@dataclass(slots=True)
class _Second:
    number: int = 0
    commits: int = 0
    conflicts: int = 0
    transaction: LatencyHistogram = field(default_factory=LatencyHistogram)
    commit: LatencyHistogram = field(default_factory=LatencyHistogram)

    @property
    def figures(self) -> SecondFigures:
        return SecondFigures(
            self.number, self.commits, self.conflicts, self.transaction.percentiles(), self.commit.percentiles()
        )


class EndpointTally:
    """One endpoint's figures.

    A *run* is one way through a script, with all its retries; it ends as a commit, is given up after its last conflict,
    fails with another error, or is lost with its connection.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        """Region, or whatever tells it from the other one."""
        self.commits = 0
        self.conflicts: Counter[Conflict] = Counter()
        self.given_up = 0
        self.errors: Counter[str] = Counter()
        """Refusals other than conflicts by SQLSTATE."""
        self.lost = 0
        """Runs whose connection ended."""
        self.unknown = 0
        """Of these, those that had sent their COMMIT: done or not, nobody said."""
        self.attempts = 0
        """Of all runs."""
        self.runs = 0
        """That began."""
        self.first_lost = 0
        """Runs whose first attempt lost a conflict."""
        self.by_attempts: Counter[int] = Counter()
        """Commits by the number of attempts they took."""
        self.transaction = LatencyHistogram()
        """From the start, or with a rate from when it was due, to the commit, retries and waits included."""
        self.commit = LatencyHistogram()
        """COMMIT alone, or the writing statement in autocommit."""
        self.seconds: list[SecondFigures] = []
        """Those that are over."""
        self._now = _Second()

    def began(self) -> None:
        """A run's first attempt."""
        self.runs += 1
        self.attempts += 1

    def retried(self) -> None:
        """A further attempt."""
        self.attempts += 1

    def committed(self, second: int, attempts: int, seconds: float) -> None:
        """A run ended well, that many seconds after its start."""
        now = self.at(second)
        now.commits += 1
        self.commits += 1
        self.by_attempts[attempts] += 1
        self.transaction.add(seconds)
        now.transaction.add(seconds)

    def commit_took(self, second: int, seconds: float) -> None:
        """A COMMIT was answered well."""
        self.commit.add(seconds)
        self.at(second).commit.add(seconds)

    def lost_conflict(self, second: int, conflict: Conflict, attempts: int) -> None:
        """The attempt of that number lost."""
        self.conflicts[conflict] += 1
        self.first_lost += attempts == 1
        self.at(second).conflicts += 1

    def at(self, second: int) -> _Second:
        """The running second; those before it are closed."""
        now = self._now
        if second > now.number:
            self.seconds.append(now.figures)
            self.seconds += [
                SecondFigures(number, 0, 0, Percentiles(), Percentiles()) for number in range(now.number + 1, second)
            ]
            self._now = now = _Second(second)
        return now

    def close(self) -> None:
        """The load is over: the last second counts, when there was anything in it."""
        if self._now.commits or self._now.conflicts:
            self.seconds.append(self._now.figures)
        self._now = _Second(self._now.number + 1)


class StormTally:
    """Both endpoints' figures and where they conflict."""

    def __init__(self, endpoints: Iterable[str]) -> None:
        self.endpoints = tuple(EndpointTally(name) for name in endpoints)
        self.heat = HeatMap()
        self.messages: dict[str, str] = {}
        """The first message of each SQLSTATE that was no conflict, or of `lost`."""
        self.late_s = LatencyHistogram()
        """With a rate: how much later than due runs began."""
        self.not_begun = 0
        """With a rate: runs that were due and never began."""
        self.unfinished = 0
        """Runs that would have been tried again when the load ended."""

    @property
    def commits(self) -> int:
        """Of both."""
        return sum(one.commits for one in self.endpoints)

    @property
    def conflicts(self) -> int:
        """Of both kinds at both endpoints."""
        return sum(one.conflicts.total() for one in self.endpoints)

    @property
    def given_up(self) -> int:
        """Of both."""
        return sum(one.given_up for one in self.endpoints)

    @property
    def failed(self) -> int:
        """Runs that ended with an error other than a conflict, or with their connection."""
        return sum(one.errors.total() + one.lost for one in self.endpoints)

    def lost_conflict(
        self, at: EndpointTally, second: int, conflict: Conflict, attempts: int, rows: Iterable[RowKey]
    ) -> None:
        """An attempt lost, which had written these rows."""
        at.lost_conflict(second, conflict, attempts)
        if conflict is Conflict.DATA:
            self.heat.add(rows)

    def refused(self, at: EndpointTally, sqlstate: str, message: str) -> None:
        """A run failed with an error that is no conflict."""
        at.errors[sqlstate] += 1
        self.messages.setdefault(sqlstate, message)

    def lost(self, at: EndpointTally, reason: str, *, is_unknown: bool) -> None:
        """A run's connection ended; `is_unknown`: while its COMMIT was on its way."""
        at.lost += 1
        at.unknown += is_unknown
        self.messages.setdefault("lost", reason)
