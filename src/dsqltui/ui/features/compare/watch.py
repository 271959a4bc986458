"""A comparison again and again, until both results are identical.

A watch belongs to the two statements it began with, the sessions they ran on, and its own results. It sends queries
only, none while a transaction is open, and its rounds are in the journal like every other statement. Whatever comes
between ends it, with a sentence.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from dsqltui.core.language import _, ngettext
from dsqltui.core.results.outcome import Lost, Outcome, Refused, Rows
from dsqltui.core.scripts.statement import Statement
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.session import Session
from dsqltui.core.sql.classify import StatementKind, Writes, classify
from dsqltui.core.story.compare import Comparison
from dsqltui.core.story.timeline import clock
from dsqltui.core.text.safe_text import one_line
from dsqltui.runner.events import ConnectionChanged, StatementFinished
from dsqltui.runner.jobs import Interruption, UseSession
from dsqltui.runner.pane_runner import PaneRunner
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.extension.feature import Console
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.panes.pane_state import PaneState
from dsqltui.ui.state.result import PaneResult

_DEFAULT_SECONDS = "2"

Hold = Callable[[PaneResult, PaneResult], Awaitable[Comparison | None]]
"""Compares two results, marks them; None when they cannot be compared."""
Ended = Callable[[str, bool], None]
"""Takes the last sentence of a watch, and whether both results are identical now."""


class WatchSentence(Protocol):
    """Puts a sentence on the comparison's line."""

    def __call__(self, sentence: str, short: str = "", *, is_good: bool, keys: str = "") -> None: ...


@dataclass(slots=True)
class _Watched:
    """One pane's part of a watch."""

    side: PaneState
    statement: Statement
    result: PaneResult
    """What the pane shows, and must go on showing."""
    user: str
    changes: int
    """`PaneConnection.changes` after its last round."""
    answer: "asyncio.Future[PaneResult] | None" = None
    """The round under way."""


@dataclass(slots=True)
class _Run:
    """One watch, from the person's key to its end."""

    watched: tuple[_Watched, _Watched]
    began_s: float = field(default_factory=time.monotonic)
    rounds: int = 0
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    def of(self, letter: str) -> _Watched:
        return next(one for one in self.watched if one.side.letter == letter)


