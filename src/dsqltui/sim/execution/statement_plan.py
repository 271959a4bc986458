"""What a client's statement will do, as far as its text tells: one description for both protocols."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Self

from dsqltui.core.scripts.statement import split
from dsqltui.sim.execution import iam_grants as iam
from dsqltui.sim.execution.outgoing import Outgoing, outgoing
from dsqltui.sim.pg.wire import TEXT_OID
from dsqltui.sim.sql.analysis import Analysis, Nature, analyse
from dsqltui.sim.sql.shapes import shape
from dsqltui.sim.transactions.flagging import Flagging
from dsqltui.sim.transactions.transaction import Transaction

_SHORT = 4_096
"""Characters of a text that is likely to come again."""


class Own(Enum):
    """Who answers a statement instead of PostgreSQL."""

    CONTROL = "BEGIN, COMMIT, ROLLBACK"
    DDL = "DDL, done at COMMIT"
    INDEX = "CREATE INDEX ASYNC"
    VALIDATE = "ALTER TABLE ASYNC ... VALIDATE CONSTRAINT"
    IAM = "AWS IAM GRANT and REVOKE"

    @property
    def columns(self) -> tuple[tuple[str, int], ...]:
        """The result columns: (name, type oid)."""
        return (("job_id", TEXT_OID),) if self in (Own.INDEX, Own.VALIDATE) else ()


def own_kind(analysis: Analysis) -> Own | None:
    """Who answers the statement; None for PostgreSQL."""
    if analysis.is_control:
        return Own.CONTROL
    if analysis.nature is not Nature.DDL:
        return None
    words = analysis.words
    if iam.is_iam_command(words):
        return Own.IAM
    if "async" in words[2:4] and "index" in words[1:3]:
        return Own.INDEX
    return Own.VALIDATE if words[:3] == ("alter", "table", "async") and "validate" in words else Own.DDL


@dataclass(frozen=True, slots=True)
class StatementPlan:
    """One statement."""

    sql: str
    """Without its semicolon and the blanks around it: offsets in the analysis are of this."""
    lead: int
    """Characters before it in what the client sent."""
    shape: str
    """What stands for `sql` where the value of a number does not matter."""
    analysis: Analysis
    own: Own | None
    """Who answers it; None for PostgreSQL."""
    goes_directly: bool
    """In autocommit it is one write that PostgreSQL may run as it was sent."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Of the one statement of a Parse message."""
        sql = text.strip().rstrip(";")
        return cls._made(sql, len(text) - len(text.lstrip()), shape(sql))

    @classmethod
    def _made(cls, sql: str, lead: int, form: str) -> Self:
        analysis = analyse(form)
        own = own_kind(analysis)
        is_write = analysis.nature is Nature.WRITE and not analysis.locks_rows and analysis.may_go_directly
        return cls(sql, lead, form, analysis, own, is_write and own is None)

    @classmethod
    def all_of(cls, text: str) -> "Sequence[StatementPlan]":
        """Of a Query message, in order."""
        form = shape(text)
        plans = cls._of_form(form) if len(form) <= _SHORT else cls._cut(form)
        return plans if form == text else [plan.said_in(text) for plan in plans]

    @classmethod
    @lru_cache(maxsize=4_096)
    def _of_form(cls, form: str) -> "tuple[StatementPlan, ...]":
        return cls._cut(form)

    @classmethod
    def _cut(cls, form: str) -> "tuple[StatementPlan, ...]":
        return tuple(cls._made(each.text, each.start, each.text) for each in split(form))

    def said_in(self, text: str) -> "StatementPlan":
        """The same in another text of its shape."""
        sql = text[self.lead : self.lead + len(self.sql)]
        return StatementPlan(sql, self.lead, self.shape, self.analysis, self.own, self.goes_directly)

    def outgoing(self, transaction: Transaction | None, flagging: Flagging | None = None) -> Outgoing:
        """What PostgreSQL is sent for it, in the transaction if one is open. Its places are those of `sql`."""
        return outgoing(self.sql, self.analysis, transaction, flagging)
