"""Costs as lines for people and as values for JSON. Texts of statements are the person's: not safe to paint."""

from collections.abc import Iterator
from typing import Any

from dsqltui.core.aws.dpu_rates import MINIMUM_READ_BYTES, MINIMUM_WRITE_BYTES, READ_DPU_PER_BYTE, WRITE_DPU_PER_BYTE
from dsqltui.core.cost.billing import Dpu
from dsqltui.core.cost.ledger import SessionCost, StatementCost
from dsqltui.core.cost.workload import DAYS, MonthlyCost, Prices
from dsqltui.core.language import N_, _, counted
from dsqltui.core.text.wrapping import padded

_SQL_LIMIT = 60
HOW_TO_MEASURE = N_(
    r"\plan analyze measures a statement, which runs it (writes outside a transaction are rolled back)."
)


def dpu_words(dpu: Dpu) -> str:
    """`0.05919 DPU = compute 0.01607 + read 0.04312 + write 0.00000`."""
    again = (
        _(" + multi-Region write {multi_region_write:.5f}").format(multi_region_write=dpu.multi_region_write)
        if dpu.multi_region_write
        else ""
    )
    return _("{total:.5f} DPU = compute {compute:.5f} + read {read:.5f} + write {write:.5f}{again}").format(
        total=dpu.total, compute=dpu.compute, read=dpu.read, write=dpu.write, again=again
    )


def session_lines(cost: SessionCost, prices: Prices) -> Iterator[str]:
    """The last statement, the open transaction, the session so far."""
    if not cost.statements:
        yield _("Nothing was run yet that costs anything.")
        yield _(HOW_TO_MEASURE)
        return
    last = cost.transactions[-1].statements[-1]
    yield _("statement    {bound}{dpu_words}").format(bound=_bound(last.is_measured), dpu_words=dpu_words(last.dpu))
    yield f"             {_cut(last.sql)}"
    transaction = cost.open_transaction
    if transaction is not None:
        yield _("transaction  {bound}{dpu_words}").format(
            bound=_bound(transaction.is_measured), dpu_words=dpu_words(transaction.dpu)
        )
        yield _("             open; as if it were committed now, its minimums once")
    yield _("session      {bound}{dpu_words}").format(bound=_bound(_is_measured(cost)), dpu_words=dpu_words(cost.dpu))
    yield f"             {_counted(cost)}{_money(prices.of(cost.dpu.total))}"
    read, write = MINIMUM_READ_BYTES * READ_DPU_PER_BYTE, MINIMUM_WRITE_BYTES * WRITE_DPU_PER_BYTE
    yield _(
        "A transaction is billed at least {read:.5f} DPU when it reads and {write:.5f} for each Region it writes in."
    ).format(read=read, write=write)
    if not _is_measured(cost):
        yield _("What was not measured is a lower bound: no CPU time, no bytes scanned. ") + _(HOW_TO_MEASURE)
    yield prices.sentence


def month_lines(month: MonthlyCost) -> Iterator[str]:
    """The pinned workload."""
    if not month.statements:
        yield _("No statement is pinned: \\plan analyze, then \\cost pin NAME CALLS_A_DAY.")
        return
    width = max(4, *(len(each.name) for each in month.statements))
    yield padded(_("name"), width) + _("     calls a day    DPU a call       DPU a month")
    for each in month.statements:
        whole = month.dpu_of(each).total
        money = _money(month.prices.of(whole))
        yield f"{each.name:<{width}}  {each.calls_a_day:>14,.0f}  {each.billed.total:>12.5f}  {whole:>16,.2f}{money}"
    total = month.dpu
    yield padded(_("all"), width) + f"  {'':>14}  {'':>12}  {total.total:>16,.2f}"
    if total.multi_region_write:
        share = total.multi_region_write
        yield _("of which {share:,.2f} DPU are the writes' second Region").format(share=share)
    yield _("free tier    {free_dpu:,.0f} DPU a month; left to pay: {paid_dpu:,.2f} DPU").format(
        free_dpu=month.prices.free_dpu, paid_dpu=month.paid_dpu
    )
    if month.compute_money is not None:
        yield _("{days} days      {compute_money:,.2f} dollars for DPU").format(
            days=DAYS, compute_money=month.compute_money
        )
    if month.storage_gb is not None:
        told = _("storage      {storage_gb:,.3f} GB of one cluster, {free_gb:,.0f} GB free").format(
            storage_gb=month.storage_gb, free_gb=month.prices.free_gb
        )
        paid = month.storage_money
        yield told + (
            _(": no price is set (cost.price_per_gb_month)")
            if paid is None
            else _(": {paid:,.2f} dollars").format(paid=paid)
        )
    yield month.prices.sentence
    yield _(
        "Each call is counted as a transaction of its own, with its minimums; estimates of EXPLAIN, not AWS's bill."
    )


