"""Between the first frame and the last feature: what is asked of those still to come, and typed behind it."""

import asyncio
import contextlib
from collections.abc import Sequence

from textual import events

_LONGEST_S = 3.0
"""Seconds that the other features wait for panes that take long to connect."""


class DeferredInput:
    """Keeps it, in order, and knows when the features are due."""

    def __init__(self) -> None:
        self._asked: list[str] = []
        self._typed: list[events.Key] = []
        self._told: list[object] = []
        self._is_due = asyncio.Event()

    def ask(self, action: str) -> None:
        """An action of a feature that is still to come: the features are due."""
        self._asked.append(action)
        self._is_due.set()

    def tell(self, message: object) -> None:
        """An event or a message that those to come will want to know."""
        self._told.append(message)

    def connected(self) -> None:
        """The panes are connected, or will not be: there is time for the features."""
        self._is_due.set()

    def holds(self, event: events.Key) -> bool:
        """Whether an action waits, or a key before this one: the key is meant for what that leads to, and kept."""
        if not (self._asked or self._typed):
            return False
        self._typed.append(event)
        return True

    async def is_over(self) -> None:
        """Returns when the features are due."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_due.wait(), _LONGEST_S)

    def told(self) -> Sequence[object]:
        """Messages since the start, given out once."""
        told, self._told = self._told, []
        return told

    def asked(self) -> Sequence[str]:
        """Actions by their ids, given out once."""
        asked, self._asked = self._asked, []
        return asked

    def typed(self) -> Sequence[events.Key]:
        """Keys, given out once."""
        typed, self._typed = self._typed, []
        return typed
