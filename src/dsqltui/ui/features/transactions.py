"""Transactions: what they use of their limits, why they lose, running them again, what is lost with a connection."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from textual.timer import Timer

from dsqltui.core.answers.fate import Fate
from dsqltui.core.journal.journal import Entry
from dsqltui.core.language import _
from dsqltui.core.results.errors import conflict_of
from dsqltui.core.results.outcome import Done, Lost, Refused
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement, StatementKind, kind_of
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.transactions.budget import Spent, gauges, spent_with
from dsqltui.core.transactions.conflict import explain
from dsqltui.core.transactions.replay import NotReplayable, Replay, is_conflict, refused_last, replay_of, script_of
from dsqltui.core.transactions.replaying import End
from dsqltui.core.transactions.retry import Backoff
from dsqltui.runner.events import (
    PageArrived,
    ReplayEnded,
    StatementFinished,
    WorkChanged,
    WorkDropped,
)
from dsqltui.runner.jobs import Interruption, Job, RunStatements
from dsqltui.runner.replay_job import is_replay, replay_job
from dsqltui.ui.dialogs.question import Question
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.panes.badge import NO_BUDGET, Budget
from dsqltui.ui.panes.pane_state import PaneState
from dsqltui.ui.words import transaction_reports as reports
from dsqltui.ui.words.report import Rank
from dsqltui.ui.words.severity import Severity

_TICK_S = 1.0
_PATIENCE_S = 0.3
"""What ends so soon after an interruption needs no words about dropping the connection."""


@dataclass(slots=True)
class _Track:
    """One pane's transaction."""

    entries: list[Entry] = field(default_factory=list)
    """Of the open transaction, in order."""
    used: Spent | None = None
    rest: Replay | None = None
    """What is left of a retry that stopped to ask."""
    told_cancelling: bool = False
    dropped_runs: int = 0
    """Queued runs that the interruption under way threw away."""


