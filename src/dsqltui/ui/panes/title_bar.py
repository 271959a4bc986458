"""A pane's first line: the key that leads to it, its letter, its Region, and how the connection stands."""

from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive

from dsqltui.core.language import _
from dsqltui.core.sessions.connection_status import ConnectionStatus
from dsqltui.core.text.safe_text import one_line
from dsqltui.ui.keys.user_keys import key_of
from dsqltui.ui.state.messages import PaneChosen
from dsqltui.ui.widgets.parts import Parts


class TitleBar(Parts):
    """`F2 A  us-east-1 … connected`. The active pane's bar is filled and carries a ▶."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "title-bar--key",
        "title-bar--letter",
        "title-bar--region",
        "title-bar--link",
        "title-bar--trouble",
    }

    link = reactive(ConnectionStatus.STARTING)
    sentence = reactive("")
    """Why the connection failed, for as much of it as fits."""
    is_active = reactive(False)
    role = reactive("")
    """Whom the pane is connected as: `reports (RewardsReadOnlyAccess)`."""

    def __init__(self, key: str, letter: str, region: str, user: str) -> None:
        super().__init__()
        self._key, self._letter, self._region = key, letter, region
        self.set_reactive(TitleBar.role, user)

    def watch_is_active(self, is_active: bool) -> None:
        """The look of the active pane is a class, so that only this line is restyled."""
        self.set_class(is_active, "-active")

    def render(self) -> Content:
        """Left: where it leads. Right: how it stands."""
        width = self.content_size.width
        left = Content.assemble(
            self.part(f"{'▶' if self.is_active else ' '}{self._key} ", "title-bar--key"),
            self.part(f" {self._letter} ", "title-bar--letter"),
            self.part(f" {one_line(self._region, 40)} ", "title-bar--region"),
        )
        if self.link.can_reconnect:
            trouble = one_line(self.sentence or _(self.link.value))
            right = self.part(
                _(" ✗ {trouble}  {key} reconnects ").format(trouble=trouble, key=key_of("reconnect")),
                "title-bar--trouble",
            )
            if right.cell_length > width - left.cell_length:
                right = self.part(
                    _(" ✗ {trouble}  {key} reconnects ").format(trouble=_(self.link.value), key=key_of("reconnect")),
                    "title-bar--trouble",
                )
        else:
            right = self.part(f"{one_line(self.role, 60)}  {_(self.link.value)} ", "title-bar--link")
        room = max(0, width - left.cell_length)
        right = right.truncate(room, ellipsis=True)
        return Content.assemble(left, " " * max(0, room - cell_len(right.plain)), right)

    def on_click(self, event: events.Click) -> None:
        """A click chooses the pane."""
        event.stop()
        self.post_message(PaneChosen(self._letter))
