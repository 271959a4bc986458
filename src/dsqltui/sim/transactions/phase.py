"""Where an open transaction stands.

Sources: dsql facts 3 and 11.1 (AWS User Guide, concurrency control: a snapshot at BEGIN, conflicts told at COMMIT),
11.19 (OC001); PostgreSQL 16 documentation, Message Flow, for the failed transaction block of ReadyForQuery.
"""

from enum import Enum


class Phase(Enum):
    """One at a time; `following` says which comes after which."""

    NEW = "PostgreSQL does not know it yet"
    IN_PLACE = "it writes the tables themselves"
    SET_ASIDE = "it was undone to its beginning for somebody who wanted its rows, and is to be done again"
    PRIVATE = "somebody committed before it what it changed too; it goes on with copies until COMMIT says OC000"
    OUTRUN = "it has lost and cannot go on: it was in the way of others for too long, or has too many rows to do again"
    EVICTED = "another session's DDL needed what it uses: its next statement says OC001"
    FAILED = "its client was told an error; only COMMIT or ROLLBACK ends it"


_ENDS = frozenset({Phase.OUTRUN, Phase.EVICTED, Phase.FAILED})
_NEXT = {
    Phase.NEW: _ENDS | {Phase.IN_PLACE},
    Phase.IN_PLACE: _ENDS | {Phase.SET_ASIDE},
    Phase.SET_ASIDE: _ENDS | {Phase.IN_PLACE, Phase.PRIVATE},
    # a COMMIT takes back what it lost by and does the rest again
    Phase.PRIVATE: _ENDS | {Phase.SET_ASIDE},
    Phase.OUTRUN: frozenset({Phase.EVICTED, Phase.FAILED}),
    Phase.EVICTED: frozenset({Phase.FAILED}),
    Phase.FAILED: frozenset[Phase](),
}


def following(now: Phase, wanted: Phase) -> Phase:
    """The phase after `now` when somebody wants that one: who has lost meanwhile stays so. Raises AssertionError for
    steps that nobody may take."""
    if wanted is now or wanted in _NEXT[now]:
        return wanted
    if now in _ENDS:
        return now
    raise AssertionError(f"{now.name} is not followed by {wanted.name}")
