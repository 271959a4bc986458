"""The snippets: found by typing, the chosen one goes to the editor."""

from collections.abc import Sequence

from dsqltui.core.language import N_, _
from dsqltui.core.scripts.snippets import Snippet
from dsqltui.ui.dialogs.picker import Picker
from dsqltui.ui.widgets.line_list import ListLine


class SnippetDialog(Picker):
    """Dismissed with the file name of the chosen one."""

    title_text = N_("Snippets")

    def __init__(self, snippets: Sequence[Snippet], trouble: str, folder_words: str) -> None:
        """`trouble` says why there are none to be read, `folder_words` where they are kept."""
        super().__init__()
        self._snippets = {snippet.file: snippet for snippet in snippets}
        self._trouble, self._folder_words = trouble, folder_words

    async def find(self, words: str) -> Sequence[ListLine]:
        """Those with every word in title, file name or SQL."""
        return [_line(snippet) for snippet in self._snippets.values() if _has(words.casefold().split(), snippet)]

    def preview(self, key: str | None) -> str:
        """The SQL."""
        if key is None:
            return self._trouble or (_("No match.") if self._snippets else self._folder_words)
        snippet = self._snippets[key]
        return snippet.trouble or snippet.sql

    def foot(self) -> str:
        """The keys."""
        return _("Enter: insert into editor   Esc")


def _has(words: Sequence[str], snippet: Snippet) -> bool:
    text = f"{snippet.title} {snippet.file} {snippet.sql}".casefold()
    return all(word in text for word in words)


def _line(snippet: Snippet) -> ListLine:
    sign = (("✗ ", "failed"),) if snippet.trouble else ()
    return ListLine(snippet.file, (*sign, (f"{snippet.title}  ", "text"), (snippet.file, "quiet")))
