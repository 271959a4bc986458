"""The transaction badge: psql's sign and the server's state in words."""

from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.text.wrapping import cells


def _component(state: TransactionState) -> str:
    return f"badge--{state.name.lower()}"


@dataclass(frozen=True, slots=True)
class Budget:
    """What an open transaction has used, for the badge."""

    words: str = ""
    """`0:41  12 rows`; empty when there is nothing to say."""
    is_near: bool = False
    """Whether a limit is near: amber, and the words say which."""


NO_BUDGET = Budget()
_NEAR = "badge--near"
_ROOM_BESIDE = 12
"""Cells that are left for the rest of the line if the state is said in words too."""

_RUNNING = "badge--running"

BADGE_COMPONENTS = frozenset({*(_component(state) for state in TransactionState), _NEAR, _RUNNING})
"""Component classes of the widgets that show a badge."""


def badge_of(
    state: TransactionState, budget: Budget = NO_BUDGET, width: int = 80, going_on: str = ""
) -> tuple[str, str]:
    """Text and component class, for a line of that width. `going_on`: `running 0:02`, the one true word meanwhile."""
    if going_on:
        return f" ▶ {going_on} ", _RUNNING
    if state is not TransactionState.OPEN or not budget.words:
        return f" {state.badge} {_(state.value)} ", _component(state)
    component = _NEAR if budget.is_near else _component(state)
    in_words = f" {state.badge} {_(state.value)} {budget.words} "
    return in_words if cells(in_words) + _ROOM_BESIDE <= width else f" {state.badge} {budget.words} ", component
