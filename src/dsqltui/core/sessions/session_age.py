"""How old a session is, when it must be renewed, and whether it may be."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from dsqltui.core.aws.limits import SESSION_AGE_LIMIT_S, TOKEN_LIFETIME_S
from dsqltui.core.journal.journal import Entry
from dsqltui.core.language import _
from dsqltui.core.results.outcome import Done, Rows
from dsqltui.core.scripts.statement import StatementKind

RENEW_AT = 55 / 60
"""The part of its life after which an idle session is renewed. AWS's own connectors retire theirs after 3,300 s too."""
_ROUND_TRIPS = 20


@dataclass(frozen=True, slots=True)
class SessionAge:
    """Ages in seconds."""

    age_s: float
    limit_s: float = SESSION_AGE_LIMIT_S

    @property
    def is_near_end(self) -> bool:
        """Whether it is time to renew it, or to warn."""
        return self.age_s >= self.limit_s * RENEW_AT

    @property
    def words(self) -> str:
        """`session 12 of 60 min`."""
        return _("session {minutes} of {minutes_2} min").format(
            minutes=_minutes(self.age_s), minutes_2=_minutes(self.limit_s)
        )

    @property
    def token_words(self) -> str:
        """`token 12 of 15 min`: it was made for this session's connect and is not checked again."""
        if self.age_s >= TOKEN_LIFETIME_S:
            return _("token expired, which an open session outlives")
        return _("token {minutes} of {minutes_2} min").format(
            minutes=_minutes(self.age_s), minutes_2=_minutes(TOKEN_LIFETIME_S)
        )


def round_trip_s(newest_first: Iterable[Entry], pane: str) -> float | None:
    """At most so long is the way to the server and back: the fastest of the last statements. None without any."""
    answers = (e for e in newest_first if e.pane == pane and isinstance(e.outcome, Done | Rows))
    found = (e.duration_s for e in answers if e.kind is not StatementKind.COMMAND)
    return min(islice(found, _ROUND_TRIPS), default=None)


def _minutes(seconds: float) -> str:
    return f"{seconds // 60:.0f}"
