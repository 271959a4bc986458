"""A probe as data: statements, the sessions they run in, and the answers expected of them."""

from dataclasses import dataclass
from enum import Enum

from dsqltui.client.conversation import Answer
from dsqltui.sim.rules.messages import Evidence

OWN_SCHEMA = "dsqltui_probe"
"""Stands in texts for the schema that a run makes for itself, whose name begins like this."""


class Who(Enum):
    """Which of two sessions."""

    A = "A"
    B = "B"


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One statement."""

    sql: str
    expects: Answer
    on: Who = Who.A
    copy_data: str | None = None
    """Rows for a COPY FROM STDIN, in its text format."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Statements to send, one after the other, until one is not answered as expected."""

    id: str
    evidence: Evidence
    """Where the expectation comes from."""
    seen: str
    """Year and month of the evidence."""
    steps: tuple[ProbeStep, ...]
    setup: tuple[str, ...] = ()
    """Statements that make what the steps need; CREATE INDEX ASYNC is waited for."""
    is_undone: bool = False
    """Run it in a transaction that is rolled back, so that a statement the server accepts leaves nothing."""
    fills_cluster: bool = False
    """Needs so many objects that the cluster has no room for others meanwhile."""

    @property
    def sent(self) -> str:
        """The statements as one line; with the session where there are two."""
        if len({step.on for step in self.steps}) == 1:
            return "; ".join(step.sql for step in self.steps)
        return "; ".join(f"{step.on.value}: {step.sql}" for step in self.steps)
