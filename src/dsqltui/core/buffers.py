"""The texts of both editors, as far as they outlive the console."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Buffer:
    """One editor."""

    text: str
    cursor: int
    """Character offset."""


@dataclass(frozen=True, slots=True)
class Buffers:
    """Both editors at one moment."""

    saved_s: float
    """Unix time."""
    panes: Mapping[str, Buffer]
    """By letter."""
    active: str
    """The pane the person worked in."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing worth bringing back."""
        return not any(buffer.text.strip() for buffer in self.panes.values())


class BuffersUnavailable(Exception):
    """The texts cannot be kept or read. The message is one sentence."""


class BufferStore(Protocol):
    """Keeps the texts of this console, and has those of the one before."""

    def restore(self) -> Buffers | None:
        """What was kept last; None when there is nothing. Blocks. Raises BuffersUnavailable."""
        ...

    def keep(self, buffers: Buffers) -> None:
        """Have them written soon; of several the last one counts. Never waits, never raises."""
        ...

    @property
    def trouble(self) -> str:
        """Why the last write failed: one sentence; empty when it did not."""
        ...

    def close(self) -> None:
        """Wait, for a while, until what is kept is written. Blocks."""
        ...
