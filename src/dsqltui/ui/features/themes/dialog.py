"""The themes to choose from."""

from collections.abc import Sequence

from dsqltui.core.language import N_, _
from dsqltui.ui.dialogs.picker import Picker
from dsqltui.ui.state import theme
from dsqltui.ui.widgets.line_list import ListLine


class ThemeDialog(Picker):
    """Dismissed with the name of a theme."""

    title_text = N_("Colours")

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current = current

    async def find(self, words: str) -> Sequence[ListLine]:
        """The one that holds now is marked."""
        wanted = words.casefold().split()
        names = sorted(theme.DESCRIPTIONS, key=lambda name: not all(word in name for word in wanted))  # names first
        return [
            ListLine(
                name, (("● " if name == self._current else "  ", "good"), (f"{name:<15}", "text"), (_(text), "quiet"))
            )
            for name in names
            if (text := theme.DESCRIPTIONS[name]) and all(word in f"{name} {_(text)}".casefold() for word in wanted)
        ]

    def preview(self, key: str | None) -> str:
        """What changes."""
        return f'[console]\ntheme = "{key}"' if key else _("No such theme.")

    def foot(self) -> str:
        """The keys."""
        return _("Enter: use and save   Esc")
