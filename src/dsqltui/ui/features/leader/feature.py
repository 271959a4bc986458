"""The leader: Ctrl+G and letters lead to every action, in every terminal."""

from collections.abc import Iterable, Mapping
from functools import partial

from textual.widget import Widget

from dsqltui.core.language import _
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature
from dsqltui.ui.features.leader.box import LeaderBox
from dsqltui.ui.features.leader.working import works
from dsqltui.ui.keys.keymap import KeyScope, action_of, actions
from dsqltui.ui.keys.leader_tree import LeaderTree
from dsqltui.ui.keys.user_keys import key_of, keys_of, short_key_of


class LeaderFeature(Feature):
    """Opens the box and does what was chosen."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._box = LeaderBox(
            LeaderTree(actions(KeyScope.CONSOLE)),
            keys=keys_of(action_of("leader")),
            title=short_key_of("leader"),
            chosen=console.do,
            lost=self._lost,
            works=partial(works, console),
        )

    def handlers(self) -> Mapping[str, ActionHandler]:
        """The key opens it; once more closes it."""
        return {"leader": self._toggle}

    def below(self) -> Iterable[Widget]:
        """It floats over the corner; where it is composed does not matter."""
        return (self._box,)

    def _toggle(self) -> None:
        if self._box.is_open:
            self._box.close()
        else:
            self._box.open()

    def _lost(self, path: str) -> None:
        key = key_of("leader")
        self.console.tell(
            _("No command on {key} {path}; {key} lists them.").format(key=key, path=one_line(" ".join(path)))
        )
