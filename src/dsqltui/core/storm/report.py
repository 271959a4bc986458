"""What a storm found, as values: the lines of its tables and the object that JSON holds."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dsqltui.core.language import N_, _
from dsqltui.core.results.errors import Conflict
from dsqltui.core.storm.latency import LatencyHistogram, Percentiles
from dsqltui.core.storm.tally import EndpointTally, StormTally

SIMULATOR_NOTE = N_("On the simulator the shares of conflicts are meant; its speed is not that of Aurora DSQL.")


@dataclass(frozen=True, slots=True)
class StormReport:
    """One design's figures."""

    name: str
    """What it is called beside another one: A or B; empty when it is alone."""
    scripts: tuple[str, ...]
    sessions: int
    elapsed_s: float
    """How long it ran, all its rounds together."""
    tally: StormTally
    is_simulator: bool = False
    ended_early: str = ""
    """Why it stopped before its time: a sentence; empty when it did not."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table."""

    label: str
    value: Callable[["_Sum"], float]
    form: Callable[[float], str]
    has_ratio: bool = True


class _Sum:
    """An endpoint's counters, or those of several together."""

    def __init__(self, parts: Sequence[EndpointTally], elapsed_s: float) -> None:
        self.elapsed_s = elapsed_s
        self.commits = sum(one.commits for one in parts)
        self.runs = sum(one.runs for one in parts)
        self.attempts = sum(one.attempts for one in parts)
        self.conflicts: Counter[Conflict] = Counter()
        self.errors: Counter[str] = Counter()
        self.by_attempts: Counter[int] = Counter()
        transaction, commit = LatencyHistogram(), LatencyHistogram()
        for one in parts:
            self.conflicts.update(one.conflicts)
            self.errors.update(one.errors)
            self.by_attempts.update(one.by_attempts)
            transaction.add_all(one.transaction)
            commit.add_all(one.commit)
        self.first_lost = sum(one.first_lost for one in parts)
        self.given_up = sum(one.given_up for one in parts)
        self.lost = sum(one.lost for one in parts)
        self.unknown = sum(one.unknown for one in parts)
        self.transaction: Percentiles = transaction.percentiles()
        self.commit: Percentiles = commit.percentiles()

    @property
    def per_s(self) -> float:
        return self.commits / self.elapsed_s if self.elapsed_s else 0.0

    @property
    def conflict_share(self) -> float:
        return self.conflicts.total() / self.attempts if self.attempts else 0.0

    @property
    def first_share(self) -> float:
        return self.first_lost / self.runs if self.runs else 0.0

    @property
    def given_up_share(self) -> float:
        return self.given_up / self.runs if self.runs else 0.0


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _one_place(value: float) -> str:
    return f"{value:,.1f}"


def _percent(value: float) -> str:
    return f"{value * 100:.1f} %"


def _ms(value: float) -> str:
    if not value:
        return "-"
    return (
        _("{value:,.1f} ms").format(value=value * 1000.0)
        if value < 0.1
        else _("{value:,.0f} ms").format(value=value * 1000.0)
    )


FIGURES: tuple[Figure, ...] = (
    Figure(N_("commits"), lambda s: s.commits, _count),
    Figure(N_("commits a second"), lambda s: s.per_s, _one_place),
    Figure("attempts", lambda s: s.attempts, _count),
    Figure(N_("conflicts on data (OC000)"), lambda s: s.conflicts[Conflict.DATA], _count),
    Figure(N_("conflicts on the schema (OC001)"), lambda s: s.conflicts[Conflict.SCHEMA], _count),
    Figure(N_("attempts that lost"), lambda s: s.conflict_share, _percent),
    Figure(N_("first attempts that lost"), lambda s: s.first_share, _percent),
    Figure(N_("given up"), lambda s: s.given_up, _count),
    Figure(N_("given up, of all"), lambda s: s.given_up_share, _percent),
    Figure(N_("other errors"), lambda s: s.errors.total(), _count),
    Figure(N_("connections lost"), lambda s: s.lost, _count),
    Figure(N_("transaction p50"), lambda s: s.transaction.p50_s, _ms),
    Figure(N_("transaction p95"), lambda s: s.transaction.p95_s, _ms),
    Figure(N_("transaction p99"), lambda s: s.transaction.p99_s, _ms),
    Figure("COMMIT p50", lambda s: s.commit.p50_s, _ms),
    Figure("COMMIT p95", lambda s: s.commit.p95_s, _ms),
    Figure("COMMIT p99", lambda s: s.commit.p99_s, _ms),
)
_ALWAYS = frozenset({"commits", "conflicts on data (OC000)", "given up"})


def endpoint_lines(report: StormReport) -> list[tuple[str, ...]]:
    """Label, a value for each endpoint, and for both together; lines of nothing but 0 are left out."""
    parts = report.tally.endpoints
    sums = [_Sum([one], report.elapsed_s) for one in parts]
    if len(parts) > 1:
        sums.append(_Sum(parts, report.elapsed_s))
    return [
        (_(figure.label), *(figure.form(figure.value(one)) for one in sums))
        for figure in FIGURES
        if figure.label in _ALWAYS or any(figure.value(one) for one in sums)
    ]


