"""How far a student has come in a lab, and where that is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class StepStatus(Enum):
    """Where a step stands."""

    TODO = "todo"
    PASSED = "passed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class LabProgress:
    """One lab on one cluster. Holds no secret: ids, names and answers."""

    lab: str
    """The lab's id."""
    at: str
    """Id of the step that comes next; empty at the closing question."""
    statuses: Mapping[str, StepStatus] = field(default_factory=dict)
    """By step id; what is missing is to do."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What steps captured."""
    answer: int = 0
    """1-based number of the choice at the end; 0 before."""
    started_s: float = 0.0
    """Unix time of the first step."""
    is_agreed: bool = False
    """Whether the student agreed to what the lab makes on the cluster."""
    predictions: Mapping[str, int] = field(default_factory=dict)
    """By step id: the number of the choice that was predicted, or answered."""
    hints: Mapping[str, int] = field(default_factory=dict)
    """By step id: how many hints were looked at."""
    tries: Mapping[str, int] = field(default_factory=dict)
    """By step id: how often its SQL was run."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """By step id: how long it took."""

    @property
    def is_done(self) -> bool:
        """Whether the closing question was answered."""
        return bool(self.answer)

    @property
    def passed_count(self) -> int:
        """Steps that were passed."""
        return sum(status is StepStatus.PASSED for status in self.statuses.values())


class ProgressStore(Protocol):
    """Keeps progress for one cluster. Its methods block: call them in a thread."""

    def load(self) -> Mapping[str, LabProgress]:
        """By lab id. Raises OSError or ValueError, with a sentence, when what is kept cannot be read."""
        ...

    def save(self, progress: LabProgress) -> None:
        """Keep it in place of what was kept for the lab. Raises OSError."""
        ...


class ForgetfulStore:
    """Keeps progress for as long as the program runs."""

    def __init__(self) -> None:
        self._kept: dict[str, LabProgress] = {}

    def load(self) -> Mapping[str, LabProgress]:
        """See ProgressStore."""
        return dict(self._kept)

    def save(self, progress: LabProgress) -> None:
        """See ProgressStore."""
        self._kept[progress.lab] = progress
