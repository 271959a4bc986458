"""Texts that left an editor, or were another console's: found by typing, the chosen one goes to the editor."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dsqltui.core.kept.buffers import KeptText
from dsqltui.core.language import N_, _
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.dialogs.picker import Picker
from dsqltui.ui.widgets.line_list import ListLine
from dsqltui.ui.words.wording import day_and_time


class KeptTextDialog(Picker):
    """Dismissed with the key of the chosen one."""

    title_text = N_("Kept texts")

    def __init__(self, texts: Mapping[str, KeptText]) -> None:
        super().__init__()
        self._texts = texts

    async def find(self, words: str) -> Sequence[ListLine]:
        """Those with every word, the newest first."""
        wanted = words.casefold().split()
        found = [(key, one) for key, one in self._texts.items() if _has(wanted, one)]
        return [_line(key, one) for key, one in reversed(found)]

    def preview(self, key: str | None) -> str:
        """The whole text."""
        if key is not None:
            return self._texts[key].text
        nothing = _("No saved texts. Texts replaced by the mirror, and those of other consoles, appear here.")
        return _("No match.") if self._texts else nothing

    def foot(self) -> str:
        """The keys."""
        return _("Enter: insert into editor   Esc")


def _has(words: Sequence[str], one: KeptText) -> bool:
    text = f"{one.origin} {one.text}".casefold()
    return all(word in text for word in words)


def _line(key: str, one: KeptText) -> ListLine:
    when = day_and_time(datetime.fromtimestamp(one.saved_s).astimezone())
    first = next((line for line in one.text.splitlines() if line.strip()), "")
    return ListLine(key, ((f"{one_line(first, 60)}  ", "text"), (f"{one.origin}, {when}", "quiet")))