class ComparisonWatch:
    """Runs both queries every few seconds."""

    def __init__(
        self,
        console: Console,
        sides: Callable[[], tuple[PaneState, PaneState]],
        hold: Hold,
        say: WatchSentence,
        ended: Ended,
    ) -> None:
        self._console, self._sides, self._hold, self._say, self._ended = console, sides, hold, say, ended
        self._run: _Run | None = None
        """None while nothing is watched."""

    @property
    def is_on(self) -> bool:
        """Whether rounds follow."""
        return self._run is not None

    def toggle(self) -> None:
        """Ask how often, and begin; while it watches: end it, whatever it waits for."""
        if self._run is not None:
            self.end(_("you ended it"))
        elif problem := self._problem():
            self._console.tell(problem)
        else:
            shown = [side.pane.result for side in self._sides()]
            self._console.ask(
                AskLine(_("Compare again every (seconds)"), value=_DEFAULT_SECONDS),
                lambda text: self._answered(text, shown),
            )

    def stop(self) -> None:
        """No further round, without a word: the console ends."""
        if self._run is not None:
            self._run.is_over.set()
            self._run = None

    def end(self, reason: str) -> None:
        """No further round; `reason` is the end of a sentence. What is on its way is recorded when it comes."""
        run, self._run = self._run, None
        if run is None:
            return
        run.is_over.set()
        rounds = ngettext("{rounds} round", "{rounds} rounds", run.rounds).format(rounds=run.rounds)
        self._ended(_("Watch ended after {rounds}: {reason}.").format(rounds=rounds, reason=reason), False)

    def result_shown(self) -> None:
        """A pane shows something else: that ends the watch, unless it is the watch's own result."""
        for one in self._run.watched if self._run is not None else ():
            if one.side.pane.result is not one.result and one.answer is None:
                self.end(_("pane {letter} shows another result").format(letter=one.side.letter))
                return

    def finished(self, message: StatementFinished) -> None:
        """A round's own outcome is taken; that of any other statement ends the watch."""
        if self._run is None:
            return
        one = self._run.of(message.letter)
        if message.statement is one.statement and one.answer is not None:
            self._round_finished(one, message)
        elif isinstance(message.outcome, Lost):
            self.end(_("pane {letter} lost its connection").format(letter=message.letter))
        elif message.state.is_open and not message.state_before.is_open:
            self.end(_("a transaction began in pane {letter}").format(letter=message.letter))
        elif message.statement.text:
            self.end(_("another statement ran in pane {letter}").format(letter=message.letter))

    def connection_changed(self, message: ConnectionChanged) -> None:
        """Another session, or none: the watch was of the one before."""
        if self._run is None:
            return
        one = self._run.of(message.letter)
        if message.link is not ConnectionStatus.CONNECTED:
            self.end(_("pane {letter} lost its connection").format(letter=message.letter))
        elif one.side.user != one.user:
            self.end(
                _("pane {letter} is {user} now, no longer {user_2}").format(
                    letter=message.letter, user=one.side.user, user_2=one.user
                )
            )
        else:
            self.end(_("pane {letter} has another session now").format(letter=message.letter))

    # -- beginning -----------------------------------------------------------------------------------------------------

    def _problem(self) -> str:
        """Why there is nothing to watch; empty when there is."""
        for side in self._sides():
            letter, queue, result = side.letter, side.queue, side.pane.result
            if queue.link is not ConnectionStatus.CONNECTED:
                return _("Pane {letter} is not connected, so nothing is watched; {key} reconnects.").format(
                    letter=letter, key=key_of("reconnect")
                )
            if queue.connection.is_in_transaction:
                return _("Pane {letter} is in a transaction, whose snapshot stays: end it first.").format(letter=letter)
            if queue.running is not None or queue.waiting_count:
                return _("Pane {letter} is busy; begin the watch when that is done.").format(letter=letter)
            if result is None or not result.statement:
                return _("Both panes must show rows of a query to be watched.")
            what = classify(result.statement)
            if what.kind is not StatementKind.READ or what.setting is not None:
                return _("Pane {letter} shows no plain query; only those are run again.").format(letter=letter)
            if what.writes is not Writes.NO:
                calls = one_line(", ".join(f"{call}()" for call in what.unknown_calls), 60)
                return _("Pane {letter} is not run again: {calls} may write, and a watch only reads.").format(
                    letter=letter, calls=calls
                )
        return ""

    def _answered(self, text: str | None, shown: list[PaneResult | None]) -> None:
        if text is None:
            return
        try:
            seconds = float(text)
        except ValueError:
            seconds = 0.0
        now = [side.pane.result for side in self._sides()]
        if not 0.2 <= seconds <= 3600:
            self._console.tell(_("The time between two rounds must be a number from 0.2 to 3600 seconds."))
        elif problem := self._problem():
            self._console.tell(problem)
        elif now[0] is None or now[1] is None or now != shown:
            self._console.tell(_("Watch not started: a pane now shows another result."))
        else:
            a, b = self._sides()
            self._run = _Run((_watched(a, now[0]), _watched(b, now[1])))
            self._console.spawn(self._watch(self._run, seconds), group="watch")

    # -- rounds --------------------------------------------------------------------------------------------------------

    async def _watch(self, run: _Run, seconds: float) -> None:
        while True:
            run.rounds += 1
            found = await self._round(run)
            if found is None or run.is_over.is_set():
                return
            lasted = _("round {rounds}, {took:.0f} s").format(rounds=run.rounds, took=time.monotonic() - run.began_s)
            told, short = found.sentence(), found.short_sentence()
            if found.is_identical:
                self._run = None
                self._ended(
                    _("Identical since {clock}, {lasted}.").format(clock=clock(time.time()), lasted=lasted), True
                )
                return
            keys = _("{key}: stop").format(key=key_of("compare_watch"))
            self._say(
                _("Watching, {lasted}. {told}").format(lasted=lasted, told=told),
                _("Watching, {lasted}. {short}").format(lasted=lasted, short=short),
                is_good=False,
                keys=keys,
            )
            try:
                await asyncio.wait_for(run.is_over.wait(), seconds)
            except TimeoutError:
                continue
            return

    async def _round(self, run: _Run) -> Comparison | None:
        """Run both queries again and compare; None when the watch is over."""
        answers = [self._again(run, one) for one in run.watched]
        over: asyncio.Future[Any] = asyncio.ensure_future(run.is_over.wait())
        while not (over.done() or all(answer.done() for answer in answers)):
            pending: list[asyncio.Future[Any]] = [over, *(answer for answer in answers if not answer.done())]
            await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if run.is_over.is_set():
            return None
        for one, answer in zip(run.watched, answers, strict=True):
            one.result, one.answer = answer.result(), None
        self.result_shown()  # the person may have turned to another one meanwhile
        if run.is_over.is_set():
            return None
        found = await self._hold(run.watched[0].result, run.watched[1].result)
        if found is None and not run.is_over.is_set():
            self.end(_("the two results cannot be compared"))
        return found

    def _again(self, run: _Run, one: _Watched) -> "asyncio.Future[PaneResult]":
        """Have the statement run when the pane's turn comes."""
        letter = one.side.letter
        answer = one.answer = asyncio.get_running_loop().create_future()
        limit, number = max(one.side.queue.row_limit, one.result.row_count), run.rounds

        async def work(session: Session, queue: PaneRunner) -> None:
            if run.is_over.is_set():
                return
            if reason := _unfit(one, session, queue):
                self.end(reason)
                return
            before = session.state
            outcome = await session.run(one.statement.text, limit=limit)
            # "watch 1" is the result that the person's own run gave
            await queue.outcome_came(
                one.statement, outcome, before, progress=_("watch {count}").format(count=number + 1)
            )
            one.changes = queue.connection.changes
            if queue.interruption is not Interruption.NONE:
                self.end(_("you stopped it in pane {letter}").format(letter=letter))

        def dropped() -> None:
            if not run.is_over.is_set():
                self.end(_("its round in pane {letter} was taken away before its turn").format(letter=letter))

        if not self._console.submit(
            one.side, UseSession(_("watching, round {number}").format(number=number), work, dropped=dropped)
        ):
            self.end(_("pane {letter} lost its connection").format(letter=letter))
        return answer

    def _round_finished(self, one: _Watched, message: StatementFinished) -> None:
        if isinstance(message.outcome, Rows) and message.outcome.columns:
            if one.answer is not None and not one.answer.done():
                one.answer.set_result(one.side.pane.kept_results[-1])
        else:
            self.end(_why(message.outcome, message.letter))


