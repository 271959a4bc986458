"""Completion while typing: a list beside the cursor. Unless entered it takes no key but Tab, Shift+Tab and Esc."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from rich.cells import cell_len
from textual.geometry import Offset
from textual.widget import Widget

from dsqltui.core.completion import Candidate, Completion, Sort, complete, word_before
from dsqltui.core.language import _
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.runner.events import ConnectionChanged, StatementFinished
from dsqltui.store.paths import paths_beginning_with
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Reaction
from dsqltui.ui.features.completion.candidates import CompletionList
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.catalog_watch import CatalogWatch
from dsqltui.ui.state.messages import PaneActivated
from dsqltui.ui.widgets.editor import Editor

_SHORTEST = 2
"""Letters of a word before the list comes by itself."""
_READ_BEFORE, _READ_BEHIND, _READ_WHEN_ASKED = 5_000, 2_000, 20_000
"""Characters around the cursor, at each key and when the list is asked for."""
_LONGEST_TEXT = 5_000_000
"""Characters; in longer texts the list comes only when asked for."""


class CompletionFeature(Feature):
    """Each editor's companion."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._list = CompletionList()
        self._watch = CatalogWatch(console.observers)
        self._is_reading = False
        self._is_asked = False
        """Whether the list that is wanted now was asked for, and did not come by itself."""
        self._completion: Completion | None = None
        self._editor: Editor | None = None
        self._seen = (0, 0)
        """Revision and cursor of the editor when it was last looked at."""
        self._looked_at = (0, 0)
        """The same, when candidates were last looked for."""
        self._dismissed: int | None = None
        """Where the word begins for which the list was closed with Esc."""
        self._keys: dict[str, Callable[[], object]] = {
            "down": partial(self._list.move, 1),
            "up": partial(self._list.move, -1),
            "pagedown": partial(self._list.move, 5),
            "pageup": partial(self._list.move, -5),
            "enter": self._accept,
        }

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Completion on demand."""
        return {"complete": self._ask}

    def reactions(self) -> Mapping[type[object], Reaction]:
        """What makes the catalog old, and what ends a list."""
        return {StatementFinished: self._watch.saw, ConnectionChanged: self._link_changed, PaneActivated: self._left}

    def below(self) -> Iterable[Widget]:
        """The list, which stands over everything."""
        return (self._list,)

    def started(self) -> None:
        """Stand beside both editors."""
        for side in self.console.sides.values():
            side.pane.editor.companion = self

    # -- what the editors tell (ui.widgets.editor.Companion) -----------------------------------------------------------

    def takes(self, key: str) -> bool:
        """Tab and Shift+Tab and Esc of a list that is seen; arrows and Enter only when it was entered."""
        if not self._list.is_open:
            return False
        if key == "tab":
            self._accept()
        elif key == "shift+tab":
            self._list.move(1)
        elif key == "escape":
            self._dismissed = self._completion.start if self._completion else None
            self._list.close()
        elif self._list.is_entered and key in self._keys:
            self._keys[key]()
        else:
            return False
        return True

    def looked(self, editor: Editor) -> None:
        """The text or the cursor changed. The list follows when the letter is painted: a burst is never completed."""
        self._is_asked = False
        before, self._seen = self._seen, (editor.revision, editor.cursor_offset)
        is_typed = editor is self._editor and self._seen == (before[0] + 1, before[1] + 1)
        self._editor = editor
        is_edited = self._seen[0] != before[0]
        if is_typed or (self._list.is_open and is_edited):
            if self.console.services.settings.editor.completion:
                editor.call_after_refresh(self._refresh, editor, self._seen)
        elif self._list.is_open:
            self._list.close()

    # -- the list ------------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Show the list here, whatever the word, and go into it."""
        self._dismissed = None
        editor = self.console.active.pane.editor
        self._editor, self._seen = editor, (editor.revision, editor.cursor_offset)
        self._is_asked = True
        self._look(editor, is_asked=True)
        if self._list.is_open:
            self._list.move(0)
        elif self._watch.trouble:
            self.console.tell(self._watch.trouble)
        elif not self._is_reading:
            self.console.tell(_("Nothing to complete here."))

    def _refresh(self, editor: Editor, seen: tuple[int, int]) -> None:
        if seen == self._seen and editor.has_focus:
            self._look(editor, is_asked=False)

    def _look(self, editor: Editor, *, is_asked: bool) -> None:
        self._looked_at = self._seen
        self._read_catalog()
        text, cursor = editor.text, editor.cursor_offset
        if len(text) > _LONGEST_TEXT and not is_asked:
            return
        word = word_before(text, cursor)
        if not is_asked and word is not None and cursor - word < _SHORTEST and text[word - 1 : word] != ".":
            self._dismissed = self._dismissed if self._dismissed == word else None
            self._show(editor, None)
            return
        anchor = editor.statement_anchor
        if cursor - anchor > _READ_BEFORE and not is_asked:
            return
        behind = _READ_WHEN_ASKED if is_asked else _READ_BEHIND
        found = complete(text[: cursor + behind], cursor, self._watch.catalog, anchor)
        if found is not None and found.path is not None:
            self.console.spawn(self._list_files(editor, found, self._seen), group="complete-path")
            return
        self._show(
            editor, found if found and (is_asked or self._is_wanted(text[found.start : cursor], found)) else None
        )

    def _is_wanted(self, word: str, found: Completion) -> bool:
        if found.start == self._dismissed or not found.candidates:
            return False
        self._dismissed = None
        is_complete = found.candidates[0].text.lower() == word.lower()
        return not is_complete and (len(word) >= _SHORTEST or found.is_qualified or word == "\\")

    async def _list_files(self, editor: Editor, found: Completion, seen: tuple[int, int]) -> None:
        path = found.path or ""
        paths = await in_daemon_thread(lambda: paths_beginning_with(path.lstrip("'")))
        if seen == self._seen and found.start != self._dismissed:
            files = tuple(Candidate(one, Sort.FILE) for one in paths if one != path)
            self._show(editor, Completion(found.start, files, path=path))

    def _show(self, editor: Editor, found: Completion | None) -> None:
        self._completion = found
        if found is None or not found.candidates:
            self._list.close()
            return
        word = editor.text[found.start : editor.cursor_offset]
        self._list.show(found.candidates, editor.cursor_screen_offset - Offset(cell_len(word) + 1, 0))

    def _accept(self) -> None:
        found, editor = self._completion, self._editor
        if found is None or editor is None:
            return
        text = self._list.taken.text
        if found.path is not None and (" " in text or "'" in text):
            text = "'" + text.replace("'", "''") + "'"
        self._list.close()
        editor.replace_range(text, found.start, editor.cursor_offset)
        if text.endswith((".", "/")):
            self._look(editor, is_asked=True)

    # -- the catalog ---------------------------------------------------------------------------------------------------

    def _link_changed(self, message: ConnectionChanged) -> None:
        if message.link is ConnectionStatus.CONNECTED:
            self._watch.forget()

    def _left(self, _unused: PaneActivated) -> None:
        self._list.close()

    def _read_catalog(self) -> None:
        if self._watch.is_stale and not self._is_reading:
            self._is_reading = True
            self.console.spawn(self._reading(), group="complete-catalog")

    async def _reading(self) -> None:
        """Read it, and list again what the old one gave."""
        try:
            await self._watch.read(self.console.active.letter)
        finally:
            self._is_reading = False
        if self._editor is not None and self._looked_at == self._seen:
            self._look(self._editor, is_asked=self._is_asked)
