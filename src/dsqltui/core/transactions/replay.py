"""Running a whole transaction again, from the journal: what can be, and when what comes back is not what was seen.

A person saw the rows that a statement returned and may have written the next statement because of them. When they
differ in the new attempt the replay stops and asks; it never decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dsqltui.core.answers.fate import Fate
from dsqltui.core.journal.journal import Entry, Event, rows_print
from dsqltui.core.language import _
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Done, Outcome, Refused, Rows
from dsqltui.core.scripts.statement import Statement, StatementKind
from dsqltui.core.sql.classify import CopyDirection, classify
from dsqltui.core.sql.lexer import Kind, scan


class NotReplayable(Exception):
    """It must not be run again by itself; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """One statement and what it gave the first time."""

    statement: Statement
    seen: Outcome
    """What the person saw; of rows only the first, cut."""
    seen_print: int
    """The fingerprint of all rows of `seen`."""

    @property
    def is_commit(self) -> bool:
        """Whether the transaction ends with it."""
        return self.statement.kind is StatementKind.COMMIT

    def having_seen(self, outcome: Outcome) -> "ReplayStep":
        """The same statement after the person accepted another outcome."""
        return ReplayStep(self.statement, outcome, rows_print(outcome))


@dataclass(frozen=True, slots=True)
class Replay:
    """A transaction that lost, ready to be run again."""

    steps: tuple[ReplayStep, ...]
    transaction: int | None
    """Its number in the journal; None for a single statement in autocommit."""
    next_step: int = 0
    """Where an attempt that stopped to ask goes on, in the transaction it left open; 0: from the beginning."""


def refused_last(entries: Sequence[Entry], pane: str) -> Entry | None:
    """The conflict that a retry in this pane would be about: its newest, if nothing came after it but the end of its
    transaction: ROLLBACK, or a COMMIT that was answered with one."""
    for entry in reversed(entries):
        if entry.pane != pane or entry.event is not Event.STATEMENT:
            continue
        if entry.is_conflict:
            return entry
        is_end = entry.kind is StatementKind.ROLLBACK or entry.fate is Fate.NOT_SAVED
        if not is_end and not isinstance(entry.outcome, Refused):
            return None
    return None


def replay_of(entries: Sequence[Entry], refused: Entry) -> Replay:
    """The transaction in which `refused` was refused with a conflict. Raises NotReplayable.

    `entries` is the journal, or as much of it as holds the transaction.
    """
    if refused.transaction is None:
        own = [refused]
    else:
        own = [e for e in entries if e.transaction == refused.transaction and e.number <= refused.number]
        if own[0].kind is not StatementKind.BEGIN:
            raise NotReplayable(
                _("The beginning of the transaction is no longer in the journal; run it again by hand.")
            )
    steps = []
    for entry in own:
        if entry is not refused and isinstance(entry.outcome, Refused):
            raise NotReplayable(
                _("The transaction had failed before ({short} was refused); correct it and run it by hand.").format(
                    short=_short(entry.sql)
                )
            )
        if entry.is_cut:
            raise NotReplayable(
                _("A statement of {sql_length:,} characters is not kept whole; run the transaction by hand.").format(
                    sql_length=entry.sql_length
                )
            )
        if entry.copy_bytes or _is_copy_in(entry):
            raise NotReplayable(
                _("It loaded data with COPY ({short}), which the journal does not keep; load them again.").format(
                    short=_short(entry.sql)
                )
            )
        if any(token.kind is Kind.PARAM for token in scan(entry.sql)[0]):
            raise NotReplayable(
                _("It was sent with parameters ({short}), which the journal does not keep; run it by hand.").format(
                    short=_short(entry.sql)
                )
            )
        if entry.outcome is not None:
            steps.append(
                ReplayStep(Statement(entry.sql, 0, len(entry.sql), entry.kind), entry.outcome, entry.rows_print)
            )
    return Replay(tuple(steps), refused.transaction)


def script_of(entries: Sequence[Entry], refused: Entry) -> str:
    """The transaction of `refused` as text for an editor, also one that must not be replayed by itself."""
    own = [e for e in entries if e.transaction is not None and e.transaction == refused.transaction]
    own = [e for e in own if e.number <= refused.number] or [refused]
    return "\n".join(_line(entry) for entry in own)


def _line(entry: Entry) -> str:
    remark = "  -- the console does not keep so long a statement: this is its beginning" if entry.is_cut else ""
    if _is_copy_in(entry):
        remark = "  -- its data are not kept"
    return f"{entry.sql.rstrip()};{remark}"


def difference(step: ReplayStep, outcome: Outcome) -> str:
    """What came back otherwise than the first time, as a sentence; empty when nothing a person could have used did.

    Only successes are compared; a refusal speaks for itself.
    """
    then = step.seen
    if isinstance(then, Rows) and isinstance(outcome, Rows):
        if rows_print(outcome) != step.seen_print or outcome.has_more != then.has_more:
            return _("{short} gave other rows: {rows_words}").format(
                short=_short(step.statement.text), rows_words=_rows_words(then, outcome)
            )
        return ""
    if isinstance(then, Done) and isinstance(outcome, Done) and then.tag != outcome.tag:
        return _("{short} said {tag} then and {tag_2} now.").format(
            short=_short(step.statement.text), tag=then.tag, tag_2=outcome.tag
        )
    return ""


def _rows_words(then: Rows, now: Rows) -> str:
    if len(then.rows) == len(now.rows) == 1:
        pairs = zip(then.columns, then.rows[0], now.rows[0], strict=False)
        changed = [
            _("{name} was {value}, is {value_2}").format(name=column.name, value=_value(a), value_2=_value(b))
            for column, a, b in pairs
            if a != b
        ]
        if changed:
            return "; ".join(changed[:3]) + "."
    if then.tag and now.tag and then.tag != now.tag:
        return _("{tag} then, {tag_2} now.").format(tag=then.tag, tag_2=now.tag)
    return _("other values in them.")


def _value(value: str | None) -> str:
    return "NULL" if value is None else _short(value, 30)


def _is_copy_in(entry: Entry) -> bool:
    copy = classify(entry.sql).copy if entry.kind is StatementKind.WRITE else None
    return copy is not None and copy.direction is CopyDirection.IN


def _short(text: str, limit: int = 60) -> str:
    words = " ".join(text[: limit * 4].split())
    return words if len(words) <= limit else words[: limit - 1] + "…"


def is_conflict(outcome: Outcome) -> bool:
    """Whether another attempt may help."""
    return isinstance(outcome, Refused) and conflict_of(outcome.error) is not None