def dpu_values(dpu: Dpu) -> dict[str, float]:
    """For JSON, rounded to EXPLAIN's five decimals."""
    return {
        "compute": round(dpu.compute, 5),
        "read": round(dpu.read, 5),
        "write": round(dpu.write, 5),
        "multi_region_write": round(dpu.multi_region_write, 5),
        "total": round(dpu.total, 5),
    }


def month_values(month: MonthlyCost) -> dict[str, Any]:
    """The workload for JSON. Money is in dollars, null without a price."""
    prices = month.prices
    return {
        "days": DAYS,
        "statements": [
            {
                "name": each.name,
                "sql": each.sql,
                "calls_a_day": each.calls_a_day,
                "measured_on": each.measured_on,
                "region": each.region,
                "estimate": dpu_values(each.dpu),
                "billed_a_call": dpu_values(each.billed),
                "dpu_a_month": dpu_values(month.dpu_of(each)),
                "money_a_month": prices.of(month.dpu_of(each).total),
            }
            for each in month.statements
        ],
        "dpu": dpu_values(month.dpu),
        "free_dpu": prices.free_dpu,
        "paid_dpu": round(month.paid_dpu, 5),
        "money": month.compute_money,
        "storage_gb": month.storage_gb,
        "free_gb": prices.free_gb,
        "storage_money": month.storage_money,
        "prices": {
            "per_million_dpu": prices.per_million_dpu,
            "per_gb_month": prices.per_gb_month,
            "region": prices.region,
            "date": prices.date,
        },
    }


def session_values(cost: SessionCost) -> dict[str, Any]:
    """The session for JSON."""
    return {
        "transactions": [
            {
                "statements": [_statement_values(each) for each in transaction.statements],
                "is_open": transaction.is_open,
                "is_committed": transaction.is_committed,
                "is_measured": transaction.is_measured,
                "billed": dpu_values(transaction.dpu),
            }
            for transaction in cost.transactions
        ],
        "is_measured": _is_measured(cost),
        "billed": dpu_values(cost.dpu),
    }


def _statement_values(statement: StatementCost) -> dict[str, Any]:
    return {"sql": statement.sql, "is_measured": statement.is_measured, "estimate": dpu_values(statement.dpu)}


def _is_measured(cost: SessionCost) -> bool:
    return all(transaction.is_measured for transaction in cost.transactions)


def _bound(is_measured: bool) -> str:
    return "" if is_measured else _("at least ")


def _counted(cost: SessionCost) -> str:
    transactions, statements = len(cost.transactions), len(cost.statements)
    return _("{transactions}; {measured_count} of {statements} statements measured").format(
        transactions=counted(transactions, "transaction"), measured_count=cost.measured_count, statements=statements
    )


def _money(amount: float | None) -> str:
    return (
        ""
        if amount is None
        else _("  {amount:,.6f} dollars").format(amount=amount)
        if amount < 0.01
        else _("  {amount:,.2f} dollars").format(amount=amount)
    )


def _cut(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= _SQL_LIMIT else line[: _SQL_LIMIT - 1] + "…"
