"""Judges the current step whenever something happened, one judgement at a time; asks the database again while a step
waits for its work, such as a job.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable

from dsqltui.core.results.outcome import Lost, Outcome, Refused
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.labs.judging.verdict import NotYet, Passed, Verdict
from dsqltui.ui.extension.feature import Console
from dsqltui.ui.features.lab.course import LabCourse

_ASK_AGAIN_S = 2.0


class LabJudging:
    """`told` gets each verdict, `failed` what went wrong, `went_on` is called when a step to be left at once passed."""

    def __init__(
        self,
        console: Console,
        course: LabCourse,
        *,
        told: Callable[[Verdict | None], object],
        failed: Callable[[Exception], object],
        went_on: Callable[[], object],
    ) -> None:
        self.was_tried = False
        """Something was run since the current step began."""
        self.has_failed = False
        """The last statement was refused, or lost."""
        self.is_waiting = False
        """The step's SQL was run, and the database is asked again and again whether its work is done."""
        self.is_busy = False
        self._console, self._course = console, course
        self._told, self._failed, self._went_on = told, failed, went_on
        self._is_wanted = False
        self._goes_on = False
        self._news = asyncio.Event()
        self._began_s = 0.0

    def begin_step(self) -> None:
        """Another step: nothing was tried for it yet."""
        self.was_tried = self.has_failed = False
        self._began_s = time.time()

    def finished(self, outcome: Outcome, ended_s: float) -> None:
        """A statement ended, at that Unix time. One sent before the step began was no try of it."""
        if ended_s - outcome.duration_s >= self._began_s:
            self.was_tried = True
            self.has_failed = isinstance(outcome, Refused | Lost)
        self.judge()

    def judge(self, *, goes_on: bool = False) -> None:
        """Soon; once more when it is asked for meanwhile. `goes_on`: leave the step when it passes."""
        if self._course.attempt is None:
            return
        self._is_wanted = True
        self._goes_on = self._goes_on or goes_on
        self._news.set()
        if not self.is_busy:
            self.is_busy = True
            self._console.spawn(self._judge_all(), group="lab-judge")

    async def _judge_all(self) -> None:
        try:
            while self._is_wanted:
                self._is_wanted = False
                said = await self._course.judge()
                self._told(said)
                goes_on, self._goes_on = self._goes_on, False
                if goes_on and isinstance(said, Passed):
                    self._went_on()
                if isinstance(said, NotYet) and self.was_tried and self._asks_database and not self._is_wanted:
                    await self._wait_a_little()
        except (ConnectFailed, OSError, ValueError) as problem:
            self._failed(problem)
        finally:
            self.is_busy = False

    async def _wait_a_little(self) -> None:
        """Until something happens in the panes, or the database should be asked again."""
        self.is_waiting = True
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), _ASK_AGAIN_S)
        self.is_waiting = False
        self._is_wanted = True

    @property
    def _asks_database(self) -> bool:
        return self._course.attempt is not None and bool(self._course.attempt.queries())
