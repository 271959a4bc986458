r"""`\cost`: what the panes did so far, what a month of the pinned workload comes to; pins and unpins."""

import time
from collections.abc import Iterable

from dsqltui.core.cost.billing import Dpu
from dsqltui.core.cost.ledger import SessionCost, session_cost
from dsqltui.core.cost.report import HOW_TO_MEASURE, dpu_words, month_lines, session_lines
from dsqltui.core.cost.workload import (
    MonthlyCost,
    PinnedStatement,
    Prices,
    WorkloadUnreadable,
    checked_calls,
    checked_name,
    pinned,
)
from dsqltui.core.journal.journal import Entry
from dsqltui.core.language import _
from dsqltui.core.psql import ShowCost
from dsqltui.core.secrets import without_secrets
from dsqltui.core.settings.sections import Settings
from dsqltui.store.workload_file import read_workload, save_workload


def prices_of(settings: Settings) -> Prices:
    """The person's prices."""
    cost = settings.cost
    return Prices(
        settings.results.price_per_million_dpu,
        cost.price_per_gb_month,
        cost.price_region,
        cost.price_date,
        cost.free_dpu,
        cost.free_gb,
    )


def cost_text(
    command: ShowCost, entries: Iterable[Entry], prices: Prices, *, region: str, is_multi_region: bool
) -> str:
    """The answer, several lines. `entries` are the pane's, in their order. Blocks: the workload is a file.

    Raises WorkloadUnreadable, also for what cannot be pinned.
    """
    cost = session_cost(entries, is_multi_region=is_multi_region)
    workload = read_workload()
    if command.action == "pin":
        new = _pinned(command, cost, region)
        save_workload(pinned(workload, new))
        return _("Pinned {name}, {calls_a_day:,.0f} calls a day: {dpu_words} a call.").format(
            name=new.name, calls_a_day=new.calls_a_day, dpu_words=dpu_words(new.billed)
        )
    if command.action == "unpin":
        if all(each.name != command.name for each in workload):
            raise WorkloadUnreadable(_("No statement is pinned as {name}.").format(name=command.name))
        save_workload(tuple(each for each in workload if each.name != command.name))
        return _("{name} is no longer pinned.").format(name=command.name)
    lines = [*session_lines(cost, prices)]
    if workload:
        lines += ["", _("Pinned workload"), *month_lines(MonthlyCost(workload, prices))]
    return "\n".join(lines)


def _pinned(command: ShowCost, cost: SessionCost, region: str) -> PinnedStatement:
    last = cost.transactions[-1].statements[-1] if cost.transactions else None
    if last is None or not last.is_measured:
        raise WorkloadUnreadable(
            _("The last statement was not measured, so it is not pinned. {how_to_measure}").format(
                how_to_measure=_(HOW_TO_MEASURE)
            )
        )
    today = time.strftime("%Y-%m-%d")
    return measured(command.name, last.sql, last.dpu, command.calls, region, today)


def measured(name: str, sql: str, dpu: Dpu, calls: str, region: str, day: str) -> PinnedStatement:
    """A statement to be pinned, its secrets hidden. Raises WorkloadUnreadable."""
    return PinnedStatement(checked_name(name), without_secrets(sql), dpu, checked_calls(calls), region, day)
