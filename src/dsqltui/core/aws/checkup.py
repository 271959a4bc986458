"""What `dsqltui doctor` found, one value per check, and the exit status it makes."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class CheckVerdict(Enum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    """Not as it should be, but one can connect."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Could not be checked, because another check failed or there is nothing to check."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    """environment, credentials, identity, clock, dns, tcp, tls, token, login, mapping."""
    verdict: CheckVerdict
    said: str
    """What was found, one sentence or a value. Holds no secret."""
    host: str = ""
    """The endpoint; empty for what concerns this machine alone."""
    cause: str = ""
    proof: str = ""
    next_step: str = ""

    def as_json(self) -> dict[str, str]:
        """For `--json`; what is empty is left out."""
        values = {
            "check": self.name,
            "verdict": self.verdict.value,
            "host": self.host,
            "said": self.said,
            "cause": self.cause,
            "proof": self.proof,
            "next": self.next_step,
        }
        return {name: value for name, value in values.items() if value}


WELL, ILL = 0, 3


def exit_status(checks: Iterable[Check]) -> int:
    """0 when nothing failed, else 3."""
    return ILL if any(check.verdict is CheckVerdict.FAILED for check in checks) else WELL
