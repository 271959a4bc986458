"""A sink for who hears events alone and makes nobody wait, as the screen does."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from dsqltui.runner.events import RunnerEvent

if TYPE_CHECKING:
    from dsqltui.runner.sink import Delivery


class EventSink:
    """Implements `AnswerSink`; `post` takes the events of one pane."""

    def __init__(self, letter: str, post: Callable[[RunnerEvent], object]) -> None:
        self._letter = letter
        self._post = post

    def post(self, event: RunnerEvent) -> None:
        """See AnswerSink."""
        self._post(event)

    async def deliver(self, delivery: "Delivery") -> None:
        """See AnswerSink."""
        from dsqltui.runner.answer_events import events_of  # with all commands: not needed at the start

        for event in events_of(self._letter, delivery):
            self._post(event)
