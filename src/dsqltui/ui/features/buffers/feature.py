"""The editors' texts outlive the console: written soon after each change, back on the next start.

Beside them wait the texts that left an editor (the mirror shows one text for two) or were another console's; each is
on disk before it leaves, and goes into an editor again when the person picks it.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial

from textual.timer import Timer
from textual.widgets import TextArea

from dsqltui.core.kept.buffers import Buffer, Buffers, BuffersUnavailable, KeptText, each_once
from dsqltui.core.language import _, counted, ngettext
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Offer, Reaction
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.messages import TextLeaving
from dsqltui.ui.widgets.editor import Editor
from dsqltui.ui.widgets.editor_ties import OwnText
from dsqltui.ui.words.wording import day_and_time

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
        """Found at the start: at the end of an app that failed nothing can be looked up any more."""
        self.is_restored = False
        """Whether what was kept is back: before that it must not be written over."""
        self._restoring = asyncio.Lock()
        self._timer: Timer | None = None
        self._changed_s = 0.0
        """When the oldest change that is not kept was made, on the monotonic clock; 0 when there is none."""
        self._last_changed_s = 0.0
        self._told_trouble = ""
        self._others: tuple[KeptText, ...] = ()
        """Texts that wait to be picked, the oldest first."""
        self._kept: object = None
        """What was handed over last, said by the editors' revisions: a text may be long."""

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Pick a kept text."""
        return {"kept_texts": self._pick, "clear_text": self._clear}

    def offers(self) -> Iterable[Offer]:
        """Each kept text."""
        return [
            Offer(
                _("Kept text: {title}").format(title=_title(one)),
                f"{one.origin}, {_when(one.saved_s)}",
                partial(self._take, one),
            )
            for one in self._others
        ]

    def reactions(self) -> Mapping[type[object], Reaction]:
        """A text changed, or is about to leave its editor."""
        return {TextArea.Changed: self._text_changed, TextLeaving: self._text_leaving}

    def started(self) -> None:
        """Bring back what was there."""
        self._editors = {letter: side.pane.editor for letter, side in self.console.sides.items()}
        if self.console.services.buffers is not None:
            self.console.spawn(self._begin(), group="buffers")
        else:
            self._put_start_text()

    async def close(self) -> None:
        """Write the last state, also after an internal error, and also when the console ends before it began."""
        store = self.console.services.buffers
        if store is None:
            return
        if not self.is_restored and any(_own_of(editor).text.strip() for editor in self._editors.values()):
            await self._restore()
        if self.is_restored and self._said() != self._kept:  # of the last change no message came yet
            store.keep(self._now())
        await in_daemon_thread(store.close)

    # -- back from the last time ---------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        await self._restore()
        self._put_start_text()

    def _put_start_text(self) -> None:
        text = self.console.services.start_text
        own = self._editors["A"].own
        if text and own is not None:
            _put_above(own, text)
        elif text:
            self.console.prefill("A", text)

    async def _restore(self) -> None:
        async with self._restoring:
            if not self.is_restored:
                await self._restore_once()

    async def _restore_once(self) -> None:
        store = self.console.services.buffers
        assert store is not None
        try:
            kept = await in_daemon_thread(store.restore)
        except BuffersUnavailable as problem:
            self.console.tell(str(problem))
            kept = None
        if kept is not None and not kept.is_empty:
            self._bring_back(kept)
        self.is_restored = True
        if self._others or any(_own_of(editor).text for editor in self._editors.values()):
            self._text_changed(None)

    def _bring_back(self, kept: Buffers) -> None:
        back = []
        for letter, editor in self._editors.items():
            buffer = kept.panes.get(letter)
            if buffer is None or not buffer.text.strip():
                continue
            back.append(letter)
            if editor.own is not None:  # a lab was begun meanwhile
                _put_above(editor.own, buffer.text)
            elif editor.text:  # the person was quicker: what was kept goes above
                cursor = editor.cursor_offset
                above = f"{buffer.text.rstrip()}\n\n"
                editor.replace(above, (0, 0), (0, 0))
                editor.go_to(len(above) + cursor)
            else:
                editor.load_text(f"{buffer.text.rstrip()}\n")
                editor.go_to(len(editor.text))  # what the person types now is theirs, and below
        self._others = each_once(kept.panes, (*self._others, *kept.others))
        told = []
        if back:
            panes = ngettext("pane {back}", "panes {back}", len(back)).format(back=_(" and ").join(back))
            words = (
                _("Restored {panes} ({when}). {key} clears.")  # with what waits on one line of 80 columns
                if self._others
                else _("Restored {panes} ({when}); nothing was run. {key} clears.")
            )
            told.append(words.format(panes=panes, when=_when(kept.saved_s), key=key_of("clear_text")))
            from dsqltui.core.secrets import hidden_told  # rarely asked for

            told.append(hidden_told("\n".join(kept.panes[letter].text for letter in back)))
        if self._others:
            count = len(self._others)
            others = (
                _("{count} more: {key}.")
                if back
                else ngettext("{count} other text waits: {key}.", "{count} other texts wait: {key}.", count)
            )
            told.append(others.format(count=count, key=key_of("kept_texts")))
        if any(told):
            self.console.tell(" ".join(filter(None, told)))

    def _clear(self) -> None:
        """An empty editor; what was in it waits with the kept texts, and undo brings it back."""
        side = self.console.active
        editor = side.pane.editor
        if not editor.text.strip():
            self.console.tell(_("The editor is empty."))
            return
        if editor.own is not None:  # a lab's text
            editor.replace_range("", 0, len(editor.text))
            self.console.tell(_("Cleared; undo brings it back."))
            return

        text = editor.text
        editor.replace_range("", 0, len(text))  # at once: what is typed next is not of it

        def done(trouble: str) -> None:
            told = (
                _("Cleared; undo brings it back. {trouble}") if trouble else _("Cleared; undo or {key} brings it back.")
            )
            self.console.tell(told.format(trouble=trouble, key=key_of("kept_texts")))

        self._text_leaving(TextLeaving(text, _("pane {letter}, cleared").format(letter=side.letter), done))

    # -- texts that wait -----------------------------------------------------------------------------------------------

    def _text_leaving(self, message: TextLeaving) -> None:
        self.console.spawn(self._keep_aside(message), group=f"keep-{message.origin}")

    async def _keep_aside(self, message: TextLeaving) -> None:
        """On disk before it leaves; tells why not."""
        store = self.console.services.buffers
        if store is None:
            message.done(_("Texts are not kept: editor.keep_texts is off."))
            return
        left = KeptText(message.text, message.origin, time.time())
        self._others = each_once({}, (*(one for one in self._others if one.text != left.text), left))
        if not self.is_restored:
            await self._restore()
        now = self._now(with_leaving=True)
        self._kept = self._said()
        message.done(await in_daemon_thread(partial(store.keep_now, now)))

    def _pick(self) -> None:
        """One of them into the editor."""
        from dsqltui.ui.features.buffers.dialog import KeptTextDialog

        by_key = {str(number): one for number, one in enumerate(self._others)}

        def chosen(key: str | None) -> None:
            if key is not None:
                self._take(by_key[key])

        self.console.ask(KeptTextDialog(by_key), chosen)

    def _take(self, one: KeptText) -> None:
        """Into the active editor, below what is there; it waits no longer when it is kept with the editor now."""
        self.console.prefill(self.console.active.letter, one.text)
        if self.console.active.pane.editor.own is None:  # a lab's text is not kept
            self._others = tuple(other for other in self._others if other is not one)
        self._text_changed(None)
        from dsqltui.core.secrets import hidden_told  # rarely asked for

        hidden = hidden_told(one.text)
        self.console.tell(
            _("{lines} of {origin}. Nothing was run. {hidden}")
            .format(lines=counted(len(one.text.splitlines()), "line"), origin=one.origin, hidden=hidden)
            .rstrip()
        )

    # -- keeping -------------------------------------------------------------------------------------------------------

    def _text_changed(self, _message: TextArea.Changed | None) -> None:
        if not self.is_restored:
            return  # what was kept is not back yet, and must not be written over
        now = time.monotonic()
        self._changed_s = self._changed_s or now
        self._last_changed_s = now
        if self._timer is None:  # one for many keys: each is a task
            self._timer = self.console.app.set_timer(_QUIET_S, self._keep_when_quiet)

    def _keep_when_quiet(self) -> None:
        self._timer = None
        if not self._changed_s:
            return
        rest = min(self._last_changed_s + _QUIET_S, self._changed_s + _LONGEST_S) - time.monotonic()
        if rest > _SOONEST_S:  # a timer of 0 s is a division by it in Textual
            self._timer = self.console.app.set_timer(rest, self._keep_when_quiet)
        else:
            self._keep()

    def _keep(self) -> None:
        store = self.console.services.buffers
        if store is None:
            return
        self._changed_s = 0.0
        self._kept = self._said()
        store.keep(self._now())
        if store.trouble != self._told_trouble:
            self._told_trouble = store.trouble
            if store.trouble:
                self.console.tell(store.trouble)

    def _said(self) -> object:
        """Short for all that would be written."""
        editors = self._editors.items()
        return tuple((letter, editor.revision, editor.cursor_offset) for letter, editor in editors), self._others

    def _now(self, *, with_leaving: bool = False) -> Buffers:
        """`with_leaving`: also texts that editors still hold, because they are about to leave."""
        now_s = time.time()
        panes = {letter: _own_of(editor) for letter, editor in self._editors.items()}
        others = self._others if with_leaving else each_once(panes, self._others)
        in_lab = [
            KeptText(editor.text, _("pane {letter}, in a lab").format(letter=letter), now_s)
            for letter, editor in self._editors.items()
            if editor.own is not None and editor.text.strip() != editor.own.filled.strip()
        ]
        if in_lab:  # what a student has written there is the student's
            others = each_once({} if with_leaving else panes, (*others, *in_lab))
        return Buffers(now_s, panes, self.console.active.letter, others)


def _own_of(editor: Editor) -> Buffer:
    """What the person has in that editor, also while a lab has it."""
    own = editor.own
    return Buffer(own.text, own.cursor) if own is not None else Buffer(editor.text, editor.cursor_offset)


def _put_above(own: OwnText, text: str) -> None:
    """A text that came back after a lab was begun: above what the person has, with the cursor below it."""
    above = f"{text.rstrip()}\n\n" if own.text else f"{text.rstrip()}\n"
    own.text, own.cursor = above + own.text, len(above) + own.cursor


def _title(one: KeptText) -> str:
    return one_line(next((line for line in one.text.splitlines() if line.strip()), ""), 60)


def _when(saved_s: float) -> str:
    return day_and_time(datetime.fromtimestamp(saved_s).astimezone())
