"""What the doctor says: findings, and the rules that make them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from dsqltui.core.plans.known_tables import UNKNOWN, KnownTables
from dsqltui.core.plans.scans import TableScan, WriteTarget, scans_of, write_targets
from dsqltui.core.results.plan import Plan

GUESS = "guess"
"""What stands for a rule's evidence when it has none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause of a slow plan. Names in its texts are the server's: not safe to paint."""

    rule: str
    """Id of the rule."""
    cause: str
    """One sentence."""
    proof: str = ""
    """What in this plan shows it: rows, conditions. One sentence."""
    cure: str = ""
    """SQL for an editor, with comments; empty when there is none to write."""
    price: str = ""
    """What the cure costs: one sentence."""
    evidence: str = GUESS
    """Of the rule: where it comes from, or `guess`."""
    rows: float = 0.0
    """Rows that would not be read, looked up or carried with it: the larger, the more it matters."""


@dataclass(frozen=True)
class ExaminedPlan:
    """A plan with all that the rules look at."""

    plan: Plan
    sql: str = ""
    """The statement that was explained, without EXPLAIN; empty when it is not known."""
    known: KnownTables = UNKNOWN

    @cached_property
    def scans(self) -> tuple[TableScan, ...]:
        """All scans of tables, from the top."""
        return scans_of(self.plan, self.known)

    @cached_property
    def targets(self) -> tuple[WriteTarget, ...]:
        """Tables that it changes."""
        return write_targets(self.plan)


@dataclass(frozen=True, slots=True)
class PlanRule:
    """One cause that the doctor knows."""

    id: str
    name: str
    """What people call it."""
    evidence: str
    """The source of the fact, as `dsql-facts` has it; `guess` when there is none."""
    find: Callable[[ExaminedPlan], Iterator[Finding]]
    """Findings without rule and evidence, which the doctor fills in."""
