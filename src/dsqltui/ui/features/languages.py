"""Japanese and English while the console runs: the switch, kept in the settings."""

from collections.abc import Mapping
from functools import partial

from dsqltui.core.language import ENGLISH, JAPANESE, _, language
from dsqltui.spoken import speak
from dsqltui.ui.extension.feature import ActionHandler, Feature
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.services import CannotSave


class LanguageFeature(Feature):
    """What is painted from now on is in the other language; a report that stands there keeps its words."""

    def handlers(self) -> Mapping[str, ActionHandler]:
        """The switch."""
        return {"language": self._switch}

    async def _switch(self) -> None:
        code = ENGLISH if language() == JAPANESE else JAPANESE
        await in_daemon_thread(partial(speak, code))
        self.console.repaint()
        save = self.console.services.save_setting
        if save is None:
            return
        try:
            await in_daemon_thread(partial(save, "console", "language", code))
        except CannotSave as problem:
            self.console.tell(_("Language set for this session; could not save it: {problem}").format(problem=problem))
        else:
            self.console.tell(_("Language: English; saved in the settings."))
