"""Whose keys work where the focus is."""

from textual.widget import Widget

from dsqltui.ui.keys.keymap import KeyScope
from dsqltui.ui.textual_patches.hooks import own_bindings

_BY_NAME = {scope.name.lower(): scope for scope in KeyScope if scope is not KeyScope.CONSOLE}


def focused_scopes(focused: Widget | None) -> tuple[KeyScope | None, ...]:
    """The scopes whose keys work in a widget, from it outwards, without those of the console; None is an editor."""
    scopes: dict[KeyScope | None, None] = {}
    if focused is not None and focused.check_consume_key("a", "a"):
        scopes[None] = None
    for node in focused.ancestors_with_self if focused is not None else ():
        names = (
            binding.id.partition(".")[0] for listed in own_bindings(node).values() for binding in listed if binding.id
        )
        scopes |= {scope: None for name in names if (scope := _BY_NAME.get(name)) is not None}
    return tuple(scopes)
