"""The panes synchronised: independent, a run in both, or one text in both editors."""

import asyncio
from collections.abc import Mapping
from functools import partial

from dsqltui.core.language import _
from dsqltui.ui.dialogs.whose_text import WhoseText
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.panes.mirror import Mirror
from dsqltui.ui.state.messages import TextLeaving
from dsqltui.ui.state.sync_mode import SyncMode


class SyncFeature(Feature):
    """Goes from mode to mode."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        first, second = (side.pane for side in console.sides.values())
        self._panes = (first, second)
        self._mirror: Mirror | None = None

    def handlers(self) -> Mapping[str, ActionHandler]:
        """The one action."""
        return {"sync_mode": self._go_on}

    def _go_on(self) -> None:
        following = self.console.sync_mode.next
        if following is not SyncMode.MIRROR:
            self._change(following)
            return
        first, second = (pane.editor for pane in self._panes)
        if first.text == second.text or not second.text.strip():
            self._join(self.console.active.letter if first.text == second.text else "A")
        elif not first.text.strip():
            self._join("B")
        else:
            self.console.ask(WhoseText(first.text, second.text), self._answered)

    def _answered(self, letter: str | None) -> None:
        if letter is None:
            self._change(SyncMode.INDEPENDENT)
        else:
            self.console.spawn(self._keep_and_join(letter), group="do-sync_mode")

    async def _keep_and_join(self, letter: str) -> None:
        """The other pane's text is on disk before the mirror takes its place."""
        other = next(side for side in self.console.sides.values() if side.letter != letter)
        editor, kept, trouble = other.pane.editor, "", ""
        while editor.text != kept and not trouble:  # the person may go on typing meanwhile
            kept = editor.text
            done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            origin = _("pane {letter}, before the mirror").format(letter=other.letter)
            other.pane.post_message(TextLeaving(kept, origin, partial(_answer, done)))
            trouble = await done
        self._join(letter)
        key = key_of("kept_texts")
        where = (
            _("Until the console ends, undo brings {letter}'s text back. {trouble}").format(
                letter=other.letter, trouble=trouble
            )
            if trouble
            else ""
        )
        self.console.tell(
            _("{sentence} {where}").format(
                sentence=SyncMode.MIRROR.sentence,
                where=where or _("Text of {letter} is kept: {key}.").format(letter=other.letter, key=key),
            )
        )

    def _join(self, letter: str) -> None:
        if self._mirror is None:
            self._mirror = Mirror(*(pane.editor for pane in self._panes))
        self._mirror.join(self.console.sides[letter].pane.editor)
        self._change(SyncMode.MIRROR)

    def _change(self, mode: SyncMode) -> None:
        if mode is not SyncMode.MIRROR and self._mirror is not None:
            self._mirror.part()
        self.console.sync_mode = mode
        self.console.tell(mode.sentence)


def _answer(done: "asyncio.Future[str]", trouble: str) -> None:
    if not done.done():
        done.set_result(trouble)
