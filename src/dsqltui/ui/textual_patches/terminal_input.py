"""Terminal input made harmless before Textual makes events of it: pastes, odd bytes, impossible reports; and what an
input method has composed, which comes in one piece: `日n本` holds no n that anybody has pressed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from dsqltui.core.text.paste import PasteFilter

_LARGEST = 2_000
"""Columns or rows of a terminal; a report of more is none."""
_LONGEST_SEQUENCE = 40
"""Characters; Textual gives up a little earlier."""
_RUN = re.compile(r"[^\x00-\x1f\x7f]+")
COMPOSED = "composed"
"""The key of a letter that came amid composed text."""


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
        composed = [run.span() for run in _RUN.finditer(clean) if len(run[0]) > 1 and not run[0].isascii()]
        at = 0
        for piece in _pieces(clean, [place for span in composed for place in span]):
            is_composed = any(start <= at < end for start, end in composed)
            at += len(piece)
            try:
                for event in super().feed(piece):
                    yield _as_text(event) if is_composed else event
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


def _as_text(event: Message) -> Message:
    """A letter amid what an input method has composed is text for who takes text, and no key of anybody."""
    if isinstance(event, events.Key) and event.is_printable:
        return events.Key(COMPOSED, event.character)
    return event


def _pieces(text: str, cuts: Sequence[int] = ()) -> Iterator[str]:
    """What may be a sequence character by character, the rest as it is, cut where it is said."""
    at = 0
    while at < len(text):
        end = min((place for place in (text.find("\x1b", at + 1), *cuts) if place > at), default=len(text))
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