class TransactionsFeature(Feature):
    """Rules are in `core`, words in `ui.words.transaction_reports`; this keeps track and puts them on the screen."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._tracks = {"A": _Track(), "B": _Track()}
        self._clock: Timer | None = None
        self._is_counting = False

    @property
    def is_counting(self) -> bool:
        """Whether the clock goes: it counts the age of open transactions, and stands while there is none."""
        return self._is_counting

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Ending, explaining and repeating transactions."""
        return {
            "commit": lambda: self._end("COMMIT", StatementKind.COMMIT),
            "rollback": lambda: self._end("ROLLBACK", StatementKind.ROLLBACK),
            "explain_conflict": self._explain_again,
            "retry_transaction": self._retry,
            "edit_transaction": self._edit,
            "check_commit": self._check_commit,
        }

    def reactions(self) -> Mapping[type[object], Reaction]:
        """The screen has recorded and shown the outcome before."""
        return {
            StatementFinished: self._finished,
            PageArrived: lambda message: self._show_budget(self.console.sides[message.letter]),
            WorkChanged: self._work_changed,
            WorkDropped: self._work_dropped,
            ReplayEnded: self._replay_ended,
        }

    def started(self) -> None:
        """Hear of what happens, and of what has happened. The clock stands until a transaction is open."""
        for entry in self._entries():
            self._recorded(entry)
        self.console.services.journal.listen(self._recorded)
        self._clock = self.console.sides["A"].pane.set_interval(_TICK_S, self._tick, pause=True)
        for letter, side in self.console.sides.items():
            side.queue.connection.changed_rows = partial(self._changed_rows, letter)

    # -- keeping track -------------------------------------------------------------------------------------------------

    def _recorded(self, entry: Entry) -> None:
        track = self._tracks[entry.pane]
        if entry.transaction is None or (track.entries and track.entries[0].transaction != entry.transaction):
            track.entries, track.used = [], None
        if entry.transaction is not None:
            track.entries.append(entry)
            track.used = spent_with(track.used, entry) if entry.state_after.is_open else None

    def _changed_rows(self, letter: str) -> int:
        used = self._tracks[letter].used
        return used.changed_rows if used else 0

    def _finished(self, message: StatementFinished) -> None:
        side = self.console.sides[message.letter]
        track = self._tracks[message.letter]
        track.told_cancelling = False
        is_retry = is_replay(side.queue.running)
        if not is_retry:
            track.rest = None
        if message.is_followed:
            return
        if isinstance(message.outcome, Lost):
            told = reports.of_loss(message.outcome, message.statement.text, self._lost_work(message), self._other(side))
            side.pane.show_report(told, about=message, rank=Rank.EXPLANATION)
        elif is_conflict(message.outcome) and not is_retry:
            self._explain(side, message.entry, about=message)
        elif isinstance(message.outcome, Done) and message.fate is Fate.NOT_SAVED:
            told = reports.of_failed_commit(self._transaction_of(message.entry))
            side.pane.show_report(told, about=message, rank=Rank.EXPLANATION)
        conflict = conflict_of(message.outcome.error) if isinstance(message.outcome, Refused) else None
        words = (
            [_("CONFLICT {value}: nothing was saved").format(value=conflict.value), f"CONFLICT {conflict.value}"]
            if conflict
            else []
        )
        side.pane.show_piece("conflict", 0, *words)
        self._show_budget(side)

    def _transaction_of(self, entry: Entry | None) -> tuple[Entry, ...]:
        """The statements of the transaction that the entry belongs to."""
        if entry is None or entry.transaction is None:
            return ()
        return self.console.services.journal.of_transaction(entry.transaction)

    def _lost_work(self, message: StatementFinished) -> tuple[Entry, ...]:
        """What had been done in the lost transaction; the statement under way is told of by itself."""
        if message.entry is not None:
            return self._transaction_of(message.entry)[:-1]
        track = self._tracks[message.letter]
        return tuple(track.entries) if message.state_before.is_open else ()

    def _other(self, side: PaneState) -> str:
        return next(letter for letter in self.console.sides if letter != side.letter)

    def _tick(self) -> None:
        for side in self.console.sides.values():
            self._show_budget(side)

    def _show_budget(self, side: PaneState) -> None:
        used = self._tracks[side.letter].used
        if side.queue.state is not TransactionState.OPEN or used is None:
            side.pane.show_budget(NO_BUDGET)
        else:
            told = gauges(used, time.time(), self.console.age_limits.transaction_s)
            words = "  ".join(gauge.short for gauge in told if gauge.short)
            side.pane.show_budget(Budget(words, any(gauge.is_near for gauge in told)))
        if self._clock is not None:
            self._is_counting = any(s.queue.state is TransactionState.OPEN for s in self.console.sides.values())
            (self._clock.resume if self._is_counting else self._clock.pause)()

    # -- conflicts -----------------------------------------------------------------------------------------------------

    def _entries(self) -> tuple[Entry, ...]:
        return tuple(self.console.services.journal)

    def _explain(
        self, side: PaneState, conflict: Entry | None, *, about: object = None, is_unfolded: bool = False
    ) -> bool:
        if conflict is None:
            return False
        told = reports.of_conflict(explain(self._entries(), conflict))
        side.pane.show_report(told, about=about, rank=Rank.EXPLANATION, is_unfolded=is_unfolded)
        return True

    def _last_conflict(self, side: PaneState) -> Entry | None:
        entries = reversed(self._entries())
        return next((entry for entry in entries if entry.pane == side.letter and entry.is_conflict), None)

    def _explain_again(self) -> None:
        side = self.console.active
        if not self._explain(side, self._last_conflict(side), is_unfolded=True):
            self.console.tell(_("No conflict in pane {letter} yet.").format(letter=side.letter))

    def _retry(self) -> None:
        side = self.console.active
        track = self._tracks[side.letter]
        if side.queue.running is not None:
            self.console.tell(
                _("Pane {letter} is busy; {key} stops what runs.").format(letter=side.letter, key=key_of("interrupt"))
            )
            return
        if track.rest is not None:
            self.console.submit(side, replay_job(track.rest, Backoff()))
            return
        entries = self._entries()
        refused = refused_last(entries, side.letter)
        if refused is None:
            self.console.tell(_("Pane {letter} has no lost transaction to retry.").format(letter=side.letter))
            return
        try:
            replay = replay_of(entries, refused)
        except NotReplayable as reason:
            side.pane.show_report(reports.of_no_retry(str(reason)))
            return
        if refused.user == side.user:
            self.console.submit(side, replay_job(replay, Backoff()))
            return
        was, now = one_line(refused.user, 40), one_line(side.user, 40)
        question = Question(
            _("The role has changed"),
            _("The lost transaction ran as {was}; pane {letter} is now {now}.").format(
                was=was, letter=side.letter, now=now
            ),
            yes=_("Retry as {now}").format(now=now),
            no=_("Do not retry"),
        )

        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self.console.submit(side, replay_job(replay, Backoff()))

        self.console.ask(question, answered)

    def _edit(self) -> None:
        side = self.console.active
        lost = next(
            (entry for entry in reversed(self._entries()) if entry.pane == side.letter and _is_end(entry)), None
        )
        if lost is None:
            self.console.tell(_("Pane {letter} has not lost a transaction yet.").format(letter=side.letter))
            return
        self.console.prefill(side.letter, script_of(self._entries(), lost))
        self.console.go_to(side.letter)

    def _check_commit(self) -> None:
        """Where there is a connection: the look goes over one of its own."""
        from dsqltui.core.transactions.commit_check import lost_commit  # rarely asked for

        side = self.console.active
        if lost_commit(self._entries(), side.letter) is None:
            self.console.tell(_("Nothing to check: every COMMIT and every write of this run was answered."))
            return
        if side.queue.link is not ConnectionStatus.CONNECTED:
            side = self.console.sides[self._other(side)]
        word = r"\commit-check"
        self.console.submit(
            side, RunStatements((Statement(word, 0, len(word), StatementKind.COMMAND),), is_from_editor=False)
        )
        self.console.go_to(side.letter)

    def _replay_ended(self, message: ReplayEnded) -> None:
        side = self.console.sides[message.letter]
        self._tracks[message.letter].rest = message.ended.rest
        told = reports.of_replay_end(message.ended)
        if told is None:
            return
        side.pane.add_line(told.tone if message.ended.why is not End.STOPPED else Severity.QUIET, told.title)
        side.pane.show_report(told)

    # -- ending and stopping -------------------------------------------------------------------------------------------

    def _end(self, word: str, kind: StatementKind) -> None:
        side = self.console.active
        is_idle = side.queue.running is None and side.queue.waiting_count == 0
        if is_idle and not side.queue.state.is_open and not side.queue.link.can_reconnect:
            self.console.tell(
                _("No transaction is open in pane {letter}; there is nothing to {word}.").format(
                    letter=side.letter, word=word
                )
            )
            return
        self.console.submit(side, RunStatements((Statement(word, 0, len(word), kind),), is_from_editor=False))

    def _work_dropped(self, message: WorkDropped) -> None:
        self._tracks[message.letter].dropped_runs = message.count

    def _work_changed(self, message: WorkChanged) -> None:
        side = self.console.sides[message.letter]
        track = self._tracks[message.letter]
        if side.queue.interruption is not Interruption.ASKED:
            if side.queue.running is None:
                track.told_cancelling, track.dropped_runs = False, 0
            return
        if track.told_cancelling:
            return
        track.told_cancelling = True
        side.pane.set_timer(_PATIENCE_S, partial(self._tell_cancelling, side, side.queue.running))

    def _tell_cancelling(self, side: PaneState, job: Job | None) -> None:
        """What was interrupted goes on: say so, and what dropping the connection costs."""
        if side.queue.running is not job or side.queue.interruption is not Interruption.ASKED:
            return
        track, running = self._tracks[side.letter], side.queue.current_statement
        cost = reports.cost_of_dropping(track.used, kind_of(running) if running else None)
        side.pane.show_report(reports.of_cancelling(running, cost, track.dropped_runs))


def _is_end(entry: Entry) -> bool:
    """Whether a transaction ended there unsaved, by a conflict or by the COMMIT of one that had failed."""
    is_failed_commit = entry.kind is StatementKind.COMMIT and entry.fate is Fate.NOT_SAVED
    return entry.is_conflict or (is_failed_commit and isinstance(entry.outcome, Done))
