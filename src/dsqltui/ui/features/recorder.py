"""Writes every statement and connection event into the journal, before any other feature looks at it."""

import time
from collections.abc import Mapping

from dsqltui.core.connection_status import ConnectionStatus
from dsqltui.core.journal import Event
from dsqltui.core.safetext import one_line
from dsqltui.core.statement import kind_of
from dsqltui.runner.events import ConnectionChanged, StatementFinished
from dsqltui.ui.feature import Console, Feature, Reaction

_EVENTS = {
    ConnectionStatus.CONNECTED: Event.CONNECTED,
    ConnectionStatus.FAILED: Event.CONNECT_FAILED,
    ConnectionStatus.LOST: Event.LOST,
}


class Recorder(Feature):
    """The only writer of Services.journal on the screen."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._connecting_since: dict[str, float] = {}

    def reactions(self) -> Mapping[type[object], Reaction]:
        """Facts of the queues."""
        return {ConnectionChanged: self._link_changed, StatementFinished: self._statement_finished}

    def _statement_finished(self, message: StatementFinished) -> None:
        if not message.statement.text:
            return
        side = self.console.sides[message.letter]
        self.console.services.journal.statement(
            message.letter,
            side.setup.endpoint.region,
            side.user,
            message.sent or message.statement.text,
            kind_of(message.sent) if message.sent else message.statement.kind,
            message.outcome,
            before=message.state_before,
            after=message.state,
            ended_s=message.ended_s,
            copy_bytes=message.copy_bytes,
        )

    def _link_changed(self, message: ConnectionChanged) -> None:
        now = time.time()
        if message.link is ConnectionStatus.CONNECTING:
            self._connecting_since[message.letter] = now
            return
        event = _EVENTS.get(message.link)
        if event is None:
            return
        side = self.console.sides[message.letter]
        self.console.services.journal.connection(
            message.letter,
            side.setup.endpoint.region,
            side.user,
            event,
            started_s=self._connecting_since.pop(message.letter, now),
            ended_s=now,
            note=one_line(str(message.failure)) if message.failure else "",
        )
