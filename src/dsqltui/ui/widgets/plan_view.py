"""EXPLAIN's plan as a tree; the raw text is one key away."""

from typing import ClassVar

from textual.binding import BindingType

from dsqltui.core.plan import Plan
from dsqltui.core.plan_lines import LOOKS, plan_lines
from dsqltui.ui.keymap import Scope, bindings
from dsqltui.ui.messages import GridAsked
from dsqltui.ui.widgets.line_view import LineView
from dsqltui.ui.widgets.steps_results import STEP_BINDINGS, StepsResults


class PlanView(StepsResults, LineView):
    """One plan."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.PLAN), *STEP_BINDINGS]
    LOOKS: ClassVar[tuple[str, ...]] = LOOKS
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line-view--{look}" for look in (*LOOKS, "cursor")}

    def show(self, plan: Plan, price_per_million: float | None) -> None:
        """A plan; the price is of a million DPU, None when none is set."""
        self.set_lines([line.parts for line in plan_lines(plan, price_per_million)])

    def action_raw_plan(self) -> None:
        """EXPLAIN's own text."""
        self.post_message(GridAsked("plan"))
