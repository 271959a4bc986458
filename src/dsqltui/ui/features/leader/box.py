"""The box that Ctrl+G opens: which letter leads where. It has the focus while it is open, so that letters reach it."""

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.geometry import Offset
from textual.reactive import reactive
from textual.widget import Widget

from dsqltui.core.language import _
from dsqltui.ui.keys.keymap import COLUMNS, Action
from dsqltui.ui.keys.leader_tree import LeaderStep, LeaderTree
from dsqltui.ui.textual_patches.hooks import hand_on
from dsqltui.ui.textual_patches.ordered import Ordered
from dsqltui.ui.widgets.parts import Parts

_GAP = 3
_FRAME = 2
"""Cells of the border, across and down."""
_MOST_ROWS = 16
_LEAST_COLUMN = 15
"""Cells; longer words are cut."""


class LeaderBox(Ordered, Parts, can_focus=True):
    """Told the tree; tells by callbacks, at once: a message would let the next key of a burst overtake the action."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "leader--title",
        "leader--letter",
        "leader--word",
        "leader--group",
        "leader--foot",
    }

    path = reactive("", layout=False)

    def __init__(
        self,
        tree: LeaderTree,
        *,
        keys: Collection[str],
        title: str,
        chosen: Callable[[str], object],
        lost: Callable[[str], object],
        works: Callable[[Action], bool] = lambda _action: True,
    ) -> None:
        """`keys` open and close it, `title` names them. `chosen` takes an action's id, `lost` a path to nowhere.

        What does not work now is not shown; its letters lead to it all the same.
        """
        super().__init__()
        self._works = works
        self._tree, self._keys, self._title, self._chosen, self._lost = tree, keys, title, chosen, lost
        self._return_to: Widget | None = None
        self._rows: list[list[LeaderStep | str]] = []
        """Steps, headings, and empty cells."""
        self._column = 0

    @property
    def is_open(self) -> bool:
        """Whether it is on the screen."""
        return self.has_class("-open")

    def open(self) -> None:
        """Show it, and take the keys."""
        self._return_to = self.screen.focused
        self.path = ""
        self._arrange()
        self.add_class("-open")
        self.screen.set_focus(self)

    def close(self) -> None:
        """Hide it, and give the keys back to who had them."""
        if self.screen.focused is self:
            self.screen.set_focus(self._return_to)
        self.remove_class("-open")

    def watch_path(self) -> None:
        """Other letters, another size."""
        if self.is_attached:
            self._arrange()

    def on_blur(self) -> None:
        """The mouse went elsewhere."""
        self.remove_class("-open")

    def on_key(self, event: events.Key) -> None:
        """A letter goes on, Backspace back, Escape out; any other key closes the box and works as without it."""
        if self.app.focused is not self:
            return  # `Ordered` hands it on
        if event.is_printable and event.character:
            self._go(self.path + event.character)
        elif event.key == "backspace" and self.path:
            self.path = self.path[:-1]
        elif event.key in ("escape", "backspace", *self._keys):
            self.close()
        else:
            self.close()
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text is no path: it goes where it would have gone."""
        event.stop()
        self.close()
        if self.app.focused is not None:
            hand_on(event, self.app.focused)

    def on_click(self, event: events.Click) -> None:
        """A click chooses what it points at."""
        event.stop()
        place = event.get_content_offset(self)
        if place is None or not 1 <= place.y <= len(self._rows) or not self._column:
            return
        row = self._rows[place.y - 1]
        step = row[place.x // self._column] if place.x // self._column < len(row) else ""
        if isinstance(step, LeaderStep):
            self._go(self.path + step.letter)

    def _go(self, path: str) -> None:
        action = self._tree.action(path)
        if action is None and self._tree.steps(path):
            self.path = path
            return
        self.close()
        if action is None:
            self._lost(path)
        else:
            self._chosen(action.id)

    def _arrange(self) -> None:
        """In the corner above the key line: at first by groups, each a column; then as few columns as fit."""
        steps = self._tree.steps(self.path, self._works) or self._tree.steps(self.path)
        screen = self.screen.size
        height = max(1, min(_MOST_ROWS, screen.height - 1 - _FRAME - 1))
        columns = [] if self.path else _grouped(steps)
        wide = max(cell_len(_word(step)) for step in steps) + 2 + _GAP
        is_fitting = len(columns) * _LEAST_COLUMN <= screen.width - _FRAME - 2 + _GAP
        if not columns or max(map(len, columns)) > height or not is_fitting:
            row_count = -(-len(steps) // -(-len(steps) // height))
            columns = [list(steps[at : at + row_count]) for at in range(0, len(steps), row_count)]
        self._rows = [
            [column[row] if row < len(column) else "" for column in columns]
            for row in range(max(len(column) for column in columns))
        ]
        self._column = min(wide, (screen.width - _FRAME - 2 + _GAP) // len(columns))
        width = max(len(columns) * self._column - 1, sum(map(cell_len, self._texts())) + _GAP) + _FRAME + 2
        size = Offset(min(width, screen.width), len(self._rows) + 1 + _FRAME)
        self.styles.width, self.styles.height = size
        self.absolute_offset = Offset(screen.width, screen.height - 1) - size
        self.refresh(layout=True)

    def _texts(self) -> tuple[str, str]:
        title = " ".join([self._title, *self.path, "…"])
        return title, _("⌫ back  Esc leaves") if self.path else _("Esc leaves")

    def render(self) -> Content:
        """Title and how to get out; the letters in columns read downwards."""
        title, foot = self._texts()
        gap = " " * max(1, self.content_size.width - cell_len(title) - cell_len(foot))
        lines = [Content.assemble(self.part(title, "leader--title"), gap, self.part(foot, "leader--foot"))]
        for row in self._rows:
            line = Content("")
            for step in row:
                if isinstance(step, str):
                    cell = self.part(step, "leader--title")
                else:
                    component = "leader--word" if step.action else "leader--group"
                    cell = Content.assemble(
                        self.part(f"{step.letter} ", "leader--letter"), self.part(_word(step), component)
                    )
                cell = cell.truncate(self._column - 1, ellipsis=True)
                line += cell.pad_right(self._column - cell.cell_length)
            lines.append(line)
        return Content("\n").join(lines)


def _word(step: LeaderStep) -> str:
    return step.word if step.action else f"{step.word}…"


def _grouped(steps: Sequence[LeaderStep]) -> list[list[LeaderStep | str]]:
    """A column for each group of keymap.COLUMNS, under its heading; without groups that have nothing."""
    left = {step.letter: step for step in steps}
    columns: list[list[LeaderStep | str]] = []
    for heading, letters in COLUMNS:
        group = [left.pop(letter) for letter in letters if letter in left] if letters else [*left.values()]
        if group:
            columns.append([_(heading), *group])
    return columns
