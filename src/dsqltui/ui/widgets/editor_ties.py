"""Whom an editor tells of what happens in it, and whose text it holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from textual.widgets.text_area import Edit

if TYPE_CHECKING:
    from dsqltui.ui.widgets.editor import Editor


class Companion(Protocol):
    """Something beside the editor that may take keys before it, such as a list of completions."""

    def takes(self, key: str) -> bool:
        """Use the key; False leaves it to the editor."""
        ...

    def looked(self, editor: "Editor") -> None:
        """The text or the cursor changed in the editor a person works in."""
        ...


@dataclass(slots=True)
class OwnText:
    """The person's own text, while a lab has the editor."""

    text: str
    cursor: int
    """Character offset."""
    filled: str = ""
    """What the lab has put into the editor instead; anything else there is the person's again."""


class Twin(Protocol):
    """Is told of every change of an editor, at once; see `ui.panes.mirror`."""

    def join(self, winner: "Editor") -> None: ...

    def let_go(self) -> Callable[[], None]: ...

    def edited(self, editor: "Editor", edit: Edit) -> None: ...

    def undone(self, editor: "Editor", edits: Sequence[Edit]) -> None: ...

    def redone(self, editor: "Editor", edits: Sequence[Edit]) -> None: ...

    def loaded(self, editor: "Editor") -> None: ...

    def selected(self, editor: "Editor") -> None: ...
