"""What works now, for the box: what cannot is not offered. Typed blind every path works, and says why it cannot."""

from collections.abc import Callable, Mapping

from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.ui.extension.feature import Console
from dsqltui.ui.keys.keymap import Action

Condition = Callable[[Console], bool]


def works(console: Console, action: Action) -> bool:
    """Whether it can do something in the pane the person works in."""
    condition = _CONDITIONS.get(action.id) or _CONDITIONS.get(action.leader[:1] if action.leader[:1] in "vL" else "")
    return condition is None or condition(console)


def _is_open(console: Console) -> bool:
    return console.active.queue.state.is_open


def _has_conflict(console: Console) -> bool:
    letter = console.active.letter
    return any(entry.is_conflict and entry.pane == letter for entry in console.services.journal)


def _has_result(console: Console) -> bool:
    return console.active.pane.has_results


def _have_results(console: Console) -> bool:
    return all(side.pane.kept_results for side in console.sides.values())


def _has_plan(console: Console) -> bool:
    pane = console.active.pane
    return pane.has_results and pane.result is not None and pane.result.doctor is not None


def _has_run(console: Console) -> bool:
    return len(console.services.journal) > 0


_CONDITIONS: Mapping[str, Condition] = {
    "interrupt": lambda console: console.active.queue.running is not None,
    "commit": lambda console: console.active.queue.state is TransactionState.OPEN,
    "rollback": _is_open,
    "explain_conflict": _has_conflict,
    "retry_transaction": _has_conflict,
    "edit_transaction": _has_conflict,
    "reconnect": lambda console: console.active.queue.link.can_reconnect,
    "v": _has_result,
    "plan_cure": _has_plan,
    "plan_before": _has_plan,
    "results_lock": _have_results,
    "compare": _have_results,
    "compare_watch": _have_results,
    "transcript": _has_run,
    "timeline": _has_run,
    "cost": _has_run,
    "history": lambda console: console.services.history is not None,
    "snippet_pick": lambda console: console.services.snippets is not None,
    "metrics": lambda console: console.services.open_metrics is not None,
    "roles": lambda console: console.services.open_roles is not None,
}
"""By the action's id, or for all of a group by its letter."""
