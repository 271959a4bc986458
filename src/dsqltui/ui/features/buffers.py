"""The editors' texts outlive the console: written soon after each change, back on the next start."""

import time
from collections.abc import Mapping
from datetime import datetime

from textual.timer import Timer
from textual.widgets import TextArea

from dsqltui.core.buffers import Buffer, Buffers, BuffersUnavailable
from dsqltui.core.secrets import hidden_told
from dsqltui.ui.background import in_daemon_thread
from dsqltui.ui.feature import Console, Feature, Reaction
from dsqltui.ui.widgets.editor import Editor

_QUIET_S = 1.0
"""Seconds without a change before a write."""
_LONGEST_S = 5.0
"""Seconds that a write may be put off while a person goes on typing."""
_SOONEST_S = 0.05


class BufferFeature(Feature):
    """Restores once, then keeps what the editors hold."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._editors: dict[str, Editor] = {}
        self._timer: Timer | None = None
        self._changed_s = 0.0
        """When the oldest change that is not kept was made, on the monotonic clock; 0 when there is none."""
        self._told_trouble = ""
        self._kept: Mapping[str, Buffer] = {}
        """What was handed over last."""

    def reactions(self) -> Mapping[type[object], Reaction]:
        """A text changed."""
        return {TextArea.Changed: self._text_changed}

    def started(self) -> None:
        """Bring back what was there."""
        if self.console.services.buffers is not None:
            self.console.spawn(self._restore(), group="buffers")

    async def close(self) -> None:
        """Write the last state, also after an internal error."""
        store = self.console.services.buffers
        if store is None:
            return
        now = self._now()
        if now.panes != self._kept:  # also what was typed just before the end, of which no message came yet
            store.keep(now)
        await in_daemon_thread(store.close)

    async def _restore(self) -> None:
        store = self.console.services.buffers
        assert store is not None
        try:
            kept = await in_daemon_thread(store.restore)
        except BuffersUnavailable as problem:
            self.console.tell(str(problem))
            kept = None
        if kept is not None and not kept.is_empty:
            self._bring_back(kept)
        self._editors = {letter: side.pane.editor for letter, side in self.console.sides.items()}
        if any(editor.text for editor in self._editors.values()):
            self._text_changed(None)

    def _bring_back(self, kept: Buffers) -> None:
        back = []
        for letter, side in self.console.sides.items():
            buffer = kept.panes.get(letter)
            editor = side.pane.editor
            if buffer is None or not buffer.text.strip():
                continue
            back.append(letter)
            if editor.text:  # the person was quicker: what was kept goes above
                cursor = editor.cursor_offset
                above = f"{buffer.text.rstrip()}\n\n"
                editor.replace(above, (0, 0), (0, 0))
                editor.go_to(len(above) + cursor)
            else:
                editor.load_text(buffer.text)
                editor.go_to(buffer.cursor)
        if back:
            when = f"{datetime.fromtimestamp(kept.saved_s).astimezone():%b %d %H:%M}"
            panes = " and ".join(back)
            hidden = hidden_told("\n".join(kept.panes[letter].text for letter in back))
            self.console.tell(f"The text of {when} is back in pane {panes}. Nothing was run. {hidden}".rstrip())

    def _text_changed(self, _message: TextArea.Changed | None) -> None:
        if not self._editors:
            return  # what was kept is not back yet, and must not be written over
        now = time.monotonic()
        self._changed_s = self._changed_s or now
        if self._timer is not None:
            self._timer.stop()
        rest = max(_SOONEST_S, self._changed_s + _LONGEST_S - now)  # a timer of 0 s is a division by it in Textual
        self._timer = self.console.app.set_timer(min(_QUIET_S, rest), self._keep)

    def _keep(self) -> None:
        store = self.console.services.buffers
        if store is None:
            return
        self._changed_s = 0.0
        now = self._now()
        self._kept = now.panes
        store.keep(now)
        if store.trouble != self._told_trouble:
            self._told_trouble = store.trouble
            if store.trouble:
                self.console.tell(store.trouble)

    def _now(self) -> Buffers:
        panes = {letter: Buffer(editor.text, editor.cursor_offset) for letter, editor in self._editors.items()}
        return Buffers(time.time(), panes, self.console.active.letter)
