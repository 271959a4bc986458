"""The leader: Ctrl+G and letters lead to every action, in every terminal."""

from collections.abc import Iterable, Mapping

from textual.widget import Widget

from dsqltui.core.safetext import one_line
from dsqltui.ui.feature import Console, Deed, Feature
from dsqltui.ui.keymap import Scope, action_of, actions
from dsqltui.ui.leader_tree import LeaderTree
from dsqltui.ui.user_keys import key_of, keys_of, short_key_of
from dsqltui.ui.widgets.leader_box import LeaderBox


class LeaderFeature(Feature):
    """Opens the box and does what was chosen."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._box = LeaderBox(
            LeaderTree(actions(Scope.CONSOLE)),
            keys=keys_of(action_of("leader")),
            title=short_key_of("leader"),
            chosen=console.do,
            lost=self._lost,
        )

    def deeds(self) -> Mapping[str, Deed]:
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
        self.console.tell(f"{key} {one_line(' '.join(path))} leads nowhere; {key} shows where letters lead.")
