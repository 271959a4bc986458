"""Why a transaction lost: what ours read and wrote, and who of whom we know committed in between.

The evidence is the journal of both panes and the words of the statements, so an explanation may only guess; it says so.
A session outside this console leaves no trace in the journal: then it was "someone else".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.language import N_, _
from dsqltui.core.results.errors import Conflict, conflict_of
from dsqltui.core.results.outcome import Done, Refused, Rows
from dsqltui.core.scripts.statement import StatementKind
from dsqltui.core.sql.touches import Touches, shared_relations, touches_of
from dsqltui.core.transactions.budget import changed_by

_LOOKED_AT = 300
"""Statements of ours, and transactions of others, that are looked at: the screen waits for the explanation."""
_BUILD_S = 600.0
"""Seconds after which the end of a job that a pane began is no longer thought of."""
_CLOCK_SLACK_S = 0.05
"""Both panes are timed on this machine, the commits happen on the servers: an answer may arrive a little late."""


class Moment(Enum):
    """When the server said it."""

    COMMIT = N_("at COMMIT")
    IN_TRANSACTION = N_("before COMMIT")
    AUTOCOMMIT = N_("in autocommit")


@dataclass(frozen=True, slots=True)
class Act:
    """A statement and what it touched."""

    entry: Entry
    touches: Touches
    rows: int
    """Changed, or for a statement that reads returned."""

    @property
    def verb(self) -> str:
        """wrote, read, locked, changed the schema of."""
        if self.touches.is_ddl:
            return _("changed the schema of")
        if self.touches.locks:
            return _("locked")
        return _("wrote") if self.touches.writes else _("read")

    @property
    def target(self) -> str:
        """The tables, `bank.accounts WHERE id = 1`; the statement's beginning when none was found."""
        names = ", ".join(self.touches.writes or self.touches.reads)
        if not names:
            return f"({_short(self.entry.sql, 40)})"
        return f"{names} WHERE {_short(self.touches.where, 60)}" if self.touches.where else names


@dataclass(frozen=True, slots=True)
class Suspect:
    """Something another pane committed while ours was under way."""

    pane: str
    region: str
    acts: tuple[Act, ...]
    """Those that can have been in the way; all that wrote when none touches our tables."""
    committed_s: float
    """Unix time at which its COMMIT, or the statement in autocommit, was answered."""
    shared: tuple[str, ...]
    """Tables that both touched; empty: only the time fits."""
    has_same_where: bool
    """Whether a statement of each has the same WHERE text, so that it surely was about the same rows."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a conflict."""

    conflict: Conflict
    moment: Moment
    refused: Entry
    own: tuple[Act, ...]
    """What our transaction did before it was refused, in order; BEGIN and COMMIT left out."""
    suspects: tuple[Suspect, ...]
    """The likeliest first."""
    is_guess: bool
    """Whether a lexer cannot be sure of the tables, or only the time fits."""
    builds: tuple[Entry, ...] = ()
    """Asynchronous DDL of either pane, newest first, whose job may just have ended; that changes the schema too."""

    @property
    def began_s(self) -> float:
        """Unix time at which our transaction began."""
        return self.own[0].entry.started_s if self.own else self.refused.started_s


def explain(entries: Sequence[Entry], refused: Entry) -> Explanation:
    """Explain an entry that was refused with 40001. Raises ValueError for any other.

    `entries` is the journal of both panes, oldest first, as far as it is kept.
    """
    conflict = conflict_of(refused.outcome.error) if isinstance(refused.outcome, Refused) else None
    if conflict is None:
        raise ValueError(_("entry {number} is no conflict").format(number=refused.number))
    statements = [e for e in entries if e.event is Event.STATEMENT]
    own_entries = [e for e in statements if e.transaction is not None and e.transaction == refused.transaction]
    own_entries = [e for e in own_entries if e.number <= refused.number] or [refused]
    own = tuple(_act(e) for e in [e for e in own_entries if _is_work(e)][:_LOOKED_AT])
    if refused.kind is StatementKind.COMMIT:
        moment = Moment.COMMIT
    else:
        moment = Moment.IN_TRANSACTION if refused.transaction is not None else Moment.AUTOCOMMIT
    since_s = own_entries[0].started_s
    if conflict is Conflict.SCHEMA:
        since_s = min(since_s, _last_heard_s(entries, refused))
    window = (since_s - _CLOCK_SLACK_S, refused.ended_s + _CLOCK_SLACK_S)
    others = [e for e in statements if e.pane != refused.pane]
    newest = list(_committed(others, *window))[-_LOOKED_AT:]
    ours = _Ours.of(own, conflict)
    suspects = [s for group in newest if (s := _suspect(group, ours, conflict))]
    suspects.sort(key=lambda s: (not s.shared, not s.has_same_where, -s.committed_s))
    is_guess = any(act.touches.is_guess for act in own) or not any(s.shared for s in suspects)
    builds = _builds(statements, refused) if conflict is Conflict.SCHEMA and not suspects else ()
    return Explanation(conflict, moment, refused, own, tuple(suspects), is_guess, builds)


