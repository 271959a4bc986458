"""What is known about the data once a statement was sent: saved, not saved, or unknown. One place for every view.

What the connection did after COMMIT was sent is unknown until somebody looks (AWS's advice is to confirm or stop,
never to resend). In autocommit a statement is its own COMMIT.

Outcome, states -> Fate -> the words and the colour of screen, `exec`, `--plain` and labs.
"""

from enum import Enum

from dsqltui.core.language import N_, _, as_sentence
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind, kind_of, split
from dsqltui.core.sql.classify import Writes, classify

FIND_OUT = N_("Nothing is sent again by itself: look for what it wrote before you repeat it.")
"""What to do when the fate is unknown."""
UNKNOWN_SIGN = N_(", saved or not is unknown")
"""In a line of the timeline or a report."""
ROLLED_BACK_AT_COMMIT = N_(
    "COMMIT was answered with ROLLBACK: the transaction had failed, and nothing of it was saved."
)
"""PostgreSQL ends a failed transaction so, without an error."""
_UNCERTAIN_CLASSES = ("XX", "08")
_UNCERTAIN_CODES = ("40003",)
"""SQLSTATEs of refusals after which nobody knows: internal errors (XX000 `server unavailable`), connection exceptions,
and statement_completion_unknown. Sources: Aurora DSQL User Guide, September 2026; SQL standard."""


class Fate(Enum):
    """What became of the data."""

    SAVED = "saved"
    READ = "read"
    """Nothing was to be saved: rows came back."""
    PENDING = N_("not committed yet")
    """In the open transaction, or its beginning."""
    NOT_SAVED = N_("not saved")
    ENDED = N_("rolled back")
    """The person asked for ROLLBACK."""
    SESSION = "session"
    """It concerned the session alone, as SET does."""
    UNKNOWN = N_("may or may not be saved")


def may_save(sql: str, before: TransactionState) -> bool:
    """Whether data may be saved as soon as this was sent in this state, whatever is answered."""
    kinds = _kinds(sql)
    if before.is_open:
        commits = StatementKind.COMMIT in kinds and (before is TransactionState.OPEN or len(kinds) > 1)
        return commits or (StatementKind.ROLLBACK in kinds[:-1])
    return any(kind not in _NEVER_SAVE for kind in kinds) and classify(sql).writes is not Writes.NO


_NEVER_SAVE = (StatementKind.BEGIN, StatementKind.COMMIT, StatementKind.ROLLBACK)


def fate_of(sql: str, outcome: Outcome, before: TransactionState, after: TransactionState) -> Fate:
    """What is known of a statement that was run in state `before` and left the session in state `after`."""
    match outcome:
        case Lost(was_sent=was_sent):
            return Fate.UNKNOWN if was_sent and may_save(sql, before) else Fate.NOT_SAVED
        case Refused(error=error):
            return Fate.UNKNOWN if _is_uncertain(error) and may_save(sql, before) else Fate.NOT_SAVED
        case Done() | Rows():
            return _fate_of_success(sql, outcome, before, after)


def _fate_of_success(sql: str, outcome: Done | Rows, before: TransactionState, after: TransactionState) -> Fate:
    kinds = _kinds(sql)
    last = kinds[-1] if kinds else StatementKind.OTHER
    if last is StatementKind.COMMIT:
        if outcome.tag == "ROLLBACK":
            return Fate.NOT_SAVED
        return Fate.SAVED if before.is_open or len(kinds) > 1 else Fate.SESSION
    if last is StatementKind.ROLLBACK:
        return Fate.ENDED
    if kinds == (StatementKind.READ,):
        return Fate.READ
    if after.is_open:
        return Fate.PENDING
    return Fate.SESSION if _is_about_session(sql) else Fate.SAVED


def sentence(sql: str, outcome: Outcome, before: TransactionState) -> str:
    """What the outcome means for the data, where its own words do not say so; empty otherwise. `sql` is empty when
    nothing ran."""
    match outcome:
        case Lost():
            return _sentence_of_loss(sql, outcome)
        case Refused(error=error) if _is_uncertain(error) and may_save(sql, before):
            return unknown_words(sql)
        case Done(tag="ROLLBACK") if _kinds(sql)[-1:] == (StatementKind.COMMIT,):
            return _(ROLLED_BACK_AT_COMMIT)
        case _:
            return ""


def while_on_its_way(sql: str, before: TransactionState) -> str:
    """What is known when the answer to a statement is not waited for; empty when nothing is saved by it."""
    if may_save(sql, before):
        return unknown_words(sql)
    return _("The open transaction is rolled back.") if before.is_open else ""


def _sentence_of_loss(sql: str, lost: Lost) -> str:
    before = lost.state_before
    if lost.was_sent and sql and may_save(sql, before):
        return unknown_words(sql)
    parts = [_("the open transaction was rolled back")] if before.is_open else []
    if sql and not lost.was_sent:
        parts.append(_("this statement was not run"))
    text = "; ".join(parts)
    return as_sentence(text) if text else ""


def unknown_words(sql: str) -> str:
    """What to say of a statement whose fate is unknown."""
    if StatementKind.COMMIT in _kinds(sql):
        what = _("COMMIT was sent, and nobody said how it ended: the transaction may or may not have been committed")
    else:
        what = _("This statement was sent, and nobody said how it ended: it may or may not have been done")
    return _("{what}. {find_out}").format(what=what, find_out=_(FIND_OUT))


def _is_uncertain(error: ServerError) -> bool:
    return error.sqlstate[:2] in _UNCERTAIN_CLASSES or error.sqlstate in _UNCERTAIN_CODES


def _is_about_session(sql: str) -> bool:
    """Whether it changes or shows what is the session's own, and neither data nor schema."""
    found = classify(sql)
    return found.kind is StatementKind.OTHER and found.writes is Writes.NO


def _kinds(sql: str) -> tuple[StatementKind, ...]:
    """Of the statements that are sent as one, in order."""
    if ";" not in sql:
        return (kind_of(sql),) if sql.strip() else ()
    return tuple(statement.kind for statement in split(sql))
