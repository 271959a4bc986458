"""The transaction badge: psql's sign and the server's state in words."""

from dsqltui.core.transaction import TransactionState


def _component(state: TransactionState) -> str:
    return f"badge--{state.name.lower()}"


BADGE_COMPONENTS = frozenset(_component(state) for state in TransactionState)
"""Component classes of the widgets that show a badge."""


def badge_of(state: TransactionState) -> tuple[str, str]:
    """Text and component class."""
    return f" {state.badge} {state.value} ", _component(state)
