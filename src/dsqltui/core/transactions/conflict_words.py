"""An explanation of a conflict in sentences a student understands.

The text holds pieces of SQL: make it safe to paint.
"""

from dsqltui.core.language import N_, _, ngettext
from dsqltui.core.results.errors import Conflict
from dsqltui.core.results.outcome import Refused
from dsqltui.core.transactions.conflict import Act, Explanation, Moment, Suspect

_ACTS_TOLD = 4

MEANING = {
    Conflict.DATA: N_(
        "OC000: another transaction changed the same rows and committed first. The first COMMIT "
        "wins; nothing waits, so the loser hears of it only when it commits."
    ),
    Conflict.SCHEMA: N_(
        "OC001: the schema changed after this session had last looked at it (CREATE, ALTER, "
        "DROP, GRANT, or a finished index build). Any such change counts, also of another table; "
        "the next attempt sees it."
    ),
}
"""What each token means."""


def title(explained: Explanation) -> str:
    """`CONFLICT OC000: pane B committed first; nothing of A was saved`."""
    first = explained.suspects[0] if explained.suspects else None
    if explained.conflict is Conflict.SCHEMA:
        who = _("the schema changed: DDL of pane {pane}").format(pane=first.pane) if first else _("the schema changed")
    else:
        who = (
            _("pane {pane} committed first").format(pane=first.pane)
            if first and first.shared
            else _("someone else committed first")
        )
    return _("CONFLICT {value}: {who}; nothing of {pane} was saved").format(
        value=explained.conflict.value, who=who, pane=explained.refused.pane
    )


def own_lines(explained: Explanation) -> tuple[str, ...]:
    """What our transaction did, and what became of it."""
    pane = explained.refused.pane
    lines = [f"{pane} {_told(act)}" for act in explained.own[:_ACTS_TOLD]]
    if len(explained.own) > _ACTS_TOLD:
        lines.append(_("… and {count} more statements").format(count=len(explained.own) - _ACTS_TOLD))
    match explained.moment:
        case Moment.COMMIT:
            lines.append(_("{pane} COMMIT: refused. Nothing of this transaction was saved.").format(pane=pane))
        case Moment.IN_TRANSACTION:
            lines.append(
                _("{pane} refused before COMMIT. Nothing was saved; only ROLLBACK ends the transaction.").format(
                    pane=pane
                )
            )
        case Moment.AUTOCOMMIT:
            lines.append(
                _("{pane} refused: in autocommit the statement is its own COMMIT. Nothing was saved.").format(pane=pane)
            )
    return tuple(lines)


def other_lines(explained: Explanation) -> tuple[str, ...]:
    """Who was first, as far as the journal knows."""
    if not explained.suspects:
        return (_nobody(explained),)
    lines = []
    for suspect in explained.suspects[:2]:
        lines += [f"{suspect.pane} {_told(act)}" for act in suspect.acts[:2]]
        lines.append(f"{suspect.pane} {_when(suspect, explained)}")
    return tuple(lines)


def _told(act: Act) -> str:
    is_untold = act.touches.is_ddl or isinstance(act.entry.outcome, Refused) or not (act.rows or act.touches.writes)
    rows = "" if is_untold else ngettext("{rows:,} row of ", "{rows:,} rows of ", act.rows).format(rows=act.rows)
    guess = _(" (as far as its words tell)") if act.touches.is_guess else ""
    return f"{act.verb} {rows}{act.target}{guess}"


def _when(suspect: Suspect, explained: Explanation) -> str:
    before_s = explained.refused.ended_s - suspect.committed_s
    ago = (
        _("{before_s:.0f} ms").format(before_s=before_s * 1000)
        if before_s < 1
        else _("{seconds:.1f} s").format(seconds=before_s)
    )
    committed = (
        _("committed {ago} before {pane} was refused").format(ago=ago, pane=explained.refused.pane)
        if before_s > 0
        else _("committed as well")
    )
    if explained.conflict is Conflict.SCHEMA:
        return committed
    if not suspect.shared:
        return _(
            "{committed}, but no table of ours: a foreign key or a function may be the link, else it was someone else"
        ).format(committed=committed)
    if suspect.has_same_where:
        return _("{committed}: the same rows of {shared}").format(committed=committed, shared=", ".join(suspect.shared))
    return _("{committed}: the same table, {shared}; whether the same rows, words do not tell").format(
        committed=committed, shared=", ".join(suspect.shared)
    )


def _nobody(explained: Explanation) -> str:
    if explained.builds:
        first = explained.builds[0]
        return _("Perhaps the end of the job that {pane} began: {split}").format(
            pane=first.pane, split=" ".join(first.sql[:200].split())[:60]
        )
    if explained.conflict is Conflict.SCHEMA:
        return _(
            "Not the other pane: it changed no schema meanwhile. Another session may have, or an index build ended."
        )
    return _(
        "As far as its words tell, the other pane committed no write to these tables meanwhile. "
        "Another session may have."
    )
