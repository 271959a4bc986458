"""The sidebar: page names, a filter, the page's lines, a few lines about the one under the cursor. Asks nobody."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Input

from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import wrapped
from dsqltui.ui.keys.keymap import KeyScope, handler_bindings
from dsqltui.ui.state.messages import SidebarAsked, SidebarMoved, ask
from dsqltui.ui.textual_patches.ordered import Ordered
from dsqltui.ui.widgets.line_list import LineList, ListLine
from dsqltui.ui.widgets.parts import Parts

_DETAIL_LINES = 7


class Tabs(Parts):
    """`1 Jobs● 2 Indexes 3 Schema`; the mark says that something happened there."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--current", "tabs--other", "tabs--mark", "tabs--region"}

    current = reactive(0)
    marked: reactive[frozenset[int]] = reactive(frozenset())
    letter = reactive("A")
    """The pane whose Region is shown."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = tuple(names)

    def render(self) -> Content:
        """One line."""
        line = Content("")
        for place, name in enumerate(self._names):
            look = "tabs--current" if place == self.current else "tabs--other"
            line += self.part(f" {place + 1} {name}", look)
            line += self.part("●" if place in self.marked else " ", "tabs--mark")
        room = self.content_size.width - line.cell_length
        if room >= 2:
            line += Content(" " * (room - 2)) + self.part(f"{self.letter} ", "tabs--region")
        return line


class FilterInput(Ordered, Input):
    """The filter's text field; hidden until asked for."""

    def on_mount(self) -> None:
        """A cursor that blinks is 200 bytes a second."""
        self.cursor_blink = False


class Details(Parts):
    """A few lines about the current line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"details--text", "details--head"}

    texts: reactive[tuple[str, ...]] = reactive((), layout=True)

    def render(self) -> Content:
        """Long texts are wrapped, what does not fit is left out."""
        width = max(8, self.content_size.width)
        lines: list[Content] = []
        for number, text in enumerate(self.texts):
            safe = one_line(text, 600)
            look = "details--head" if number == 0 else "details--text"
            lines += [self.part(line, look) for line in wrapped(safe, width)]
        return Content("\n").join(lines[:_DETAIL_LINES])


class PageKeys(Parts):
    """The page's keys."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"hint--text"}

    text = reactive("")

    def render(self) -> Content:
        """One line."""
        return self.part(f" {self.text}", "hint--text").truncate(self.content_size.width)


class Sidebar(Vertical):
    """Posts SidebarAsked for every key that means something, SidebarMoved when the cursor came to another line."""

    BINDINGS: ClassVar[list[BindingType]] = handler_bindings(KeyScope.SIDEBAR)

    def __init__(self, pages: Sequence[str]) -> None:
        super().__init__(id="sidebar")
        self.tabs = Tabs(pages)
        self.filter = FilterInput(placeholder="filter", compact=True)
        self.list = LineList()
        self.about = Details()
        self.hint = PageKeys()

    def compose(self) -> ComposeResult:
        """From the top."""
        yield from (self.tabs, self.filter, self.list, self.about, self.hint)

    @property
    def filter_text(self) -> str:
        """What the lines must hold, in lower case."""
        return self.filter.value.strip().lower()

    def show(self, lines: Sequence[ListLine]) -> None:
        """The page's lines."""
        self.list.show(lines)

    def action_do(self, action: str) -> None:
        """A key of the sidebar's scope."""
        if action == "filter":
            self.filter.add_class("-open")
            self.screen.set_focus(self.filter)
        elif action == "leave" and self.filter.has_class("-open"):
            self.filter.value = ""
            self.filter.remove_class("-open")
            self.screen.set_focus(self.list)
        else:
            ask(self, SidebarAsked(action, self.list.key or ""))

    @on(LineList.Chosen)
    def _chosen(self, message: LineList.Chosen) -> None:
        message.stop()
        ask(self, SidebarAsked("choose", message.key or ""))

    @on(LineList.Moved)
    def _moved(self, message: LineList.Moved) -> None:
        message.stop()
        self.post_message(SidebarMoved(message.key or ""))

    @on(Input.Changed)
    def _filter_changed(self, message: Input.Changed) -> None:
        message.stop()
        ask(self, SidebarAsked("filter", self.list.key or ""))

    @on(Input.Submitted)
    def _filter_done(self, message: Input.Submitted) -> None:
        message.stop()
        self.screen.set_focus(self.list)
