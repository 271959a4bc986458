"""Opens the metrics; nothing is asked of CloudWatch before, and nothing after."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from dsqltui.core.language import _
from dsqltui.core.sessions.session import ConnectFailed
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature
from dsqltui.ui.features.metrics.dialog import MetricsDialog
from dsqltui.ui.state.background import in_daemon_thread

if TYPE_CHECKING:
    from dsqltui.core.aws.metrics import MetricsSource


class MetricsFeature(Feature):
    """Keeps the reader, which counts the calls of this run."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._source: MetricsSource | None = None

    def handlers(self) -> Mapping[str, ActionHandler]:
        """See keymap.ACTIONS."""
        return {"metrics": lambda: self.console.spawn(self._open(), group="metrics")}

    async def _open(self) -> None:
        opener = self.console.services.open_metrics
        if opener is None:
            self.console.tell(_("No metrics can be read here."))
            return
        try:
            if self._source is None:
                self._source = await in_daemon_thread(opener)
        except ConnectFailed as failure:
            self.console.tell(str(failure))
            return
        self.console.ask(MetricsDialog(self._source, self._own_conflicts, time.time))

    def _own_conflicts(self) -> list[float]:
        """When the console itself met a conflict, Unix time."""
        return [entry.ended_s for entry in self.console.services.journal if entry.is_conflict]
