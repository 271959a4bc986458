"""Sessions: their age, their renewal while they idle, and finding out when one has ended by itself."""

import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from textual.timer import Timer

from dsqltui.core.aws.limits import AgeLimits
from dsqltui.core.language import _
from dsqltui.core.psql import ShowConnection
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import Statement, kind_of
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.core.sessions.session_age import RENEW_AT, SessionAge, round_trip_s
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.transactions.budget import spent, usage_words
from dsqltui.runner.events import (
    CommandReached,
    ConnectionChanged,
    SessionExchanged,
    SessionRenewed,
    SettingsLost,
    StatementFinished,
)
from dsqltui.runner.jobs import RunStatements
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.panes.pane_state import PaneState
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.words.command_answers import answer
from dsqltui.ui.words.report import Rank
from dsqltui.ui.words.severity import Severity
from dsqltui.ui.words.wording import duration

_LOOK_S = 5.0
"""Seconds between looks at idle connections; a look sends nothing and paints nothing."""
_LOOK_OPEN_S = 1.0
"""The same while a transaction is open: work is lost with it."""
_AGAIN_S = 30.0
"""Seconds before a failed renewal is tried again."""


@dataclass(slots=True)
class _Life:
    """One pane's session."""

    since_s: float = 0.0
    """When it was connected, on the monotonic clock; 0 while it is not."""
    is_due: bool = False
    """Whether it is to be renewed as soon as it idles."""
    is_warned: bool = False
    timer: Timer | None = None
    renewals: int = 0


