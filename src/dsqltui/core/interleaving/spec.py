"""A case to be explored: scripts, the data they begin with, what is looked at in the end, what is expected."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dsqltui.core.interleaving.judging import OrderVerdict
from dsqltui.core.interleaving.orders import Order
from dsqltui.core.interleaving.scripts import LETTERS, NotAScript, SessionScript, script_of_statements
from dsqltui.core.language import N_, _
from dsqltui.core.scripts.statement import Statement, split

RULES = ("no-anomaly", "none-lost", "serial-after-retry")
"""What can be expected of all orders together."""
_ISOLATION = re.compile(
    r"^\s*(begin|start\s+transaction)\b.*?\bisolation\s+level\s+(serializable|read\s+committed|read\s+uncommitted)\b",
    re.IGNORECASE | re.DOTALL,
)
_SET_TRANSACTION = re.compile(r"^\s*set\s+(session\s+characteristics|(local\s+)?transaction)\b", re.IGNORECASE)


class SpecUnreadable(Exception):
    """The text is no spec; the message is one sentence, with the line where that is known."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a case is expected to come to."""

    rules: tuple[str, ...] = ()
    """Of RULES."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Verdict words and of how many classes of orders they are said; a word that is missing: of none."""

    def __bool__(self) -> bool:
        return bool(self.rules or self.counts)


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order that a file names: a permutation of isolationtester, the lines of a -- T1 file."""

    name: str
    sessions: tuple[SessionScript, ...]
    """A permutation may leave steps out, or turn them round."""
    order: Order


@dataclass(frozen=True, slots=True)
class InterleavingSpec:
    """One case."""

    name: str
    sessions: tuple[SessionScript, ...]
    about: str = ""
    """One line for a list."""
    setup: tuple[str, ...] = ()
    """Statements that are run once, in a schema of their own."""
    teardown: tuple[str, ...] = ()
    reset: tuple[str, ...] = ()
    """Statements that bring the data back before each order; without them, tables are put back as they were."""
    check: tuple[str, ...] = ()
    """Queries that show the final state."""
    ignored: tuple[str, ...] = ()
    """Columns that are not compared."""
    listed: tuple[ListedOrder, ...] = ()
    expected: Expectation = Expectation()
    notes: tuple[str, ...] = ()
    """What of the file is left out, and what the server will refuse: a sentence each."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Every SQL text beside the scripts."""
        return (*self.setup, *self.reset, *self.check)


def checked_sessions(scripts: Iterable[SessionScript]) -> tuple[SessionScript, ...]:
    """The scripts, if so many can be explored. Raises SpecUnreadable."""
    found = tuple(scripts)
    if not 2 <= len(found) <= len(LETTERS):
        raise SpecUnreadable(
            _("There are {count} sessions; write two to {count_2}.").format(count=len(found), count_2=len(LETTERS))
        )
    return found


def session_script(name: str, statements: list[Statement], names: list[str] | None = None) -> SessionScript:
    """A session's script. Raises SpecUnreadable."""
    try:
        return script_of_statements(name, statements, names=names or [])
    except NotAScript as problem:
        raise SpecUnreadable(str(problem)) from None


def texts_of(sql: str) -> tuple[str, ...]:
    """The statements of a text, each as it is sent."""
    return tuple(statement.text for statement in split(sql))


def expectation_of(text: str) -> Expectation:
    """`no-anomaly`, or `anomaly 2, serialisable 2`. Raises SpecUnreadable."""
    words = text.replace(",", " ").replace("=", " ").split()
    rules, counts, at = [], {}, 0
    known = {verdict.word for verdict in OrderVerdict}
    while at < len(words):
        word = words[at]
        if word in RULES:
            rules.append(word)
        elif word in known and words[at + 1 : at + 2] and words[at + 1].isdecimal():
            counts[word] = int(words[at + 1])
            at += 1
        else:
            raise SpecUnreadable(
                _("{word!r} cannot be expected; write one of {rules}, or a verdict and a number ({known}).").format(
                    word=word, rules=", ".join(RULES), known=", ".join(sorted(known))
                )
            )
        at += 1
    return Expectation(tuple(rules), counts)


def is_refused_isolation(sql: str) -> bool:
    """Whether Aurora DSQL refuses it as a wish for another isolation level (dsql-facts 3.4)."""
    return bool(_ISOLATION.match(sql) or _SET_TRANSACTION.match(sql))


def with_plain_begins(spec: InterleavingSpec) -> InterleavingSpec:
    """The spec with BEGIN where a file asks for an isolation level that Aurora DSQL refuses; SET TRANSACTION left out.

    Listed orders lose what is left out, too."""
    sessions = tuple(_plain(script)[0] for script in spec.sessions)
    listed = []
    for one in spec.listed:
        kept = [_plain(script) for script in one.sessions]
        places = [0] * len(kept)
        order = []
        for session in one.order:
            if places[session] in kept[session][1]:
                order.append(session)
            places[session] += 1
        listed.append(ListedOrder(one.name, tuple(script for script, _unused in kept), tuple(order)))
    return replace(spec, sessions=sessions, listed=tuple(listed), notes=_without_isolation_notes(spec.notes))


ISOLATION_NOTE = N_("asks for an isolation level that Aurora DSQL refuses; --plain-begin sends BEGIN instead")


def isolation_notes(sessions: Iterable[SessionScript]) -> tuple[str, ...]:
    """One sentence for each session that asks for another isolation level."""
    return tuple(
        _("Session {name} {isolation_note}.").format(name=script.name, isolation_note=_(ISOLATION_NOTE))
        for script in sessions
        if any(is_refused_isolation(statement.sql) for statement in script.statements)
    )


def _without_isolation_notes(notes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(note for note in notes if _(ISOLATION_NOTE) not in note)


def _plain(script: SessionScript) -> tuple[SessionScript, frozenset[int]]:
    """The script, and which of its statements it still has."""
    kept, statements = [], []
    for place, statement in enumerate(script.statements):
        if _SET_TRANSACTION.match(statement.sql):
            continue
        kept.append(place)
        is_odd = _ISOLATION.match(statement.sql) is not None
        statements.append(replace(statement, sql="BEGIN") if is_odd else statement)
    return replace(script, statements=tuple(statements)), frozenset(kept)
