r"""What was run so far costs: `\cost` and its key; a month of the pinned workload."""

from collections.abc import Mapping
from functools import partial

from dsqltui.core.cost.workload import WorkloadUnreadable
from dsqltui.core.language import _
from dsqltui.core.psql import ShowCost
from dsqltui.core.text.safe_text import many_lines
from dsqltui.runner.costing import cost_text, prices_of
from dsqltui.runner.events import CommandReached
from dsqltui.ui.extension.feature import ActionHandler, Feature, Reaction
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity


class CostFeature(Feature):
    """Answers in the pane that asked."""

    def handlers(self) -> Mapping[str, ActionHandler]:
        """The active pane's cost."""
        return {"cost": self._show_active}

    def reactions(self) -> Mapping[type[object], Reaction]:
        r"""`\cost`."""
        return {CommandReached: self._command_reached}

    async def _show_active(self) -> None:
        await self._answer(self.console.active.letter, ShowCost())

    def _command_reached(self, message: CommandReached) -> None:
        if isinstance(message.command, ShowCost):
            self.console.spawn(self._answer(message.letter, message.command), group=f"cost-{message.letter}")

    async def _answer(self, letter: str, command: ShowCost) -> None:
        """Of that pane's statements; pinning and unpinning change the file of the workload."""
        sides = self.console.sides
        entries = [entry for entry in self.console.services.journal if entry.pane == letter]
        regions = {side.setup.endpoint.region for side in sides.values()}
        ask = partial(
            cost_text,
            command,
            entries,
            prices_of(self.console.services.settings),
            region=sides[letter].setup.endpoint.region,
            is_multi_region=len(regions) > 1,
        )
        pane = sides[letter].pane
        try:
            pane.show_report(Report(Severity.QUIET, _("COST"), message=many_lines(await in_daemon_thread(ask), 20_000)))
        except WorkloadUnreadable as problem:
            pane.show_report(Report(Severity.FAILED, _("NOT DONE"), message=many_lines(str(problem), 1_000)))
