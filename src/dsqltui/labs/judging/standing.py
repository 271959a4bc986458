"""What a student has to know before a step's own checks count: what stands in its way, how far it has come. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.results.errors import Conflict, conflict_of
from dsqltui.core.results.outcome import Done, Lost, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind, split
from dsqltui.labs.judging import verdict
from dsqltui.labs.judging.evidence import StepEvidence
from dsqltui.labs.judging.matching import same_text
from dsqltui.labs.judging.verdict import NotYet
from dsqltui.labs.model import PANES, LabStep, RunSql
from dsqltui.labs.text import filled_sql


def trouble_before(step: LabStep, states: Mapping[str, TransactionState], own: Iterable[str] = ()) -> NotYet | None:
    """Why the step cannot begin as the panes stand; None when it can. `own`: panes whose transaction is its own."""
    for pane, wanted in step.state_before.items():
        state = states.get(pane, TransactionState.NONE)
        is_concerned = pane in step.panes
        match state, wanted:
            case TransactionState.NONE, TransactionState.IDLE if is_concerned:
                return verdict.not_connected(pane)
            case TransactionState.FAILED, TransactionState.IDLE if is_concerned:
                return verdict.transaction_failed(pane)
            case TransactionState.FAILED, TransactionState.OPEN if is_concerned:
                return verdict.transaction_failed_earlier(pane)
            case TransactionState.OPEN, TransactionState.IDLE if pane not in own:
                return verdict.transaction_in_the_way(pane)
            case TransactionState.IDLE | TransactionState.NONE, TransactionState.OPEN:
                return verdict.transaction_missing(pane)
            case TransactionState.IDLE | TransactionState.NONE, TransactionState.FAILED if is_concerned:
                return verdict.transaction_missing(pane)
    return None


def standing_in_the_way(step: LabStep, evidence: StepEvidence, said: NotYet, values: Mapping[str, str]) -> NotYet:
    """What a person must do first; else what is wrong with what was tried; else how far the step has come."""
    if any(isinstance(entry.outcome, Lost) or entry.event is Event.LOST for entry in evidence.entries):
        gone = next((pane for pane in step.panes if evidence.states.get(pane) is TransactionState.NONE), None)
        if gone is not None and said.is_untouched:
            return verdict.lost(gone)
    own = [pane for pane in PANES if began_here(step, evidence, pane)]
    trouble = trouble_before(step, evidence.states, own)
    if trouble is not None and (said.is_untouched or any(_is_over(step, evidence, pane) for pane in PANES)):
        return trouble
    if not said.is_untouched:
        return said
    return _newest_refusal(step, evidence) or _progress(step, evidence, values) or said


def _is_over(step: LabStep, evidence: StepEvidence, pane: str) -> bool:
    """Whether a transaction that the step goes on in is not there any more."""
    wanted = step.state_before.get(pane)
    return wanted is TransactionState.OPEN and not evidence.states.get(pane, TransactionState.NONE).is_open


def _newest_refusal(step: LabStep, evidence: StepEvidence) -> NotYet | None:
    """What the server said of the newest statement, when it refused it: a slip of the pen, for instance."""
    mine = [e for e in evidence.own_entries if e.pane in step.panes and e.event is Event.STATEMENT]
    if not mine or not isinstance(mine[-1].outcome, Refused):
        return None
    error = mine[-1].outcome.error
    if conflict_of(error) is Conflict.SCHEMA:
        return of_schema(mine[-1])
    return verdict.refused(mine[-1].pane, mine[-1].sql, error.sqlstate, error.message)


def began_here(step: LabStep, evidence: StepEvidence, pane: str) -> bool:
    """Whether the pane's transaction was begun in this step, whose SQL begins one."""
    begins = isinstance(step.action, RunSql) and any(
        statement.kind is StatementKind.BEGIN for statement in split(step.action.sql)
    )
    return begins and any(entry.pane == pane and entry.kind is StatementKind.BEGIN for entry in evidence.own_entries)


def _progress(step: LabStep, evidence: StepEvidence, values: Mapping[str, str]) -> NotYet | None:
    """How many of the step's statements were run, when it is some."""
    if not isinstance(step.action, RunSql):
        return None
    statements = [statement.text for statement in split(filled_sql(step.action.sql, values))]
    for pane in step.panes:
        done = done_count(statements, evidence.own_entries, pane)
        if 0 < done < len(statements):
            return verdict.partly_run(pane, done, len(statements), statements[done])
    return None


def done_count(statements: Sequence[str], entries: Iterable[Entry], pane: str) -> int:
    """How many of the statements, from the first on, the pane has done in this order; a rollback begins anew."""
    done = 0
    for entry in entries:
        if entry.pane != pane or entry.event is not Event.STATEMENT:
            continue
        is_next = done < len(statements) and same_text(entry.sql, statements[done])
        if isinstance(entry.outcome, Rows | Done) and is_next:
            done += 1
        elif statements and isinstance(entry.outcome, Rows | Done) and same_text(entry.sql, statements[0]):
            done = 1
        elif entry.kind is StatementKind.ROLLBACK or (
            isinstance(entry.outcome, Refused) and entry.state_before is TransactionState.OPEN
        ):
            done = 0
    return done


def of_schema(entry: Entry) -> NotYet:
    """OC001, in autocommit or in a transaction."""
    is_inside = entry.state_after is TransactionState.FAILED
    return verdict.schema_changed_inside(entry.pane) if is_inside else verdict.schema_changed(entry.pane)
