"""Terminal input with pasted escape sequences made harmless, before Textual makes keys of them."""

from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

from dsqltui.core.paste import PasteFilter


class PasteSafeParser(XTermParser):
    """Textual's parser takes an escape inside a bracketed paste for the beginning of a key."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._paste = PasteFilter()

    def feed(self, data: str) -> Iterable[Message]:
        """Events of a piece of input; an empty piece is the end of it."""
        clean = self._paste.clean(data)
        return super().feed(clean) if clean or not data else ()


def guard_pastes() -> None:
    """Let Textual's driver use that parser. `XTermParser` is private to Textual 8.2; a test in a terminal holds it."""
    linux_driver.XTermParser = PasteSafeParser  # type: ignore[attr-defined]
