"""A line to type into while a list below it follows."""

from textual.widgets import Input

from dsqltui.ui.keys.user_keys import release
from dsqltui.ui.textual_patches.hooks import own_bindings
from dsqltui.ui.textual_patches.ordered import Ordered


class SearchField(Ordered, Input):
    """An Input whose keys keep their order in a burst."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, compact=True)
        self.cursor_blink = False
        release(own_bindings(self))
