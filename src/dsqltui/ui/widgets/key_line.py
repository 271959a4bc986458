"""The last line of the screen: the keys that matter most, or for a moment something to tell."""

from typing import ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive

from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.keys.keymap import KeyScope, actions
from dsqltui.ui.keys.user_keys import short_key_of
from dsqltui.ui.widgets.parts import Parts


def _items() -> list[tuple[str, str]]:
    """Key and word of each item; the two keys of the panes share one."""
    items = [
        (short_key_of(action.id), _(action.label)) for action in actions(KeyScope.CONSOLE) if action.is_on_key_line
    ]
    items.insert(2, (f"{short_key_of('focus_a')}/{short_key_of('focus_b')}", _("Pane")))
    return items


class KeyLine(Parts):
    """`F5 Run  F6 Both …`; a notice takes its place until the screen clears it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "key-line--key",
        "key-line--label",
        "key-line--notice",
        "key-line--mode",
    }

    notice = reactive("")
    mode: reactive[tuple[str, ...]] = reactive(())
    """How the panes work together, longest wording first; the shortest is always there, at the right."""

    def render(self) -> Content:
        """Items that do not fit are left out, the last first."""
        width = self.content_size.width
        if self.notice:
            notice = self.part(f" {one_line(self.notice)}", "key-line--notice")
            return notice.truncate(width, ellipsis=True, pad=True)
        reserved = cell_len(self.mode[-1]) + 1 if self.mode else 0
        line = Content("")
        for key, label in _items():
            item = Content.assemble(self.part(f" {key}", "key-line--key"), self.part(f" {label} ", "key-line--label"))
            if line.cell_length + item.cell_length > width - reserved:
                break
            line += item
        left = width - line.cell_length - 1
        mode = next((wording for wording in self.mode if cell_len(wording) <= left), "")
        gap = " " * max(0, left - cell_len(mode))
        return Content.assemble(line, gap, self.part(mode, "key-line--mode")).truncate(width, pad=True)
