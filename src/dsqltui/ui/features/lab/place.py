"""Where the lab panel stands: a column of a wide console, a band of a narrow one; and what it shows."""

from dataclasses import replace

from dsqltui.labs.text import Language, Text
from dsqltui.ui.extension.feature import Console
from dsqltui.ui.features.lab.panel import LabPanel
from dsqltui.ui.features.lab.text import LabView

_OPEN = "-open"
_NARROW = 100
"""Columns; below that the panel is a band under the panes."""


class LabPlace:
    """Both panels, of which one can be open."""

    def __init__(self, console: Console, language: Language) -> None:
        self.column, self.band = LabPanel(is_band=False), LabPanel(is_band=True)
        self.view = LabView(None, language)
        self.is_open = False
        self._console = console

    @property
    def panel(self) -> LabPanel:
        """The one for the console's width."""
        is_narrow = self.column.is_attached and self.column.screen.size.width < _NARROW
        return self.band if is_narrow else self.column

    @property
    def has_focus(self) -> bool:
        """Whether the person reads."""
        return self.panel.has_focus_within

    def focus(self) -> None:
        """Give it the keys: at once where it is shown, so that none typed meanwhile goes into the editor."""
        scroll = self.panel.scroll
        if scroll.focusable:
            scroll.screen.set_focus(scroll)
        else:
            scroll.focus()

    def open(self, is_open: bool = True) -> None:
        """Open it, or close it."""
        self.is_open = is_open
        self.arrange()

    def arrange(self) -> None:
        """Column or band, as the width is now; the focus moves along."""
        panel = self.panel
        other = self.band if panel is self.column else self.column
        had_focus = other.has_focus_within
        is_changed = panel.has_class(_OPEN) is not self.is_open or other.has_class(_OPEN)
        panel.set_class(self.is_open, _OPEN)
        other.remove_class(_OPEN)
        if is_changed:
            self._console.rearrange()
        panel.show(self.view)
        if had_focus and self.is_open:
            self.focus()

    def show(self, **changes: object) -> None:
        """Change what is shown: fields of LabView."""
        self.view = replace(self.view, **changes)  # type: ignore[arg-type]
        if self.is_open:
            self.panel.show(self.view)

    def tell(self, text: Text) -> None:
        """Say something; on the key line when the panel is closed."""
        self.show(told=text)
        if not self.is_open:
            self._console.tell(text.of(self.view.language))
