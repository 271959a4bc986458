"""How something went, for the eye: each tone is a CSS class, and text says the same without colour."""

from enum import Enum

from dsqltui.core.errors import conflict_of
from dsqltui.core.outcome import Done, Lost, Outcome, Refused, Rows


class Tone(Enum):
    """The value is the CSS class."""

    QUIET = "-quiet"
    GOOD = "-good"
    FAILED = "-failed"
    CONFLICT = "-conflict"
    LOST = "-lost"


def tone_of(outcome: Outcome) -> Tone:
    """The tone of an outcome; a conflict is set apart from other refusals."""
    match outcome:
        case Rows() | Done():
            return Tone.GOOD
        case Refused(error=error):
            return Tone.FAILED if conflict_of(error) is None else Tone.CONFLICT
        case Lost():
            return Tone.LOST
