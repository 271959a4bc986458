"""What can be made to go wrong in the simulator, as values: names, units, defaults, and how they are written.

    Faults          a setting of every fault; the default is Aurora DSQL on a good day
    FAULTS          the faults by name, for the command line and the control interface
    with_changes    a setting with some faults changed, checked

Nothing here does I/O; fault_control.py makes faults happen.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import Any

from dsqltui.core.aws.limits import SESSION_AGE_LIMIT_S, TRANSACTION_AGE_LIMIT_S
from dsqltui.core.language import N_, _

MAX_CONNECTIONS = 10_000
CONNECTS_PER_SECOND = 100.0
CONNECT_BURST = 1_000
"""Per cluster. Source: Aurora DSQL User Guide, quotas, read 2026-10."""

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_PAIR = re.compile(r"([a-z]{2}(?:-[a-z]+)+-[0-9])\+([a-z]{2}(?:-[a-z]+)+-[0-9]):([0-9]+(?:\.[0-9]+)?)")
_LONGEST_S = 1_000_000.0
_MOST = 1_000_000_000


class FaultError(ValueError):
    """No such fault, or a value it cannot have. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Faults:
    """One setting of every fault. The defaults of limits are the service's own; everything else is off."""

    commit_latency_s: float = 0.0
    """Added to the COMMIT of a transaction that wrote: the way to the other Region and back. Simulated."""
    pair_latency_s: frozenset[tuple[str, str, float]] = frozenset()
    """The same for a pair of Regions, in alphabetical order, while the simulator has endpoints in both. Simulated."""
    unreachable: frozenset[str] = frozenset()
    """Regions whose endpoint closes every connection, new and old. The others go on."""
    waking_connects: int = 0
    """So many connects are still refused because the cluster wakes up."""
    waking_s: float = 0.0
    """Seconds the cluster takes to wake up, from the first connect on; connects are refused meanwhile."""
    session_age_limit_s: float = SESSION_AGE_LIMIT_S
    """Seconds after which a connection is cut, whatever it is doing."""
    transaction_age_limit_s: float = TRANSACTION_AGE_LIMIT_S
    """Seconds after which a transaction can only be ended."""
    token_clock_skew_s: float = 0.0
    """Seconds the endpoints' clock is ahead of this machine's when they check a token; negative: behind."""
    server_unavailable: int = 0
    """So many statements still get XX000 "server unavailable"."""
    connect_rate: float = CONNECTS_PER_SECOND
    """Connects per second that a cluster accepts in the long run."""
    connect_burst: int = CONNECT_BURST
    """Connects that a cluster accepts at once."""
    connection_limit: int = MAX_CONNECTIONS
    """Connections that a cluster has open at most."""
    conflict_every: int = 0
    """One of so many COMMITs that wrote gets OC000 without any conflict; 0: none."""
    conflict_seed: int = 0
    """Which one: 0 takes the last of each group; another number picks one at random, the same on every run."""
    lose_commit_answer: int = 0
    """So many commits that wrote are still done without an answer: the connection is cut instead."""


