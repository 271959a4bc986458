"""EXPLAIN's plan as a tree; the raw text is one key away."""

from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from dsqltui.core.results.plan_lines import LOOKS, Part, plan_lines
from dsqltui.ui.keys.keymap import KeyScope, actions, bindings, shown
from dsqltui.ui.keys.user_keys import keys_of
from dsqltui.ui.results.line_view import LineView
from dsqltui.ui.results.steps_results import STEP_BINDINGS, StepsResults
from dsqltui.ui.state.messages import GridAsked, ask

if TYPE_CHECKING:
    from dsqltui.core.plans.report import PlanReport
    from dsqltui.core.results.plan import Plan

_RESULTS = next(action for action in actions(KeyScope.CONSOLE) if action.id == "focus_results")
_CURE = next(action for action in actions(KeyScope.PLAN) if action.id == "cure")


class PlanView(StepsResults, LineView):
    """One plan."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(KeyScope.PLAN), *STEP_BINDINGS]
    LOOKS: ClassVar[tuple[str, ...]] = LOOKS
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line-view--{look}" for look in (*LOOKS, "cursor")}

    _shown: "tuple[Plan, float | None, PlanReport | None, tuple[tuple[str, str], ...]] | None" = None
    _width = 0

    def show(
        self,
        plan: "Plan",
        price_per_million: float | None,
        doctor: "PlanReport | None" = None,
        heading: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """A plan; the price is of a million DPU, None when none is set. `doctor` says why it is slow, as far as is
        known by now; `heading` stands above all."""
        self._shown = (plan, price_per_million, doctor, heading)
        self._lay_out()

    def on_resize(self) -> None:
        """Sentences are broken to the width."""
        if self._shown is not None and self.size.width != self._width:
            self._lay_out()

    def on_focus(self) -> None:
        """The cure's key works."""
        self._lay_out()

    def on_blur(self) -> None:
        """It does not, but behind the key that leads here."""
        self._lay_out()

    def _lay_out(self) -> None:
        if self._shown is None:
            return
        plan, price, doctor, heading = self._shown
        self._width = self.size.width
        lines: list[tuple[Part, ...]] = [(part,) for part in heading]
        if heading:
            lines.append((("", "text"),))
        width = self._width or 80
        notes: list[tuple[Part, ...]] = []
        if doctor is not None:
            key = ", ".join(map(shown, keys_of(_CURE)))
            there = "" if self.has_focus else "".join(f"{shown(way)} " for way in keys_of(_RESULTS)[:1])
            from dsqltui.core.plans.view import doctor_lines, doctor_notes  # with all rules: not needed at the start

            lines += doctor_lines(doctor, width, f"{there}{key}")
            notes += doctor_notes(doctor, width)
        self.set_lines([*lines, *(line.parts for line in plan_lines(plan, price)), *notes])

    def action_cure(self) -> None:
        """The SQL that would cure it."""
        ask(self, GridAsked("cure"))

    def action_before(self) -> None:
        """Beside the plan before it."""
        ask(self, GridAsked("before"))

    def action_raw_plan(self) -> None:
        """EXPLAIN's own text."""
        ask(self, GridAsked("plan"))
