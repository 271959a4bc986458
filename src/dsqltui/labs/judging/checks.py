"""Checks: a step and what really happened in, passed or not yet out. Pure.

What counts is what the server answered in the panes since the step before was passed, in whatever way the student got
there; the last statement of a kind decides, and what ran before the step began can pass it, but not fail it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from dsqltui.core.journal.journal import Entry, Event
from dsqltui.core.results.errors import Conflict, conflict_of
from dsqltui.core.results.outcome import Done, Lost, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.labs.judging import verdict
from dsqltui.labs.judging.evidence import StepEvidence, first_value
from dsqltui.labs.judging.standing import of_schema, standing_in_the_way
from dsqltui.labs.judging.verdict import NotYet, Passed, Verdict
from dsqltui.labs.model import (
    PANES,
    Acted,
    Capture,
    Check,
    HasFigure,
    HasRows,
    InDatabase,
    IsConnected,
    IsUser,
    LabStep,
    OneOf,
    SameInBoth,
    StatementRan,
    WasFirst,
    WasLost,
    WasRefused,
)
from dsqltui.labs.text import filled, filled_sql


def judge(step: LabStep, evidence: StepEvidence, values: Mapping[str, str]) -> Verdict:
    """Whether the step is done. Values found on the way are in `Passed.captured`."""
    said = _judged(step, evidence, values)
    if isinstance(said, Passed) or not evidence.since:
        return said
    return _judged(step, replace(evidence, entries=evidence.own_entries), values)


def _judged(step: LabStep, evidence: StepEvidence, values: Mapping[str, str]) -> Verdict:
    used = 0
    for check in step.expect:
        said = _check(check, evidence, values)
        if isinstance(said, NotYet):
            return standing_in_the_way(step, evidence, said, values)
        used = max(used, said.used)
    for pane, wanted in step.state_after.items():
        state = _state_at(evidence, pane, used)
        if state is not wanted:
            said = verdict.wrong_state_after(pane, state, wanted)
            return standing_in_the_way(step, evidence, replace(said, is_untouched=True), values)
    captured: dict[str, str] = {}
    for capture in step.captures:
        value = _captured(capture, evidence, step.panes or PANES, values)
        if value is None:
            return verdict.lacks((step.panes or PANES)[0], capture.of or capture.name, capture.column or capture.name)
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
    pane = (step.panes or PANES)[0]
    found += [(pane, filled_sql(capture.query, values)) for capture in step.captures if capture.query]
    return tuple(found)


def _state_at(evidence: StepEvidence, pane: str, number: int) -> TransactionState:
    """The pane's transaction state after the statement that proved the step, or now."""
    at = [
        entry
        for entry in evidence.entries
        if entry.pane == pane and entry.event is Event.STATEMENT and (entry.number <= number or not number)
    ]
    return at[-1].state_after if at else evidence.states.get(pane, TransactionState.NONE)


def _captured(capture: Capture, evidence: StepEvidence, panes: Iterable[str], values: Mapping[str, str]) -> str | None:
    if capture.query:
        return first_value(evidence.answers.get(filled_sql(capture.query, values)))
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
        case StatementRan(of=of, panes=panes):
            return _in_each(panes, lambda pane: _ran(pane, filled_sql(of, values), check, evidence))
        case WasFirst(of=of, pane=pane):
            return _was_first(pane, filled_sql(of, values), evidence)
        case HasRows(panes=panes):
            return _in_each(panes, lambda pane: _has_rows(pane, check, evidence, values))
        case WasRefused(panes=panes):
            return _in_each(panes, lambda pane: _was_refused(pane, check, evidence, values))
        case SameInBoth(of=of):
            return _same(filled_sql(of, values), evidence)
        case InDatabase():
            return _in_database(check, evidence, values)
        case HasFigure():
            return _has_figure(check, values) if evidence.is_acted else verdict.not_acted()
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


def _best(pane: str, of: str, evidence: StepEvidence, judged: Callable[[Entry], Verdict]) -> Verdict:
    """The verdict on the pane's last statement of that kind; one on the same tables will do when its answer does."""
    exact, near = evidence.last(pane, of), evidence.near(pane, of)
    if exact is None and near is None:
        other = next(p for p in PANES if p != pane)
        return verdict.ran_elsewhere(pane, other, of) if evidence.last(other, of) else verdict.not_run(pane, of)
    said = judged(exact) if exact is not None else None
    if near is None or near is exact or isinstance(said, Passed):
        return said or verdict.not_run(pane, of)
    instead = judged(near)
    if isinstance(instead, Passed) or said is None or exact is None or near.number > exact.number:
        return instead
    return said


def _not_done(entry: Entry, of: str) -> NotYet | None:
    """Why the statement does not count as done; None when it does."""
    match entry.outcome:
        case Rows() | Done():
            return None
        case Refused(error=error):
            if conflict_of(error) is Conflict.SCHEMA:
                return of_schema(entry)
            return verdict.refused(entry.pane, of, error.sqlstate, error.message)
    return verdict.lost(entry.pane)


