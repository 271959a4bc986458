"""The last line of the screen: the keys that matter most, or for a moment something to tell."""

from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive

from dsqltui.core.safetext import one_line
from dsqltui.ui.keymap import Scope, actions, shown
from dsqltui.ui.widgets.parts import Parts


def _items() -> list[tuple[str, str]]:
    """Key and word of each item; the two keys of the panes share one."""
    items = [(shown(action.keys[0]), action.label) for action in actions(Scope.CONSOLE) if action.is_on_key_line]
    pane_keys = [shown(a.keys[0]) for a in actions(Scope.CONSOLE) if a.id in ("focus_a", "focus_b")]
    items.insert(2, ("/".join(pane_keys), "Pane"))
    return items


class KeyLine(Parts):
    """`F5 Run  F6 Both …`; a notice takes its place until the screen clears it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key", "key-line--label", "key-line--notice"}

    notice = reactive("")

    def render(self) -> Content:
        """Items that do not fit are left out, the last first."""
        width = self.content_size.width
        if self.notice:
            notice = self.part(f" {one_line(self.notice)}", "key-line--notice")
            return notice.truncate(width, ellipsis=True, pad=True)
        line = Content("")
        for key, label in _items():
            item = Content.assemble(self.part(f" {key}", "key-line--key"), self.part(f" {label} ", "key-line--label"))
            if line.cell_length + item.cell_length > width:
                break
            line += item
        return line.truncate(width, pad=True)
