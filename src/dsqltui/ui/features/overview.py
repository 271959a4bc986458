"""What there is: the palette with every action, the help with every key."""

from collections.abc import Mapping

from dsqltui.ui.dialogs.help import HelpDialog
from dsqltui.ui.extension.feature import ActionHandler, Feature
from dsqltui.ui.extension.palette import ConsolePalette
from dsqltui.ui.widgets.focused import focused_scopes


class Overview(Feature):
    """Two dialogs. It comes last, when there is all that they show."""

    def handlers(self) -> Mapping[str, ActionHandler]:
        """See keymap.ACTIONS."""
        return {"palette": self._palette, "help": self._help}

    def _palette(self) -> None:
        self.console.ask(ConsolePalette(self.console.do, self.console.offers()))

    def _help(self) -> None:
        self.console.ask(HelpDialog(focused_scopes(self.console.app.screen.focused)))