def _ran(pane: str, of: str, check: StatementRan, evidence: StepEvidence) -> Verdict:
    def judged(entry: Entry) -> Verdict:
        if (trouble := _not_done(entry, of)) is not None:
            return trouble
        said = entry.outcome.tag if isinstance(entry.outcome, Rows | Done) else ""
        if check.tag and said != check.tag:
            return verdict.wrong_tag(pane, of, said, check.tag)
        took_ms = entry.duration_s * 1000
        if took_ms < check.at_least_ms or (check.at_most_ms is not None and took_ms > check.at_most_ms):
            return verdict.wrong_time(pane, of, took_ms, check.at_least_ms, check.at_most_ms)
        return Passed(entry.number)

    return _best(pane, of, evidence, judged)


def _was_first(pane: str, of: str, evidence: StepEvidence) -> Verdict:
    """Looked for in the whole lab: the two statements belong to two steps."""
    whole = replace(evidence, entries=evidence.of_lab or evidence.entries)
    other = next(p for p in PANES if p != pane)
    mine, theirs = whole.last(pane, of), whole.last(other, of)
    if mine is None or not isinstance(mine.outcome, Rows | Done):
        return verdict.not_run(pane, of)
    if theirs is not None and theirs.number < mine.number:
        return verdict.not_first(pane, other, of)
    return Passed(mine.number)


def _has_rows(pane: str, check: HasRows, evidence: StepEvidence, values: Mapping[str, str]) -> Verdict:
    of = filled_sql(check.of, values)
    return _best(pane, of, evidence, lambda entry: _entry_has_rows(entry, of, check, values))


def _entry_has_rows(entry: Entry, of: str, check: HasRows, values: Mapping[str, str]) -> Verdict:
    if (trouble := _not_done(entry, of)) is not None:
        return trouble
    pane, outcome = entry.pane, entry.outcome
    if not isinstance(outcome, Rows):
        return verdict.no_rows(pane, of)
    if check.count is not None and entry.row_count != check.count:
        return verdict.wrong_count(pane, of, entry.row_count, str(check.count))
    if entry.row_count < check.at_least:
        return verdict.wrong_count(pane, of, entry.row_count, f"{check.at_least}+")
    if check.value is not None:
        wanted, row = filled(check.value, values), outcome.rows[0] if outcome.rows else ()
        if wanted not in row:  # in whatever column: `select *` shows it as well
            return verdict.wrong_value(pane, of, "NULL" if not row or row[0] is None else row[0], wanted)
    for wanted_values in check.has:
        wanted_row = {filled(value, values) for value in wanted_values}
        if not any(wanted_row <= set(found) for found in outcome.rows):
            return verdict.lacks(pane, of, ", ".join(filled(value, values) for value in wanted_values))
    for text in check.text:
        part = filled(text, values)
        if not any(value is not None and part in value for found in outcome.rows for value in found):
            return verdict.lacks(pane, of, part)
    return Passed(entry.number)


def _was_refused(pane: str, check: WasRefused, evidence: StepEvidence, values: Mapping[str, str]) -> Verdict:
    of = filled_sql(check.of, values)

    def judged(entry: Entry) -> Verdict:
        match entry.outcome:
            case Refused(error=error):
                conflict = conflict_of(error)
                if check.token != "OC001" and conflict is Conflict.SCHEMA:
                    return of_schema(entry)
                is_right_token = not check.token or (conflict is not None and conflict.value == check.token)
                if error.sqlstate == check.sqlstate and is_right_token:
                    return Passed(entry.number)
                wanted = f"{check.sqlstate} {check.token}".strip()
                return verdict.other_refusal(pane, of, error.sqlstate, wanted, error.message)
            case Rows() | Done():
                return verdict.not_refused(pane, of, check.sqlstate)
        return verdict.lost(pane)

    return _best(pane, of, evidence, judged)


def _same(of: str, evidence: StepEvidence) -> Verdict:
    found = [evidence.last(pane, of) or evidence.near(pane, of) for pane in PANES]
    for pane, entry in zip(PANES, found, strict=True):
        if entry is None:
            return verdict.not_run(pane, of)
        if (trouble := _not_done(entry, of)) is not None:
            return trouble
    first, second = found
    if first is None or second is None or not isinstance(first.outcome, Rows) or not isinstance(second.outcome, Rows):
        return verdict.no_rows(PANES[0], of)
    if (first.row_count, first.outcome.rows) != (second.row_count, second.outcome.rows):
        return verdict.different(of)
    return Passed(max(first.number, second.number))


def _has_figure(check: HasFigure, values: Mapping[str, str]) -> Verdict:
    try:
        figure = float(values[check.name])
    except (KeyError, ValueError):
        return verdict.not_acted()
    if check.at_least is not None and figure < check.at_least:
        return verdict.wrong_figure(check.name, values[check.name], f"{check.at_least}+")
    if check.at_most is not None and figure > check.at_most:
        return verdict.wrong_figure(check.name, values[check.name], f"0-{check.at_most}")
    return Passed()


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
