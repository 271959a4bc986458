"""Pinned statements with their calls a day, and what they come to in a month."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.aws.dpu_rates import FREE_DPU, FREE_GB
from dsqltui.core.cost.billing import Dpu, billed, summed
from dsqltui.core.language import _

DAYS = 30
"""Of a month here."""
_VERSION = 1
_NAME_LIMIT = 60


class WorkloadUnreadable(Exception):
    """A workload's file cannot be read, or a name or number cannot be. The message is one sentence."""


@dataclass(frozen=True, slots=True)
class PinnedStatement:
    """A statement, as EXPLAIN ANALYZE VERBOSE measured it once."""

    name: str
    sql: str
    """With its secrets hidden."""
    dpu: Dpu
    """Before its transaction's minimums."""
    calls_a_day: float
    region: str = ""
    measured_on: str = ""
    """Date, ISO 8601."""

    @property
    def billed(self) -> Dpu:
        """One call as a transaction of its own."""
        return billed([self.dpu])


@dataclass(frozen=True, slots=True)
class Prices:
    """What the person's settings say; None where they say nothing."""

    per_million_dpu: float | None = None
    per_gb_month: float | None = None
    region: str = ""
    date: str = ""
    free_dpu: float = FREE_DPU
    free_gb: float = FREE_GB

    def of(self, dpu: float) -> float | None:
        """Money for so many DPU, without the free tier."""
        return None if self.per_million_dpu is None else dpu * self.per_million_dpu / 1_000_000

    @property
    def sentence(self) -> str:
        """Where the prices come from, or that there are none."""
        if self.per_million_dpu is None:
            return _("No price is set, so only DPU are told: results.price_per_million_dpu in the settings.")
        where, when = self.region or _("no Region said"), self.date or _("no date said")
        return _("At {per_million_dpu:,.2f} dollars per million DPU ({where}, {when}; your settings).").format(
            per_million_dpu=self.per_million_dpu, where=where, when=when
        )


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """What a workload comes to in DAYS days."""

    statements: tuple[PinnedStatement, ...]
    prices: Prices
    storage_gb: float | None = None
    """None: not counted."""

    def dpu_of(self, statement: PinnedStatement) -> Dpu:
        """A month of one statement."""
        return statement.billed.times(statement.calls_a_day * DAYS)

    @property
    def dpu(self) -> Dpu:
        """A month of all."""
        return summed(self.dpu_of(statement) for statement in self.statements)

    @property
    def paid_dpu(self) -> float:
        """What is left after the free tier."""
        return max(0.0, self.dpu.total - self.prices.free_dpu)

    @property
    def compute_money(self) -> float | None:
        """For DPU, in dollars; None without a price."""
        return self.prices.of(self.paid_dpu)

    @property
    def storage_money(self) -> float | None:
        """For storage of one cluster, in dollars; None without a price or a size."""
        if self.prices.per_gb_month is None or self.storage_gb is None:
            return None
        return max(0.0, self.storage_gb - self.prices.free_gb) * self.prices.per_gb_month


def pinned(statements: Sequence[PinnedStatement], new: PinnedStatement) -> tuple[PinnedStatement, ...]:
    """With a new one, in the place of the one of its name."""
    kept = [each for each in statements if each.name != new.name]
    return tuple(sorted([*kept, new], key=lambda each: each.name.casefold()))


def checked_name(name: str) -> str:
    """A name that may be used. Raises WorkloadUnreadable."""
    if not name or len(name) > _NAME_LIMIT or not name.isprintable():
        raise WorkloadUnreadable(
            _("A pinned statement's name has 1 to {name_limit} characters, all to be seen.").format(
                name_limit=_NAME_LIMIT
            )
        )
    return name


def checked_calls(text: str) -> float:
    """Calls a day. Raises WorkloadUnreadable."""
    try:
        calls = float(text.replace(",", "").replace("_", ""))
    except ValueError:
        calls = -1.0
    if not 0 <= calls <= 1e12:
        raise WorkloadUnreadable(_("{text!r} is no number of calls a day.").format(text=text))
    return calls


def workload_text(statements: Sequence[PinnedStatement]) -> str:
    """For a file."""
    values = [
        {
            "name": each.name,
            "sql": each.sql,
            "calls_a_day": each.calls_a_day,
            "dpu": {
                "compute": each.dpu.compute,
                "read": each.dpu.read,
                "write": each.dpu.write,
                "multi_region_write": each.dpu.multi_region_write,
            },
            "region": each.region,
            "measured_on": each.measured_on,
        }
        for each in statements
    ]
    return json.dumps({"version": _VERSION, "statements": values}, ensure_ascii=False, indent=1) + "\n"


def workload_of(text: str) -> tuple[PinnedStatement, ...]:
    """From a file's text. Raises WorkloadUnreadable."""
    try:
        told = json.loads(text)
        if told["version"] != _VERSION:
            raise WorkloadUnreadable(
                _("The workload is of version {told}, which is not known here.").format(told=told["version"])
            )
        return tuple(
            PinnedStatement(
                checked_name(str(each["name"])),
                str(each["sql"]),
                Dpu(**{kind: float(amount) for kind, amount in each["dpu"].items()}),
                checked_calls(str(each["calls_a_day"])),
                str(each.get("region", "")),
                str(each.get("measured_on", "")),
            )
            for each in told["statements"]
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WorkloadUnreadable(_("The workload's file is not readable: it is not what \\cost pin writes.")) from None
