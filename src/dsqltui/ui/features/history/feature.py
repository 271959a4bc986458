"""The history: F8 finds what was run before and puts it into the editor; F5 runs it."""

from collections.abc import Mapping

from dsqltui.core.language import _
from dsqltui.core.secrets import hidden_told
from dsqltui.ui.extension.feature import ActionHandler, Feature
from dsqltui.ui.features.history.dialog import HistoryDialog


class HistoryFeature(Feature):
    """The journal feeds the file; this only looks."""

    def handlers(self) -> Mapping[str, ActionHandler]:
        """The one action."""
        return {"history": self._open}

    def _open(self) -> None:
        history = self.console.services.history
        if history is None:
            self.console.tell(_("History is off (history.enabled, or --no-history)."))
            return
        dialog = HistoryDialog(history)

        def chosen(key: str | None) -> None:
            if key is None:
                return
            run = dialog.run(key)
            if run.is_whole:
                self.console.prefill(self.console.active.letter, run.sql)
                if hidden := hidden_told(run.sql):
                    self.console.tell(hidden)
                elif dialog.is_to_run:
                    self.console.do("run")
            else:
                self.console.tell(_("Only the beginning of that statement was kept; nothing was inserted."))

        self.console.ask(dialog, chosen)
