"""The arithmetic of cost: AWS's formulas and minimums, transactions, sessions, months."""

import pytest

from dsqltui.core.aws.dpu_rates import read_dpu, write_dpu
from dsqltui.core.cost.billing import Dpu, billed, of_estimate, summed
from dsqltui.core.cost.ledger import SessionCost, session_cost
from dsqltui.core.cost.report import dpu_words, month_lines, month_values, session_lines
from dsqltui.core.cost.workload import (
    MonthlyCost,
    PinnedStatement,
    Prices,
    WorkloadUnreadable,
    checked_calls,
    checked_name,
    pinned,
    workload_of,
    workload_text,
)
from dsqltui.core.journal.journal import Journal
from dsqltui.core.results.outcome import Column, Done, Outcome, Rows
from dsqltui.core.results.plan import DpuEstimate
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import kind_of

IDLE, OPEN = TransactionState.IDLE, TransactionState.OPEN


def plan(read: float, write: float = 0.0, again: float = 0.0, compute: float = 0.001) -> Rows:
    lines = [
        "Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.001..0.001 rows=1 loops=1)",
        *(f"Line {n}: that a journal's preview would cut" for n in range(30)),
        "Statement DPU Estimate:",
        f"  Compute: {compute:.5f} DPU",
        f"  Read: {read:.5f} DPU",
        f"  Write: {write:.5f} DPU",
        *([f"  Multi-Region Write: {again:.5f} DPU"] if again else []),
        f"  Total: {compute + read + write + again:.5f} DPU",
    ]
    return Rows((Column("QUERY PLAN", 25),), tuple((line,) for line in lines), "EXPLAIN", False, 0.001)


class Story:
    """A journal of one pane."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.state = IDLE

    def ran(self, sql: str, outcome: Outcome, after: TransactionState | None = None) -> None:
        after = self.state if after is None else after
        self.journal.statement(
            "A", "us-east-1", "admin", sql, kind_of(sql), outcome, before=self.state, after=after, ended_s=1.0
        )
        self.state = after

    def cost(self, *, is_multi_region: bool = False) -> SessionCost:
        return session_cost(self.journal, is_multi_region=is_multi_region)


class TestFormulas:
    """AWS User Guide, billing; EXPLAIN's own notes of the minimums."""

    def test_minimums_are_those_that_explain_tells(self) -> None:
        assert round(read_dpu(1), 5) == round(read_dpu(2048), 5) == 0.00375
        assert round(write_dpu([1]), 5) == round(write_dpu([1024]), 5) == 0.05
        assert (read_dpu(0), write_dpu([])) == (0, 0)

    def test_rows_count_128_bytes_at_least_and_transactions_1024(self) -> None:
        assert write_dpu([10] * 8) == pytest.approx(1024 * 0.00004883)
        assert write_dpu([10] * 9) == pytest.approx(9 * 128 * 0.00004883)
        assert write_dpu([2000, 10]) == pytest.approx(2128 * 0.00004883)
        assert read_dpu(1_000_000) == pytest.approx(1.83105)

    def test_a_transaction_pays_its_minimum_once(self) -> None:
        small = Dpu(0.001, 0.0002, 0.00625, 0.00625)
        once = billed([small])
        assert (round(once.read, 5), round(once.write, 5), round(once.multi_region_write, 5)) == (0.00375, 0.05, 0.05)
        five = billed([small] * 5)
        assert (round(five.read, 5), round(five.write, 5), five.compute) == (0.00375, 0.05, 0.005)
        many = billed([small] * 50)
        assert many.read == pytest.approx(0.01)
        assert many.write == pytest.approx(0.3125)

    def test_what_was_not_used_has_no_minimum(self) -> None:
        assert billed([Dpu(0.5)]) == Dpu(0.5)
        assert billed([]).total == 0

    def test_recorded_blocks(self) -> None:
        # AWS User Guide, "DPUs in EXPLAIN ANALYZE"; the second from the README of an Osaka cluster
        assert of_estimate(DpuEstimate(0.01607, 0.04312, 0.0, 0.05919)).total == pytest.approx(0.05919)
        update = of_estimate(DpuEstimate(0.00035, 0.00082, 0.01748, 0.03613, multi_region_write=0.01748))
        assert update.total == pytest.approx(0.03613)
        assert billed([update]).total == pytest.approx(0.00035 + 0.00375 + 0.05 + 0.05, abs=1e-5)
        assert "multi-Region write 0.01748" in dpu_words(update)


