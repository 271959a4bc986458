"""A line to type into while a list below it follows."""

from textual.widgets import Input

from dsqltui.ui.keys.user_keys import release
from dsqltui.ui.widgets.ordered import Ordered


class SearchField(Ordered, Input):
    """An Input whose keys keep their order in a burst."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, compact=True)
        self.cursor_blink = False
        release(self._bindings.key_to_bindings)
