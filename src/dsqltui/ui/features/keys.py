"""Tells the key line where the person is and what is going on there."""

from collections.abc import Mapping

from dsqltui.runner.events import ConnectionChanged, StatementFinished, WorkChanged
from dsqltui.ui.extension.feature import Feature, Reaction
from dsqltui.ui.keys.key_items import KeySituation
from dsqltui.ui.state.messages import FocusMoved, PaneActivated, ResultShown
from dsqltui.ui.widgets.focused import focused_scopes


class KeysFeature(Feature):
    """After those that keep what it looks at."""

    def reactions(self) -> Mapping[type[object], Reaction]:
        """Whatever may change what can be done."""
        watched = (FocusMoved, WorkChanged, StatementFinished, ConnectionChanged, ResultShown, PaneActivated)
        return dict.fromkeys(watched, self._look)

    def _look(self, message: object) -> None:
        if isinstance(message, StatementFinished) and message.is_followed:
            return
        side, focused = self.console.active, self.console.app.focused
        pane = side.pane
        self.console.show_keys(
            KeySituation(
                focused_scopes(focused) or (None,),
                side.queue.state,
                side.queue.running is not None,
                tuple(pane.report.report.offers) if pane.results is pane.report else (),
            )
        )