class TestSession:
    """From the journal."""

    def test_measured_estimated_and_lower_bound(self) -> None:
        story = Story()
        story.ran("explain (analyze, verbose) select * from t", plan(2.0))
        story.ran("select * from t", Rows((), (), "SELECT 5", False, 0.0))
        story.ran("select * from u", Rows((), (), "SELECT 5", False, 0.0))
        story.ran("update t set a = 1", Done("UPDATE 20", 0.0))
        story.ran("select 1", Rows((), (), "SELECT 1", False, 0.0))
        story.ran("set search_path to x", Done("SET", 0.0))
        story.ran(
            "explain select * from u", Rows((Column("QUERY PLAN", 25),), (("Result  (cost=1)",),), "", False, 0.0)
        )
        cost = story.cost()
        assert [s.is_measured for s in cost.statements] == [True, True, False, False, False]
        assert [round(t.dpu.total, 5) for t in cost.transactions] == [2.001, 2.001, 0.00375, 0.12875, 0]
        assert cost.measured_count == 2
        assert story.cost(is_multi_region=True).dpu.multi_region_write == pytest.approx(20 * 128 * 0.00004883)
        said = "\n".join(session_lines(cost, Prices()))
        assert "session      at least 4.13450 DPU" in said
        assert "5 transactions; 2 of 5 statements measured" in said
        assert "No price is set, so only DPU are told" in said

    def test_a_transaction_counts_its_minimums_once_and_only_what_it_committed(self) -> None:
        story = Story()
        story.ran("begin", Done("BEGIN", 0.0), OPEN)
        story.ran("update t set a = 1 where id = 1", Done("UPDATE 1", 0.0))
        story.ran("update t set a = 1 where id = 2", Done("UPDATE 1", 0.0))
        open_one = story.cost().open_transaction
        assert open_one is not None
        assert round(open_one.dpu.total, 5) == 0.05375
        story.ran("commit", Done("COMMIT", 0.0), IDLE)
        assert (len(story.cost().transactions), round(story.cost().dpu.total, 5)) == (1, 0.05375)
        assert story.cost().open_transaction is None
        story.ran("begin", Done("BEGIN", 0.0), OPEN)
        story.ran("update t set a = 1 where id = 2", Done("UPDATE 1", 0.0))
        story.ran("rollback", Done("ROLLBACK", 0.0), IDLE)
        assert round(story.cost().dpu.total, 5) == 0.0575  # it has read, and nothing of it was written

    def test_nothing_yet(self) -> None:
        assert "Nothing was run yet" in "\n".join(session_lines(Story().cost(), Prices()))

    def test_with_a_price(self) -> None:
        story = Story()
        story.ran("explain (analyze, verbose) select * from t", plan(2.0))
        said = "\n".join(session_lines(story.cost(), Prices(8.0, region="us-east-1", date="2026-11-29")))
        assert "session      2.00100 DPU" in said
        assert "At 8.00 dollars per million DPU (us-east-1, 2026-11-29; your settings)." in said
        assert "0.000016 dollars" in said


READ = PinnedStatement("read", "select 1", Dpu(0.0001, 0.0002), 1_000_000, "us-east-1", "2026-11-29")
WRITE = PinnedStatement("write", "update t set a = 1", Dpu(0.0, 0.0002, 0.00625, 0.00625), 100_000)


class TestWorkload:
    """A month."""

    def test_calls_minimums_second_region_free_tier_and_money(self) -> None:
        month = MonthlyCost((READ, WRITE), Prices(10.0, 0.4, "ap-northeast-2", "2026-11-29"), storage_gb=11)
        assert month.dpu_of(READ).total == pytest.approx(30e6 * (0.0001 + 2048 * 0.00000183105))
        assert month.dpu_of(WRITE).total == pytest.approx(3e6 * (2048 * 0.00000183105 + 2 * 1024 * 0.00004883))
        assert month.dpu.total == pytest.approx(summed([month.dpu_of(READ), month.dpu_of(WRITE)]).total)
        assert month.dpu.multi_region_write == month.dpu.write > 0
        assert month.paid_dpu == pytest.approx(month.dpu.total - 100_000)
        assert month.compute_money == pytest.approx(month.paid_dpu / 1e6 * 10)
        assert month.storage_money == pytest.approx(4.0)
        said = "\n".join(month_lines(month))
        assert "are the writes' second Region" in said
        assert "11.000 GB of one cluster, 1 GB free: 4.00 dollars" in said

    def test_no_price_is_invented(self) -> None:
        month = MonthlyCost((READ,), Prices(), storage_gb=5)
        assert (month.compute_money, month.storage_money) == (None, None)
        said = "\n".join(month_lines(month))
        assert "dollars" not in said.replace("dollars per", "")
        assert "no price is set (cost.price_per_gb_month)" in said
        values = month_values(month)
        assert (values["money"], values["prices"]["per_million_dpu"]) == (None, None)
        assert values["statements"][0]["billed_a_call"]["read"] == 0.00375

    def test_within_the_free_tier(self) -> None:
        small = PinnedStatement("s", "select 1", Dpu(0.001), 10)
        assert MonthlyCost((small,), Prices(8.0)).compute_money == 0

    def test_pinning_replaces_by_name_and_files_read_back(self) -> None:
        both = pinned(pinned((), WRITE), READ)
        assert [each.name for each in both] == ["read", "write"]
        again = pinned(both, PinnedStatement("read", "select 2", Dpu(1.0), 5))
        assert [each.sql for each in again] == ["select 2", "update t set a = 1"]
        assert workload_of(workload_text(again)) == again

    @pytest.mark.parametrize(
        "text", ["", "[]", "{}", '{"version": 2, "statements": []}', '{"version": 1, "statements": [{"name": "x"}]}']
    )
    def test_files_that_are_none(self, text: str) -> None:
        with pytest.raises(WorkloadUnreadable):
            workload_of(text)

    def test_names_and_numbers(self) -> None:
        assert checked_calls("1,000,000") == 1_000_000
        for text in ("many", "-1", "nan", "inf", "1e13"):
            with pytest.raises(WorkloadUnreadable):
                checked_calls(text)
        for name in ("", "a\nb", "x" * 61):
            with pytest.raises(WorkloadUnreadable):
                checked_name(name)