def _builds(statements: Sequence[Entry], refused: Entry) -> tuple[Entry, ...]:
    """What has begun an asynchronous job not long before."""
    return tuple(
        entry
        for entry in reversed(statements)
        if entry.kind is StatementKind.DDL
        and isinstance(entry.outcome, Done | Rows)
        and 0 <= refused.ended_s - entry.ended_s <= _BUILD_S
        and "async" in entry.sql[:200].lower().split()
    )


def _is_work(entry: Entry) -> bool:
    control = (StatementKind.BEGIN, StatementKind.COMMIT, StatementKind.ROLLBACK, StatementKind.COMMAND)
    return entry.kind not in control


def _act(entry: Entry) -> Act:
    changed, _unused = changed_by(entry.outcome, entry.kind)
    return Act(entry, touches_of(entry.sql), changed or entry.row_count)


def _last_heard_s(entries: Sequence[Entry], refused: Entry) -> float:
    """When the session last learned the catalog: its last good statement on a table, or its connect, before ours."""
    first_s = refused.started_s
    for entry in reversed(entries):
        if entry.pane != refused.pane or entry.number >= refused.number:
            continue
        first_s = entry.started_s
        if refused.transaction is not None and entry.transaction == refused.transaction:
            continue
        if entry.event is Event.CONNECTED:
            return entry.started_s
        if isinstance(entry.outcome, Done | Rows) and touches_of(entry.sql).all:
            return entry.started_s
    return first_s


def _committed(entries: Iterable[Entry], from_s: float, to_s: float) -> Iterable[tuple[Entry, ...]]:
    """Each transaction and autocommit statement that was committed within the window, as its entries."""
    open_ones: dict[int, list[Entry]] = {}
    for entry in entries:
        is_good = isinstance(entry.outcome, Done | Rows)
        is_within = from_s <= entry.ended_s and entry.started_s <= to_s
        if entry.transaction is None:
            if is_good and is_within:
                yield (entry,)
            continue
        of_it = open_ones.setdefault(entry.transaction, [])
        of_it.append(entry)
        is_commit = entry.kind is StatementKind.COMMIT and isinstance(entry.outcome, Done)
        if is_commit and isinstance(entry.outcome, Done) and entry.outcome.tag == "COMMIT" and is_within:
            yield tuple(of_it)


@dataclass(frozen=True, slots=True)
class _Ours:
    """What of our transaction others can have been in the way of."""

    names: tuple[str, ...]
    """Reads never conflict under OC000, but any table we touched matters after a change of the schema."""
    wheres: frozenset[tuple[str, str]]
    """Table written and WHERE text."""

    @classmethod
    def of(cls, own: tuple[Act, ...], conflict: Conflict) -> "_Ours":
        touched = [act.touches for act in own]
        names = [n for t in touched for n in (t.all if conflict is Conflict.SCHEMA else t.writes)]
        wheres = frozenset((_last(name), t.where) for t in touched if t.where for name in t.writes)
        return cls(tuple(dict.fromkeys(names)), wheres)


def _last(name: str) -> str:
    """The name without its schema."""
    return name.rpartition(".")[2]


def _suspect(group: tuple[Entry, ...], ours: _Ours, conflict: Conflict) -> Suspect | None:
    """What of a committed transaction can have been in the way; None when it only read."""
    acts = [_act(entry) for entry in [entry for entry in group if _is_work(entry)][:_LOOKED_AT]]
    if conflict is Conflict.SCHEMA:
        acts = [act for act in acts if act.touches.is_ddl]
    else:
        acts = [act for act in acts if act.touches.writes and not act.touches.is_ddl and not act.touches.locks]
        acts = [act for act in acts if act.rows or act.touches.is_guess]
    if not acts:
        return None
    shared = shared_relations(ours.names, dict.fromkeys(name for act in acts for name in act.touches.writes))
    near = [act for act in acts if shared_relations(act.touches.writes, shared)] or acts
    has_same_where = any((_last(name), act.touches.where) in ours.wheres for act in near for name in act.touches.writes)
    last = group[-1]
    return Suspect(last.pane, last.region, tuple(near), last.ended_s, shared, has_same_where)


def _short(text: str, limit: int) -> str:
    words = " ".join(text[: limit * 4].split())
    return words if len(words) <= limit else words[: limit - 1] + "…"
