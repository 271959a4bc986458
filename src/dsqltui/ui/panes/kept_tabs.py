"""What a pane keeps to be gone back to: results and scripts, one tab each."""

from dsqltui.runner.events import ScriptIdentity
from dsqltui.ui.results.script_result import ScriptLine, ScriptResult
from dsqltui.ui.state.result import PaneResult

KEPT = 5
"""Tabs, unless the person's settings say otherwise; also of a script the results with rows."""


class KeptTabs:
    """Oldest first. What gives way is closed."""

    def __init__(self) -> None:
        self.limit = KEPT
        self.tabs: list[PaneResult | ScriptResult] = []

    @property
    def results(self) -> tuple[PaneResult, ...]:
        """All rows that are kept, those within scripts among them."""
        return tuple(result for tab in self.tabs for result in _results_of(tab))

    def place_of(self, result: PaneResult) -> int:
        """Which tab holds it. Raises ValueError when none does."""
        for place, tab in enumerate(self.tabs):
            if any(one is result for one in _results_of(tab)):
                return place
        raise ValueError("the result is not kept any more")

    def script(self, run: ScriptIdentity) -> ScriptResult:
        """The tab of a script; a new one for its first statement."""
        for tab in reversed(self.tabs):
            if isinstance(tab, ScriptResult) and tab.run is run:
                return tab
        script = ScriptResult(run)
        self._add(script)
        return script

    def known_script(self, run: ScriptIdentity | None) -> ScriptResult | None:
        """The tab of a script, if it has one."""
        return next((tab for tab in self.tabs if isinstance(tab, ScriptResult) and tab.run is run), None)

    def add(self, result: PaneResult, script: ScriptResult | None = None, line: ScriptLine | None = None) -> None:
        """A new result: a tab of its own, or a line's of a script."""
        if script is None or line is None:
            self._add(result)
            return
        line.result = result
        script.with_rows.append(line)
        for old in script.with_rows[: -self.limit]:
            if old.result is not None:
                old.result.store.close()
                old.result = None
        del script.with_rows[: -self.limit]

    def replace(self, old: PaneResult, new: PaneResult) -> bool:
        """The same query's result as it is now; False when the old one is not kept."""
        for place, tab in enumerate(self.tabs):
            if tab is old:
                self.tabs[place] = new
                return True
            if isinstance(tab, ScriptResult):
                for line in tab.with_rows:
                    if line.result is old:
                        line.result = new
                        return True
        return False

    def _add(self, tab: PaneResult | ScriptResult) -> None:
        self.tabs.append(tab)
        for old in self.tabs[: -self.limit]:
            for result in _results_of(old):
                result.store.close()
        del self.tabs[: -self.limit]


def _results_of(tab: PaneResult | ScriptResult) -> list[PaneResult]:
    return tab.results if isinstance(tab, ScriptResult) else [tab]
