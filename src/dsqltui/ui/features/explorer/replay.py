"""An order replayed in the two panes: a line says the next step, a key runs it, nothing runs by itself."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.reactive import reactive

from dsqltui.core.interleaving.replay_steps import PaneStep
from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.keys.keymap import KeyScope, bindings
from dsqltui.ui.state.messages import ReplayAsked, ask
from dsqltui.ui.textual_patches.ordered import Ordered
from dsqltui.ui.widgets.parts import Parts


class ReplayLine(Ordered, Parts, can_focus=True):
    """Posts ReplayAsked at its keys."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(KeyScope.REPLAY)
    COMPONENT_CLASSES: ClassVar[set[str]] = {"replay-line--text", "replay-line--keys", "replay-line--said"}

    text = reactive("")
    said = reactive("")
    """What came of the step before."""

    def render(self) -> Content:
        """Two lines: the next step, what came of the one before and the keys."""
        width = self.content_size.width
        first = self.part(f" {one_line(self.text, 400)}", "replay-line--text").truncate(width, ellipsis=True, pad=True)
        keys = self.part(_("  n next  Esc end"), "replay-line--keys")
        room = max(10, width - keys.cell_length)
        second = self.part(f" {one_line(self.said, 400)}", "replay-line--said").truncate(room, ellipsis=True, pad=True)
        return Content("\n").join([first, second + keys])

    def action_replay_next(self) -> None:
        """Run the next step."""
        ask(self, ReplayAsked(goes_on=True))

    def action_replay_end(self) -> None:
        """End the replay."""
        ask(self, ReplayAsked(goes_on=False))


class ReplayCourse:
    """How far a replay has come."""

    def __init__(self, name: str, steps: Sequence[PaneStep]) -> None:
        self.name = name
        self._steps = tuple(steps)
        self._at = 0
        self.waits_for: dict[str, int] = {}
        """Statements of the step that are still to be answered, by pane."""

    @property
    def step(self) -> PaneStep | None:
        """The step that comes next, or whose answer is waited for."""
        return self._steps[self._at] if self._at < len(self._steps) else None

    @property
    def text(self) -> str:
        """`Replay 3/10  B: UPDATE ...`."""
        step = self.step
        if step is None:
            return _("Replay of {name}: done.").format(name=self.name)
        what = f" ({step.what})" if step.what else ""
        what = _(" (session {session})").format(session=step.session) if step.session else what
        letters = _(" and ").join(step.letters)
        where = f"{self._at + 1}/{len(self._steps)}  {letters}"
        return _("Replay {where}{what}: {split}").format(where=where, what=what, split=" ".join(step.sql.split()))

    def go_on(self) -> None:
        """The step was answered."""
        self._at += 1