class SessionsFeature(Feature):
    """Sends nothing on a pane's session by itself."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._lives = {"A": _Life(), "B": _Life()}
        self._looked_s = 0.0

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Set again what a lost session had set."""
        return {"restore_settings": self._restore_settings}

    def reactions(self) -> Mapping[type[object], Reaction]:
        """What changes the age or makes a renewal possible."""
        return {
            ConnectionChanged: self._link_changed,
            StatementFinished: self._finished,
            SessionRenewed: self._renewed,
            SessionExchanged: self._exchanged,
            SettingsLost: self._settings_lost,
            CommandReached: self._command_reached,
        }

    def started(self) -> None:
        """Begin to look."""
        self.console.sides["A"].pane.set_interval(_LOOK_OPEN_S, self._look)

    async def _look(self) -> None:
        now = time.monotonic()
        is_due = now - self._looked_s >= _LOOK_S
        self._looked_s = now if is_due else self._looked_s
        for side in self.console.sides.values():
            if is_due or side.queue.state.is_open:
                await side.queue.look()

    def age_of(self, letter: str) -> SessionAge:
        """Of a connected session."""
        return SessionAge(time.monotonic() - self._lives[letter].since_s, self._limit_s)

    @property
    def _limit_s(self) -> float:
        return self.console.age_limits.session_s

    def _learn_limits(self) -> None:
        """A simulator's faults may change them at any time: asked when a session or a transaction begins."""
        if self.console.services.read_age_limits is not None:
            self.console.spawn(self._read_limits(self.console.services.read_age_limits), group="age-limits")

    async def _read_limits(self, read: Callable[[], AgeLimits]) -> None:
        limits = await in_daemon_thread(read)
        if limits == self.console.age_limits:
            return
        self.console.age_limits = limits
        for letter, side in self.console.sides.items():
            if self._lives[letter].since_s:
                self._wind(letter)
                self._show(side)

    def _wind(self, letter: str) -> None:
        """Be told when the session is due to be renewed."""
        life = self._lives[letter]
        if life.timer is not None:
            life.timer.stop()
        left_s = self._limit_s * RENEW_AT - (time.monotonic() - life.since_s)
        life.timer = self.console.sides[letter].pane.set_timer(max(0.01, left_s), lambda: self._due(letter))

    def _link_changed(self, message: ConnectionChanged) -> None:
        life = self._lives[message.letter]
        if life.timer is not None:
            life.timer.stop()
        is_connected = message.link is ConnectionStatus.CONNECTED
        self._lives[message.letter] = _Life(time.monotonic() if is_connected else 0.0, renewals=life.renewals)
        if is_connected:
            self._wind(message.letter)
            self._learn_limits()
        self._show(self.console.sides[message.letter])

    def _due(self, letter: str) -> None:
        self._lives[letter].is_due = True
        self._renew_if_idle(self.console.sides[letter])

    def _finished(self, message: StatementFinished) -> None:
        side = self.console.sides[message.letter]
        if not message.is_followed:
            self._show(side)
        if message.state.is_open and not message.state_before.is_open:
            self._learn_limits()
        if self._lives[message.letter].is_due and message.state is TransactionState.IDLE:
            self._renew_if_idle(side)

    def _renew_if_idle(self, side: PaneState) -> None:
        life = self._lives[side.letter]
        minutes = _("{limit_s:.0f} min").format(limit_s=self._limit_s * (1 - RENEW_AT) / 60)
        setting = next(iter(side.queue.connection.settings.statements), "")
        self._show(side)
        if side.queue.state.is_open:
            self._warn(
                side,
                _("the session ends in about {minutes}, and its transaction with it: commit before").format(
                    minutes=minutes
                ),
            )
        elif not self.console.services.settings.session.renew:
            self._warn(
                side,
                _("the session ends in about {minutes}; then {key} reconnects").format(
                    minutes=minutes, key=key_of("reconnect")
                ),
            )
        elif setting:
            kept = one_line(setting, 40)
            self._warn(
                side,
                _("the session ends in about {minutes}; not renewed, as {kept} would be lost").format(
                    minutes=minutes, kept=kept
                ),
            )
        elif life.since_s:
            self.console.spawn(self._renew(side), group=f"renew-{side.letter}")

    def _warn(self, side: PaneState, text: str) -> None:
        life = self._lives[side.letter]
        if not life.is_warned:
            life.is_warned = True
            side.pane.add_line(Severity.LOST, text)
            self.console.tell(_("Pane {letter}: {text}.").format(letter=side.letter, text=text))

    async def _renew(self, side: PaneState) -> None:
        try:
            is_done = await side.queue.renew()
        except ConnectFailed as failure:
            side.pane.add_line(
                Severity.QUIET, _("session not renewed: {failure}").format(failure=one_line(str(failure)))
            )
            is_done = False
        if not is_done and side.queue.link is ConnectionStatus.CONNECTED and not side.queue.state.is_open:
            again_s = min(_AGAIN_S, self._limit_s / 20)
            self._lives[side.letter].timer = side.pane.set_timer(again_s, lambda: self._due(side.letter))

    def _renewed(self, message: SessionRenewed) -> None:
        side = self.console.sides[message.letter]
        self._lives[message.letter].renewals += 1
        self._link_changed(ConnectionChanged(message.letter, ConnectionStatus.CONNECTED, side.queue.state))
        side.pane.add_line(Severity.QUIET, _("session renewed while idle, before its 60 minutes were over"))

    def _exchanged(self, message: SessionExchanged) -> None:
        pane = self.console.sides[message.letter].pane
        if message.ended_transaction:
            pane.add_line(Severity.LOST, _("the open transaction was rolled back with its session, as you agreed"))
        if message.ended_rows:
            pane.add_line(
                Severity.LOST, _("the rest of the rows went with the session; run the statement again for them")
            )
        pane.refresh_status()

    def _settings_lost(self, message: SettingsLost) -> None:
        pane = self.console.sides[message.letter].pane
        kept = one_line("; ".join(message.statements), 80)
        text = _("lost with the session: {kept}; {key} sets it again").format(kept=kept, key=key_of("restore_settings"))
        pane.add_line(Severity.LOST, text)
        self.console.tell(_("Pane {letter}: {text}.").format(letter=message.letter, text=text))

    def _restore_settings(self) -> None:
        """Run what sets again what ended with the session before."""
        side = self.console.active
        connection = side.queue.connection
        if not connection.lost_settings:
            self.console.tell(_("Pane {letter} has lost no setting.").format(letter=side.letter))
            return
        statements = tuple(Statement(sql, 0, len(sql), kind_of(sql)) for sql in connection.lost_settings)
        if self.console.submit(side, RunStatements(statements, is_from_editor=False)):
            connection.lost_settings = ()

    # -- showing -------------------------------------------------------------------------------------------------------

    def _show(self, side: PaneState) -> None:
        """Without a clock: brought up to date whenever something happens in the pane, and when renewal is due."""
        if not self._lives[side.letter].since_s:
            side.pane.show_piece("session", 6)
            side.pane.show_piece(_("round trip"), 5)
            return
        age = self.age_of(side.letter)
        side.pane.show_piece("session", 0 if age.is_near_end else 6, age.words)
        fastest = round_trip_s(reversed(self.console.services.journal), side.letter)
        side.pane.show_piece(
            _("round trip"),
            5,
            *([_("round trip ≤{duration}").format(duration=duration(fastest))] if fastest is not None else []),
        )

    def _command_reached(self, message: CommandReached) -> None:
        side = self.console.sides[message.letter]
        if not isinstance(message.command, ShowConnection) or not self._lives[message.letter].since_s:
            return
        told = answer(message.command, message.letter, side.setup.endpoint, side.queue.user, message.state)
        age = self.age_of(message.letter)
        fastest = round_trip_s(reversed(self.console.services.journal), message.letter)
        trip = (
            _("not known yet")
            if fastest is None
            else _("at most {duration}, the fastest of the last statements").format(duration=duration(fastest))
        )
        lines = [
            _("Session  {removeprefix}, renewed {renewals} times").format(
                removeprefix=age.words.removeprefix(_("session ")), renewals=self._lives[message.letter].renewals
            ),
            _("Token    {removeprefix}; it is checked only at connect").format(
                removeprefix=age.token_words.removeprefix(_("token "))
            ),
            _("Trip     {trip}").format(trip=trip),
        ]
        journal = self.console.services.journal
        number = journal.open_transaction(message.letter)
        used = spent(journal.of_transaction(number)) if number is not None else None
        if used is not None:
            lines.append(
                _("Open     {usage_words}").format(
                    usage_words=", ".join(usage_words(used, time.time(), self.console.age_limits.transaction_s))
                )
            )
        report = dataclasses.replace(told, message="\n".join((told.message, *lines)))
        side.pane.show_report(report, about=message, rank=Rank.EXPLANATION)
