"""What exploring a case found: every order with its judgement, gathered into groups, and what was expected of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import pairwise

from dsqltui.core.interleaving.comparing import ComparedRun, OrderRun
from dsqltui.core.interleaving.judging import Judgement, OrderVerdict, Serial
from dsqltui.core.interleaving.orders import ClassKey, Order
from dsqltui.core.interleaving.scripts import SessionScript
from dsqltui.core.interleaving.spec import Expectation, InterleavingSpec
from dsqltui.core.language import _, ngettext


class Coverage(Enum):
    """Which orders were run."""

    CLASSES = "classes"
    """One of each class of orders that cannot differ."""
    ALL = "all"
    SAMPLE = "sample"
    """Random ones: there are more than the limit."""
    LISTED = "listed"
    """Those that the file names."""


@dataclass(frozen=True, slots=True)
class JudgedOrder:
    """One order, what it gave, what that is."""

    order: Order
    key: ClassKey
    judgement: Judgement
    run: OrderRun
    compared: ComparedRun
    is_odd: bool = False
    """Whether it differs from another order of its class, which must not happen."""
    is_serial_after_retry: bool | None = None
    """With retry: whether everybody came through in the end as in a serial order."""
    name: str = ""
    """What a file calls the order."""


@dataclass(frozen=True, slots=True)
class OutcomeGroup:
    """Orders with the same judgement."""

    judgement: Judgement
    """That of the example."""
    members: tuple[JudgedOrder, ...]
    covers: int | None
    """How many orders of all statements belong to the classes of its members; None when that was not counted."""
    is_odd: bool = False

    @property
    def example(self) -> JudgedOrder:
        """The order that is the easiest to follow: the fewest changes from session to session."""
        return min(self.members, key=lambda one: (_changes(one.order), one.order))

    @property
    def title(self) -> str:
        """`anomaly (write skew): wrong data, as in no serial order`, `A loses (40001)`."""
        said = self.judgement.sentence
        if len(self.members) > 1 and self.judgement.verdict in (OrderVerdict.SERIALISABLE, OrderVerdict.LOSES):
            said = re.split("[:;]", said)[0]  # each is the same as a serial order, not all as the same one
        return _("differs within its class: {said}").format(said=said) if self.is_odd else said


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is known of a case."""

    spec: InterleavingSpec
    scripts: tuple[SessionScript, ...]
    coverage: Coverage
    order_count: int
    """Orders of all statements that there are."""
    class_count: int | None
    """Classes of them; None when there are more than the limit."""
    planned: int
    """Orders that were to be run."""
    judged: tuple[JudgedOrder, ...]
    serials: Mapping[Serial, OrderRun]
    sizes: Mapping[ClassKey, int] | None = None
    seed: int | None = None
    """Of a sample."""
    is_retrying: bool = False
    duration_s: float = 0.0
    check: tuple[str, ...] = ()
    """The queries that showed the final state."""
    notes: tuple[str, ...] = ()
    groups: tuple[OutcomeGroup, ...] = field(init=False)
    """The worst first."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", _grouped(self))

    @property
    def is_complete(self) -> bool:
        """Whether all that was planned was run."""
        return len(self.judged) == self.planned

    @property
    def anomalies(self) -> int:
        """Orders that came to an anomaly, or were stale."""
        return sum(one.judgement.verdict in (OrderVerdict.ANOMALY, OrderVerdict.STALE) for one in self.judged)

    @property
    def lost(self) -> int:
        """Orders in which somebody got 40001."""
        return sum(bool(one.judgement.losers) for one in self.judged)

    @property
    def odd(self) -> int:
        """Orders that differ from others of their class."""
        return sum(one.is_odd for one in self.judged)

    @property
    def not_serial_after_retry(self) -> int:
        """Orders that even with retry did not end as a serial order does."""
        return sum(one.is_serial_after_retry is False for one in self.judged)


def failures_of(findings: Findings, expected: Expectation) -> tuple[str, ...]:
    """What is not as expected: a sentence each."""
    failed = []
    other = sum(
        one.judgement.verdict in (OrderVerdict.OTHER_ERROR, OrderVerdict.UNKNOWN) or one.is_odd
        for one in findings.judged
    )
    for rule in expected.rules:
        if rule == "no-anomaly" and (findings.anomalies or other):
            also = _(", and {orders} to an error").format(orders=_orders(other)) if other else ""
            failed.append(
                _("no-anomaly was expected, and {orders} came to an anomaly{also}.").format(
                    orders=_orders(findings.anomalies), also=also
                )
            )
        if rule == "none-lost" and findings.lost:
            failed.append(
                _("none-lost was expected, and in {orders} somebody lost.").format(orders=_orders(findings.lost))
            )
        if rule == "serial-after-retry" and findings.not_serial_after_retry:
            failed.append(
                _("serial-after-retry was expected, and {orders} did not end as a serial order does.").format(
                    orders=_orders(findings.not_serial_after_retry)
                )
            )
        if rule == "serial-after-retry" and not findings.is_retrying:
            failed.append(_("serial-after-retry was expected, and nothing was run again; add --retry."))
    if expected.counts and findings.coverage is Coverage.CLASSES and not findings.is_retrying:
        found: dict[str, int] = {}
        for one in findings.judged:
            found[one.judgement.verdict.word] = found.get(one.judgement.verdict.word, 0) + 1
        if found != dict(expected.counts):
            failed.append(
                _("{counts} was expected of the classes, and {counts_2} came.").format(
                    counts=_counts(expected.counts), counts_2=_counts(found)
                )
            )
    if not findings.is_complete:
        failed.append(
            _("{orders} of {planned} were run.").format(orders=_orders(len(findings.judged)), planned=findings.planned)
        )
    return tuple(failed)


def judged_with_odd_ones(judged: Sequence[JudgedOrder]) -> tuple[JudgedOrder, ...]:
    """The same with those marked that differ from the first of their class."""
    first: dict[ClassKey, JudgedOrder] = {}
    found = []
    for one in judged:
        known = first.setdefault(one.key, one)
        is_odd = known.compared != one.compared
        found.append(replace(one, is_odd=True) if is_odd else one)
    return tuple(found)


def _grouped(findings: Findings) -> tuple[OutcomeGroup, ...]:
    found: dict[tuple[object, ...], list[JudgedOrder]] = {}
    for one in findings.judged:
        said = one.judgement
        found.setdefault((not one.is_odd, said.verdict, said.wrong != "data", said.losers, said.name), []).append(one)
    groups = []
    for key in sorted(found, key=lambda k: (k[0], k[1], k[2], k[3], k[4])):
        members = tuple(found[key])
        groups.append(OutcomeGroup(members[0].judgement, members, _covered(findings, members), not key[0]))
    return tuple(groups)


def _covered(findings: Findings, members: Sequence[JudgedOrder]) -> int | None:
    if findings.coverage is Coverage.ALL:
        return len(members)
    if findings.sizes is None or findings.coverage is not Coverage.CLASSES:
        return None
    return sum(findings.sizes.get(one.key, 0) for one in members)


def _changes(order: Order) -> int:
    return sum(one != other for one, other in pairwise(order))


def _orders(count: int) -> str:
    return ngettext("{count:,} order", "{count:,} orders", count).format(count=count)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{word} {count}" for word, count in sorted(counts.items())) or _("nothing")
