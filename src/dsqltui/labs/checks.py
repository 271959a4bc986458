"""Checks: a step and what really happened in, passed or not yet out. Pure.

What counts is what the server answered in the panes since the step before was passed, in whatever way the student got
there; the last statement of a kind decides.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.results.errors import Conflict, conflict_of
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.labs import verdict
from dsqltui.labs.matching import has_words, words_of
from dsqltui.labs.model import (
    PANES,
    Acted,
    Capture,
    Check,
    HasRows,
    InDatabase,
    IsConnected,
    IsUser,
    LabStep,
    OneOf,
    SameInBoth,
    StatementRan,
    WasLost,
    WasRefused,
)
from dsqltui.labs.text import filled, filled_sql
from dsqltui.labs.verdict import NotYet, Passed, Verdict


@dataclass(frozen=True, slots=True)
class StepEvidence:
    """What is known when a step is judged."""

    entries: tuple[Entry, ...] = ()
    """The journal since the step before was passed, oldest first."""
    states: Mapping[str, TransactionState] = field(default_factory=dict)
    """The panes' transactions now; NONE without a connection."""
    users: Mapping[str, str] = field(default_factory=dict)
    """The panes' database roles now."""
    answers: Mapping[str, Outcome] = field(default_factory=dict)
    """What the observer session got for the queries of `queries_of`, by query."""
    is_acted: bool = False
    """Whether the step's action was done."""

    def last(self, pane: str, of: str) -> Entry | None:
        """The pane's last statement of that kind."""
        wanted = words_of(of)
        return next(
            (
                entry
                for entry in reversed(self.entries)
                if entry.pane == pane and entry.event is Event.STATEMENT and has_words(entry.sql, entry.kind, wanted)
            ),
            None,
        )


def judge(step: LabStep, evidence: StepEvidence, values: Mapping[str, str]) -> Verdict:
    """Whether the step is done. Values found on the way are in `Passed.captured`."""
    used = 0
    for check in step.expect:
        said = _check(check, evidence, values)
        if isinstance(said, NotYet):
            return _standing_in_the_way(step, evidence, said) if said.is_untouched else said
        used = max(used, said.used)
    for pane, wanted in step.state_after.items():
        state = _state_at(evidence, pane, used)
        if state is not wanted:
            return verdict.wrong_state_after(pane, state, wanted)
    captured: dict[str, str] = {}
    for capture in step.captures:
        value = _captured(capture, evidence, step.panes or PANES)
        if value is None:
            return verdict.lacks((step.panes or PANES)[0], capture.of, capture.column)
        captured[capture.name] = value
    return Passed(used, captured)