class Unit(Enum):
    """What a fault's value counts, in the words of the help."""

    SECONDS = N_("seconds")
    SIGNED_SECONDS = N_("seconds, may be negative")
    COUNT = N_("count")
    RATE = N_("per second")
    REGIONS = N_("Regions, separated by commas")
    PAIRS = N_("REGION+REGION:SECONDS, separated by commas")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault as users know it."""

    name: str
    attribute: str
    """The attribute of Faults."""
    unit: Unit
    about: str
    least: float = 0

    def from_text(self, text: str) -> object:
        """The value that `text` says, as JSON has it; `default` means None. Raises FaultError."""
        if text == "default":
            return None
        if self.unit in (Unit.REGIONS, Unit.PAIRS):
            return [region for region in (part.strip() for part in text.split(",")) if region]
        try:
            return int(text) if self.unit is Unit.COUNT else float(text)
        except ValueError:
            raise self._wrong(text) from None

    def checked(self, value: object) -> int | float | frozenset[str] | frozenset[tuple[str, str, float]]:
        """The attribute's value for a JSON value. Raises FaultError."""
        if self.unit is Unit.REGIONS:
            if not isinstance(value, list) or not all(isinstance(r, str) and _REGION.fullmatch(r) for r in value):
                raise self._wrong(value)
            return frozenset(value)
        if self.unit is Unit.PAIRS:
            if not isinstance(value, list):
                raise self._wrong(value)
            return frozenset(self._pair(one) for one in value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(value)
        if self.unit is Unit.COUNT:
            if not isinstance(value, int) or not self.least <= value <= _MOST:
                raise self._wrong(value)
            return value
        least = -_LONGEST_S if self.unit is Unit.SIGNED_SECONDS else self.least
        if not least <= value <= _LONGEST_S:  # true of NaN too
            raise self._wrong(value)
        return float(value)

    def _pair(self, text: object) -> tuple[str, str, float]:
        found = _PAIR.fullmatch(text) if isinstance(text, str) else None
        if found is None or found[1] == found[2] or not 0 <= float(found[3]) <= _LONGEST_S:
            raise self._wrong(text)
        first, second = sorted((found[1], found[2]))
        return first, second, float(found[3])

    def _wrong(self, value: object) -> FaultError:
        bound = _(", at least {least:g}").format(least=self.least) if self.least else ""
        said = _("{value!r} is no value for the fault {name}; give {unit}{bound}, or default")
        return FaultError(said.format(value=value, name=self.name, unit=_(self.unit.value), bound=bound))


_ALL = (
    Fault("commit-latency", "commit_latency_s", Unit.SECONDS, N_("added to the COMMIT of a writing transaction")),
    Fault("commit-latency-between", "pair_latency_s", Unit.PAIRS, N_("the same between two Regions of the cluster")),
    Fault("unreachable", "unreachable", Unit.REGIONS, N_("endpoints that close every connection")),
    Fault("waking-connects", "waking_connects", Unit.COUNT, N_("next connects refused, cluster waking up")),
    Fault("waking-time", "waking_s", Unit.SECONDS, N_("the same for a time, from the first connect")),
    Fault("session-age", "session_age_limit_s", Unit.SECONDS, N_("limit of a connection's age"), least=0.1),
    Fault("transaction-age", "transaction_age_limit_s", Unit.SECONDS, N_("limit of a transaction's age"), least=0.1),
    Fault("token-clock-skew", "token_clock_skew_s", Unit.SIGNED_SECONDS, N_("server's clock ahead of the client's")),
    Fault("server-unavailable", "server_unavailable", Unit.COUNT, N_("next statements that get XX000")),
    Fault("connect-rate", "connect_rate", Unit.RATE, N_("connects accepted, per endpoint"), least=0.001),
    Fault("connect-burst", "connect_burst", Unit.COUNT, N_("connects accepted at once, per endpoint"), least=1),
    Fault("connection-limit", "connection_limit", Unit.COUNT, N_("open connections, per endpoint")),
    Fault("conflict-every", "conflict_every", Unit.COUNT, N_("one of so many writing COMMITs gets OC000")),
    Fault("conflict-seed", "conflict_seed", Unit.COUNT, N_("picks which one; 0 is the last of them")),
    Fault(
        "lose-commit-answer",
        "lose_commit_answer",
        Unit.COUNT,
        N_("next commits that wrote: done, answer and connection lost"),
    ),
)

FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in _ALL}
"""Every fault by name, in the order of the help."""

NO_FAULTS = Faults()
"""The default: a good day."""


def parse_changes(texts: Sequence[str]) -> dict[str, object]:
    """The JSON values of `NAME=VALUE` texts, by name. Raises FaultError."""
    changes: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise FaultError(_("{text!r} is not NAME=VALUE").format(text=text))
        changes[name.strip()] = _fault(name.strip()).from_text(value.strip())
    return changes


def with_changes(faults: Faults, changes: Mapping[str, object]) -> Faults:
    """`faults` with the JSON values of `changes`, by name; None is the default. Raises FaultError."""
    defaults = asdict(NO_FAULTS)
    new: dict[str, Any] = {}
    for name, value in changes.items():
        fault = _fault(name)
        new[fault.attribute] = defaults[fault.attribute] if value is None else fault.checked(value)
    return replace(faults, **new)


def to_json_object(faults: Faults) -> dict[str, object]:
    """Every fault by name, as JSON values that `with_changes` takes."""
    values = asdict(faults)
    values["unreachable"] = sorted(faults.unreachable)
    values["pair_latency_s"] = [f"{one}+{other}:{seconds:g}" for one, other, seconds in sorted(faults.pair_latency_s)]
    return {name: values[fault.attribute] for name, fault in FAULTS.items()}


def table() -> list[tuple[str, str]]:
    """Rows for a help text: the name, then unit, meaning and default."""
    values = to_json_object(NO_FAULTS)
    rows = []
    for name, fault in FAULTS.items():
        default = values[name]
        shown = _("; default {value:g}").format(value=default) if isinstance(default, int | float) and default else ""
        unit, about = _(fault.unit.value), _(fault.about)
        rows.append((name, f"{unit}: {about}{shown}"))
    return rows


def _fault(name: str) -> Fault:
    if name not in FAULTS:
        raise FaultError(_("{name!r} is no fault; there are {known}").format(name=name, known=", ".join(FAULTS)))
    return FAULTS[name]
