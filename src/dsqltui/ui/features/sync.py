"""The panes synchronised: independent, a run in both, or one text in both editors."""

from collections.abc import Mapping

from dsqltui.ui.dialogs.whose_text import WhoseText
from dsqltui.ui.feature import Console, Deed, Feature
from dsqltui.ui.mirror import Mirror
from dsqltui.ui.sync_mode import SyncMode


class SyncFeature(Feature):
    """Goes from mode to mode."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        first, second = (side.pane for side in console.sides.values())
        self._panes = (first, second)
        self._mirror: Mirror | None = None

    def deeds(self) -> Mapping[str, Deed]:
        """The one action."""
        return {"sync_mode": self._go_on}

    def _go_on(self) -> None:
        following = self.console.sync_mode.next
        if following is not SyncMode.MIRROR:
            self._change(following)
            return
        first, second = (pane.editor for pane in self._panes)
        if first.text == second.text or not second.text.strip():
            self._join(self.console.active.letter if first.text == second.text else "A")
        elif not first.text.strip():
            self._join("B")
        else:
            self.console.ask(WhoseText(first.text, second.text), self._answered)

    def _answered(self, letter: str | None) -> None:
        if letter is None:
            self._change(SyncMode.INDEPENDENT)
        else:
            self._join(letter)

    def _join(self, letter: str) -> None:
        if self._mirror is None:
            self._mirror = Mirror(*(pane.editor for pane in self._panes))
        self._mirror.join(self.console.sides[letter].pane.editor)
        self._change(SyncMode.MIRROR)

    def _change(self, mode: SyncMode) -> None:
        if mode is not SyncMode.MIRROR and self._mirror is not None:
            self._mirror.part()
        self.console.sync_mode = mode
        self.console.tell(mode.sentence)