def _watched(side: PaneState, result: PaneResult) -> _Watched:
    statement = Statement(result.statement, 0, len(result.statement), StatementKind.READ)
    return _Watched(side, statement, result, side.user, side.queue.connection.changes)


def _unfit(one: _Watched, session: Session, queue: PaneRunner) -> str:
    """Why the round is not sent now that its turn has come, as the end of a sentence; empty when it may be."""
    letter = one.side.letter
    if session.user != one.user:
        return _("pane {letter} is {user} now, no longer {user_2}").format(
            letter=letter, user=session.user, user_2=one.user
        )
    if queue.connection.is_in_transaction:
        return _("a transaction began in pane {letter}").format(letter=letter)
    return (
        _("another statement ran in pane {letter}").format(letter=letter)
        if queue.connection.changes != one.changes
        else ""
    )


def _why(outcome: Outcome, letter: str) -> str:
    """Why a round that gave no rows ends the watch."""
    match outcome:
        case Refused(error=error):
            return _("the round in pane {letter} was refused, {one_line}").format(
                letter=letter, one_line=one_line(f"{error.sqlstate} {error.message}", 80)
            )
        case Lost():
            return _("pane {letter} lost its connection").format(letter=letter)
        case _:
            return _("the round in pane {letter} gave no rows").format(letter=letter)
