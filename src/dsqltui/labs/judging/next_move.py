"""What `n` does for a step as the panes stand: it always leads somewhere. Pure.

run, roll back and run again, connect, become a role, go back to where a transaction begins; what takes something away
that the student may want is explained first, and done at the second n.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement
from dsqltui.labs.judging import verdict
from dsqltui.labs.judging.evidence import StepEvidence
from dsqltui.labs.judging.standing import began_here, done_count
from dsqltui.labs.model import Lab, LabStep, ReturnRole, SwitchPaneRole
from dsqltui.labs.text import Text


class MoveKind(Enum):
    """What there is to do."""

    RUN = "run the step"
    RUN_AGAIN = "roll back, then run the step"
    CONNECT = "connect"
    BECOME = "bring a role back"
    GO_BACK = "roll back, then go to the step that begins the transaction"


@dataclass(frozen=True, slots=True)
class Move:
    """What n does now."""

    kind: MoveKind
    panes: tuple[str, ...] = ()
    """Those to roll back, to connect, or to exchange."""
    why: Text | None = None
    is_asked_first: bool = False
    """The first n only says why."""
    position: int = 0
    """GO_BACK: index of the step."""
    role: SwitchPaneRole | None = None
    """BECOME: None is the role of the start."""


def next_move(lab: Lab, position: int, evidence: StepEvidence) -> Move:
    """The move for the step at that index."""
    step = lab.steps[position]
    states = evidence.states
    for pane in step.panes:
        if states.get(pane, TransactionState.NONE) is TransactionState.NONE and step.state_before[pane] in (
            TransactionState.IDLE,
            TransactionState.OPEN,
        ):
            return Move(MoveKind.CONNECT, (pane,), verdict.not_connected(pane).reason)
    if (exchange := _role_move(lab, position, evidence)) is not None:
        return exchange
    for pane, wanted in step.state_before.items():
        state = states.get(pane, TransactionState.NONE)
        is_concerned = pane in step.panes
        match state, wanted:
            case TransactionState.FAILED, TransactionState.IDLE if is_concerned:
                return Move(MoveKind.RUN_AGAIN, (pane,), verdict.transaction_failed(pane).reason)
            case TransactionState.FAILED, TransactionState.OPEN if is_concerned:
                why = verdict.transaction_failed_earlier(pane).reason
                return _back_to_begin(lab, position, pane, evidence, why, is_asked_first=False)
            case TransactionState.OPEN, TransactionState.IDLE if not began_here(step, evidence, pane):
                return Move(
                    MoveKind.RUN_AGAIN, (pane,), verdict.transaction_in_the_way(pane).reason, is_asked_first=True
                )
            case TransactionState.IDLE | TransactionState.NONE, TransactionState.OPEN:
                why = verdict.transaction_missing(pane).reason
                return _back_to_begin(lab, position, pane, evidence, why, is_asked_first=True)
            case TransactionState.IDLE, TransactionState.FAILED if is_concerned:
                why = verdict.transaction_missing(pane).reason
                return _back_to_begin(lab, position, pane, evidence, why, is_asked_first=True)
    return Move(MoveKind.RUN)


def roles_at(lab: Lab, position: int) -> Mapping[str, SwitchPaneRole | None]:
    """The roles that the panes have when the step begins; None is the role of the start. Empty: the lab has none."""
    if not any(isinstance(step.action, SwitchPaneRole) for step in lab.steps):
        return {}
    roles: dict[str, SwitchPaneRole | None] = dict.fromkeys("AB")
    for step in lab.steps[:position]:
        match step.action:
            case SwitchPaneRole():
                roles |= dict.fromkeys(step.panes, step.action)
            case ReturnRole():
                roles |= dict.fromkeys(step.panes)
    return roles


def rest_of(statements: Sequence[Statement], evidence: StepEvidence, pane: str) -> tuple[Statement, ...]:
    """What the pane has not done of the step's statements; all of them when it has done all or none."""
    done = done_count([statement.text for statement in statements], evidence.own_entries, pane)
    return tuple(statements[done:]) or tuple(statements)


def _role_move(lab: Lab, position: int, evidence: StepEvidence) -> Move | None:
    start = evidence.start_user
    if not start:
        return None
    for pane, role in roles_at(lab, position).items():
        wanted = role.user if role is not None else start
        if pane in lab.steps[position].panes and evidence.users.get(pane) != wanted:
            why = verdict.other_user(pane, evidence.users.get(pane, ""), wanted).reason
            return Move(MoveKind.BECOME, (pane,), why, role=role)
    return None


def _back_to_begin(
    lab: Lab, position: int, pane: str, evidence: StepEvidence, why: Text, *, is_asked_first: bool
) -> Move:
    target = next(
        (index for index in range(position - 1, -1, -1) if _begins_in(lab.steps[index], pane)),
        0,
    )
    before = lab.steps[target].state_before
    open_panes = tuple(
        letter
        for letter, state in evidence.states.items()
        if state.is_open and not before.get(letter, TransactionState.IDLE).is_open
    )
    return Move(MoveKind.GO_BACK, open_panes, why, is_asked_first, target)


def _begins_in(step: LabStep, pane: str) -> bool:
    after = step.state_after.get(pane)
    return after is not None and after.is_open and not step.state_before[pane].is_open
