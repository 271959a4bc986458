"""Colours: a theme is chosen from a list or the palette, and kept in the settings."""

import os
from collections.abc import Iterable, Mapping
from functools import partial

from dsqltui.core.language import _
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Offer
from dsqltui.ui.features.themes.dialog import ThemeDialog
from dsqltui.ui.state import theme
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.services import CannotSave


class ThemeFeature(Feature):
    """Knows the name that was chosen last."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._name = console.services.settings.console.theme

    def handlers(self) -> Mapping[str, ActionHandler]:
        """The list."""
        return {"change_theme": self._open}

    def offers(self) -> Iterable[Offer]:
        """Each by its name."""
        return [
            Offer(_("Theme: {name}").format(name=name), _(text), partial(self._use, name))
            for name, text in theme.DESCRIPTIONS.items()
        ]

    def _open(self) -> None:
        def chosen(name: str | None) -> None:
            if name is not None:
                self._use(name)

        self.console.ask(ThemeDialog(self._name), chosen)

    def _use(self, name: str) -> None:
        if "NO_COLOR" in os.environ:
            self.console.tell(_("NO_COLOR is set, so there are no themes to choose. Start dsqltui without it."))
            return
        self._name = name
        app = self.console.app
        has_few_colors = app.console.color_system in (None, "standard")
        app.theme = theme.named(name, has_few_colors=has_few_colors).name
        save = self.console.services.save_setting
        if save is not None:
            self.console.spawn(self._keep(partial(save, "console", "theme", name)), group="theme")

    async def _keep(self, save: partial[object]) -> None:
        try:
            await in_daemon_thread(save)
        except CannotSave as problem:
            self.console.tell(_("Theme set for this session; could not save it: {problem}").format(problem=problem))
        else:
            self.console.tell(_("Theme: {name}; saved in the settings.").format(name=self._name))
