"""A probe as data: statements, the sessions they run in, and the answers expected of them."""

from dataclasses import dataclass
from enum import Enum

from dsqltui.sim.messages import Evidence

OWN_SCHEMA = "dsqltui_probe"
"""Stands in texts for the schema that a run makes for itself, whose name begins like this."""

SUCCESS = "00000"
NO_ANSWER = "-----"
"""Instead of an SQLSTATE: the connection ended, or the deadline passed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gives, or is expected to give."""

    sqlstate: str
    """SUCCESS unless the statement was refused; NO_ANSWER when nothing came back."""
    text: str = ""
    """The error's message, or the command tag. Expected and empty: any."""
    detail: str = ""
    """The error's DETAIL. Expected and empty: any."""
    value: str | None = None
    """The only value of the only row. Expected and None: any."""

    @property
    def shown(self) -> str:
        """Everything in one piece of text."""
        value = "" if self.value is None else f"= {self.value}"
        detail = f"({self.detail})" if self.detail else ""
        return " ".join(filter(None, (self.sqlstate, self.text, value, detail)))

    def is_met_by(self, got: "Answer") -> bool:
        """Whether `got` is what is expected."""
        return (
            self.sqlstate == got.sqlstate
            and self.text in ("", got.text)
            and self.detail in ("", got.detail)
            and self.value in (None, got.value)
        )


class Who(Enum):
    """Which of two sessions."""

    A = "A"
    B = "B"


@dataclass(frozen=True, slots=True)
class Step:
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
    steps: tuple[Step, ...]
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
