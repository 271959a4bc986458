"""The last line of the screen: the keys that work now where the person is, or for a moment something to tell."""

from collections.abc import Callable, Iterator
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive

from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.keys.key_items import KeyItem, KeySituation, key_items
from dsqltui.ui.widgets.parts import Parts


class KeyLine(Parts):
    """`F5 Run  F6 Both …`; a notice stands before them until the screen clears it. A click does what the key does."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "key-line--key",
        "key-line--label",
        "key-line--notice",
        "key-line--mode",
    }

    def __init__(self, do: Callable[[str], object]) -> None:
        """`do` does an action of the console by its id, in the click's own turn."""
        super().__init__()
        self._do = do

    notice = reactive("")
    mode: reactive[tuple[str, ...]] = reactive(())
    """How the panes work together, longest wording first; the shortest is always there, at the right."""
    situation: reactive[KeySituation] = reactive(KeySituation())

    def render(self) -> Content:
        """Items that do not fit are left out, the last first."""
        width = self.content_size.width
        line = self.part(self._told, "key-line--notice").truncate(width, ellipsis=True)
        for item, _end in self._fitting():
            line += self.part(f" {item.key}", "key-line--key") + self.part(f" {item.label} ", "key-line--label")
        left = width - line.cell_length - 1
        mode = next((wording for wording in self.mode if cell_len(wording) <= left), "")
        gap = " " * max(0, left - cell_len(mode))
        return Content.assemble(line, gap, self.part(mode, "key-line--mode")).truncate(width, pad=True)

    def on_click(self, event: events.Click) -> None:
        """As if the key had been pressed; on a notice: let it go."""
        event.stop()
        if event.x < cell_len(self._told):
            self.notice = ""
            return
        for item, end in self._fitting():
            if event.x < end:
                if item.action:
                    self._do(item.action)
                elif item.press:
                    self.app.simulate_key(item.press)
                return

    @property
    def _told(self) -> str:
        """The notice with a gap behind it."""
        return f" {one_line(self.notice)}  " if self.notice else ""

    def _fitting(self) -> Iterator[tuple[KeyItem, int]]:
        """The items that are shown, each with the cell behind it."""
        room = self.content_size.width - (cell_len(self.mode[-1]) + 1 if self.mode else 0)
        end = cell_len(self._told)
        for item in key_items(self.situation):
            end += cell_len(item.key) + cell_len(item.label) + 3
            if end > room:
                return
            yield item, end
