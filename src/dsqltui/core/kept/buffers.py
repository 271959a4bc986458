"""The texts of both editors, as far as they outlive the console."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Buffer:
    """One editor."""

    text: str
    cursor: int
    """Character offset."""


@dataclass(frozen=True, slots=True)
class KeptText:
    """A text that is in no editor any more, or was in another console's, kept until the person takes it."""

    text: str
    origin: str
    """Where it was: `pane B, before the mirror`, `another console, pane A`."""
    saved_s: float
    """Unix time."""


@dataclass(frozen=True, slots=True)
class Buffers:
    """Both editors at one moment, and the texts that wait beside them."""

    saved_s: float
    """Unix time."""
    panes: Mapping[str, Buffer]
    """By letter."""
    active: str
    """The pane the person worked in."""
    others: tuple[KeptText, ...] = ()
    """The oldest first."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing worth bringing back."""
        return not self.others and not any(buffer.text.strip() for buffer in self.panes.values())

    @property
    def character_count(self) -> int:
        """Of all texts."""
        return sum(len(buffer.text) for buffer in self.panes.values()) + sum(len(one.text) for one in self.others)


def each_once(panes: Mapping[str, Buffer], texts: Iterable[KeptText]) -> tuple[KeptText, ...]:
    """The texts that say something and that no pane holds; of equal ones the first."""
    seen = {buffer.text.strip() for buffer in panes.values()} | {""}
    found = []
    for one in texts:
        if one.text.strip() not in seen:
            seen.add(one.text.strip())
            found.append(one)
    return tuple(found)


class BuffersUnavailable(Exception):
    """The texts cannot be kept or read. The message is one sentence."""


class BufferStore(Protocol):
    """Keeps the texts of this console, and has those of the one before."""

    def restore(self) -> Buffers | None:
        """What was kept last, with the texts of other consoles that are gone; None when there is nothing. Blocks.
        Raises BuffersUnavailable."""
        ...

    def keep(self, buffers: Buffers) -> None:
        """Have them written soon; of several the last one counts. Never waits, never raises."""
        ...

    def keep_now(self, buffers: Buffers) -> str:
        """Have them written before this returns; why that failed, empty when it did not. Blocks, for some seconds at
        most."""
        ...

    @property
    def trouble(self) -> str:
        """Why the last write failed: one sentence; empty when it did not."""
        ...

    def close(self) -> None:
        """Wait, for a while, until what is kept is written. Blocks."""
        ...
