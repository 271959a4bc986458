"""A storm at a moment, for a screen on another thread: values only, small whatever the storm has grown to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dsqltui.core.storm.heat import Heat
from dsqltui.core.storm.latency import Percentiles
from dsqltui.core.storm.report import StormReport, attempts_of_commits

SECONDS_SHOWN = 60
_KEYS_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class EndpointView:
    """One endpoint in one design."""

    name: str
    commits: int
    conflicts: int
    attempts: int
    given_up: int
    failed: int
    """Other errors and lost connections."""
    commits_by_second: tuple[int, ...]
    """The last whole seconds, oldest first, at most SECONDS_SHOWN."""
    conflicts_by_second: tuple[int, ...]
    transaction: Percentiles
    commit: Percentiles


@dataclass(frozen=True, slots=True)
class DesignView:
    """One set of scripts."""

    name: str
    """A or B; empty when there is only one."""
    scripts: str
    elapsed_s: float
    endpoints: tuple[EndpointView, ...]
    by_attempts: tuple[tuple[int, int], ...]
    """Attempts, and commits that took so many."""
    heat: Heat
    messages: tuple[tuple[str, str], ...] = ()
    """The first message of each SQLSTATE that was no conflict, or of `lost`."""

    @property
    def commits_per_s(self) -> float:
        """Of both endpoints."""
        return sum(one.commits for one in self.endpoints) / self.elapsed_s if self.elapsed_s else 0.0

    @property
    def conflict_share(self) -> float:
        """Of all attempts those that lost, from 0 to 1."""
        attempts = sum(one.attempts for one in self.endpoints)
        return sum(one.conflicts for one in self.endpoints) / attempts if attempts else 0.0


@dataclass(frozen=True, slots=True)
class StormView:
    """All of it."""

    designs: tuple[DesignView, ...]
    current: int
    """The design that has its turn."""
    sessions: int
    connected: int
    left_s: float | None
    """None when it ends by transactions."""
    is_paused: bool
    is_simulator: bool
    ended_early: str

    @property
    def design(self) -> DesignView:
        """The one that has its turn."""
        return self.designs[self.current]


def design_view(report: StormReport) -> DesignView:
    """A design's figures now."""
    whole = int(report.elapsed_s)
    return DesignView(
        report.name,
        " + ".join(report.scripts),
        report.elapsed_s,
        tuple(
            EndpointView(
                one.name,
                one.commits,
                one.conflicts.total(),
                one.attempts,
                one.given_up,
                one.errors.total() + one.lost,
                tuple(second.commits for second in one.seconds[:whole][-SECONDS_SHOWN:]),
                tuple(second.conflicts for second in one.seconds[:whole][-SECONDS_SHOWN:]),
                one.transaction.percentiles(),
                one.commit.percentiles(),
            )
            for one in report.tally.endpoints
        ),
        tuple(attempts_of_commits(report)),
        report.tally.heat.picture(_KEYS_SHOWN),
        tuple(report.tally.messages.items()),
    )


def with_heat_of(view: StormView, other: StormView) -> StormView:
    """The view with the hot rows of another moment of the same storm."""
    designs = tuple(replace(one, heat=that.heat) for one, that in zip(view.designs, other.designs, strict=True))
    return replace(view, designs=designs)


def storm_view(
    reports: Sequence[StormReport], current: int, connected: int, left_s: float | None, *, is_paused: bool
) -> StormView:
    """Everything at this moment."""
    return StormView(
        tuple(map(design_view, reports)),
        current,
        reports[0].sessions,
        connected,
        left_s,
        is_paused,
        reports[0].is_simulator,
        next((report.ended_early for report in reports if report.ended_early), ""),
    )
