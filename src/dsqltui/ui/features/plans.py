"""Why a statement is slow: the doctor's findings above a plan, their cures in the editor, two plans side by side.

A plan on the screen costs one query of the catalog, on a connection beside the panes. A cure is text: nothing runs.
"""

import dataclasses
from collections.abc import Callable, Mapping

from dsqltui.client.catalog_reader import CatalogUnreadable
from dsqltui.core.language import _
from dsqltui.core.plans.before_after import figure_lines, plan_figures
from dsqltui.core.plans.known_tables import UNKNOWN, known_tables
from dsqltui.core.plans.report import PlanReport, plan_report
from dsqltui.core.plans.scans import table_names
from dsqltui.core.results.outcome import Rows
from dsqltui.core.results.plan import is_plan, parse_plan
from dsqltui.core.scripts.statement import Statement, StatementKind, at_offset
from dsqltui.core.sql.classify import classify
from dsqltui.core.sql.explaining import without_explain
from dsqltui.runner.events import StatementFinished
from dsqltui.runner.jobs import RunStatements
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.panes.pane import Pane
from dsqltui.ui.state.messages import GridAsked
from dsqltui.ui.state.result import PaneResult

_MOST_LINES = 5_000
"""Of an EXPLAIN that is looked at."""


class PlanFeature(Feature):
    """Works on the plans of the active pane."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._cured: tuple[PaneResult, int] | None = None
        """The plan whose cure went into the editor last, and which of them."""
        self._asked: dict[str, Callable[[], object]] = {
            "plan": self._plan,
            "cure": self._cure,
            "before": lambda: console.spawn(self._before(), group="plan-before"),
        }

    def handlers(self) -> Mapping[str, ActionHandler]:
        """By leader and palette, wherever the focus is."""
        return {"plan": self._plan, "plan_cure": self._cure, "plan_before": self._before}

    def reactions(self) -> Mapping[type[object], Reaction]:
        """Plans that arrive; keys in a plan."""
        return {StatementFinished: self._finished, GridAsked: self._grid_asked}

    def _grid_asked(self, message: GridAsked) -> None:
        if message.action in self._asked:
            self._asked[message.action]()

    # -- findings ------------------------------------------------------------------------------------------------------

    def _finished(self, message: StatementFinished) -> None:
        if not isinstance(message.outcome, Rows) or not is_plan([c.name for c in message.outcome.columns]):
            return
        pane = self.console.sides[message.letter].pane
        result = next(iter(reversed(pane.kept_results)), None)
        if result is not None and not message.outcome.has_more:
            self.console.spawn(self._examine(pane, message.letter, result), group=f"plan-{message.letter}")

    async def _examine(self, pane: Pane, letter: str, result: PaneResult) -> None:
        """Ask the catalog, and show what the rules find."""
        result.doctor = await self._report(letter, result)
        pane.refresh_plan(result)

    async def _report(self, letter: str, result: PaneResult) -> PlanReport:
        lines = tuple(row[0] or "" for row in result.store.rows()) if result.row_count <= _MOST_LINES else ()
        plan, sql = parse_plan(lines), without_explain(result.statement)
        names = table_names(plan) if plan is not None else ()
        known, trouble = UNKNOWN, ""
        if names:
            try:
                reader = await self.console.observers.reader(letter)
                known = known_tables(await reader.read("plan_facts", text="\n".join(names)))
            except CatalogUnreadable as problem:
                trouble = _("Most causes need the catalog. {problem}").format(problem=problem)
        return plan_report(sql, lines, plan, known, trouble)

    # -- a plan --------------------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        """Explain the statement under the cursor, without running it; of a plan that is shown: its own text."""
        side = self.console.active
        pane, editor = side.pane, side.pane.editor
        statement = self._statement()
        if pane.result is not None and not self._is_another(pane, pane.result, statement) and pane.toggle_plan():
            return
        if statement is None or statement.kind is StatementKind.COMMAND or statement.is_block:
            self.console.tell(_("No statement at the cursor to explain."))
        elif classify(statement.text).is_explain:
            self.console.tell(_("Already an EXPLAIN: {key} runs it.").format(key=key_of("run")))
        elif editor.has_control_signs or editor.came_with_a_paste:
            self.console.tell(_("Not explained: the key came with a paste. Press it again."))
        else:
            asked = dataclasses.replace(statement, ending="\\plan")
            self.console.submit(side, RunStatements((asked,)))

    def _statement(self) -> Statement | None:
        editor = self.console.active.pane.editor
        return at_offset(editor.text, editor.cursor_offset)

    @staticmethod
    def _is_another(pane: Pane, shown: PaneResult, statement: Statement | None) -> bool:
        """Whether the person is in the editor, at another statement than the one whose plan is shown."""
        if statement is None or pane.screen.focused is not pane.editor:
            return False
        return " ".join(statement.text.split()) not in " ".join(shown.statement.split())

    # -- cures ---------------------------------------------------------------------------------------------------------

    def _cure(self) -> None:
        """Into the editor; once more: the next one."""
        side = self.console.active
        result = side.pane.result
        report = result.doctor if result is not None else None
        if result is None or report is None:
            self.console.tell(_("No plan here. Put \\plan after a statement to explain it."))
            return
        cures = [finding for finding in report.findings if finding.cure]
        if not cures:
            self.console.tell(_("No cause found that a statement would fix."))
            return
        at = (self._cured[1] + 1) % len(cures) if self._cured is not None and self._cured[0] is result else 0
        self._cured = (result, at)
        self.console.prefill(side.letter, cures[at].cure)
        self.console.go_to(side.letter)
        which = _(" ({at} of {count})").format(at=at + 1, count=len(cures)) if len(cures) > 1 else ""
        self.console.tell(
            _("In the editor, not run: the cure for {rule}{which}.").format(rule=cures[at].rule, which=which)
        )

    # -- two plans -----------------------------------------------------------------------------------------------------

    async def _before(self) -> None:
        """The plan that is shown, or the newest, beside the one before it: A has the older one, B the newer."""
        side = self.console.active
        plans = [r for r in side.pane.kept_results if is_plan([column.name for column in r.columns])]
        at = plans.index(side.pane.result) if side.pane.result in plans else len(plans) - 1
        if at < 1:
            self.console.tell(_("There is no plan before this one. Explain, cure, and explain again."))
            return
        before, after = plans[at - 1], plans[at]
        for result in (before, after):
            if result.doctor is None:
                result.doctor = await self._report(side.letter, result)
        old, new = before.doctor, after.doctor
        if old is None or new is None or old.plan is None or new.plan is None:
            self.console.tell(_("One of the two plans cannot be read."))
            return
        figures = plan_figures(old.plan, old.scans, new.plan, new.scans)
        for letter, result, is_after in (("A", before, False), ("B", after, True)):
            heading = tuple(figure_lines(figures, is_after=is_after))
            self.console.sides[letter].pane.show_beside(result, heading)
