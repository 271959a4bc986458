"""A sink for who hears events alone and makes nobody wait, as the screen does.

A script's statements come faster than a screen can show them: of those that just went well it is told a few times a
second, many at once. Whatever else happens is told at once, after them.
"""

import asyncio
import dataclasses
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from dsqltui.runner.events import RunnerEvent, StatementFinished, StatementsFinished

if TYPE_CHECKING:
    from dsqltui.runner.sink import Delivery

TOLD_EVERY_S = 0.25
"""Between two times that a running script is told of."""


class EventSink:
    """Implements `AnswerSink`; `post` takes the events of one pane."""

    def __init__(self, letter: str, post: Callable[[RunnerEvent], object]) -> None:
        self._letter = letter
        self._post = post
        self._held: list[StatementFinished] = []
        self._told_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def post(self, event: RunnerEvent) -> None:
        """See AnswerSink."""
        self._tell_held()
        self._post(event)

    async def deliver(self, delivery: "Delivery") -> None:
        """See AnswerSink."""
        from dsqltui.runner.answer_events import events_of, is_one_of_many  # with all commands: not needed at the start

        left_s = self._told_s + TOLD_EVERY_S - time.monotonic()
        if is_one_of_many(delivery):
            if left_s > 0:
                self._hold(*events_of(self._letter, delivery), left_s=left_s)
                return
            self._told_s = time.monotonic()
        for event in events_of(self._letter, delivery):
            self.post(event)

    def _hold(self, *events: RunnerEvent, left_s: float) -> None:
        self._held += [event for event in events if isinstance(event, StatementFinished)]
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(left_s, self._tell_held)

    def _tell_held(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._held:
            held, self._held = self._held, []
            self._told_s = time.monotonic()
            earlier = (dataclasses.replace(event, is_followed=True) for event in held[:-1])
            self._post(StatementsFinished(self._letter, (*earlier, held[-1])))
