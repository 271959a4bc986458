"""A list to search by typing, with the chosen thing shown in full below it. History and snippets are such lists."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from dsqltui.core.language import _
from dsqltui.core.text.safe_text import many_lines, one_line
from dsqltui.ui.dialogs.base import Dialog
from dsqltui.ui.textual_patches.hooks import start_worker
from dsqltui.ui.widgets.line_list import LineList, ListLine
from dsqltui.ui.widgets.search_field import SearchField

_PREVIEW = 4_000
"""Characters; more would make every move slow."""


class PickList(LineList, can_focus=False):
    """The focus stays in the line to type into; the cursor is seen all the same."""

    shows_cursor = True


class Picker(Dialog[str]):
    """Dismissed with the key of the line that was chosen. Subclasses say what is found and what is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move('up')", show=False),
        Binding("down", "move('down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
    ]
    AUTO_FOCUS = "SearchField"
    title_text = ""

    def __init__(self) -> None:
        super().__init__()
        self._is_found = asyncio.Event()
        self._words = ""
        """What the list is for."""

    async def find(self, words: str) -> Sequence[ListLine]:
        """The lines for what was typed. May raise nothing but what `told` is shown for."""
        raise NotImplementedError

    def preview(self, key: str | None) -> str:
        """A line's thing in full; what there is to say when there is none (None)."""
        raise NotImplementedError

    def foot(self) -> str:
        """What the keys do, and how the list is narrowed."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """What to search, the list, the chosen one, the keys."""
        with Vertical(classes="dialog -tall picker"):
            yield Static(_(self.title_text), markup=False, classes="dialog--title")
            yield SearchField(_("Type to search"))
            yield PickList()
            with VerticalScroll(classes="picker--preview", can_focus=False):
                yield Static(markup=False, id="preview")
            yield Static(markup=False, classes="dialog--foot", id="picker-foot")

    def on_mount(self) -> None:
        """Begin with everything."""
        self.search()

    def search(self) -> None:
        """Find anew; what was found before stays until then."""
        self._is_found.clear()
        self.query_one("#picker-foot", Static).update(one_line(self.foot()))
        start_worker(self, self._search(), group="search", exclusive=True)

    async def _search(self) -> None:
        words = self.query_one(SearchField).value
        found = self.query_one(PickList)
        found.show(await self.find(words))
        if words != self._words:  # the best one stands first; where the cursor was is of another search
            self._words = words
            found.action_first_line()
        self._show_preview()
        self._is_found.set()

    async def _choose(self) -> None:
        await self._is_found.wait()  # Enter may come in one burst with what was typed
        key = self.query_one(PickList).key
        if key is not None:
            self.dismiss(key)

    def _show_preview(self) -> None:
        self.query_one("#preview", Static).update(many_lines(self.preview(self.query_one(PickList).key), _PREVIEW))

    @on(Input.Changed)
    def _typed(self) -> None:
        self.search()

    @on(Input.Submitted)
    def _entered(self) -> None:
        start_worker(self, self._choose(), group="choose", exclusive=True)

    @on(LineList.Moved)
    def _moved(self) -> None:
        self._show_preview()

    @on(LineList.Chosen)
    def _clicked(self, message: LineList.Chosen) -> None:
        message.stop()
        self.dismiss(message.key)

    def action_move(self, where: str) -> None:
        """The list's own move, by name."""
        moves = self.query_one(PickList)
        {
            "up": moves.action_up,
            "down": moves.action_down,
            "page_up": moves.action_page_up,
            "page_down": moves.action_page_down,
        }[where]()
