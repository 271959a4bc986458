"""EXPLAIN's plan as a tree; the raw text is one key away."""

from typing import ClassVar

from textual.binding import BindingType

from dsqltui.core.results.plan import Plan
from dsqltui.core.results.plan_lines import LOOKS, plan_lines
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.results.line_view import LineView
from dsqltui.ui.results.steps_results import STEP_BINDINGS, StepsResults
from dsqltui.ui.state.messages import GridAsked


class PlanView(StepsResults, LineView):
    """One plan."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(KeyScope.PLAN), *STEP_BINDINGS]
    LOOKS: ClassVar[tuple[str, ...]] = LOOKS
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line-view--{look}" for look in (*LOOKS, "cursor")}

    def show(self, plan: Plan, price_per_million: float | None) -> None:
        """A plan; the price is of a million DPU, None when none is set."""
        self.set_lines([line.parts for line in plan_lines(plan, price_per_million)])

    def action_raw_plan(self) -> None:
        """EXPLAIN's own text."""
        self.post_message(GridAsked("plan"))
