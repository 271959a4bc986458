"""Whom an editor tells of what happens in it."""

from collections.abc import Sequence
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


class Twin(Protocol):
    """Is told of every change of an editor, at once; see `ui.panes.mirror`."""

    def edited(self, editor: "Editor", edit: Edit) -> None: ...

    def undone(self, editor: "Editor", edits: Sequence[Edit]) -> None: ...

    def redone(self, editor: "Editor", edits: Sequence[Edit]) -> None: ...

    def loaded(self, editor: "Editor") -> None: ...

    def selected(self, editor: "Editor") -> None: ...
