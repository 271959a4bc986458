"""Writes every statement and connection event into the journal, before any other feature looks at it."""

import time
from collections.abc import Mapping

from textual.message import Message

from dsqltui.core.journal import Event
from dsqltui.core.safetext import one_line
from dsqltui.core.statement import kind_of
from dsqltui.ui.feature import Console, Feature, Reaction
from dsqltui.ui.link import Link
from dsqltui.ui.messages import LinkChanged, StatementFinished

_EVENTS = {Link.CONNECTED: Event.CONNECTED, Link.FAILED: Event.CONNECT_FAILED, Link.LOST: Event.LOST}


class Recorder(Feature):
    """The only writer of Services.journal on the screen."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._connecting_since: dict[str, float] = {}

    def reactions(self) -> Mapping[type[Message], Reaction]:
        """Facts of the queues."""
        return {LinkChanged: self._link_changed, StatementFinished: self._statement_finished}

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

    def _link_changed(self, message: LinkChanged) -> None:
        now = time.time()
        if message.link is Link.CONNECTING:
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
