"""A lab played by itself, for a presenter: it presses n, stops before each question, and says why it stands."""

import asyncio

from dsqltui.labs.text import Text
from dsqltui.ui.features.lab import words
from dsqltui.ui.features.lab.place import LabPlace
from dsqltui.ui.features.lab.steps import LabSteps

_QUICKEST_S, _SLOWEST_S, _FACTOR = 0.1, 60.0, 1.5
_TRIES = 3


class Presenter:
    """Pause, go on, slower, quicker; the panel's first line shows how it stands."""

    def __init__(self, place: LabPlace, steps: LabSteps, pace_s: float) -> None:
        self._place, self._steps = place, steps
        self._pace_s = pace_s
        self._is_paused = False
        self._why: Text | None = None
        self._goes_on = asyncio.Event()
        self._goes_on.set()

    def pause(self) -> None:
        """Pause, or go on."""
        self._is_paused = not self._is_paused
        self._note_pause()
        self._show()

    def change_pace(self, *, is_slower: bool) -> None:
        """Half as long again between the actions, or as much quicker."""
        pace_s = self._pace_s * _FACTOR if is_slower else self._pace_s / _FACTOR
        self._pace_s = min(_SLOWEST_S, max(_QUICKEST_S, pace_s))
        self._show()

    async def play(self) -> None:
        """Press n by itself until the end, or until a step does not pass."""
        tries = 0
        self._show()
        while True:
            await asyncio.sleep(self._pace_s)
            await self._goes_on.wait()
            attempt = self._place.view.attempt
            if attempt is None or self._steps.is_busy:
                continue
            if attempt.step is None and attempt.answer:
                break
            if self._place.view.unmet:
                self._wait(words.AUTO_NEEDS)
            elif attempt.asked is not None and not attempt.is_passed:
                self._wait(words.AUTO_ASKS)
            elif tries >= _TRIES:
                self._is_paused, tries = True, 0
                self._note_pause()
                self._place.tell(words.AUTO_STUCK)
                self._show()
            else:
                self._wait(None)
                before = (attempt.position, attempt.is_passed)
                self._steps.next_with_solution()
                tries = tries + 1 if self._place.view.reason is not None else tries
                if (attempt.position, attempt.is_passed) != before:
                    tries = 0
        self._place.show(auto=None)

    def _note_pause(self) -> None:
        if self._is_paused:
            self._goes_on.clear()
        else:
            self._goes_on.set()

    def _wait(self, why: Text | None) -> None:
        if why != self._why:
            self._why = why
            if why is not None:
                self._place.tell(why)
            self._show()

    def _show(self) -> None:
        if self._is_paused:
            said = words.AUTO_PAUSED
        elif self._why is not None:
            said = words.AUTO_WAITS
        else:
            said = words.AUTO.filled({"pace": f"{self._pace_s:.1f}".removesuffix(".0")})
        self._place.show(auto=said)
