"""Terminal input made harmless before Textual makes events of it: pastes, odd bytes, impossible reports."""

from collections.abc import Iterable, Iterator

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from dsqltui.core.text.paste import PasteFilter

_LARGEST = 2_000
"""Columns or rows of a terminal; a report of more is none."""
_LONGEST_SEQUENCE = 40
"""Characters; Textual gives up a little earlier."""


class PasteSafeParser(XTermParser):
    """Textual's parser, which takes an escape inside a bracketed paste for the beginning of a key, and which some
    reports (a key or a size out of range) end."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._paste = PasteFilter()

    def feed(self, data: str) -> Iterable[Message]:
        """Events of a piece of input; an empty piece is the end of it."""
        clean = self._paste.clean(data)
        if data and not clean:
            return
        if not clean:
            yield from super().feed("")
            return
        yield from self._sound(self._fed(clean))

    def tick(self) -> Iterable[Message]:
        """Events of a sequence that nothing follows."""
        yield from self._sound(super().tick())

    def _fed(self, clean: str) -> Iterator[Message]:
        """What the parser cannot make sense of is dropped, and it begins anew behind that."""
        for piece in _pieces(clean):
            try:
                yield from super().feed(piece)
            except (ValueError, OverflowError, ZeroDivisionError, StopIteration, RuntimeError):
                self._begin_anew()

    def _begin_anew(self) -> None:
        paste, size, pixels = self._paste, self.terminal_size, self.terminal_pixel_size
        self.__init__()  # type: ignore[misc]  # there is no other way back to the state of a new one
        self._paste, self.terminal_size, self.terminal_pixel_size = paste, size, pixels

    @staticmethod
    def _sound(found: Iterable[Message]) -> Iterator[Message]:
        for event in found:
            if isinstance(event, events.Resize) and not _is_possible(event):
                continue
            if isinstance(event, events.Key) and _is_half(event.character):
                continue
            yield event


def _pieces(text: str) -> Iterator[str]:
    """What may be a sequence character by character, the rest as it is."""
    at = 0
    while at < len(text):
        end = text.find("\x1b", at + 1)
        end = len(text) if end < 0 else end
        if text[at] == "\x1b":
            begun = min(at + _LONGEST_SEQUENCE, end)
            yield from text[at:begun]
            at = begun
        if at < end:
            yield text[at:end]
            at = end


def _is_possible(event: events.Resize) -> bool:
    sizes = (event.size, event.pixel_size)
    return all(size is None or (size.width > 0 and size.height > 0) for size in sizes) and (
        event.size.width <= _LARGEST and event.size.height <= _LARGEST
    )


def _is_half(character: str | None) -> bool:
    """Half a character (a lone surrogate), which no text can hold."""
    return character is not None and any(0xD800 <= ord(one) <= 0xDFFF for one in character)