def design_lines(first: StormReport, second: StormReport) -> list[tuple[str, str, str, str]]:
    """Label, both designs' values, and how often the first one's goes into the second one's."""
    one, other = (_Sum(report.tally.endpoints, report.elapsed_s) for report in (first, second))
    return [
        (_(figure.label), figure.form(figure.value(one)), figure.form(figure.value(other)), _ratio(figure, one, other))
        for figure in FIGURES
        if figure.label in _ALWAYS or figure.value(one) or figure.value(other)
    ]


def _ratio(figure: Figure, one: _Sum, other: _Sum) -> str:
    first, second = figure.value(one), figure.value(other)
    return f"{second / first:.2f}" if first else "-"


def attempts_of_commits(report: StormReport) -> list[tuple[int, int]]:
    """How many attempts, and how many commits took so many."""
    return sorted(_Sum(report.tally.endpoints, report.elapsed_s).by_attempts.items())


def error_lines(report: StormReport) -> list[str]:
    """Each SQLSTATE that was no conflict: how often, and the server's first words."""
    whole = _Sum(report.tally.endpoints, report.elapsed_s)
    lines = [f"{count:,} x {state}: {report.tally.messages[state]}" for state, count in whole.errors.most_common()]
    if whole.lost:
        unknown = (
            _(", {unknown:,} of them with COMMIT on its way (unknown)").format(unknown=whole.unknown)
            if whole.unknown
            else ""
        )
        lines.append(
            _("{lost:,} x connection lost{unknown}: {messages}").format(
                lost=whole.lost, unknown=unknown, messages=report.tally.messages["lost"]
            )
        )
    return lines


def as_json(report: StormReport) -> dict[str, Any]:
    """The object of one design."""
    tally = report.tally
    whole = _Sum(tally.endpoints, report.elapsed_s)
    heat = tally.heat.picture()
    return {
        **({"design": report.name} if report.name else {}),
        "scripts": list(report.scripts),
        "sessions": report.sessions,
        "elapsed_s": round(report.elapsed_s, 3),
        **_numbers(whole),
        "not_begun": tally.not_begun,
        "unfinished": tally.unfinished,
        **({"late_ms": tally.late_s.percentiles().in_ms} if tally.late_s.count else {}),
        "messages": dict(tally.messages),
        "endpoints": [{"name": one.name, **_numbers(_Sum([one], report.elapsed_s))} for one in tally.endpoints],
        "hot": [{"table": hot.row.table, "key": hot.row.key, "lost": hot.lost} for hot in heat.top],
        "heat": {
            "keys": heat.keys,
            "told": heat.told,
            "not_told": dict(heat.not_told),
            "hottest_1_percent_share": round(heat.hottest_share, 4),
            "by_table": dict(heat.by_table),
        },
        "by_second": [
            {
                "second": second.second,
                "endpoint": one.name,
                "commits": second.commits,
                "conflicts": second.conflicts,
                "transaction_ms": second.transaction.in_ms,
                "commit_ms": second.commit.in_ms,
            }
            for one in tally.endpoints
            for second in one.seconds
        ],
        "is_simulator": report.is_simulator,
        "ended_early": report.ended_early,
    }


def designs_as_json(first: StormReport, second: StormReport) -> dict[str, Any]:
    """The object of two designs: the numbers of both together, each by itself, the second's in terms of the first's."""
    one, other = (_Sum(report.tally.endpoints, report.elapsed_s) for report in (first, second))
    both = _Sum((*first.tally.endpoints, *second.tally.endpoints), first.elapsed_s + second.elapsed_s)
    ratio = {figure.label: round(figure.value(other) / figure.value(one), 4) for figure in FIGURES if figure.value(one)}
    return {**_numbers(both), "designs": [as_json(first), as_json(second)], "ratio": ratio}


def _numbers(whole: _Sum) -> dict[str, Any]:
    return {
        "commits": whole.commits,
        "conflicts": whole.conflicts.total(),
        "attempts": whole.attempts,
        "given_up": whole.given_up,
        "runs": whole.runs,
        "first_attempts_lost": whole.first_lost,
        "conflicts_by_code": {kind.value: whole.conflicts[kind] for kind in Conflict},
        "errors": dict(whole.errors),
        "lost": whole.lost,
        "commit_unknown": whole.unknown,
        "commits_by_attempts": {str(attempts): count for attempts, count in sorted(whole.by_attempts.items())},
        "commits_per_s": round(whole.per_s, 2),
        "conflict_share": round(whole.conflict_share, 4),
        "first_attempts_lost_share": round(whole.first_share, 4),
        "given_up_share": round(whole.given_up_share, 4),
        "transaction_ms": whole.transaction.in_ms,
        "commit_ms": whole.commit.in_ms,
    }