def queries_of(step: LabStep, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What must be asked in the observer's session before the step can be judged: pane and query."""
    found: list[tuple[str, str]] = []
    pending: list[Check] = list(step.expect)
    while pending:
        match pending.pop():
            case InDatabase(query=query, pane=pane):
                found.append((pane, filled_sql(query, values)))
            case OneOf(checks=checks):
                pending += checks
    return tuple(found)


def first_value(outcome: Outcome | None) -> str | None:
    """The first value of the first row; None when there is none."""
    return outcome.rows[0][0] if isinstance(outcome, Rows) and outcome.rows and outcome.rows[0] else None


def trouble_before(step: LabStep, states: Mapping[str, TransactionState]) -> NotYet | None:
    """Why the step cannot begin as the panes stand; None when it can."""
    for pane, wanted in step.state_before.items():
        state = states.get(pane, TransactionState.NONE)
        if pane not in step.panes and not (state is TransactionState.OPEN and wanted is TransactionState.IDLE):
            continue  # what a pane that is not concerned has lost, the step that needs it will say
        match state, wanted:
            case TransactionState.NONE, TransactionState.IDLE:
                return verdict.not_connected(pane)
            case TransactionState.FAILED, TransactionState.IDLE | TransactionState.OPEN:
                return verdict.transaction_failed(pane)
            case TransactionState.OPEN, TransactionState.IDLE:
                return verdict.transaction_in_the_way(pane)
            case TransactionState.IDLE | TransactionState.NONE, TransactionState.OPEN | TransactionState.FAILED:
                return verdict.transaction_missing(pane)
    return None


def _standing_in_the_way(step: LabStep, evidence: StepEvidence, said: NotYet) -> NotYet:
    """What a person must do first, when nothing of the step was tried yet."""
    if any(isinstance(entry.outcome, Lost) or entry.event is Event.LOST for entry in evidence.entries):
        gone = next((pane for pane in step.panes if evidence.states.get(pane) is TransactionState.NONE), None)
        if gone is not None:
            return verdict.lost(gone)
    return trouble_before(step, evidence.states) or said


def _state_at(evidence: StepEvidence, pane: str, number: int) -> TransactionState:
    """The pane's transaction state after the statement that proved the step, or now."""
    at = [
        entry
        for entry in evidence.entries
        if entry.pane == pane and entry.event is Event.STATEMENT and (entry.number <= number or not number)
    ]
    return at[-1].state_after if at else evidence.states.get(pane, TransactionState.NONE)


def _captured(capture: Capture, evidence: StepEvidence, panes: Iterable[str]) -> str | None:
    for pane in panes:
        entry = evidence.last(pane, capture.of)
        if entry is None or not isinstance(entry.outcome, Rows) or not entry.outcome.rows:
            continue
        names = [column.name for column in entry.outcome.columns]
        if capture.column in names:
            return entry.outcome.rows[0][names.index(capture.column)]
    return None


# -- the checks --------------------------------------------------------------------------------------------------------


def _check(check: Check, evidence: StepEvidence, values: Mapping[str, str]) -> Verdict:
    match check:
        case StatementRan(of=of, panes=panes, tag=tag):
            return _in_each(panes, lambda pane: _ran(pane, filled_sql(of, values), tag, evidence))
        case HasRows(panes=panes):
            return _in_each(panes, lambda pane: _has_rows(pane, check, evidence, values))
        case WasRefused(panes=panes):
            return _in_each(panes, lambda pane: _was_refused(pane, check, evidence, values))
        case SameInBoth(of=of):
            return _same(filled_sql(of, values), evidence)
        case InDatabase():
            return _in_database(check, evidence, values)
        case IsConnected(panes=panes):
            return _in_each(panes, lambda pane: _is_connected(pane, evidence))
        case IsUser(user=user, panes=panes):
            return _in_each(panes, lambda pane: _is_user(pane, user, evidence))
        case WasLost(panes=panes):
            return _in_each(panes, lambda pane: _was_lost(pane, evidence))
        case Acted():
            return Passed() if evidence.is_acted else verdict.not_acted()
        case OneOf(checks=checks):
            return _one_of(checks, evidence, values)


def _in_each(panes: Iterable[str], judged: Callable[[str], Verdict]) -> Verdict:
    used = 0
    for pane in panes:
        said = judged(pane)
        if isinstance(said, NotYet):
            return said
        used = max(used, said.used)
    return Passed(used)


def _done(pane: str, of: str, evidence: StepEvidence) -> tuple[Entry, Rows | Done] | NotYet:
    """The pane's last statement of that kind, when it was done."""
    entry = evidence.last(pane, of)
    if entry is None:
        other = next(p for p in PANES if p != pane)
        return verdict.ran_elsewhere(pane, other, of) if evidence.last(other, of) else verdict.not_run(pane, of)
    match entry.outcome:
        case Rows() | Done() as outcome:
            return entry, outcome
        case Refused(error=error):
            if conflict_of(error) is not Conflict.SCHEMA:
                return verdict.refused(pane, of, error.sqlstate, error.message)
            is_inside = entry.state_after is TransactionState.FAILED
            return verdict.schema_changed_inside(pane) if is_inside else verdict.schema_changed(pane)
    return verdict.lost(pane)


def _ran(pane: str, of: str, tag: str, evidence: StepEvidence) -> Verdict:
    done = _done(pane, of, evidence)
    if isinstance(done, NotYet):
        return done
    entry, outcome = done
    if tag and outcome.tag != tag:
        return verdict.wrong_tag(pane, of, outcome.tag, tag)
    return Passed(entry.number)


def _has_rows(pane: str, check: HasRows, evidence: StepEvidence, values: Mapping[str, str]) -> Verdict:
    of = filled_sql(check.of, values)
    done = _done(pane, of, evidence)
    if isinstance(done, NotYet):
        return done
    entry, outcome = done
    if not isinstance(outcome, Rows):
        return verdict.no_rows(pane, of)
    if check.count is not None and entry.row_count != check.count:
        return verdict.wrong_count(pane, of, entry.row_count, str(check.count))
    if entry.row_count < check.at_least:
        return verdict.wrong_count(pane, of, entry.row_count, f"{check.at_least}+")
    if check.value is not None:
        wanted, value = filled(check.value, values), first_value(outcome)
        if value != wanted:
            return verdict.wrong_value(pane, of, "NULL" if value is None else value, wanted)
    for row in check.has:
        wanted_row = {filled(value, values) for value in row}
        if not any(wanted_row <= set(found) for found in outcome.rows):
            return verdict.lacks(pane, of, ", ".join(filled(value, values) for value in row))
    for text in check.text:
        wanted = filled(text, values)
        if not any(value is not None and wanted in value for found in outcome.rows for value in found):
            return verdict.lacks(pane, of, wanted)
    return Passed(entry.number)


def _was_refused(pane: str, check: WasRefused, evidence: StepEvidence, values: Mapping[str, str]) -> Verdict:
    of = filled_sql(check.of, values)
    entry = evidence.last(pane, of)
    if entry is None:
        other = next(p for p in PANES if p != pane)
        return verdict.ran_elsewhere(pane, other, of) if evidence.last(other, of) else verdict.not_run(pane, of)
    match entry.outcome:
        case Refused(error=error):
            conflict = conflict_of(error)
            if check.token != "OC001" and conflict is Conflict.SCHEMA:
                is_inside = entry.state_after is TransactionState.FAILED
                return verdict.schema_changed_inside(pane) if is_inside else verdict.schema_changed(pane)
            is_right_token = not check.token or (conflict is not None and conflict.value == check.token)
            if error.sqlstate == check.sqlstate and is_right_token:
                return Passed(entry.number)
            wanted = f"{check.sqlstate} {check.token}".strip()
            return verdict.other_refusal(pane, of, error.sqlstate, wanted, error.message)
        case Rows() | Done():
            return verdict.not_refused(pane, of, check.sqlstate)
    return verdict.lost(pane)


def _same(of: str, evidence: StepEvidence) -> Verdict:
    results = []
    for pane in PANES:
        done = _done(pane, of, evidence)
        if isinstance(done, NotYet):
            return done
        results.append(done)
    (first, one), (second, other) = results
    if not isinstance(one, Rows) or not isinstance(other, Rows):
        return verdict.no_rows(PANES[0], of)
    if (first.row_count, one.rows) != (second.row_count, other.rows):
        return verdict.different(of)
    return Passed(max(first.number, second.number))


def _in_database(check: InDatabase, evidence: StepEvidence, values: Mapping[str, str]) -> Verdict:
    outcome = evidence.answers.get(filled_sql(check.query, values))
    if outcome is None:
        return verdict.not_asked()
    if first_value(outcome) == filled(check.value, values):
        return Passed()
    return NotYet(check.say.filled(values), is_untouched=not evidence.entries)


def _is_connected(pane: str, evidence: StepEvidence) -> Verdict:
    is_there = evidence.states.get(pane, TransactionState.NONE) is not TransactionState.NONE
    return Passed() if is_there else verdict.not_connected(pane)


def _is_user(pane: str, user: str, evidence: StepEvidence) -> Verdict:
    if evidence.states.get(pane, TransactionState.NONE) is TransactionState.NONE:
        return verdict.not_connected(pane)
    now = evidence.users.get(pane, "")
    return Passed() if now == user else verdict.other_user(pane, now, user)


def _was_lost(pane: str, evidence: StepEvidence) -> Verdict:
    for entry in reversed(evidence.entries):
        if (
            entry.pane == pane
            and (entry.event is not Event.CONNECTED)
            and (entry.event in (Event.LOST, Event.CONNECT_FAILED) or isinstance(entry.outcome, Lost))
        ):
            return Passed(entry.number)
    return verdict.still_connected(pane)


def _one_of(checks: tuple[Check, ...], evidence: StepEvidence, values: Mapping[str, str]) -> Verdict:
    """The first that passes; else what the first tried one says, or simply the first."""
    told: list[NotYet] = []
    for check in checks:
        said = _check(check, evidence, values)
        if isinstance(said, Passed):
            return said
        told.append(said)
    return next((said for said in told if not said.is_untouched), told[0])
