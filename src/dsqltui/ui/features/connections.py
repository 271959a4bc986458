"""Opens the panes' sessions after the first frame, shows what runs and for how long, cancels, reconnects."""

import time
from collections.abc import Mapping, Sequence

from textual.timer import Timer

from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.core.text.safe_text import one_line
from dsqltui.runner.events import WorkChanged
from dsqltui.runner.jobs import ConnectJob, FetchPage, Interruption, UseSession
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.keys.user_keys import key_of, short_key_of
from dsqltui.ui.panes.pane_state import PaneState
from dsqltui.ui.state.background import in_daemon_thread

_RUNNING_CHARACTERS = 400
"""Of a running statement, for one line."""
_NEWS_S = 1.0
"""So long the outcome of a script's statement is not told to be of before, though the script goes on."""


class Connections(Feature):
    """The clock runs only while something does, so that an idle console sends nothing."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._is_opening = False
        self._clock: Timer | None = None

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Cancel, reconnect."""
        return {"interrupt": self._interrupt, "reconnect": self._reconnect}

    def reactions(self) -> Mapping[type[object], Reaction]:
        """What runs."""
        return {WorkChanged: self._work_changed}

    def started(self) -> None:
        """The slow part may begin."""
        self._clock = self.console.sides["A"].pane.set_interval(1.0, self._tick, pause=True)
        for side in self.console.sides.values():
            self.console.spawn(side.queue.serve(), group=f"pane-{side.letter}")
        self._open()

    def _open(self) -> None:
        self.console.spawn(self._open_sessions(), group="open")

    async def _open_sessions(self) -> None:
        """Make the sessions, in a thread or as the start role; each connects by itself, in its pane's turn."""
        self._is_opening = True
        sides = self.console.sides.values()
        try:
            sessions = await self._sessions()
        except ConnectFailed as failure:
            for side in sides:
                side.queue.start_failed(failure)
            return
        finally:
            self._is_opening = False
        for side, session in zip(sides, sessions, strict=True):
            side.queue.attach(session)

    async def _sessions(self) -> Sequence[Session]:
        """Unconnected, one for each pane. Raises ConnectFailed."""
        word = self.console.services.start_role
        if not word:
            return await in_daemon_thread(self.console.services.open_sessions)
        from dsqltui.ui.extension.start_role import access_of_start

        access = await access_of_start(self.console, word)
        return [access.session(side.setup.endpoint) for side in self.console.sides.values()]

    def _work_changed(self, message: WorkChanged) -> None:
        side = self.console.sides[message.letter]
        if side.queue.running is None:
            side.started_s = None
        elif side.started_s is None:
            side.started_s = time.monotonic()
        self._show_activity(side)
        if self._clock is not None:
            is_busy = any(other.started_s is not None for other in self.console.sides.values())
            (self._clock.resume if is_busy else self._clock.pause)()

    def _tick(self) -> None:
        for side in self.console.sides.values():
            if side.started_s is not None:
                self._show_activity(side)

    def _show_activity(self, side: PaneState) -> None:
        queue = side.queue
        waiting = _("{waiting_count} queued").format(waiting_count=queue.waiting_count) if queue.waiting_count else ""
        if side.started_s is None:
            side.pane.show_activity("", *([waiting] if waiting else []))
            return
        whole = int(time.monotonic() - side.started_s)
        clock = f"{whole // 60}:{whole % 60:02d}"
        match queue.interruption:
            case Interruption.ASKED:
                word, wordings = _("cancelling"), _cancelling()
            case Interruption.DROPPED:
                word, wordings = _("dropping the connection"), ("",)
            case Interruption.NONE if isinstance(queue.running, ConnectJob):
                word, wordings = _("connecting"), ("",)
            case Interruption.NONE:
                doing, cancels = one_line(queue.progress, 60), _("{key} cancels").format(key=short_key_of("interrupt"))
                word, wordings = _("running"), tuple(dict.fromkeys((f"{doing}  {cancels}".strip(), doing or cancels)))
        has_news = not isinstance(queue.running, FetchPage | UseSession)
        more = (f"{wording}  {waiting}".strip() for wording in wordings)
        side.pane.show_activity(f"{word} {clock}", *filter(None, more), has_news=has_news)
        statement = queue.current_statement
        if whole and statement and has_news:
            is_news_below = time.monotonic() - side.told_s < _NEWS_S
            text = " ".join(statement[:_RUNNING_CHARACTERS].split())
            side.pane.show_late(f"{clock}  {text}", is_news_below=is_news_below)

    async def _interrupt(self) -> None:
        """Cancel what runs; the editor has already copied when something was selected."""
        queue = self.console.active.queue
        if queue.running is None and self.console.role_state.stop_switching():
            return
        if queue.running is None:
            self.console.tell(_("Nothing is running. {key} quits.").format(key=key_of("quit")))
        else:
            await queue.interrupt()

    async def _is_there(self) -> bool:
        """Whether there is something to connect to, as far as we can make it so."""
        revive = self.console.services.revive
        if revive is None:
            return True
        try:
            if await in_daemon_thread(revive):
                self.console.tell(_("The simulator had stopped and was restarted; all committed data is there."))
        except ConnectFailed as failure:
            self.console.tell(str(failure))
            return False
        return True

    async def _reconnect(self) -> None:
        """Open the connection again; the simulator, too, when it has died."""
        side = self.console.active
        if side.queue.running is not None:
            self.console.tell(
                _("Pane {letter} is busy; {key} stops what runs.").format(letter=side.letter, key=key_of("interrupt"))
            )
        elif not side.queue.link.can_reconnect:
            self.console.tell(
                _("Pane {letter} is already {value}.").format(
                    letter=side.letter, value=_(side.queue.link.value).rstrip("…")
                )
            )
        elif await self._is_there():
            if side.queue.is_attached:
                side.queue.put(ConnectJob())
            elif not self._is_opening:
                self._open()


def _cancelling() -> tuple[str, ...]:
    """Longest first."""
    return (
        _("Aurora DSQL ignores cancel requests; {key} again drops the connection").format(key=key_of("interrupt")),
        _("DSQL ignores it; {key} again drops the connection").format(key=key_of("interrupt")),
        _("{key} again drops the connection").format(key=short_key_of("interrupt")),
        _("{key} again drops it").format(key=short_key_of("interrupt")),
    )
