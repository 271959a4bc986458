"""Conflicts so far, and the storm screen."""

from collections.abc import Mapping

from dsqltui.core.psql import ShowConflicts
from dsqltui.runner.events import CommandReached
from dsqltui.ui.extension.feature import ActionHandler, Feature, Reaction
from dsqltui.ui.words.report import Report
from dsqltui.ui.words.severity import Severity


class StormFeature(Feature):
    """Answers from the console's meter; opens the storm screen."""

    def deeds(self) -> Mapping[str, ActionHandler]:
        """Conflicts so far."""
        return {"conflicts": self._show_in_active}

    def reactions(self) -> Mapping[type[object], Reaction]:
        r"""`\conflicts`."""
        return {CommandReached: self._command_reached}

    def _show_in_active(self) -> None:
        self.console.active.pane.show_report(self._report())

    def _command_reached(self, message: CommandReached) -> None:
        if isinstance(message.command, ShowConflicts):
            self.console.sides[message.letter].pane.show_report(self._report(), about=message)

    def _report(self) -> Report:
        meter = self.console.services.meter
        tone = Severity.CONFLICT if meter.has_conflicts else Severity.QUIET
        return Report(tone, "Conflicts so far", message="\n".join(meter.lines))
