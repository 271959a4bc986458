"""The start screen: what can be opened, with what the control plane finds coming in as it is found."""

import os
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dsqltui.core.aws.clusters import Found
from dsqltui.core.aws.start_choices import StartEntry, entries_of_found, failure_lines
from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import padded
from dsqltui.resources import data
from dsqltui.ui.state import theme
from dsqltui.ui.textual_patches.hooks import start_worker
from dsqltui.ui.textual_patches.ordered import Ordered
from dsqltui.ui.textual_patches.safe_app import SafeApp
from dsqltui.ui.textual_patches.terminal_driver import ConsoleDriver

_TITLE_WIDTH = 32


class StartList(Ordered, OptionList):
    """The entries under their headings."""


class StartApp(SafeApp[StartEntry], inherit_bindings=False):
    """Ends with the entry the person chose, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,escape,q", "leave", "Leave", show=False),
        Binding("r,f9", "look_again", "Look again", show=False),
    ]
    CSS_PATH = [str(path) for path in sorted(data("styles").glob("*.tcss"))]  # noqa: RUF012 - Textual's annotation
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, known: Sequence[StartEntry], find: Callable[[], Coroutine[Any, Any, Found]]) -> None:
        """`known` can be opened at once; `find` asks the control plane."""
        has_no_color = "NO_COLOR" in os.environ
        super().__init__(driver_class=ConsoleDriver, ansi_color=True if has_no_color else None)
        self.title = "dsqltui"
        self.register_theme(theme.DARK)
        self.register_theme(theme.TERMINAL)
        has_few_colors = self.console.color_system in (None, "standard")
        self.theme = theme.TERMINAL.name if has_no_color or has_few_colors else theme.DARK.name
        self._known = tuple(known)
        self._find = find
        self._found: tuple[StartEntry, ...] = ()
        self._shown: list[StartEntry | None] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours of ours that other themes do not define."""
        return theme.VARIABLES

    def compose(self) -> ComposeResult:
        """Title, the list, what is going on, the keys."""
        with Vertical(id="start"):
            yield Static(_("dsqltui: open a pair of Regional endpoints"), markup=False, id="start-title")
            yield StartList(markup=False, compact=True, id="start-list")
            yield Static(markup=False, id="start-note")
            yield Static(_("Enter opens both panes   R looks again   Esc leaves"), markup=False, id="start-foot")

    def on_mount(self) -> None:
        """Show what is known, look for the rest."""
        self._show()
        self.query_one(StartList).focus()
        self.action_look_again()

    def action_leave(self) -> None:
        """Nothing is opened."""
        self.exit(None)

    def action_look_again(self) -> None:
        """Ask the control plane."""
        self._note(_("looking for clusters in your Regions…"))
        start_worker(self, self._look(), group="look", exclusive=True)

    async def _look(self) -> None:
        found = await self._find()
        self._found = entries_of_found(found)
        self._show()
        lines = failure_lines(found)
        if not lines and not self._found:
            lines = (_("No clusters in your Regions (aws.regions of the settings)."),)
        self._note("\n".join(one_line(line, 400) for line in lines))

    def _note(self, text: str) -> None:
        note = self.query_one("#start-note", Static)
        note.display = bool(text)
        note.update(Content(text))

    def _show(self) -> None:
        """All entries under their headings; the cursor stays on its entry."""
        entries = (*self._known, *self._found)
        options = self.query_one(StartList)
        marked = self._marked()
        rows: list[Option] = []
        self._shown = []
        for index, entry in enumerate(entries):
            if index == 0 or entries[index - 1].origin is not entry.origin:
                rows.append(Option(Content(_(entry.origin.value)), disabled=True))
                self._shown.append(None)
            rows.append(Option(Content(entry_line(entry))))
            self._shown.append(entry)
        options.clear_options()
        options.add_options(rows)
        options.highlighted = self._shown.index(marked) if marked is not None and marked in self._shown else 1

    def _marked(self) -> StartEntry | None:
        index = self.query_one(StartList).highlighted
        return self._shown[index] if index is not None and index < len(self._shown) else None

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        entry = self._shown[event.option_index]
        if entry is None:
            return
        if entry.problem:
            self._note(entry.problem)
        else:
            self.exit(entry)


def entry_line(entry: StartEntry) -> str:
    """Title and detail in columns; those of ours in the person's language."""
    return f"  {padded(one_line(_(entry.title), _TITLE_WIDTH), _TITLE_WIDTH)}  {one_line(_(entry.detail), 120)}"
