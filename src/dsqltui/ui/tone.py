"""How something went, for the eye: each tone is a CSS class, and text says the same without colour."""

from enum import Enum

from dsqltui.core.errors import conflict_of
from dsqltui.core.fate import Fate
from dsqltui.core.outcome import Done, Lost, Outcome, Refused, Rows


class Tone(Enum):
    """The value is the CSS class."""

    QUIET = "-quiet"
    GOOD = "-good"
    """Saved, or read."""
    PENDING = "-pending"
    """Done in a transaction that is not committed yet."""
    FAILED = "-failed"
    CONFLICT = "-conflict"
    LOST = "-lost"


def tone_of(outcome: Outcome, fate: Fate) -> Tone:
    """The tone of an outcome; a conflict is set apart from other refusals."""
    match outcome:
        case Rows() | Done():
            return _TONES[fate]
        case Refused() if fate is Fate.UNKNOWN:
            return Tone.LOST
        case Refused(error=error):
            return Tone.FAILED if conflict_of(error) is None else Tone.CONFLICT
        case Lost():
            return Tone.LOST


_TONES = {
    Fate.SAVED: Tone.GOOD,
    Fate.READ: Tone.GOOD,
    Fate.PENDING: Tone.PENDING,
    Fate.ENDED: Tone.QUIET,
    Fate.SESSION: Tone.QUIET,
    Fate.NOT_SAVED: Tone.FAILED,
    Fate.UNKNOWN: Tone.LOST,
}
