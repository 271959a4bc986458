"""Keys of one burst are handled in the order they came.

Stock Textual 8.2 handles printable keys in the widget, but bindings only after the key has bubbled to the app: text
typed right after F5, or pasted without brackets, overtakes it (textual issue 6605). This mixin runs bindings in the
widget's own turn. It goes before the widget class, and the app's bindings must not be priority bindings.
"""

from typing import TYPE_CHECKING

from textual import events

from dsqltui.ui.textual_patches.hooks import hand_on

if TYPE_CHECKING:
    from textual.widget import Widget as _Mixed
else:  # Textual takes styles and component classes only from the first base that is a widget: a mixin must be none
    _Mixed = object


class KeyHolder:
    """A screen that can be between a key and what the key leads to: what is typed meanwhile waits."""

    def holds(self, event: events.Key) -> bool:
        """Whether it keeps the key, to give it out later."""
        raise NotImplementedError


class Ordered(_Mixed):
    """For every widget that has the focus while a person types."""

    async def _on_key(self, event: events.Key) -> None:
        if isinstance(self.screen, KeyHolder) and self.screen.holds(event):
            event.stop()
            event.prevent_default()
            return
        receiver = self.app.focused or self.app.screen
        if receiver is not self and (self.app.focused is not None or self.app.screen is not self.screen):
            # An earlier key of the burst moved the focus or opened a dialog: this key is meant for it.
            event.stop()
            event.prevent_default()
            hand_on(event, receiver)
            return
        if event.key == "enter" and self.check_consume_key("space", " "):
            return  # a text field takes Enter itself
        if self.check_consume_key(event.key, event.character):
            return
        if await self.app._check_bindings(event.key):
            event.stop()
            event.prevent_default()
