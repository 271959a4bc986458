"""What the results area says of a transaction: why it lost, how its retry went, what dropping it would cost."""

import dataclasses
from collections.abc import Sequence

from dsqltui.core.answers.fate import ROLLED_BACK_AT_COMMIT, may_save
from dsqltui.core.journal.journal import Entry
from dsqltui.core.language import N_, _, counted
from dsqltui.core.results.outcome import Lost, Refused
from dsqltui.core.scripts.statement import StatementKind
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.transactions.budget import Spent, spent
from dsqltui.core.transactions.conflict import Explanation, Moment
from dsqltui.core.transactions.conflict_words import MEANING, other_lines, own_lines, title
from dsqltui.core.transactions.replaying import End, Ended
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.words import report as reports
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity

_LINE = 200
_NAMED = 4
"""Statements of a lost transaction that are named."""


def of_conflict(explained: Explanation) -> Report:
    """The explanation, and what can be done now."""
    is_alone = explained.moment is Moment.AUTOCOMMIT
    lines = (*own_lines(explained), *other_lines(explained))
    return Report(
        Severity.CONFLICT,
        one_line(title(explained), _LINE),
        message="\n".join(one_line(line, _LINE) for line in lines),
        offers={
            "retry_transaction": N_("retry it") if is_alone else N_("retry from BEGIN"),
            "edit_transaction": N_("edit"),
            "timeline": N_("timeline"),
            "explain_conflict": N_("details"),
        },
        folded=_(MEANING[explained.conflict]),
    )


def of_failed_commit(entries: Sequence[Entry]) -> Report:
    """COMMIT of a failed transaction was answered with ROLLBACK; `entries` are the transaction's."""
    refused = next((entry for entry in entries if isinstance(entry.outcome, Refused)), None)
    why = ""
    if refused is not None and isinstance(refused.outcome, Refused):
        error = refused.outcome.error
        why = _("It failed at {split}: {sqlstate} {message}").format(
            split=one_line(" ".join(refused.sql[:300].split()), 60), sqlstate=error.sqlstate, message=error.message
        )
    offers = {"edit_transaction": N_("edit its statements")} if refused is not None else {}
    if refused is not None and refused.is_conflict:
        offers = {"retry_transaction": N_("retry from BEGIN"), **offers}
    return Report(
        Severity.FAILED,
        "COMMIT → ROLLED BACK: NOTHING WAS SAVED",
        message=f"{_(ROLLED_BACK_AT_COMMIT)}\n{one_line(why, _LINE)}".strip(),
        offers=offers,
    )


def of_no_retry(reason: str) -> Report:
    """Why a transaction is not run again by itself."""
    advice = _("{key} puts its statements into the editor.").format(key=key_of("edit_transaction"))
    return Report(Severity.FAILED, _("NOT RETRIED"), message=one_line(reason, _LINE * 2), advice=advice)


def of_replay_end(ended: Ended) -> Report | None:
    """How a retry ended; None where the last outcome, which is on the screen, says it better."""
    attempts = counted(ended.attempts, "attempt")
    match ended.why:
        case End.COMMITTED:
            return Report(
                Severity.GOOD,
                _("COMMITTED after {attempts}").format(attempts=attempts),
                message=_("The whole transaction was run again."),
            )
        case End.OPEN:
            text = _("All its statements ran again; it had not come to its COMMIT and is open now.")
            advice = _("{commit_key} commits it, {rollback_key} rolls it back.").format(
                commit_key=key_of("commit"), rollback_key=key_of("rollback")
            )
            return Report(
                Severity.PENDING, _("RUN AGAIN after {attempts}").format(attempts=attempts), message=text, advice=advice
            )
        case End.DIFFERENT:
            message = _("{reason}\nWhat you wrote may depend on it, so the retry stopped here.").format(
                reason=one_line(ended.reason, _LINE)
            )
            offers = {"retry_transaction": N_("go on with the new values"), "rollback": N_("roll back")}
            return Report(Severity.CONFLICT, _("DATA CHANGED SINCE YOUR FIRST ATTEMPT"), message=message, offers=offers)
        case End.GAVE_UP:
            message = _(
                "Each of {attempts} met a conflict; others keep changing the same rows. Nothing was saved."
            ).format(attempts=attempts)
            offers = {"retry_transaction": N_("try again"), "edit_transaction": N_("edit"), "timeline": N_("timeline")}
            return Report(Severity.CONFLICT, _("GAVE UP"), message=message, offers=offers)
        case End.STOPPED:
            return Report(
                Severity.FAILED,
                _("RETRY STOPPED"),
                message=_("You stopped it in attempt {attempts}.").format(attempts=max(1, ended.attempts)),
            )
        case End.BUSY:
            text = _("This pane is in another transaction; commit it or roll it back, then retry.")
            return Report(Severity.FAILED, _("NOT RETRIED"), message=text)
        case End.REFUSED | End.LOST:
            return None


def of_cancelling(running: str, cost: str, dropped_runs: int) -> Report:
    """Cancel was asked for and the statement goes on: the choice, with what it costs."""
    lines = [_("Still running: {split}").format(split=one_line(" ".join(running[:400].split()), 80))] if running else []
    if dropped_runs:
        lines.append(
            _("{queued_runs} behind it will not be sent.").format(queued_runs=counted(dropped_runs, "queued run"))
        )
    lines.append(cost)
    return Report(
        Severity.LOST,
        _("CANCELLING…"),
        message="\n".join(lines),
        advice=_("{key} again drops the connection; or wait for the server's answer.").format(key=key_of("interrupt")),
        notices=_("The server was asked to cancel. Aurora DSQL ignores that; the answer decides."),
    )


def cost_of_dropping(used: Spent | None, kind: StatementKind | None) -> str:
    """What would be lost with the connection, as a sentence. `kind` is that of the statement under way."""
    if used is not None and kind is StatementKind.COMMIT:
        return _("Dropping it leaves open whether the transaction is committed: COMMIT is on its way.")
    if used is not None:
        done = counted(used.statements, "statement")
        return _("Dropping it rolls the open transaction back: {done}, {rows} changed.").format(
            done=done, rows=counted(used.changed_rows, "row")
        )
    return _("Dropping it: the statement may or may not complete.") if kind else _("Dropping it loses nothing else.")


def of_loss(outcome: Lost, statement: str, lost: Sequence[Entry], other: str) -> Report:
    """A lost connection, with the transaction that was lost with it; `other` is the pane that goes on."""
    used = spent(lost)
    told = reports.of_loss(outcome, statement)
    if statement and outcome.was_sent and may_save(statement, outcome.state_before):
        told = dataclasses.replace(told, offers={**told.offers, "check_commit": N_("did it commit?")})
    unaffected = _("Pane {letter} is not affected.").format(letter=other)
    advice = f"{told.advice} {unaffected}"
    work = [entry for entry in lost if entry.kind is not StatementKind.BEGIN]
    if not work or used is None:
        return dataclasses.replace(told, advice=advice)
    names = [one_line(" ".join(entry.sql[:300].split()), 60) for entry in work[:_NAMED]]
    if len(work) > _NAMED:
        names.append(_("… and {count} more").format(count=len(work) - _NAMED))
    head = _("Lost with it: {statements}, {rows} changed").format(
        statements=counted(used.statements, "statement"), rows=counted(used.changed_rows, "row")
    )
    return dataclasses.replace(
        told,
        notices="\n".join((head, *(f"  {name}" for name in names))),
        advice=advice,
    )
