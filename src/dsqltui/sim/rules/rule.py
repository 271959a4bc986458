"""What a rule is: a refusal with a statement that shows it and a near miss that must be let pass."""

from dataclasses import dataclass
from enum import Enum

from dsqltui.sim.rules.messages import Evidence, Message


class Stage(Enum):
    """When a rule can judge."""

    TEXT = "text"
    CATALOG = "catalog"


@dataclass(frozen=True, slots=True)
class Rule:
    """One refusal."""

    id: str
    message: Message
    """With its placeholders filled for the example."""
    example: str
    near_miss: str
    setup: tuple[str, ...] = ()
    stage: Stage = Stage.TEXT

    @property
    def sqlstate(self) -> str:
        return self.message.sqlstate

    @property
    def text(self) -> str:
        """The error's message."""
        return self.message.text

    @property
    def evidence(self) -> Evidence:
        return self.message.evidence

    @property
    def seen(self) -> str:
        """Year and month of the evidence."""
        return self.message.seen


TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, name text, n int)"
"""What most near misses need."""
