"""A comparison again and again, until both results are identical."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from dsqltui.core.compare import Comparison
from dsqltui.core.outcome import Rows
from dsqltui.core.session import Session
from dsqltui.core.statement import StatementKind, kind_of
from dsqltui.core.timeline import clock
from dsqltui.runner.held_result import HeldResult
from dsqltui.runner.jobs import UseSession
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.store.rows import RowStore
from dsqltui.ui.dialogs.ask_line import AskLine
from dsqltui.ui.feature import Console
from dsqltui.ui.result import Result
from dsqltui.ui.side import Side
from dsqltui.ui.user_keys import key_of

_DEFAULT_SECONDS = "2"

Work = Callable[[Session, PaneRunner], Coroutine[Any, Any, None]]
Hold = Callable[[Result, Result], Awaitable[Comparison | None]]
"""Compares two results, marks them; None when they cannot be compared."""


class Say(Protocol):
    """Puts a sentence on the comparison's line."""

    def __call__(self, sentence: str, short: str = "", *, is_good: bool, keys: str = "") -> None: ...


async def in_turn(console: Console, side: Side, label: str, work: Work) -> None:
    """Have the side's session do something when its turn comes, and wait for it."""
    is_done = asyncio.Event()

    async def done(session: Session, queue: PaneRunner) -> None:
        try:
            await work(session, queue)
        finally:
            is_done.set()

    if console.submit(side, UseSession(label, done, dropped=is_done.set)):
        await is_done.wait()


class ComparisonWatch:
    """Runs both queries every few seconds; the rounds are no statements of the person's and not in the journal."""

    def __init__(self, console: Console, sides: Callable[[], tuple[Side, Side]], hold: Hold, say: Say) -> None:
        self._console, self._sides, self._hold, self._say = console, sides, hold, say
        self._stop: asyncio.Event | None = None
        """None while nothing is watched."""

    def stop(self) -> None:
        """No further round."""
        if self._stop is not None:
            self._stop.set()

    def toggle(self) -> None:
        """Ask how often, and begin; when it runs: stop."""
        if self._stop is not None:
            self.stop()
        elif problem := self._problem():
            self._console.tell(problem)
        else:
            self._console.ask(AskLine("Compare again every how many seconds?", value=_DEFAULT_SECONDS), self._answered)

    def _problem(self) -> str:
        """Why there is nothing to watch; empty when there is."""
        for side in self._sides():
            result = side.pane.result
            if result is None or not result.statement:
                return "Both panes must show rows of a query to be watched."
            if kind_of(result.statement) is not StatementKind.READ:
                return f"Pane {side.letter} shows no plain query; only those are run again."
            if side.queue.state.is_open:
                return f"Pane {side.letter} is in a transaction, whose snapshot stays: end it first."
        return ""

    def _answered(self, text: str | None) -> None:
        if text is None:
            return
        try:
            seconds = float(text)
        except ValueError:
            seconds = 0.0
        if 0.2 <= seconds <= 3600:
            self._console.spawn(self._watch(seconds), group="watch")
        else:
            self._console.tell("The time between two rounds must be a number from 0.2 to 3600 seconds.")

    async def _watch(self, seconds: float) -> None:
        stop = self._stop = asyncio.Event()
        began, rounds = time.monotonic(), 0
        try:
            while not stop.is_set():
                rounds += 1
                found = await self._round()
                if found is None:
                    return
                lasted = f"round {rounds}, {time.monotonic() - began:.0f} s"
                told, short = found.sentence(), found.short_sentence()
                if found.is_identical:
                    since = f"Identical since {clock(time.time())}, {lasted}"
                    what = told.removeprefix("Identical: ")
                    self._say(f"{since}: {what}", f"{since}.", is_good=True)
                    self._console.app.bell()
                    return
                keys = f"{key_of('compare_watch')}: stop"
                self._say(f"Watching, {lasted}. {told}", f"Watching, {lasted}. {short}", is_good=False, keys=keys)
                try:
                    await asyncio.wait_for(stop.wait(), seconds)
                except TimeoutError:
                    continue
            self._console.tell(f"Watched {rounds} rounds; they were never identical.")
        finally:
            self._stop = None

    async def _round(self) -> Comparison | None:
        """Run both queries again and compare; None when that cannot go on."""
        sides = self._sides()
        old_a, old_b = (side.pane.result for side in sides)
        if old_a is None or old_b is None:
            return None
        new_a, new_b = await asyncio.gather(self._again(sides[0], old_a), self._again(sides[1], old_b))
        if new_a is None or new_b is None:
            return None
        sides[0].pane.replace_result(old_a, new_a)
        sides[1].pane.replace_result(old_b, new_b)
        return await self._hold(new_a, new_b)

    async def _again(self, side: Side, result: Result) -> Result | None:
        """The statement's result as it is now; None, and shown, when it was refused or lost."""
        fresh: list[Result] = []

        async def work(session: Session, queue: PaneRunner) -> None:
            asked, before = time.time(), session.state
            outcome = await session.run(result.statement, limit=max(queue.row_limit, result.row_count))
            if isinstance(outcome, Rows) and outcome.columns:
                again = Result(outcome.columns, RowStore(outcome.rows), statement=result.statement)
                again.has_more, again.held = outcome.has_more, HeldResult.of(session)
                again.tag, again.snapshot_s, again.ended_s = outcome.tag, asked, time.time()
                fresh.append(again)
            else:
                await queue.report(result.statement, outcome, before)

        await in_turn(self._console, side, "comparing…", work)
        return fresh[0] if fresh else None
