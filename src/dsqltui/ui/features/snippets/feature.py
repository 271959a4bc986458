"""Snippets: pieces of SQL kept as files; picked into the editor, saved from it, offered by the palette."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from dsqltui.core.language import N_, _
from dsqltui.core.scripts.snippets import Snippet, SnippetsUnavailable
from dsqltui.core.secrets import hidden_told
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.dialogs.line import AskLine
from dsqltui.ui.extension.feature import ActionHandler, Console, Feature, Offer
from dsqltui.ui.features.snippets.dialog import SnippetDialog
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.state.choice import choose

_NONE_HERE = N_("Snippets are off here.")


class SnippetFeature(Feature):
    """Remembers what the folder held when it was last looked at, for the palette."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._known: Sequence[Snippet] = ()

    def handlers(self) -> Mapping[str, ActionHandler]:
        """Pick and save."""
        return {"snippet_pick": self._pick, "snippet_save": self._save}

    def offers(self) -> Iterable[Offer]:
        """Each by its title."""
        return [
            Offer(_("Snippet: {title}").format(title=snippet.title), snippet.file, partial(self._insert, snippet))
            for snippet in self._known
            if not snippet.trouble
        ]

    def started(self) -> None:
        """Look into the folder, for the palette."""
        if self.console.services.snippets is not None:
            self.console.spawn(self._remember(), group="snippets-look")

    async def _remember(self) -> None:
        await self._look()

    async def _look(self) -> str:
        """Read the folder; why it cannot be read, or nothing."""
        snippets = self.console.services.snippets
        assert snippets is not None
        try:
            self._known = await in_daemon_thread(snippets.read)
        except SnippetsUnavailable as problem:
            self._known = ()
            return str(problem)
        return ""

    async def _pick(self) -> None:
        if self.console.services.snippets is None:
            self.console.tell(_(_NONE_HERE))
            return
        trouble = await self._look()
        by_file = {snippet.file: snippet for snippet in self._known}

        def chosen(file: str | None) -> None:
            if file is not None:
                self._insert(by_file[file])

        where = _("No snippets yet; {key} saves what is selected in the editor.").format(key=key_of("snippet_save"))
        self.console.ask(SnippetDialog(self._known, trouble, where), chosen)

    def _insert(self, snippet: Snippet) -> None:
        if snippet.trouble:
            self.console.tell(snippet.trouble)
        else:
            self.console.prefill(self.console.active.letter, snippet.sql)
            if hidden := hidden_told(snippet.sql):
                self.console.tell(hidden)

    def _save(self) -> None:
        if self.console.services.snippets is None:
            self.console.tell(_(_NONE_HERE))
            return
        editor = self.console.active.pane.editor
        start, end = choose(editor.text, editor.selected_range, editor.cursor_offset).range
        sql = editor.text[start:end].strip()
        if not sql:
            self.console.tell(_("Nothing to save: select some SQL, or put the cursor into a statement."))
            return

        def titled(title: str | None) -> None:
            if title and title.strip():
                self.console.spawn(self._write(title, sql), group="snippets-write")

        preview = "\n".join(one_line(line, 64) for line in sql.split("\n")[:6])
        self.console.ask(AskLine(_("Save as snippet"), preview, placeholder=_("Title")), titled)

    async def _write(self, title: str, sql: str) -> None:
        snippets = self.console.services.snippets
        assert snippets is not None
        try:
            kept = await in_daemon_thread(partial(snippets.save, title, sql))
        except SnippetsUnavailable as problem:
            self.console.tell(str(problem))
            return
        await self._look()
        told = _("Saved as {file}; open with {key}. {hidden_told}").format(
            file=kept.file, key=key_of("snippet_pick"), hidden_told=hidden_told(kept.sql)
        )
        self.console.tell(told.rstrip())
