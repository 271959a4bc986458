"""How something went, for the eye: each tone is a CSS class, and text says the same without colour."""

from enum import Enum

from dsqltui.core.answers.fate import Fate
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows


class Severity(Enum):
    """The value is the CSS class."""

    QUIET = "-quiet"
    GOOD = "-good"
    """Saved, or read."""
    PENDING = "-pending"
    """Done in a transaction that is not committed yet."""
    FAILED = "-failed"
    CONFLICT = "-conflict"
    LOST = "-lost"


def tone_of(outcome: Outcome, fate: Fate) -> Severity:
    """The tone of an outcome; a conflict is set apart from other refusals."""
    match outcome:
        case Rows() | Done():
            return _TONES[fate]
        case Refused() if fate is Fate.UNKNOWN:
            return Severity.LOST
        case Refused(error=error):
            return Severity.FAILED if conflict_of(error) is None else Severity.CONFLICT
        case Lost():
            return Severity.LOST


_TONES = {
    Fate.SAVED: Severity.GOOD,
    Fate.READ: Severity.GOOD,
    Fate.PENDING: Severity.PENDING,
    Fate.ENDED: Severity.QUIET,
    Fate.SESSION: Severity.QUIET,
    Fate.NOT_SAVED: Severity.FAILED,
    Fate.UNKNOWN: Severity.LOST,
}
