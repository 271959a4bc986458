"""The leader's paths as a tree: after Ctrl+G each letter leads to an action or to a group of more letters."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.ui.keys.keymap import GROUPS, Action


@dataclass(frozen=True, slots=True)
class LeaderStep:
    """What a letter leads to."""

    letter: str
    word: str
    """In the person's language: the action's label, or the group's name."""
    action: Action | None
    """None for a group."""


class LeaderTree:
    """Finds what a path of letters leads to."""

    def __init__(self, actions: Iterable[Action], groups: Mapping[str, str] = GROUPS) -> None:
        self._actions = {action.leader: action for action in actions if action.leader}
        self._groups = groups

    def action(self, path: str) -> Action | None:
        """The action at the end of a path; None when it leads to a group or nowhere."""
        return self._actions.get(path)

    def steps(self, path: str, works: Callable[[Action], bool] = lambda _action: True) -> tuple[LeaderStep, ...]:
        """What can follow a path, in the order of the table; empty when it leads nowhere."""
        steps: dict[str, LeaderStep] = {}
        for whole, action in self._actions.items():
            if whole.startswith(path) and whole != path and works(action):
                letter = whole[len(path)]
                is_last = len(whole) == len(path) + 1
                word = _(action.label if is_last else self._groups[path + letter])
                steps.setdefault(letter, LeaderStep(letter, word, action if is_last else None))
        return tuple(steps.values())
